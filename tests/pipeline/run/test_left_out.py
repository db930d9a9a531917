"""A model that can't be reached does not hold the others: the run goes on without it, and back."""

import time

import pytest

from analysis.errors import FaultlineError
from analysis.load.runs import load_run
from analysis.settings import Settings
from analysis.store.study import open_study
from analysis.vocabulary import Outcome
from pipeline.asks.scoring import groups
from pipeline.plan.make import Wish, make_plan
from pipeline.providers.catalog import load
from pipeline.records import Answer
from pipeline.run import control as runs
from pipeline.run.left_out import can_do_without, check_without
from pipeline.run.state import State
from pipeline.run.status import status
from pipeline.simulator.provider import said
from tests.fake_provider.faults import Fault, FaultPlan, Rule
from tests.fake_provider.server import Loopback

pytestmark = pytest.mark.usefixtures("exports_here")

GPT, CLAUDE, HAIKU = "gpt_5_4_mini", "claude_sonnet_5", "claude_haiku_4_5"
STAGES = ("pairs", "generate", "respond", "rubric", "score")
DEAD = FaultPlan(rules=(Rule(Fault.AUTH, model="gpt-*"),))


@pytest.fixture
def settings(tmp_path, monkeypatch):
    monkeypatch.setenv("FAULTLINE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-0123456789")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-test-0123456789")
    return Settings(home=tmp_path / "home")


@pytest.fixture
def server(monkeypatch):
    """Both providers; OpenAI's refuses every key."""
    with Loopback(DEAD, answerer=said) as running:
        monkeypatch.setenv("FAULTLINE_OPENAI_BASE_URL", running.openai_url)
        monkeypatch.setenv("FAULTLINE_ANTHROPIC_BASE_URL", running.url)
        yield running


def planned(settings, **wish):
    wish = {"stages": STAGES, "models": (GPT, CLAUDE, HAIKU), **wish}
    asked = Wish(families=3, writers=("sedge_writer",), budget_usd=20.0, seed=5, **wish)
    return make_plan(asked, settings, load(settings.home))


def settled(settings, run, *states):
    """Wait until the detached runner has left the run in one of these states."""
    until = time.monotonic() + 90
    while (seen := status(settings, run))["state"] not in states:
        assert time.monotonic() < until, seen
        time.sleep(0.1)
    return seen


def placed(settings, run, name):
    """Model -> answers that have positions, in the study that the run is loaded as."""
    study = open_study(settings, load_run(run, name, settings).id)
    sql = "SELECT model, count(*) FROM responses WHERE value1_position IS NOT NULL GROUP BY 1"
    try:
        with study.cursor() as con:
            return dict(con.execute(sql).fetchall())
    finally:
        study.close()


def test_the_others_are_scored_without_it_and_it_is_scored_when_it_is_back(settings, server):
    run = runs.launch(planned(settings), settings, load(settings.home))
    held = runs.work(settings, run)
    assert held.state is State.PAUSED
    assert status(settings, run)["stages"]["score"]["done"] == 0

    runs.resume(settings, run, without=(GPT,))
    seen = settled(settings, run, "paused")
    assert seen["stages"]["respond"]["done"] == 18
    assert seen["stages"]["score"]["done"] == 9
    assert placed(settings, run, "without") == {CLAUDE: 9, HAIKU: 9}

    server.core.plan = FaultPlan()
    runs.resume(settings, run)
    seen = settled(settings, run, "done")
    assert seen["stages"]["respond"]["done"] == 27
    # The nine calls from before stand: only the late answers were placed, each query's by itself.
    assert seen["stages"]["score"]["done"] == 18
    assert placed(settings, run, "with") == {GPT: 9, CLAUDE: 9, HAIKU: 9}


def test_a_run_does_not_go_on_without_the_only_one_of_a_stage(settings, server):
    plan = planned(settings, roles={"scorer": CLAUDE})
    assert can_do_without(plan, GPT)
    assert not can_do_without(plan, "sedge_writer")
    with pytest.raises(FaultlineError, match="Nobody else places the answers"):
        check_without(plan, (CLAUDE,))
    with pytest.raises(FaultlineError, match="Nobody else answers the queries"):
        check_without(plan, (GPT, CLAUDE, HAIKU))
    with pytest.raises(FaultlineError, match="asks no model 'o3'"):
        check_without(plan, ("o3",))


def test_late_answers_stand_in_a_call_of_their_own():
    answers = [Answer("0_0_neutral", m, 0, Outcome.ANSWERED, "Yes.") for m in (GPT, CLAUDE, HAIKU)]

    def called(together, late):
        return [[one.model for one in group] for group in groups(answers, together, late)]

    assert called(True, ()) == [[GPT, CLAUDE, HAIKU]]
    assert called(True, (GPT,)) == [[CLAUDE, HAIKU], [GPT]]
    assert called(True, (GPT, CLAUDE, HAIKU)) == [[GPT, CLAUDE, HAIKU]]
    assert called(False, (GPT,)) == [[GPT], [CLAUDE], [HAIKU]]
