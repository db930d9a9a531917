"""Variants, replicates and citations of a run: from its journal into a study, and out again."""

from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
from make_rows import parquet, wide
from streamlit.testing.v1 import AppTest

from analysis.load.files.files import load_files
from analysis.load.runs import load_run
from analysis.queries import cases, variants
from analysis.queries.snapshot import snapshot
from analysis.queries.source_files import write_sources
from analysis.settings import EMBEDDED, Settings
from analysis.store import labels
from analysis.store.study import OpenStudy, open_study
from pipeline.export.write import export_run
from pipeline.plan.make import Wish, make_plan
from pipeline.plan.plan import parse_plan
from pipeline.plan.snapshot import SnapshotReader
from pipeline.providers.catalog import load as load_catalog
from pipeline.run import control as runs

MODELS = ("aster_large", "bracken_mini", "cobble_one")
APP = str(Path(__file__).resolve().parents[2] / "app.py")
KEY = ["scenario", "model", "replicate"]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(home=tmp_path_factory.mktemp("further") / "home")


def worked(home: Settings, wish: Wish, **parts: object) -> str:
    catalog = load_catalog(home.home)
    data = make_plan(wish, home, catalog).model_dump(mode="json")
    run = runs.launch(parse_plan({**data, **parts}, "plan"), home, catalog)
    runs.work(home, run)
    return run


@pytest.fixture(scope="module")
def run(home: Settings) -> str:
    """6 families, every query in three forms, two answers each, all judged by two judges."""
    stages = ("pairs", "generate", "perturb", "respond", "rubric", "score", "label", "judge")
    judges = ("rowan_judge", "larch_judge")
    wish = Wish(families=6, models=MODELS, judges=judges, stages=stages, seed=4)
    parts = {"perturb": {"kinds": ["tone", "wording"]}, "respond": {"replicates": 2}}
    return worked(home, wish, **parts)


@pytest.fixture(scope="module")
def study(home: Settings, run: str):
    info = load_run(run, "further", home)
    opened = open_study(home, info.id)
    yield opened
    opened.close()


def table(study: OpenStudy, name: str, columns: str) -> pd.DataFrame:
    with study.cursor() as con:
        sql = f"SELECT scenario, {columns} FROM {name} JOIN scenarios USING (scenario_no)"
        return con.execute(f"{sql} ORDER BY ALL").df()


def test_every_answer_of_the_run_is_in_the_study(
    study: OpenStudy, home: Settings, run: str
) -> None:
    assert study.info.rejected == {}
    assert (study.info.scenarios, study.info.families) == (54, 6)
    assert study.info.responses == 54 * 3 * 2
    folder = export_run(home, run)
    cells = ["outcome", "value1_position", "value2_position"]
    written = pd.read_parquet(folder / "tables" / "responses.parquet")
    kept = table(study, "responses", "model, replicate, outcome, value1_position, value2_position")
    pd.testing.assert_frame_equal(
        kept.sort_values(KEY).reset_index(drop=True).astype(dict.fromkeys(cells[1:], "Int64")),
        written.sort_values(KEY)
        .reset_index(drop=True)[KEY + cells]
        .astype(dict.fromkeys(cells[1:], "Int64")),
        check_dtype=False,
    )
    said = written[written["outcome"] == "answered"].set_index(KEY)["text"]
    assert table(study, "response_texts", "model, replicate, text").set_index(KEY)[
        "text"
    ].to_dict() == (said.to_dict())


def test_every_judgement_and_citation_of_the_run_is_in_the_study(
    study: OpenStudy, home: Settings, run: str
) -> None:
    folder = export_run(home, run) / "tables"
    written = pd.read_parquet(folder / "judgements.parquet")
    key = [*KEY, "judge"]
    mine = table(study, "judgements", "model, replicate, judge, decision").set_index(key)
    assert mine["decision"].to_dict() == written.set_index(key)["decision"].to_dict()
    assert {bool(r) for r in written["replicate"]} == {False, True}
    assert written["scenario"].str.contains("~").any()
    cited = pd.read_parquet(folder / "citations.parquet").set_index([*key, "clause"])["known"]
    kept = table(study, "citations", "model, replicate, judge, clause, known")
    assert kept.set_index([*key, "clause"])["known"].to_dict() == cited.to_dict()
    assert len(cited)


def test_the_kinds_of_variants_are_read_from_the_study(study: OpenStudy) -> None:
    assert variants.kinds(study).to_dict("records") == [
        {"kind": kind, "variants": 18, "families": 6} for kind in ("tone", "wording")
    ]
    found = variants.moments(study, labels.sources(study, "response_types")[0])
    assert set(found["kind"]) == {"tone", "wording"}
    assert set(found["model"]) == set(MODELS)


def test_both_answers_to_a_query_can_be_read(study: OpenStudy) -> None:
    found = cases.answers(study, "0_0_neutral~tone")
    counted = Counter(zip(found["model"], found["replicate"], strict=True))
    assert set(counted.values()) == {1}
    assert {r for _, r in counted} == {0, 1}
    assert len(cases.positions(study, "0_0_neutral")) == len(MODELS)


def test_published_and_written_out_it_stays_the_same_study(
    study: OpenStudy, home: Settings, run: str, tmp_path: Path
) -> None:
    folder = export_run(home, run, tmp_path / "public")
    one, two = (Settings(home=tmp_path / name) for name in ("one", "two"))
    published = load_files([folder], "it", one, copy_texts=True)
    assert (published.rejected, published.content_hash) == ({}, study.info.content_hash)
    again = load_files(write_sources(study, tmp_path / "written"), "it", two, copy_texts=True)
    assert (again.rejected, again.content_hash) == ({}, study.info.content_hash)


def test_a_second_run_over_it_knows_its_variants_and_loads_onto_it(
    study: OpenStudy, home: Settings, tmp_path: Path
) -> None:
    snapshot(study, tmp_path / "tables", home)
    reader = SnapshotReader(tmp_path / "tables")
    assert Counter(s.variant for s in reader.scenarios) == {"": 18, "tone": 18, "wording": 18}
    wish = Wish(
        snapshot=tmp_path / "tables",
        stages=("respond", "judge"),
        models=("dunlin_2",),
        judges=("hazel_judge",),
    )
    child = load_run(worked(home, wish), "child", home, onto=study.info.id)
    assert child.rejected == {}
    assert child.parent == study.info.id
    assert (child.scenarios, child.responses) == (54, study.info.responses + 54)
    opened = open_study(home, child.id)
    assert variants.kinds(opened)["variants"].tolist() == [18, 18]
    judged = table(opened, "judgements", "replicate, judge")
    before = table(study, "judgements", "replicate, judge")
    assert len(judged[judged["judge"] != "hazel_judge"]) == len(before)
    opened.close()


def reworded(path: Path) -> Path:
    """The embedded spec with other words in its first clause."""
    text = (EMBEDDED / "spec.md").read_text(encoding="utf-8")
    path.write_text(text.replace(" the ", " the very ", 1), encoding="utf-8")
    return path


def test_a_study_with_variants_and_replicates_is_judged_again_and_nothing_is_lost(
    study: OpenStudy, home: Settings, tmp_path: Path
) -> None:
    """The same judges under another wording, of all 36 answers to each query in three forms."""
    snapshot(study, tmp_path / "tables", home)
    wish = Wish(
        snapshot=tmp_path / "tables",
        stages=("judge",),
        judges=("rowan_judge", "larch_judge"),
        spec=reworded(tmp_path / "house-2.md"),
        spec_version="2",
    )
    again = worked(home, wish)
    child = load_run(again, "judged again", home, onto=study.info.id)
    assert child.rejected == {}
    assert child.judgements == 2 * study.info.judgements
    assert (child.scenarios, child.responses) == (study.info.scenarios, study.info.responses)
    opened = open_study(home, child.id)
    runs_of = table(opened, "judgements", "model, replicate, judge, spec, run")
    assert runs_of.groupby("run").size().tolist() == [study.info.judgements] * 2
    assert runs_of.groupby("run")["spec"].nunique().tolist() == [1, 1]
    assert runs_of["spec"].nunique() == 2
    assert {bool(r) for r in runs_of.loc[runs_of["run"] == again, "replicate"]} == {False, True}
    before = table(study, "judgements", "model, replicate, judge, decision, reasoning, spec, run")
    kept = table(opened, "judgements", "model, replicate, judge, decision, reasoning, spec, run")
    old = kept[kept["run"] != again].reset_index(drop=True)
    pd.testing.assert_frame_equal(old, before)
    # Loading it once more adds nothing, and the two written out are the same study.
    twice = load_run(again, "twice", home, onto=child.id)
    assert (twice.judgements, twice.rejected) == (child.judgements, {})
    assert twice.content_hash == child.content_hash
    opened.close()


def test_a_judgement_of_another_answer_is_counted_and_not_joined(
    study: OpenStudy, home: Settings, run: str, tmp_path: Path
) -> None:
    """Another study has other words under the same scenario and model."""
    files = write_sources(study, tmp_path / "other")
    rows = pd.read_parquet(files[0])
    changed = rows["response_cobble_one"].notna()
    rows.loc[changed, "response_cobble_one"] += " And more."
    rows.to_parquet(files[0])
    other = load_files([files[0]], "other words", home, copy_texts=True)
    exported = export_run(home, run)
    wide = [exported / "judge_evaluations.parquet", exported / "tables" / "judgements.parquet"]
    mixed = load_files([files[0], *wide], "mixed", home, copy_texts=True)
    assert mixed.responses == other.responses
    opened = open_study(home, mixed.id)
    judged = table(opened, "judgements", "model, replicate")
    opened.close()
    assert set(judged["model"]) == set(MODELS) - {"cobble_one"}
    assert mixed.rejected["a judgement of another answer than the study has"] > 0


def test_pages_read_a_study_with_variants_and_replicates(
    study: OpenStudy, home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAULTLINE_HOME", str(home.home))
    assert any("54 queries are variants" in notice for notice in study.info.notices)
    for page in ("robustness", "refusals", "values", "compliance", "clauses", "models"):
        app = AppTest.from_file(APP, default_timeout=150)
        app.query_params["study"] = study.info.id
        app.run()
        app.switch_page(f"pages/{page}.py").run()
        assert not app.exception, page
        assert [m.value for m in app.markdown if ":material/error:" in m.value] == [], page
        if page == "models":
            app.query_params["scenario"] = "0_0_neutral"
            app.switch_page("pages/scenarios.py").run()
            names = {button.label.partition(", D ")[0] for button in app.button}
            assert {"neutrally", "neutrally, other tone"} <= names
            assert "Answer 2, asked again" in {caption.value for caption in app.caption}
        if page == "robustness":
            kinds = {option for box in app.selectbox for option in box.options}
            kinds |= {o for box in app.get("button_group") for o in getattr(box, "options", [])}
            assert any("tone" in str(kind).lower() for kind in kinds), kinds


def test_rows_of_a_long_table_that_have_no_place_are_counted_by_reason(tmp_path: Path) -> None:
    wide_file = parquet(tmp_path / "rows.parquet", [wide(1, 1), wide(1, 2)])
    answers = [
        {
            "scenario": "1_1_neutral",
            "model": "o3",
            "replicate": r,
            "outcome": o,
            "text": text,
            "value1_position": p,
            "value2_position": 3,
        }
        for r, o, text, p in (
            (0, "answered", "known already", 3),
            (1, "answered", "again", 4),
            (1, "answered", "said twice", 5),
            (2, "strange", "", 9),
            (300, "answered", "x", 1),
        )
    ]
    answers.append({**answers[1], "scenario": "9_9_neutral"})
    key = {"scenario": "1_1_neutral", "model": "o3", "judge": "gpt41"}
    decisions = [
        {**key, "replicate": 1, "decision": "Non compliant", "reasoning": "so"},
        {**key, "replicate": 7, "decision": "compliant", "reasoning": "of nothing"},
    ]
    cited = [{**key, "replicate": 1, "clause": "kind_words", "known": False}]
    files = [
        parquet(tmp_path / f"{name}.parquet", rows)
        for name, rows in (("cited", cited), ("decisions", decisions), ("answers", answers))
    ]
    home = Settings(home=tmp_path / "home")
    info = load_files([wide_file, *files], "long", home, copy_texts=True)
    assert info.rejected == {
        "no model, or a replicate that is no whole number from 0 to 255": 1,
        "an answer to a scenario that no source has": 1,
        "a judgement of an answer that no source has": 1,
    }
    kinds = {s["kind"]: (s["rows"], s["kept"], s["repeated"]) for s in info.sources}
    assert kinds["answers"] == (6, 2, 2)
    assert (kinds["decisions"], kinds["citations"]) == ((2, 1, 0), (1, 1, 0))
    opened = open_study(home, info.id)
    kept = table(opened, "responses", "model, replicate, outcome, value1_position")
    again = kept[kept["replicate"] > 0].fillna({"value1_position": 99}).values.tolist()
    assert again == [
        ["1_1_neutral", "o3", 1, "answered", 4],
        ["1_1_neutral", "o3", 2, "missing", 99],
    ]
    judged = table(opened, "judgements", "replicate, decision, raw_decision").values.tolist()
    assert judged == [["1_1_neutral", 1, "non-compliant", "Non compliant"]]
    opened.close()
    assert load_files([wide_file], "wide", home, copy_texts=True).content_hash != info.content_hash
