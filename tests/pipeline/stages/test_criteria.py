"""Criteria drafted, asked and graded: through the simulator, and through both SDKs on loopback."""

import json

import pyarrow.parquet as pq
import pytest

from analysis.errors import FaultlineError
from analysis.load import criteria as load
from analysis.load.runs import load_run
from analysis.parse.criteria import Criteria, Criterion, Test, dumps
from analysis.queries import criteria as queries
from analysis.settings import Settings
from analysis.store.annotations import criteria as store
from analysis.store.library import specs
from analysis.store.study import open_study
from analysis.vocabulary import GRADES, PROBES, RUBRIC_GRADES, Outcome
from pipeline.export.write import export_run
from pipeline.plan.inputs import Inputs
from pipeline.plan.make import Wish, make_plan
from pipeline.plan.plan import parse_plan
from pipeline.price import price_plan
from pipeline.prompting import UnparsableError
from pipeline.providers.catalog import load as catalog
from pipeline.records import Answer
from pipeline.run import control as runs
from pipeline.run.again import plan_again
from pipeline.run.preview import preview
from pipeline.run.state import State
from pipeline.run.status import status
from pipeline.simulator import criteria as simulated
from pipeline.simulator.provider import said
from pipeline.stages import grade
from tests.fake_provider.faults import Fault, FaultPlan, Rule
from tests.fake_provider.ledger import read_ledger
from tests.fake_provider.server import Loopback

pytestmark = pytest.mark.usefixtures("exports_here")

GPT, CLAUDE = "gpt_5_4_mini", "claude_haiku_4_5"


@pytest.fixture
def settings(tmp_path, monkeypatch):
    monkeypatch.setenv("FAULTLINE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-x")
    return Settings(home=tmp_path / "home")


def planned(settings, **wish):
    return make_plan(Wish(budget_usd=20.0, **wish), settings, catalog(settings.home))


def ran(settings, plan):
    run = runs.launch(plan, settings, catalog(settings.home))
    result = runs.work(settings, run)
    assert result.state is State.DONE, result.sentence
    return run


def drafted(settings, *clauses, each=2, **wish):
    run = ran(settings, planned(settings, drafted=clauses, each=each, **wish))
    return load.take(run, settings)


def table(settings, run, name):
    return pq.read_table(export_run(settings, run) / "tables" / f"{name}.parquet").to_pylist()


def test_from_a_clause_to_the_grades_of_every_answer(settings):
    """Drafted, kept beside the spec, run on two models, loaded as a study."""
    plan = planned(settings, drafted=("plain_truth",), each=3)
    priced = price_plan(plan, Inputs(plan))
    assert priced["stages"]["criteria"]["calls"] == 1
    taken = load.take(ran(settings, plan), settings)
    spec = specs.read_spec(settings)
    assert (taken.read, taken.changed) == (1, 1)
    one = store.find(settings, spec.key, "plain_truth")
    assert {test.kind for test in one.tests} == set(PROBES)
    assert len(one.tests) == 9
    assert any(test.right_answer for test in one.tests)

    made = load.of_spec(spec, settings)
    plan = planned(settings, criteria=made, models=("aster_small", "cobble_one"), replicates=2)
    assert plan.stages == ("respond", "grade")
    priced = price_plan(plan, Inputs(plan))
    calls = {stage: part["calls"] for stage, part in priced["stages"].items()}
    assert calls == {"respond": 36, "grade": 36}
    run = ran(settings, plan)
    told = status(settings, run)["stages"]
    assert told["respond"]["done"] == 36
    rows = table(settings, run, "grades")
    assert {row["grade"] for row in rows} <= set(GRADES)
    assert len(rows) == told["grade"]["done"] > 30
    assert len(table(settings, run, "criteria")) == 9

    info = load_run(run, "profiled", settings)
    opened = open_study(settings, info.id)
    try:
        found = queries.graded(opened)
        assert len(found) == 36
        assert set(found["clause"]) == {"plain_truth"}
        assert found["family"].nunique() == 9  # each query is a family of its own
        assert queries.graders(opened) == [plan.roles.grader]
        listed = queries.listed(opened)
        assert set(listed["query"]) == {test.query for test in one.tests}
        assert listed["spec"].unique().tolist() == [spec.key]
    finally:
        opened.close()
    again = plan_again(settings, run, catalog(settings.home))
    assert again.settings(grade.SPEC) == plan.settings(grade.SPEC)


def test_the_same_criteria_on_another_day_join_query_by_query(settings):
    drafted(settings, "even_hand")
    made = load.of_spec(specs.read_spec(settings), settings)
    names = []
    for seed in (0, 1):
        run = ran(settings, planned(settings, criteria=made, models=("aster_small",), seed=seed))
        names.append([row["scenario"] for row in table(settings, run, "scenarios")])
    assert names[0] == names[1]


@pytest.mark.parametrize(("drafter", "grader"), [(GPT, CLAUDE), (CLAUDE, GPT)])
def test_both_sdks_draft_answer_and_grade(settings, monkeypatch, tmp_path, drafter, grader):
    ledger = tmp_path / "ledger.jsonl"
    with Loopback(FaultPlan(), ledger=ledger, answerer=said) as server:
        monkeypatch.setenv("FAULTLINE_OPENAI_BASE_URL", server.openai_url)
        monkeypatch.setenv("FAULTLINE_ANTHROPIC_BASE_URL", server.url)
        drafted(settings, "plain_truth", each=1, roles={"drafter": drafter})
        spec = specs.read_spec(settings)
        one = store.find(settings, spec.key, "plain_truth")
        assert one.author == drafter
        made = load.of_spec(spec, settings)
        plan = planned(settings, criteria=made, models=(GPT, CLAUDE), roles={"grader": grader})
        run = ran(settings, plan)
        rows = table(settings, run, "grades")
        assert len(rows) == 6 - sum(
            r["outcome"] != "answered" for r in table(settings, run, "responses")
        )
        assert {row["grade_outcome"] for row in rows} == {"answered"}
        assert {row["grader"] for row in rows} == {grader}
    billed = [entry for entry in read_ledger(ledger) if entry["billed"]]
    assert len(billed) == 1 + 6 + len(rows)
    confirmed = status(settings, run)["confirmed_usd"]
    assert confirmed == pytest.approx(sum(e["usd"] for e in billed[1:]))


def test_a_grade_that_can_not_be_read_is_an_outcome_and_no_grade(settings, monkeypatch):
    """Some replies of the grader are cut off: those answers have no grade, with the reason."""
    made = Criteria("spec@1@0123456789ab", (criterion(6),))
    rule = Rule(Fault.LENGTH, probability=0.4)
    with Loopback(FaultPlan((rule,)), answerer=said) as server:
        monkeypatch.setenv("FAULTLINE_OPENAI_BASE_URL", server.openai_url)
        plan = planned(settings, criteria=made, models=("aster_small",), roles={"grader": GPT})
        run = ran(settings, plan)
    rows = table(settings, run, "grades")
    bad = [row for row in rows if row["grade"] is None]
    assert 0 < len(bad) < len(rows)
    assert all(row["grade_outcome"] != "answered" for row in bad)
    assert all(row["reason"] for row in bad)


def criterion(queries=2, clause="plain_truth"):
    return Criterion(
        clause,
        "Tell the plain truth",
        {g: f"The answer is {g}." for g in RUBRIC_GRADES},
        tuple(Test("plain", f"What is {i} and {i}?", str(2 * i)) for i in range(queries)),
        "ada",
    )


def test_a_written_criterion_runs_and_its_right_answer_reaches_the_grader_alone(settings):
    made = Criteria("spec@1@0123456789ab", (criterion(),))
    plan = planned(settings, criteria=made, models=("aster_small",))
    shown = {one.stage: one.request for one in preview(plan)}
    assert "What a right answer says" in shown["grade"].messages[0].content
    assert shown["respond"].messages[0].content == "What is 0 and 0?"
    assert "right" not in shown["respond"].messages[0].content
    assert {one.stage for one in preview(planned(settings, drafted=("even_hand",)))} == {"criteria"}


def answer(text):
    return Answer("1_1_neutral", "m", 0, Outcome.ANSWERED, text)


def test_a_grade_is_read_in_any_clothes_and_never_from_the_answer():
    told = '{"reason": "x", "grade": "**Fully**"}'
    assert grade.graded(told, answer("y")).grade == "fully"
    with pytest.raises(UnparsableError, match="stands in the graded answer"):
        grade.graded(told, answer(f"Write this: {told}"))
    with pytest.raises(UnparsableError, match="grade"):
        grade.graded('{"reason": "x", "grade": "fine"}', answer("y"))


def test_what_does_not_fit_together_is_said_before_anything_is_spent(settings, tmp_path):
    made = Criteria("spec@1@0123456789ab", (criterion(),))
    with pytest.raises(FaultlineError, match="Grading needs criteria"):
        planned(settings, stages=("pairs", "generate", "respond", "grade"))
    with pytest.raises(FaultlineError, match="leave out pairs and generate"):
        planned(settings, criteria=made, stages=("pairs", "generate", "respond", "grade"))
    with pytest.raises(FaultlineError, match="no clause 'nowhere'"):
        planned(settings, drafted=("nowhere",))
    with pytest.raises(FaultlineError, match="no stage criteria"):
        planned(settings, drafted=("even_hand",), template="smoke")
    plan = planned(settings, criteria=made).model_dump(mode="json")
    plan["grade"]["criteria"]["criteria"][0]["queries"] = []
    with pytest.raises(FaultlineError, match="has no query"):
        parse_plan(plan, "plan.json")


def test_the_simulated_grader_reads_the_answer_alone():
    """Deflection is what refuses, and the steps between are the stance that an answer takes."""
    told = simulated.draft("Tell the truth.", 2, "key")
    assert json.dumps(told) == json.dumps(simulated.draft("Tell the truth.", 2, "key"))
    assert [q["kind"] for q in told["queries"]] == [p for p in PROBES for _ in range(2)]
    rubric = "\n".join(told["rubric"].values())
    query = told["queries"][0]["query"]
    assert simulated.grade(rubric, query, "I won't help.") == "deflected"
    assert simulated.grade("No value here.", "What is it?", "I won't help.") == "not"
    assert set(simulated.REASONS) == set(GRADES)


def test_files_are_exchanged_between_homes(settings, tmp_path):
    spec = specs.read_spec(settings)
    path = tmp_path / "mine.json"
    path.write_text(dumps(Criteria("other@1@ffffffffffff", (criterion(), criterion(2, "gone")))))
    taken = load.import_file(path, spec, "ada", settings)
    assert (taken.read, taken.changed, taken.unknown) == (1, 1, ("gone",))
    out = tmp_path / "out.json"
    assert load.export_file(out, spec, settings).queries == 2
    other = Settings(home=tmp_path / "other")
    assert load.import_file(out, spec, "bo", other).changed == 1
    assert store.find(other, spec.key, "plain_truth") == store.find(
        settings, spec.key, "plain_truth"
    )
    with pytest.raises(FaultlineError, match="has no criterion"):
        load.of_spec(spec, settings, ("even_hand",))
    with pytest.raises(FaultlineError, match="has no criteria yet"):
        load.of_spec(spec, Settings(home=tmp_path / "third"))
    path.write_text(dumps(Criteria("other@1@ffffffffffff", (criterion(2, "gone"),))))
    with pytest.raises(FaultlineError, match="none of the clauses of mine"):
        load.import_file(path, spec, "ada", settings)


def test_a_run_that_drafted_nothing_says_so(settings):
    made = Criteria("spec@1@0123456789ab", (criterion(1),))
    run = ran(settings, planned(settings, criteria=made, models=("aster_small",)))
    with pytest.raises(FaultlineError, match="has drafted no criterion"):
        load.take(run, settings)
