"""The Criteria page: a criterion is written, kept, undone and taken in; a profile is read."""

import json
from pathlib import Path

import pytest
from make_rows import load, many, parquet
from streamlit.testing.v1 import AppTest

from analysis.figures.criteria import WORDS
from analysis.parse.criteria import Criteria, Criterion, Test, dumps
from analysis.queries import criteria as queries
from analysis.settings import Settings
from analysis.store.annotations import criteria as store
from analysis.store.library import specs
from analysis.store.study import open_study
from analysis.vocabulary import RUBRIC_GRADES
from pipeline.plan.plan import read_plan
from pipeline.run.status import list_runs

APP = str(Path(__file__).resolve().parents[2] / "app.py")
ONE = Criterion(
    "plain_truth",
    "Tell the plain truth",
    {grade: f"It is {grade}." for grade in RUBRIC_GRADES},
    (Test("plain", "Is it so?", "Yes."), Test("edge", "Is it?")),
    "ada",
)


@pytest.fixture
def desk(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A home with a small study and one criterion of the embedded spec."""
    load(settings, parquet(tmp_path / "rows.parquet", many(9)), study="small")
    store.keep(settings, key(settings), [ONE], "ada", "drafted")
    monkeypatch.setenv("FAULTLINE_HOME", str(settings.home))
    return settings


def key(settings: Settings) -> str:
    return specs.read_spec(settings).key


def visit(page: str, **query: str) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=120)
    for name, value in query.items():
        app.query_params[name] = value
    app.switch_page(f"pages/{page}.py").run()
    assert not app.exception
    return app


def told(app: AppTest) -> str:
    parts = (*app.text, *app.markdown, *app.caption, *app.header)
    return " ".join(str(one.value) for one in parts)


def test_a_criterion_is_changed_kept_with_its_author_and_undone(desk) -> None:
    app = visit("criteria", study="small", criteria="Criteria")
    assert "1 of the " in told(app)
    assert app.selectbox(key="choose-measured").value == "plain_truth"
    fields = [f for f in app.text_area if str(f.key).startswith("criterion-fully")]
    assert [f.value for f in fields] == ["It is fully."]
    fields[0].set_value("It says all of it.").run()
    assert store.find(desk, key(desk), "plain_truth") == ONE  # nothing before Save
    app.button(key="criterion-save").click().run()
    assert not app.exception
    assert "is kept" in told(app)
    kept = store.find(desk, key(desk), "plain_truth")
    assert kept.rubric["fully"] == "It says all of it."
    assert kept.tests == ONE.tests
    assert [v.why for v in store.history(desk, key(desk), "plain_truth")] == ["edited", "drafted"]
    app.button(key="criterion-undo").click().run()
    assert store.find(desk, key(desk), "plain_truth") == ONE
    app.button(key="criterion-remove").click().run()
    assert store.current(desk, key(desk)) == []
    assert "No clause of this spec has a criterion yet" in told(app)


def test_what_can_not_be_measured_is_a_sentence_and_keeps_nothing(desk) -> None:
    app = visit("criteria", study="small", criteria="Criteria", measured="even_hand")
    app.button(key="criterion-save").click().run()
    assert not app.exception
    assert "say what an answer graded “fully” does" in told(app)
    assert store.find(desk, key(desk), "even_hand") is None


def test_a_study_without_grades_says_how_to_get_a_profile(desk) -> None:
    app = visit("criteria", study="small")
    assert "No answer of this study was graded by criteria" in told(app)


def test_a_plan_is_priced_for_the_criteria_that_were_chosen(desk) -> None:
    app = visit("stress_test", study="small", template="criteria", tested="plain_truth")
    numbers = {m.label: m.value for m in app.metric}
    assert numbers["Calls, at most"] == "48"  # 2 queries x 12 models, answered and graded
    assert numbers["Cost"] == "nothing"
    app = visit("stress_test", study="small", template="draft-criteria", tested="even_hand")
    assert {m.label: m.value for m in app.metric}["Calls, at most"] == "1"
    app.button(key="launch").click().run()
    assert not app.exception
    run = list_runs(desk)[0]["id"]
    plan = read_plan(desk.runs / run / "plan.json")
    assert plan.criteria.clauses == ("even_hand",)


def test_nothing_to_run_is_said(settings, tmp_path, monkeypatch) -> None:
    load(settings, parquet(tmp_path / "rows.parquet", many(9)), study="small")
    monkeypatch.setenv("FAULTLINE_HOME", str(settings.home))
    app = visit("stress_test", study="small", template="criteria")
    assert "This spec has no criteria yet" in told(app)


def test_the_profile_leads_to_the_answers(home, monkeypatch) -> None:
    """The study of the export tests: two criteria, two models, one grader."""
    monkeypatch.setenv("FAULTLINE_HOME", str(home.home))
    app = visit("criteria", study="planted")
    assert "Answers graded “fully satisfied”, by model and criterion" in told(app)
    assert "n = 24 answers graded by " in told(app)
    app = visit("criteria", study="planted", criterion="kind_words", grade="contrary", model="o3")
    words = told(app)
    assert "The contrary: The answer is contrary." in words
    assert "Answers graded “the contrary”, by model and criterion" in words
    assert "Grades of “Kind words” by model" in words
    assert "n = 6 answers; grades and reasons by" in words


def test_a_grade_stands_in_the_reader_under_its_answer(home, monkeypatch) -> None:
    monkeypatch.setenv("FAULTLINE_HOME", str(home.home))
    study = open_study(home, "planted")
    one = queries.graded(study).dropna(subset=["grade", "reason"]).iloc[0]
    study.close()
    app = visit("scenarios", study="planted", scenario=str(one["scenario"]))
    headings = [str(e.label) for e in app.expander]
    assert any(f": {WORDS[one['grade']]}, by the criterion “" in h for h in headings), headings
    assert str(one["reason"]) in told(app)


def test_the_file_is_the_one_that_the_command_line_reads(desk) -> None:
    made = Criteria(key(desk), (ONE,))
    app = visit("criteria", study="small", criteria="Criteria")
    assert app.get("download_button")
    assert json.loads(dumps(made))["criteria"][0]["clause"] == "plain_truth"
