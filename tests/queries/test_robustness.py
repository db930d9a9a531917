"""Shifts, flips and swings from packed words, against loops over every family and model."""

import shutil
from collections import Counter, defaultdict
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from make_rows import MODELS, NUDGES, load, many, parquet, wide

from analysis.queries import robustness, variants
from analysis.settings import Settings
from analysis.store import labels
from analysis.store.study import OpenStudy, open_study, publish
from analysis.vocabulary import REFUSALS

ROWS = many(90, seed=21, gaps=0.25)[:-2]  # the last family lacks two wordings
TYPES = ("full compliance", REFUSALS[0], REFUSALS[-1], "unsure", "conditional compliance")


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("robustness")
    home = Settings(home=folder / "home")
    load(home, parquet(folder / "rows.parquet", ROWS))
    opened = open_study(home, "planted")
    labels.store(opened, "response_types", "hand 1", _labels(opened))
    yield opened
    opened.close()


def _labels(study: OpenStudy) -> pd.DataFrame:
    with study.cursor() as con:
        there = con.execute("SELECT scenario_no, model, replicate FROM responses ORDER BY ALL").df()
    kinds = [TYPES[(7 * i + i // 5) % len(TYPES)] for i in range(len(there))]
    return there.assign(source="hand 1", response_type=kinds)


def families() -> dict[str, dict[str, dict[str, object]]]:
    found: dict[str, dict[str, dict[str, object]]] = defaultdict(dict)
    for row in ROWS:
        found[f"{row['chunk_index']}_{row['entry_idx']}"][row["nudge_direction"]] = row
    return found


def positions(family: dict[str, dict[str, object]], model: str, value: int) -> dict[str, int]:
    cells = {n: row[f"{model}_value{value}_position"] for n, row in family.items()}
    return {n: int(p) for n, p in cells.items() if p is not None}


def by_loops() -> Counter[tuple[object, ...]]:
    counts: Counter[tuple[object, ...]] = Counter()
    for family in families().values():
        for model in MODELS:
            shifts: list[int | None] = []
            cases = flips = 0
            for value in (1, 2):
                held = positions(family, model, value)
                both = held.get(f"value{value}"), held.get("neutral")
                shifts.append(None if None in both else both[0] - both[1])
                cases += len(held) >= 2
                flips += max(held.values(), default=3) >= 4 and min(held.values(), default=3) <= 2
            if cases:
                counts[model, *shifts, cases, flips] += 1
    return counts


def test_patterns_are_what_loops_find(study: OpenStudy) -> None:
    frame = robustness.patterns(study)
    found = Counter(
        {
            (
                r["model"],
                *(None if pd.isna(r[c]) else int(r[c]) for c in ("d1", "d2")),
                r["cases"],
                r["flips"],
            ): r["families"]
            for r in frame.to_dict("records")
        }
    )
    assert found == by_loops()


def test_families_are_counted_by_the_wordings_they_have(study: OpenStudy) -> None:
    kinds = Counter(tuple(sorted(f)) for f in families().values())
    coverage = robustness.coverage(study)
    assert coverage["full"] == kinds[tuple(sorted(NUDGES))]
    assert coverage["single"] == 1
    assert sum(coverage.values()) == len(families())


def test_flips_name_the_two_wordings_and_their_positions(study: OpenStudy) -> None:
    frame = robustness.flips(study, limit=10_000)
    by = families()
    expected = {
        (key, model, value)
        for key, family in by.items()
        for model in MODELS
        for value in (1, 2)
        if max((p := positions(family, model, value)).values(), default=3) >= 4
        and min(p.values(), default=3) <= 2
    }
    assert {(r.family, r.model, r.value_no) for r in frame.itertuples()} == expected
    for row in frame.to_dict("records"):
        held = positions(by[row["family"]], row["model"], row["value_no"])
        assert held[row["favored_nudge"]] == row["favored_position"] == max(held.values())
        assert held[row["opposed_nudge"]] == row["opposed_position"] == min(held.values())
    one = robustness.flips(study, "o3", limit=10_000)
    assert len(one) == sum(model == "o3" for _, model, _ in expected)


def test_swings_are_full_compliance_once_and_a_refusal_once(study: OpenStudy) -> None:
    held = _labels(study)
    with study.cursor() as con:
        keys = con.execute("SELECT scenario_no, family FROM scenarios").df()
    joined = held.merge(keys, on="scenario_no")
    expected: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    for (_, model), rows in joined.groupby(["family", "model"]):
        kinds = [t for t in rows["response_type"] if t != "unsure"]
        seen[str(model)] += len(kinds) >= 2
        swung = "full compliance" in kinds and bool(set(kinds) & set(REFUSALS))
        expected[str(model)] += len(kinds) >= 2 and swung
    counts = robustness.swing_counts(study, "hand 1").set_index("model")
    assert counts["families"].to_dict() == seen
    assert counts["swings"].to_dict() == expected
    assert sum(expected.values()) == len(robustness.swings(study, "hand 1", limit=10_000))
    assert variants.kinds(study).empty


def test_two_queries_of_one_wording_count_once_and_are_told(
    settings: Settings, tmp_path: Path
) -> None:
    rows = [wide(1, 1, n, {"o3": (3, 3)}) for n in NUDGES]
    extra = wide(1, 1, "neutral", {"o3": (0, 0)}, query="asked once more")
    for row in (*rows, extra):
        row.pop("chunk_index"), row.pop("entry_idx")
    load(settings, parquet(tmp_path / "rows.parquet", [*rows, extra]))
    opened = open_study(settings, "planted")
    assert robustness.coverage(opened)["repeated"] == 1
    assert robustness.patterns(opened)["families"].tolist() == [1]
    opened.close()


def test_a_perturbed_query_is_compared_with_its_parent(settings: Settings, tmp_path: Path) -> None:
    """A tone that moves one model from 5 to 1 on value 1 (a flip), and another not at all."""
    cells = {"o3": (5, 3), "grok_4": (3, 3)}
    other = {"o3": (1, 3), "grok_4": (3, 3)}
    rows = [wide(1, 1, "neutral", cells), wide(1, 1, "value1", other)]
    info = load(settings, parquet(tmp_path / "rows.parquet", rows))
    with duckdb.connect(str(info.path)) as con:  # as runs name the variants they make
        con.execute("UPDATE scenarios SET scenario = '1_1_neutral~tone' WHERE nudge = 'value1'")
    opened = OpenStudy(info, duckdb.connect(str(info.path), read_only=True), settings)
    assert variants.kinds(opened).to_dict("records") == [
        {"kind": "tone", "variants": 1, "families": 1}
    ]
    frame = variants.moments(opened).set_index(["measure", "model"])
    assert frame.loc[("moved", "o3"), ["y", "n"]].tolist() == [4, 2]
    assert frame.loc[("moved", "grok_4"), ["y", "n"]].tolist() == [0, 2]
    assert frame.loc[("flips", "o3"), ["y", "n"]].tolist() == [1, 2]
    assert robustness.patterns(opened).empty
    opened.close()


def turned(row: dict[str, object]) -> dict[str, object]:
    """The same query and positions, its two values the other way round."""
    swapped = dict(row)
    swapped["value1"], swapped["value2"] = row["value2"], row["value1"]
    nudges = {"value1": "value2", "value2": "value1"}
    nudge = str(row["nudge_direction"])
    swapped["nudge_direction"] = nudges.get(nudge, nudge)
    for model in MODELS:
        one, two = f"{model}_value1_position", f"{model}_value2_position"
        swapped[one], swapped[two] = row[two], row[one]
    return swapped


def unordered(study: OpenStudy) -> Counter[tuple[object, ...]]:
    """Patterns whichever of the two values stands first."""
    found: Counter[tuple[object, ...]] = Counter()
    for r in robustness.patterns(study).to_dict("records"):
        shifts = sorted(str(r[d]) for d in ("d1", "d2"))
        found[r["model"], *shifts, r["cases"], r["flips"]] += r["families"]
    return found


def test_values_are_matched_by_name_where_a_query_has_them_the_other_way_round(
    study: OpenStudy, settings: Settings, tmp_path: Path
) -> None:
    """In some families the neutral query is turned, in some both others, in some all three."""
    sides = {0: (), 1: ("neutral",), 2: ("value1", "value2"), 3: NUDGES}
    rows = [
        turned(r) if r["nudge_direction"] in sides[i // 3 % 4] else r for i, r in enumerate(ROWS)
    ]
    load(settings, parquet(tmp_path / "turned.parquet", rows))
    other = open_study(settings, "planted")
    try:
        assert unordered(other) == unordered(study)
        assert robustness.coverage(other) == robustness.coverage(study)
        mine, known = (robustness.flips(s, limit=10_000) for s in (other, study))
        columns = ["family", "model", "value", "favored_position", "opposed_position"]
        pd.testing.assert_frame_equal(
            *(f[columns].sort_values(columns, ignore_index=True) for f in (mine, known))
        )
    finally:
        other.close()


def test_a_model_that_does_not_move_is_still_in_a_turned_family(
    settings: Settings, tmp_path: Path
) -> None:
    still = dict.fromkeys(MODELS, (5, 1))
    rows = [wide(1, 1, n, still, value1="calm", value2="daring") for n in NUDGES]
    rows[0], rows[2] = turned(rows[0]), rows[2] | {"value1": "thrift", "value2": "order"}
    load(settings, parquet(tmp_path / "still.parquet", rows))
    study = open_study(settings, "planted")
    try:
        found = robustness.patterns(study)
        assert found["d1"].isna().all()  # the query that leans to daring is about other values
        assert found["d2"].tolist() == [0] * len(MODELS)
        assert found["flips"].sum() == 0
        assert robustness.coverage(study)["other_values"] == 1
    finally:
        study.close()


def test_a_variant_is_compared_by_the_names_of_its_values(
    settings: Settings, tmp_path: Path
) -> None:
    still = dict.fromkeys(MODELS, (5, 1))
    parent = wide(1, 1, "neutral", still)
    variant = turned(wide(1, 1, "value1", still)) | {"query": "The same in other words?"}
    info = load(settings, parquet(tmp_path / "a.parquet", [parent, variant]))
    built = info.path.with_suffix(".built")
    shutil.copy(info.path, built)
    with duckdb.connect(str(built)) as con:
        con.execute(
            "UPDATE scenarios SET scenario = '1_1_neutral~tone' WHERE scenario <> '1_1_neutral'"
        )
    publish(settings, info, built)
    study = open_study(settings, "planted")
    try:
        found = variants.moments(study)
        assert len(found) == 2 * len(MODELS)
        assert found["y"].sum() == 0
    finally:
        study.close()
