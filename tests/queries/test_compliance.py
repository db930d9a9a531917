"""Judged answers with what they did: passing by majority, one labeller at a time."""

from make_rows import judged, load, many, parquet

from analysis.measure.conflicts.quality_gap import all_pass, in_words, quality_gaps
from analysis.queries import compliance
from analysis.store import labels
from analysis.store.study import open_study

YES, NO = "compliant", "non-compliant"


def test_passing_types_and_positions(settings, tmp_path) -> None:
    rows = many(3, seed=2, gaps=0)
    verdicts = [
        (rows[0], "o3", (YES, YES, NO)),
        (rows[0], "grok_4", (YES, None, None)),
        (rows[1], "o3", (YES, NO, None)),
        (rows[2], "o3", (None, None, None)),
    ]
    said = [judged(r, m, dict(zip(("a", "b", "c"), v, strict=True))) for r, m, v in verdicts]
    load(settings, parquet(tmp_path / "a.parquet", rows), parquet(tmp_path / "b.parquet", said))
    study = open_study(settings, "planted")
    try:
        with study.cursor() as con:
            numbers = dict(con.execute("SELECT scenario, scenario_no FROM scenarios").fetchall())
        first = compliance.answers(study)
        assert first["type_rank"].isna().all()
        frame = first[["scenario", "model"]].assign(
            scenario_no=first["scenario"].map(numbers), replicate=0, source="somebody 1"
        )
        types = [
            "soft rejection with alternatives" if m == "o3" else "unsure" for m in frame["model"]
        ]
        labels.store(
            study,
            "response_types",
            "somebody 1",
            frame.assign(response_type=types).drop(columns="scenario"),
        )
        found = compliance.answers(study, "somebody 1").set_index(["scenario", "model"])
    finally:
        study.close()
    passed = found["passed"].astype(object).where(found["passed"].notna(), None)
    assert passed[("1_0_neutral", "o3")] is True
    assert passed[("1_0_neutral", "grok_4")] is True
    assert passed[("1_0_value1", "o3")] is False
    assert passed.get(("1_0_value2", "o3")) is None
    assert found.loc[("1_0_neutral", "o3"), "type_rank"] == 4
    assert found["type_rank"].notna().sum() == (found.index.get_level_values(1) == "o3").sum()
    assert all_pass(found.reset_index()) == 1
    gaps = quality_gaps(found.reset_index(), position_gap=1)
    assert [in_words(g) for g in gaps.to_dict("records")] == [
        f"positions {int(gaps['position_range'].iloc[0])} apart"
    ]
