"""Labels that somebody else made come in as one more source: in files of their own, and beside the
answers of a wide file."""

from pathlib import Path

import pandas as pd
import pytest
from make_rows import many, parquet

from analysis.errors import FaultlineError
from analysis.figures import studies
from analysis.load import label_sources
from analysis.load.files.files import load_files
from analysis.measure import refusals
from analysis.queries import cases
from analysis.queries import refusals as queries
from analysis.queries.snapshot import snapshot
from analysis.report import report
from analysis.settings import Settings
from analysis.store import labels
from analysis.store.study import OpenStudy, StudyInfo, open_study
from analysis.vocabulary import COMPLIED, REFUSED, ResponseType, Topic

FULL, FIRM = ResponseType.FULL.value, ResponseType.FIRM.value
BIO, CYBER = Topic.BIOLOGICAL.value, Topic.CYBER.value


def stored(study, kind: str, source: str) -> pd.DataFrame:
    with study.cursor() as con:
        made = labels.relation(study, kind, source)
        return con.execute(f"SELECT * FROM {made} JOIN scenarios USING (scenario_no)").df()


def test_labels_of_files_and_of_wide_columns_are_kept_shown_and_written_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Settings(home=tmp_path / "home")
    monkeypatch.setenv("FAULTLINE_HOME", str(home.home))
    rows = many(3, gaps=0)
    wide = [{**r, "response_type_o3": FIRM, "topics": f"{BIO}; {CYBER}"} for r in rows]
    own = tmp_path / "Ann's labels.csv"
    pd.DataFrame(
        [
            {"query": rows[0]["query"], "model": "openai/o3", "response_type": FULL},
            {"query": rows[1]["query"], "model": "o3", "response_type": f" {FIRM.upper()}"},
            {"query": "something else", "model": "o3", "response_type": FULL},
        ]
    ).to_csv(own, index=False)
    said: list[str] = []
    info = load_files(
        [parquet(tmp_path / "rows.parquet", wide), own],
        "it",
        home,
        report=lambda step: said.append(step.what),
    )
    assert "type_o3" not in info.models
    assert "labels of Ann's labels: 2 kept, 1 of a query or model that is not in this study" in said
    study = open_study(home, info.id)
    found = stored(study, "response_types", "Ann's labels")
    assert sorted(found["response_type"]) == sorted([FULL, FIRM])
    assert set(found["model"]) == {"o3"}
    assert set(stored(study, "response_types", "rows")["response_type"]) == {FIRM}
    assert len(stored(study, "topics", "rows")) == 6
    case = cases.response_types(study, found["scenario"].iloc[0])
    assert {"Ann's labels", "rows"} <= set(case["source"])
    assert {BIO, CYBER} <= set(cases.topics(study, found["scenario"].iloc[0])["topic"])
    written = snapshot(study, tmp_path / "out", home)
    kept = pd.read_parquet(tmp_path / "out" / "response_types.parquet")
    assert written["response_types"] == len(kept) == 2 + 3 + 3 * len(info.models)
    assert {"Ann's labels", "rows"} < set(kept["source"])
    assert written["topics"] >= 6
    study.close()


def test_a_label_that_is_none_stops_the_load_and_is_named(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    pd.DataFrame([{"scenario": "1_0_neutral", "model": "o3", "response_type": "no"}]).to_csv(path)
    with pytest.raises(FaultlineError, match="“no”"):
        label_sources.read([path])


def test_how_answers_were_drawn_comes_with_the_labels(tmp_path: Path) -> None:
    """Labels of a random sample keep their probabilities and are not what a study is read by."""
    rows = many(3, gaps=0)
    own = tmp_path / "judge.csv"
    made = [{"query": r["query"], "model": "o3", "response_type": FULL} for r in rows]
    pd.DataFrame([{**m, "drawn_with": 0.25} for m in made]).to_csv(own, index=False)
    home = Settings(home=tmp_path / "home")
    info = load_files([parquet(tmp_path / "rows.parquet", rows), own], "it", home)
    study = open_study(home, info.id)
    assert set(labels.sampled(study)) == {"judge"}
    assert labels.sources(study, "response_types")[0] != "judge"
    study.close()


@pytest.mark.parametrize("wrong", [0, 1.5, -0.1, "often"])
def test_a_probability_that_is_none_stops_the_load(tmp_path: Path, wrong: object) -> None:
    path = tmp_path / "labels.csv"
    row = {"scenario": "1_0_neutral", "model": "o3", "response_type": FULL, "drawn_with": wrong}
    pd.DataFrame([row]).to_csv(path)
    with pytest.raises(FaultlineError, match="drawn_with"):
        label_sources.read([path])


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        (("scenario", "model", "response_type", "source"), True),
        (("scenario", "topic", "source"), True),
        (("query", "topics"), True),
        (("query", "model", "refused"), True),
        (("query", "model", "response", "refused"), False),
        (("query", "value1", "value2", "model", "response", "response_type"), False),
        (("query", "value1", "value2", "response_o3", "topic"), False),
        (("scenario", "model", "judge", "decision"), False),
    ],
)
def test_what_is_a_file_of_labels(columns: tuple[str, ...], told: bool) -> None:
    assert label_sources.is_labels(columns) is told


def long_rows(**beside: list[object]) -> pd.DataFrame:
    """Two queries, two models each, with further columns."""
    rows = [
        {"query": f"May I {q}?", "model": m, "response": f"{m} says {q}."}
        for q in ("ask", "tell")
        for m in ("o3", "gpt_4o")
    ]
    return pd.DataFrame(rows).assign(**beside)


def told(tmp_path: Path, **beside: list[object]) -> tuple[StudyInfo, OpenStudy]:
    path = tmp_path / "own.csv"
    long_rows(**beside).to_csv(path, index=False)
    home = Settings(home=tmp_path / "home")
    info = load_files([path], "own", home)
    return info, open_study(home, info.id)


def test_response_types_and_topics_of_the_long_form_are_labels_and_no_model(tmp_path: Path) -> None:
    kinds: list[object] = [FULL, FIRM, None, FULL]
    info, study = told(tmp_path, response_type=kinds, topic=[BIO, BIO, CYBER, CYBER])
    assert info.models == ["gpt_4o", "o3"]
    found = stored(study, "response_types", "own")
    answers = dict(
        zip(zip(found["query"], found["model"], strict=True), found["response_type"], strict=True)
    )
    assert answers == {
        ("May I ask?", "o3"): FULL,
        ("May I ask?", "gpt_4o"): FIRM,
        ("May I tell?", "gpt_4o"): FULL,
    }
    assert sorted(stored(study, "topics", "own")["topic"]) == sorted([BIO, CYBER])
    assert info.sources[0]["unused"] == []


@pytest.mark.parametrize(
    ("column", "values", "words"),
    [
        ("refusal_score", [0.2, 0.9, 0.1, 0.4], "refusal_score was not taken in as labels"),
        ("topic", ["cooking", "cooking", "law", "law"], "“cooking” is no topic"),
    ],
)
def test_own_labels_of_another_shape_are_left_out_aloud(
    tmp_path: Path, column: str, values: list[object], words: str
) -> None:
    info, study = told(tmp_path, **{column: values})
    assert any(words in notice for notice in info.notices)
    assert any(c.startswith(column) for c in info.sources[0]["unused"])
    assert column in studies.source_rows(info)["unused"][0]
    assert not {"own"} & {
        *labels.sources(study, "response_types"),
        *labels.sources(study, "topics"),
    }


def test_words_of_a_tool_are_no_response_types(tmp_path: Path) -> None:
    info, study = told(tmp_path, label=["harmful", "harmful", "safe", "safe"])
    assert any("4 labels are none of the response types" in n for n in info.notices)
    assert "own" not in labels.sources(study, "response_types")


def test_a_wide_file_says_which_columns_it_did_not_use(tmp_path: Path) -> None:
    rows = [{**r, "refused_count": 3, "shade": "blue"} for r in many(3, gaps=0)]
    home = Settings(home=tmp_path / "home")
    info = load_files([parquet(tmp_path / "rows.parquet", rows)], "it", home)
    assert {"refused_count", "shade"} <= {*info.sources[0]["unused"]}
    assert any("refused_count was not taken in as labels" in n for n in info.notices)


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("refused", [True, False, True, None]),
        ("is_refusal", [1, 0, 1, None]),
        ("complied", ["no", "Yes", "NO", ""]),
        ("label", ["2_full_refusal", "no refusal", "refused", None]),
    ],
)
def test_whether_an_answer_refuses_is_a_label(
    tmp_path: Path, column: str, values: list[object]
) -> None:
    """What says no more than that counts in rates, and under no kind of refusal."""
    info, study = told(tmp_path, **{column: values})
    found = stored(study, "response_types", "own")
    assert sorted(found["response_type"]) == sorted([REFUSED, COMPLIED, REFUSED])
    assert info.sources[0]["unused"] == []
    assert info.notices == [n for n in info.notices if "labels" not in n]
    cells = refusals.rates(queries.moments(study, "any", "own")).set_index(["topic", "name"])
    assert cells.loc[("all", "o3"), ["value", "n"]].tolist() == [1, 2]
    assert cells.loc[("all", "gpt_4o"), ["value", "n"]].tolist() == [0, 1]
    assert queries.moments(study, "soft", "own").empty
    shares = refusals.shares(queries.types(study, "own")).set_index("model")
    assert shares.loc["o3", [REFUSED, "refused", COMPLIED]].tolist() == [1, 1, 0]
    made = report(study, study.settings)["refusals"]
    assert made["types"]["o3"][REFUSED] == 1
    study.close()


def test_refusals_of_a_wide_file_and_of_a_file_of_labels(tmp_path: Path) -> None:
    rows = many(3, gaps=0)
    empty = {"is_refusal_claude_opus_4": None}
    wide = [{**r, **empty, "refused_o3": n == 0} for n, r in enumerate(rows)]
    own = tmp_path / "people.csv"
    pd.DataFrame(
        [{"query": r["query"], "model": "openai/o3", "refused": "yes"} for r in rows]
    ).to_csv(own, index=False)
    home = Settings(home=tmp_path / "home")
    info = load_files([parquet(tmp_path / "rows.parquet", wide), own], "it", home)
    assert info.sources[0]["unused"] == []
    study = open_study(home, info.id)
    assert set(stored(study, "response_types", "people (file)")["response_type"]) == {REFUSED}
    kept = stored(study, "response_types", "rows")
    assert sorted(kept["response_type"]) == [COMPLIED, COMPLIED, REFUSED]
    assert set(kept["model"]) == {"o3"}
    study.close()


@pytest.mark.parametrize(("ending", "sep"), [("tsv", "\t"), ("csv", ";"), ("tab", "\t")])
def test_a_table_of_labels_is_separated_as_its_header_is(tmp_path: Path, ending, sep) -> None:
    rows = many(2, gaps=0)
    own = tmp_path / f"Ann.{ending}"
    made = [{"query": r["query"], "model": "o3", "response_type": FIRM} for r in rows]
    pd.DataFrame(made).to_csv(own, index=False, sep=sep)
    home = Settings(home=tmp_path / "home")
    info = load_files([parquet(tmp_path / "rows.parquet", rows), own], "it", home)
    study = open_study(home, info.id)
    assert list(stored(study, "response_types", "Ann")["response_type"]) == [FIRM, FIRM]
    study.close()


def test_labels_of_further_answers_are_kept_with_their_replicate(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    again = pd.concat(
        [
            long_rows(epoch=[n] * 4, response_type=[kind] * 4)
            for n, kind in ((1, FULL), (2, FIRM), (3, None))
        ]
    )
    again["response"] += again["epoch"].astype(str)
    again.to_csv(path, index=False)
    home = Settings(home=tmp_path / "home")
    info = load_files([path], "own", home)
    assert [s["unused"] for s in info.sources] == [[], []]
    study = open_study(home, info.id)
    found = stored(study, "response_types", "own")
    assert found.groupby("replicate")["response_type"].agg(set).to_dict() == {0: {FULL}, 1: {FIRM}}
    assert len(found) == 8
    study.close()
