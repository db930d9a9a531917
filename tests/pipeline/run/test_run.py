"""Whole runs: every fault ends in a stored outcome or a sentence, orders are obeyed."""

import json
import sqlite3
import time

import pytest

from analysis.errors import FaultlineError
from analysis.settings import Settings
from pipeline.export.write import export_run
from pipeline.plan.make import Wish, make_plan
from pipeline.plan.plan import parse_plan
from pipeline.providers.catalog import load
from pipeline.run import control as runs
from pipeline.run.calls import RunContext
from pipeline.run.state import State
from pipeline.run.status import last_replies, list_runs, log_tail, status, watch
from pipeline.simulator.provider import said
from tests.fake_provider.faults import Fault, FaultPlan, Rule
from tests.fake_provider.ledger import read_ledger
from tests.fake_provider.server import Loopback

CANARY = "sk-canary-0123456789abcdef"
GPT, CLAUDE = "gpt_5_4_mini", "claude_haiku_4_5"


@pytest.fixture
def settings(tmp_path, monkeypatch):
    monkeypatch.setenv("FAULTLINE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("OPENAI_API_KEY", CANARY)
    monkeypatch.setenv("ANTHROPIC_API_KEY", CANARY)
    return Settings(home=tmp_path / "home")


@pytest.fixture
def provider(monkeypatch, tmp_path):
    """Start a loopback provider that both SDKs are pointed at."""
    opened = []

    def serve(plan=None):
        server = Loopback(plan or FaultPlan(), ledger=tmp_path / "ledger.jsonl", answerer=said)
        server.__enter__()
        opened.append(server)
        monkeypatch.setenv("FAULTLINE_OPENAI_BASE_URL", server.openai_url)
        monkeypatch.setenv("FAULTLINE_ANTHROPIC_BASE_URL", server.url)
        return server

    yield serve
    for server in opened:
        server.__exit__(None, None, None)


def planned(settings, *, stages="pairs,generate,respond", models=(GPT,), families=4, **changes):
    wish = Wish(
        families=families,
        models=models,
        writers=("sedge_writer",),
        judges=changes.pop("judges", None),
        stages=tuple(stages.split(",")),
        budget_usd=changes.pop("budget_usd", 20.0),
        seed=5,
    )
    data = make_plan(wish, settings, load(settings.home)).model_dump(mode="json")
    return parse_plan({**data, "time_limit_s": 60.0, **changes}, "plan")


def ran(settings, plan):
    run = runs.launch(plan, settings, load(settings.home))
    return run, runs.work(settings, run)


@pytest.fixture
def hasty(monkeypatch):
    """Waits between attempts take a fiftieth of their time."""
    waits = RunContext.sleep
    monkeypatch.setattr(RunContext, "sleep", lambda context, seconds: waits(context, seconds / 50))


def calls(settings, run, sql):
    connection = sqlite3.connect(settings.runs / run / "journal.sqlite")
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def outcomes(settings, run, stage="respond"):
    sql = f"SELECT outcome, count(*) FROM calls WHERE stage = '{stage}' GROUP BY 1"
    return dict(calls(settings, run, sql))


def test_every_stage_through_both_sdks(settings, provider, tmp_path):
    provider()
    plan = planned(
        settings,
        stages="pairs,generate,perturb,dedupe,respond,rubric,score,hard,label,judge",
        models=(GPT, CLAUDE),
        judges=(CLAUDE, GPT),
        perturb={"kinds": ["tone"]},
    )
    data = plan.model_dump(mode="json")
    for role in ("rubric_writer", "scorer", "perturber"):
        data["roles"][role] = CLAUDE
    data["roles"]["labeller"] = GPT
    run, result = ran(settings, parse_plan(data, "plan"))
    assert result.state is State.DONE, result.sentence
    seen = status(settings, run)
    assert all(part["failed"] == 0 < part["done"] for part in seen["stages"].values())
    assert 0 < seen["confirmed_usd"] <= seen["budget_usd"]
    assert seen["at_risk_usd"] == 0
    billed = sum(entry["usd"] for entry in read_ledger(tmp_path / "ledger.jsonl"))
    assert seen["confirmed_usd"] == pytest.approx(billed)
    assert calls(settings, run, "SELECT count(*) FROM texts") == [(1,)]
    cached = calls(settings, run, "SELECT sum(cached_tokens) FROM calls WHERE stage = 'judge'")
    assert cached[0][0] > 0
    unreadable = calls(settings, run, "SELECT stage, parse_error FROM calls WHERE parse <> 'ok'")
    assert {stage for stage, _ in unreadable} <= {"judge"}


MENDED = (Fault.RATE_LIMIT, Fault.SERVER_ERROR, Fault.OVERLOADED, Fault.HANG, Fault.DRIP)
STORED = {
    Fault.BAD_REQUEST: {"error": 2, "answered": 10},
    Fault.REFUSAL: {"api_refusal": 2, "answered": 10},
    Fault.CONTENT_FILTER: {"api_refusal": 2, "answered": 10},
    Fault.LENGTH: {"truncated": 2, "answered": 10},
    Fault.WRONG_MODEL: {"answered": 12},
}


BROKEN = (Fault.TRUNCATED, Fault.HTML, Fault.EMPTY, Fault.DISCONNECT)
FATAL = (Fault.AUTH, Fault.BILLING, Fault.NOT_FOUND)
UNSTRUCTURED = (Fault.NO_SCHEMA, Fault.NO_TOOL)
BATCHED = (Fault.EXPIRED, Fault.ITEM_ERROR, Fault.SLOW)  # tried in the tests of batches


def test_every_fault_is_tried_in_a_run():
    assert {*MENDED, *STORED, *BROKEN, *FATAL, *UNSTRUCTURED, *BATCHED} == set(Fault)


@pytest.mark.parametrize("model", [GPT, CLAUDE])
@pytest.mark.parametrize("fault", [*MENDED, *STORED, *BROKEN])
def test_a_fault_ends_in_a_stored_outcome(settings, provider, hasty, tmp_path, fault, model):
    rule = Rule(fault, first=2, seconds=None if fault is Fault.RATE_LIMIT else 30.0)
    provider(FaultPlan(rules=(rule,)))
    limit = 1.0 if fault in (Fault.HANG, Fault.DRIP) else 60.0
    run, result = ran(settings, planned(settings, models=(model,), time_limit_s=limit))
    assert result.state is State.DONE, result.sentence
    seen = status(settings, run)
    assert seen["stages"]["respond"]["total"] == 12
    found = outcomes(settings, run)
    assert sum(found.values()) == 12
    if fault in STORED:
        assert found == STORED[fault]
    elif fault in MENDED:
        assert found == {"answered": 12}
    else:
        assert set(found) <= {"answered", "error", "truncated"}
    billed = sum(e["usd"] for e in read_ledger(tmp_path / "ledger.jsonl") if e["billed"])
    assert seen["confirmed_usd"] + seen["at_risk_usd"] >= billed - 1e-9


@pytest.mark.parametrize("fault", FATAL)
def test_a_dead_model_pauses_and_the_others_go_on(settings, provider, fault):
    provider(FaultPlan(rules=(Rule(fault, model="gpt-*", probability=1.0),)))
    run, result = ran(settings, planned(settings, models=(GPT, CLAUDE), judges=("rowan_judge",)))
    assert result.state is State.PAUSED
    assert GPT in result.sentence
    assert "Resume" in result.sentence
    done = dict(
        calls(
            settings,
            run,
            "SELECT model, count(*) FROM calls WHERE state = 'done' "
            "AND stage = 'respond' GROUP BY 1",
        )
    )
    assert done == {CLAUDE: 12}
    assert status(settings, run)["state"] == "paused"
    assert status(settings, run)["at_risk_usd"] == 0


@pytest.mark.parametrize("trouble", ["gone", "full"])
def test_a_provider_that_nobody_reaches_pauses_and_loses_no_call(
    settings, provider, hasty, monkeypatch, trouble
):
    """Its calls wait; those of the others are made; when it is back, the run ends whole."""
    server = provider(FaultPlan(rules=(Rule(Fault.OVERLOADED, model="gpt-*"),)))
    if trouble == "gone":
        monkeypatch.setenv("FAULTLINE_OPENAI_BASE_URL", "http://127.0.0.1:1/v1")
    plan = planned(settings, models=(GPT, CLAUDE), judges=("rowan_judge",))
    run, result = ran(settings, plan)
    assert result.state is State.PAUSED
    assert f"{GPT} is paused" in result.sentence
    assert ("No connection" if trouble == "gone" else "no capacity") in result.sentence
    seen = status(settings, run)
    assert seen["stages"]["respond"] == {"done": 12, "failed": 0, "unparsable": 0, "total": 24}
    assert seen["at_risk_usd"] == 0
    if trouble == "full":
        server.core.plan = FaultPlan()
        assert runs.work(settings, run).state is State.DONE
        assert status(settings, run)["stages"]["respond"]["done"] == 24


def test_a_provider_short_of_capacity_is_tried_again(settings, provider, hasty):
    provider(FaultPlan(rules=(Rule(Fault.OVERLOADED, probability=0.5),), seed=3))
    run, result = ran(settings, planned(settings, families=8))
    assert result.state is State.DONE, result.sentence
    assert status(settings, run)["stages"]["respond"]["total"] == 24


@pytest.mark.parametrize("model", [GPT, CLAUDE])
def test_a_model_that_takes_no_structure_is_asked_in_words(settings, provider, model):
    provider(FaultPlan(rules=tuple(Rule(fault) for fault in UNSTRUCTURED)))
    data = planned(settings, models=(model,)).model_dump(mode="json")
    data["roles"]["generators"] = [model]
    run, result = ran(settings, parse_plan(data, "plan"))
    assert result.state is State.DONE, result.sentence
    rungs = calls(settings, run, "SELECT DISTINCT rung FROM calls WHERE stage = 'generate'")
    assert {rung for (rung,) in rungs} <= {"json_mode", "tolerant"}
    assert status(settings, run)["stages"]["generate"] == {
        "done": 4,
        "failed": 0,
        "unparsable": 0,
        "total": 4,
    }


def test_a_mended_model_is_resumed_where_it_stopped(settings, provider, tmp_path):
    server = provider(FaultPlan(rules=(Rule(Fault.AUTH, model="gpt-*"),)))
    run, result = ran(
        settings,
        planned(
            settings,
            stages="pairs,generate,respond,rubric,score,judge",
            models=(GPT, CLAUDE),
            judges=("rowan_judge",),
        ),
    )
    assert result.state is State.PAUSED
    assert status(settings, run)["stages"]["score"]["done"] == 0
    assert status(settings, run)["stages"]["judge"]["done"] == 12
    server.core.plan = FaultPlan()
    assert runs.work(settings, run).state is State.DONE
    seen = status(settings, run)["stages"]
    assert seen["respond"]["done"] == seen["judge"]["done"] == 24
    assert seen["score"] == {"done": 12, "failed": 0, "unparsable": 0, "total": 12}


def test_a_stage_without_one_usable_reply_fails_with_a_sentence_and_can_be_tried_again(
    settings, provider
):
    server = provider(FaultPlan(rules=(Rule(Fault.BAD_REQUEST),)))
    run, result = ran(settings, planned(settings))
    assert result.state is State.FAILED
    assert "respond" in result.sentence
    assert "12 errors" in result.sentence
    server.core.plan = FaultPlan()
    runs.resume(settings, run)
    wait_for(settings, run, "done")
    assert outcomes(settings, run) == {"answered": 12}


def wait_for(settings, run, state):
    until = time.monotonic() + 120
    while status(settings, run)["state"] != state:
        assert time.monotonic() < until, (status(settings, run), log_tail(settings, run))
        time.sleep(0.05)


def test_failed_calls_of_a_done_run_are_retried_on_demand_only(settings, provider):
    server = provider(FaultPlan(rules=(Rule(Fault.BAD_REQUEST, first=3),)))
    run, result = ran(settings, planned(settings))
    assert result.state is State.DONE
    assert status(settings, run)["stages"]["respond"] == {
        "done": 9,
        "failed": 3,
        "unparsable": 0,
        "total": 12,
    }
    with pytest.raises(FaultlineError, match="is done"):
        runs.resume(settings, run)
    asked = server.core.ledger.asked
    runs.resume(settings, run, retry_failed=True)
    wait_for(settings, run, "done")
    assert status(settings, run)["stages"]["respond"] == {
        "done": 12,
        "failed": 0,
        "unparsable": 0,
        "total": 12,
    }
    assert server.core.ledger.asked == asked + 3
    with pytest.raises(FaultlineError, match="no failed calls"):
        runs.resume(settings, run, retry_failed=True)


def test_pause_resume_and_cancel_from_outside(settings, monkeypatch):
    monkeypatch.setenv("FAULTLINE_SIM_SECONDS", "0.5")
    plan = make_plan(
        Wish(families=40, stages=("pairs", "generate", "respond")), settings, load(settings.home)
    )
    run = runs.launch(plan, settings, load(settings.home))
    runs.detach(settings, run)
    runs.detach(settings, run)  # a second click starts nothing
    assert status(settings, run)["state"] == "running"
    with pytest.raises(FaultlineError, match="already"):
        runs.resume(settings, run)
    runs.pause(settings, run)
    wait_for(settings, run, "paused")
    before = status(settings, run)["stages"]["respond"]["done"]
    assert before < 1_440
    runs.resume(settings, run)
    assert status(settings, run)["state"] == "running"
    runs.cancel(settings, run)
    wait_for(settings, run, "stopped")
    seen = watch(settings, run)
    assert seen.cancelled
    assert seen.status["at_risk_usd"] == 0
    for again in (runs.resume, runs.cancel, runs.work):
        with pytest.raises(FaultlineError, match="cancelled"):
            again(settings, run)
    with pytest.raises(FaultlineError, match="not running"):
        runs.pause(settings, run)
    assert export_run(settings, run).is_dir()


def test_a_paused_run_may_be_cancelled_without_a_runner(settings, provider):
    provider(FaultPlan(rules=(Rule(Fault.AUTH),)))
    run, _ = ran(settings, planned(settings))
    runs.cancel(settings, run)
    assert status(settings, run)["state"] == "stopped"


def test_a_spent_budget_pauses_and_a_higher_one_goes_on(settings, provider):
    provider()
    run, result = ran(settings, planned(settings, budget_usd=0.01, families=8))
    assert result.state is State.PAUSED
    assert "budget" in result.sentence
    done = status(settings, run)["stages"]["respond"]["done"]
    assert 0 < done < 24
    runs.resume(settings, run, budget_usd=5.0)
    wait_for(settings, run, "done")
    seen = status(settings, run)
    assert seen["budget_usd"] == 5.0
    assert seen["stages"]["respond"]["done"] == 24


def test_the_key_is_nowhere(settings, provider, capfd):
    rules = [Rule(f, first=1) for f in (Fault.SERVER_ERROR, Fault.HTML, Fault.BAD_REQUEST)]
    provider(FaultPlan(rules=(*rules, Rule(Fault.AUTH, model="claude*"))))
    run, _ = ran(settings, planned(settings, models=(GPT, CLAUDE)))
    export_run(settings, run)
    for path in settings.home.rglob("*"):
        if path.is_file():
            assert CANARY.encode() not in path.read_bytes(), path
    assert CANARY not in "".join(capfd.readouterr())
    assert CANARY not in json.dumps(last_replies(settings, run)) + str(log_tail(settings, run))


def test_another_model_than_asked_is_said(settings, provider):
    provider(FaultPlan(rules=(Rule(Fault.WRONG_MODEL, first=1),)))
    run, _ = ran(settings, planned(settings))
    assert any("answered" in line and "was asked for" in line for line in log_tail(settings, run))


@pytest.mark.parametrize("missing", ["OPENAI_API_KEY"])
def test_no_key_is_said_before_anything_starts(settings, monkeypatch, missing):
    monkeypatch.delenv(missing)
    monkeypatch.delenv("FAULTLINE_OPENAI_BASE_URL", raising=False)
    with pytest.raises(FaultlineError, match=missing):
        runs.launch(planned(settings), settings, load(settings.home))
    assert not settings.runs.exists() or list(settings.runs.iterdir()) == []


def test_a_budget_of_zero_for_calls_that_cost_is_refused(settings):
    with pytest.raises(FaultlineError, match=r"budget is \$0.00"):
        runs.launch(planned(settings, budget_usd=0.0), settings, load(settings.home))


@pytest.mark.parametrize(
    "name", ["../x", "", "01ARZ3NDEKTSV4RRFFQ69G5FA", "01ARZ3NDEKTSV4RRFFQ69G5FAV"]
)
def test_ids_that_are_no_runs(settings, name):
    for action in (status, runs.pause, runs.resume, runs.cancel, runs.work, export_run):
        with pytest.raises(FaultlineError, match="run"):
            action(settings, name)


def test_an_input_that_changed_since_the_plan_is_refused(settings, tmp_path):
    spec = tmp_path / "mine.md"
    spec.write_text("# One {#one}\n\nBe kind.\n")
    plan = make_plan(Wish(spec=spec), settings, load(settings.home))
    spec.write_text("# One {#one}\n\nBe quick.\n")
    with pytest.raises(FaultlineError, match="has changed"):
        runs.launch(plan, settings, load(settings.home))
    spec.unlink()
    with pytest.raises(FaultlineError, match="can't be read"):
        runs.launch(plan, settings, load(settings.home))
    assert list(settings.runs.iterdir()) == []


def test_a_broken_stage_is_told_by_place_and_never_by_message(settings, monkeypatch):
    plan = make_plan(Wish(families=2), settings, load(settings.home))
    run = runs.launch(plan, settings, load(settings.home))

    def broken(*_, **__):
        raise RuntimeError(CANARY)

    monkeypatch.setattr("pipeline.asks.answering.model_call", broken)
    result = runs.work(settings, run)
    assert result.state is State.FAILED
    assert "RuntimeError" in result.sentence
    log = "\n".join(log_tail(settings, run))
    assert "flow.py" in log
    assert CANARY not in log


def test_runs_are_listed_newest_first(settings):
    made = [
        runs.launch(
            make_plan(Wish(title=name), settings, load(settings.home)),
            settings,
            load(settings.home),
        )
        for name in ("first", "second")
    ]
    listed = list_runs(settings)
    assert [entry["id"] for entry in listed] == sorted(made, reverse=True)
    assert all(entry["simulated"] and entry["state"] == "stopped" for entry in listed)
