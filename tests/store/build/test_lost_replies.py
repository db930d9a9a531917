"""Calls of a run that gave nothing: kept with their outcome, and in no denominator."""

import pandas as pd
from make_rows import load, parquet, wide

from analysis.figures import catalog
from analysis.queries import refusals
from analysis.queries.source_files import write_sources
from analysis.settings import Settings
from analysis.store import labels
from analysis.store.study import open_study

LOST = [
    ("label", "judge_x", "1_1_neutral|topics", "1_1_neutral", None, None, "unparsable"),
    ("label", "judge_x", "1_1_neutral|o3#0", "1_1_neutral", "o3", 0, "truncated"),
    ("score", "scorer", "1_2_neutral", "1_2_neutral", None, None, "unparsable"),
    ("rubric", "scorer", "1_2", None, None, None, "api_refusal"),
    ("judge", "larch_judge", "1_1_neutral|o3#0", "1_1_neutral", "o3", 0, "unparsable"),
]
COLUMNS = ["stage", "model", "subject", "scenario", "answer_model", "replicate", "problem"]


def test_lost_replies_are_kept_shown_and_written_out(tmp_path):
    settings = Settings(home=tmp_path / "home")
    rows = parquet(tmp_path / "rows.parquet", [wide(1, i) for i in (1, 2, 3)])
    lost = pd.DataFrame(LOST, columns=COLUMNS).astype({"replicate": "Int64"})
    lost.assign(why="so").to_parquet(tmp_path / "problems.parquet")
    info = load(settings, rows, tmp_path / "problems.parquet", study="lost", copy_texts=True)
    kinds = {s["kind"]: (s["rows"], s["kept"]) for s in info.sources}
    assert kinds["problems"] == (5, 4)  # the verdict stands among the verdicts
    study = open_study(settings, info.id)
    frame = catalog.compute(study, catalog.bind(study, "studies.lost"))
    assert frame.to_records(index=False).tolist() == [
        ("label", "judge_x", "truncated", 1),
        ("label", "judge_x", "unparsable", 1),
        ("rubric", "scorer", "api_refusal", 1),
        ("score", "scorer", "unparsable", 1),
    ]
    again = Settings(home=tmp_path / "again")
    written = load(again, *write_sources(study, tmp_path / "out"), study="lost", copy_texts=True)
    copied = open_study(again, written.id)
    assert catalog.compute(copied, catalog.bind(copied, "studies.lost")).equals(frame)
    copied.close()
    study.close()


def test_a_query_whose_topics_could_not_be_read_is_not_one_without_topics(tmp_path):
    settings = Settings(home=tmp_path / "home")
    rows = parquet(tmp_path / "rows.parquet", [wide(1, i) for i in (1, 2, 3)])
    lost = pd.DataFrame(LOST, columns=COLUMNS).astype({"replicate": "Int64"})
    lost.to_parquet(tmp_path / "problems.parquet")
    counts = {}
    for name, files in (("with", [tmp_path / "problems.parquet"]), ("without", [])):
        study = open_study(settings, load(settings, rows, *files, study=name, copy_texts=True).id)
        with study.cursor() as con:
            numbers = dict(con.execute("SELECT scenario, scenario_no FROM scenarios").fetchall())
        told = pd.DataFrame(
            {"scenario_no": [numbers["1_2_neutral"]], "topic": ["politics"], "source": ["judge_x"]}
        )
        labels.store(study, "topics", "judge_x", told)
        typed = [(no, "o3", 0, "rules 0", "full compliance") for no in numbers.values()]
        columns = ["scenario_no", "model", "replicate", "source", "response_type"]
        labels.store(study, "response_types", "rules 0", pd.DataFrame(typed, columns=columns))
        found = refusals.moments(study, source="rules 0", topic_source="judge_x", model="o3")
        none = found[(found["topic"] == "none of them") & (found["kind"] == "model")]
        counts[name] = none["n"].tolist()
        study.close()
    assert counts == {"with": [1.0], "without": [2.0]}
