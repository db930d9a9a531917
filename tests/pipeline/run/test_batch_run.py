"""Whole runs with batched stages, through both real SDKs: the same content at half the price."""

from contextlib import ExitStack

import pytest
from batch_kit import (
    CLAUDE,
    GPT,
    RESPOND,
    billed,
    contents,
    ended,
    planned,
    ran,
    rows,
    start,
    until,
)
from provider_kit import served

from analysis.errors import FaultlineError
from analysis.settings import Settings
from pipeline.plan.inputs import Inputs
from pipeline.plan.make import Wish, make_plan
from pipeline.plan.plan import parse_plan
from pipeline.price import price_plan
from pipeline.providers.catalog import load
from pipeline.run import control as runs
from pipeline.run.state import State
from pipeline.run.status import log_tail, status
from pipeline.simulator.provider import said
from tests.fake_provider.faults import Fault, FaultPlan, Rule

CANARY = "sk-canary-0123456789abcdef"
both = pytest.mark.parametrize("model", [GPT, CLAUDE])


@pytest.fixture
def settings(tmp_path, monkeypatch):
    monkeypatch.setenv("FAULTLINE_HOME", str(tmp_path / "home"))
    return Settings(home=tmp_path / "home")


@pytest.fixture
def provider(monkeypatch, tmp_path):
    """The loopback provider with faults of a test's own, both SDKs pointed at it."""
    with ExitStack() as stack:

        def serve(*rules, api="", **given):
            plan = FaultPlan(rules=rules, **given)
            server = stack.enter_context(served(plan, said, tmp_path / "ledger.jsonl"))
            monkeypatch.setenv("FAULTLINE_OPENAI_BASE_URL", server.openai_url)
            monkeypatch.setenv("FAULTLINE_ANTHROPIC_BASE_URL", server.url)
            monkeypatch.setenv("FAULTLINE_OPENAI_API", api)
            return server

        yield serve


@pytest.mark.parametrize("api", ["", "responses"])
def test_batched_stages_give_the_content_of_a_run_without_them_at_half_the_price(
    settings, provider, tmp_path, api
):
    provider(api=api, batch_seconds=0.1)
    stages = ("pairs", "generate", "respond", "rubric", "score", "label", "judge")
    calling, found, dollars = stages[1:], [], []
    for batch in ((), calling):
        plan = planned(
            settings,
            stages=stages,
            models=(GPT, CLAUDE),
            writers=(CLAUDE,),
            judges=(GPT, CLAUDE),
            batch=batch,
            families=3,
            respond={"replicates": 2},
        )
        before = billed(tmp_path / "ledger.jsonl")[1]
        run, result = ran(settings, plan)
        assert result.state is State.DONE, (result.sentence, log_tail(settings, run))
        found.append(contents(settings, run))
        seen = status(settings, run)
        assert seen["at_risk_usd"] == 0
        dollars.append(billed(tmp_path / "ledger.jsonl")[1] - before)
        assert seen["confirmed_usd"] == pytest.approx(dollars[-1])
    assert found[0] == found[1]
    # The caches of the spec are warm in the second run, as they are for its prompts in the first.
    assert dollars[1] < 0.55 * dollars[0]
    batches = rows(settings, run, "SELECT stage, model, state FROM batches ORDER BY stage, model")
    assert {stage for stage, _, _ in batches} == set(calling)
    assert {state for _, _, state in batches} == {"over"}
    assert rows(settings, run, "SELECT count(*) FROM calls WHERE latency_s IS NOT NULL") == [(0,)]
    assert rows(
        settings, run, "SELECT count(*) FROM calls WHERE outcome = 'answered' AND parse IS NULL"
    ) == [(0,)]


@pytest.mark.parametrize(
    ("model", "fault", "stored"),
    [
        (GPT, Rule(Fault.EXPIRED, api="item", first=3), {"answered": 12}),
        (CLAUDE, Rule(Fault.EXPIRED, api="batch", first=1), {"answered": 12}),
        (GPT, Rule(Fault.ITEM_ERROR, first=3), {"answered": 12}),
        (CLAUDE, Rule(Fault.ITEM_ERROR, first=3), {"answered": 12}),
        (CLAUDE, Rule(Fault.REFUSAL, api="item", first=2), {"answered": 10, "api_refusal": 2}),
        (GPT, Rule(Fault.LENGTH, api="item", first=2), {"answered": 10, "truncated": 2}),
        (GPT, Rule(Fault.DISCONNECT, api="batch", first=1), {"answered": 12}),
        (CLAUDE, Rule(Fault.DISCONNECT, api="batch", first=1), {"answered": 12}),
        (GPT, Rule(Fault.SERVER_ERROR, api="batch", first=1), {"answered": 12}),
        (CLAUDE, Rule(Fault.RATE_LIMIT, api="batch", first=1, seconds=0.1), {"answered": 12}),
        (GPT, Rule(Fault.SERVER_ERROR, api="poll", first=1), {"answered": 12}),
        (CLAUDE, Rule(Fault.SLOW, api="batch", seconds=0.5), {"answered": 12}),
    ],
    ids=lambda value: f"{value.kind}-{value.api}" if isinstance(value, Rule) else "",
)
def test_what_befalls_a_batch_ends_in_stored_outcomes_paid_once(
    settings, provider, tmp_path, model, fault, stored
):
    provider(fault)
    run, result = ran(settings, planned(settings, models=(model,)))
    assert result.state is State.DONE, result.sentence
    sql = "SELECT outcome, count(*) FROM calls WHERE stage = 'respond' GROUP BY 1"
    assert dict(rows(settings, run, sql)) == stored
    counts, dollars = billed(tmp_path / "ledger.jsonl")
    assert len(counts) == 12
    assert set(counts.values()) == {1}
    seen = status(settings, run)
    assert (seen["confirmed_usd"], seen["at_risk_usd"]) == (pytest.approx(dollars), 0.0)


@pytest.mark.parametrize("model", [GPT])
def test_a_call_that_its_batches_never_do_is_given_up_after_three(
    settings, provider, tmp_path, model
):
    server = provider(Rule(Fault.EXPIRED, api="batch"))
    run, result = ran(settings, planned(settings, models=(model,)))
    assert result.state is State.FAILED
    assert "12 errors" in result.sentence
    assert rows(settings, run, "SELECT count(*), min(calls) FROM batches") == [(3, 12)]
    errors = rows(settings, run, "SELECT DISTINCT error FROM calls WHERE state = 'failed'")
    assert len(errors) == 1
    assert "Given up after 3 batches" in errors[0][0]
    assert status(settings, run)["confirmed_usd"] == 0
    server.core.plan.rules = ()
    runs.resume(settings, run)
    until(lambda: status(settings, run)["state"] == "done")
    assert status(settings, run)["stages"]["respond"] == {
        "done": 12,
        "failed": 0,
        "unparsable": 0,
        "total": 12,
    }


@both
def test_a_model_that_takes_no_schema_is_asked_in_the_next_batch_without(settings, provider, model):
    provider(Rule(Fault.NO_SCHEMA, api="item"))
    run, result = ran(
        settings,
        planned(
            settings,
            stages=("pairs", "generate"),
            models=None,
            writers=(model,),
            batch=("generate",),
        ),
    )
    assert result.state is State.DONE, result.sentence
    assert rows(settings, run, "SELECT DISTINCT rung FROM calls") != [("schema",)]
    assert rows(settings, run, "SELECT rung FROM batches ORDER BY created_at")[0] == ("schema",)
    assert status(settings, run)["stages"]["generate"]["done"] == 4


@pytest.mark.parametrize(
    ("model", "fault"), [(GPT, Fault.AUTH), (GPT, Fault.BAD_REQUEST), (CLAUDE, Fault.BAD_REQUEST)]
)
def test_a_batch_that_is_not_taken_pauses_its_model_and_the_others_go_on(
    settings, provider, model, fault
):
    server = provider(Rule(fault, api="batch"))
    other = GPT if model == CLAUDE else CLAUDE
    plan = planned(settings, models=(model, other), judges=("rowan_judge",))
    plan = parse_plan({**plan.model_dump(mode="json"), "batch": {"respond": [model]}}, "plan")
    run, result = ran(settings, plan)
    assert result.state is State.PAUSED
    assert model in result.sentence
    seen = status(settings, run)
    assert seen["stages"]["respond"]["done"] == 12
    assert seen["at_risk_usd"] == 0
    server.core.plan.rules = ()
    assert runs.work(settings, run).state is State.DONE
    assert status(settings, run)["stages"]["respond"]["done"] == 24


def test_a_run_whose_batches_are_never_taken_goes_on_one_by_one(settings, provider, tmp_path):
    provider(Rule(Fault.BAD_REQUEST, api="batch", after=1))
    plan = planned(settings, models=(GPT, CLAUDE))
    run, result = ran(settings, plan)
    assert result.state is State.PAUSED
    assert status(settings, run)["stages"]["respond"]["done"] == 12
    runs.resume(settings, run, one_by_one=True)
    until(lambda: status(settings, run)["state"] == "done")
    assert status(settings, run)["stages"]["respond"] == {
        "done": 24,
        "failed": 0,
        "unparsable": 0,
        "total": 24,
    }
    counts, dollars = billed(tmp_path / "ledger.jsonl")
    assert (len(counts), sum(counts.values())) == (24, 24)
    assert status(settings, run)["confirmed_usd"] == pytest.approx(dollars)


@pytest.mark.parametrize("model", [GPT])
def test_a_batch_that_is_gone_is_at_risk_and_said(settings, provider, model):
    server = provider(batch_seconds=600.0)
    run = runs.launch(planned(settings, models=(model,)), settings, load(settings.home))
    child = start(settings, run)
    until(lambda: rows(settings, run, "SELECT 1 FROM batches WHERE batch_id <> ''"))
    child.kill()
    child.wait()
    server.core.forget()
    result = runs.work(settings, run)
    assert result.state is State.PAUSED
    assert "no longer knows" in result.sentence
    risk = status(settings, run)["at_risk_usd"]
    assert risk > 0
    server.core.plan.batch_seconds = 0.0
    assert runs.work(settings, run).state is State.DONE
    assert status(settings, run)["at_risk_usd"] == pytest.approx(risk)


def test_a_small_budget_makes_smaller_batches_and_is_never_passed(settings, provider, tmp_path):
    provider(batch_seconds=0.05)
    plan = planned(settings, families=8, budget_usd=0.05)
    run, result = ran(settings, plan)
    assert result.state is State.DONE, result.sentence
    sizes = [n for (n,) in rows(settings, run, "SELECT calls FROM batches")]
    assert len(sizes) > 1
    assert sum(sizes) == 24
    assert billed(tmp_path / "ledger.jsonl")[1] <= 0.05


def test_a_budget_without_room_for_one_call_pauses(settings, provider):
    provider()
    run, result = ran(settings, planned(settings, budget_usd=0.0001))
    assert result.state is State.PAUSED
    assert "budget" in result.sentence
    assert rows(settings, run, "SELECT count(*) FROM batches") == [(0,)]


@pytest.mark.parametrize("model", [CLAUDE])
def test_pausing_leaves_the_batch_at_the_provider_and_resuming_brings_it_home(
    settings, provider, tmp_path, model
):
    server = provider(batch_seconds=600.0)
    run = runs.launch(planned(settings, models=(model,)), settings, load(settings.home))
    child = start(settings, run)
    until(lambda: rows(settings, run, "SELECT 1 FROM batches WHERE batch_id <> ''"))
    runs.pause(settings, run)
    assert ended(child)[0] == 1
    seen = status(settings, run)
    assert seen["state"] == "paused"
    assert seen["at_risk_usd"] > 0
    server.core.plan.batch_seconds = 0.0
    assert runs.work(settings, run).state is State.DONE
    counts, dollars = billed(tmp_path / "ledger.jsonl")
    assert (len(counts), sum(counts.values())) == (12, 12)
    seen = status(settings, run)
    assert (seen["confirmed_usd"], seen["at_risk_usd"]) == (pytest.approx(dollars), 0.0)


@pytest.mark.parametrize(("model", "running"), [(GPT, True), (CLAUDE, False)])
def test_cancelling_calls_the_batches_back_and_keeps_what_they_had_done(
    settings, provider, tmp_path, model, running
):
    provider(batch_seconds=600.0)
    run = runs.launch(planned(settings, models=(model,)), settings, load(settings.home))
    child = start(settings, run)
    until(lambda: rows(settings, run, "SELECT 1 FROM batches WHERE batch_id <> ''"))
    if not running:
        child.kill()
        child.wait()
    runs.cancel(settings, run)
    until(lambda: rows(settings, run, "SELECT 1 FROM meta WHERE name = 'cancelled'"))
    until(lambda: status(settings, run)["state"] == "stopped")
    child.communicate(timeout=120)
    counts, dollars = billed(tmp_path / "ledger.jsonl")
    assert sum(counts.values()) == 6
    seen = status(settings, run)
    assert seen["stages"]["respond"]["done"] == 6
    assert (seen["confirmed_usd"], seen["at_risk_usd"]) == (pytest.approx(dollars), 0.0)
    with pytest.raises(FaultlineError, match="cancelled"):
        runs.resume(settings, run)


def test_two_names_of_one_served_model_pay_for_each_call_once(settings, provider, tmp_path):
    provider(batch_seconds=0.2)
    data = planned(settings).model_dump(mode="json")
    data["models"]["again"] = data["models"][GPT]
    data["roles"]["targets"] = [GPT, "again"]
    data["batch"] = {"respond": [GPT, "again"]}
    run, result = ran(settings, parse_plan(data, "plan"))
    assert result.state is State.DONE, result.sentence
    counts, dollars = billed(tmp_path / "ledger.jsonl")
    assert (len(counts), sum(counts.values())) == (12, 12)
    assert status(settings, run)["confirmed_usd"] == pytest.approx(dollars)


@both
def test_the_key_is_nowhere(settings, provider, monkeypatch, model):
    """Not even where a provider tells it back, in an answer or in what is wrong with a call."""
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY"):
        monkeypatch.setenv(name, CANARY)
    server = provider(
        Rule(Fault.ITEM_ERROR, first=1), Rule(Fault.SERVER_ERROR, api="poll", first=1)
    )
    server.core.answerer = lambda request: f"You sent {CANARY} with {request.messages[0].content}"
    run, result = ran(settings, planned(settings, models=(model,)))
    assert result.state is State.DONE, result.sentence
    told = rows(settings, run, "SELECT text FROM calls WHERE stage = 'respond' LIMIT 1")[0][0]
    assert told.startswith("You sent ")
    for path in settings.home.rglob("*"):
        if path.is_file():
            assert CANARY.encode() not in path.read_bytes(), path


def test_the_price_of_a_batched_stage_is_its_models_share(settings):
    plans = [planned(settings, models=(GPT, CLAUDE), batch=batch) for batch in ((), ("respond",))]
    one_by_one, batched = (price_plan(plan, Inputs(plan)) for plan in plans)
    assert batched["usd_low"] == pytest.approx(0.5 * one_by_one["usd_low"])
    assert batched["usd_high"] == pytest.approx(0.5 * one_by_one["usd_high"])
    assert batched["stages"]["respond"]["batch"]
    assert not batched["stages"]["generate"]["batch"]
    assert batched["hours"] >= 24.0 > one_by_one["hours"]


def test_of_a_stage_only_the_models_that_take_batches_are_sent_so(settings):
    plan = planned(settings, models=(GPT, "gemini_2_5_pro"))
    assert plan.batch == {"respond": (GPT,)}


@pytest.mark.parametrize(
    ("batch", "sentence"),
    [
        ({"dedupe": []}, "no stage of it that calls models"),
        ({"judge": [GPT]}, "no stage of it that calls models"),
        ({"respond": [CLAUDE]}, "does not call"),
        ({"generate": ["sedge_writer"]}, "simulated and has no batch API"),
    ],
)
def test_a_batch_that_fits_no_stage_is_refused(settings, batch, sentence):
    data = planned(settings).model_dump(mode="json")
    with pytest.raises(FaultlineError, match=sentence):
        parse_plan({**data, "batch": batch}, "plan")


def test_a_provider_without_a_batch_api_is_refused_before_anything_is_spent(settings, monkeypatch):
    monkeypatch.setenv("GEMINI_API_KEY", "x")
    wish = Wish(
        models=("gemini_2_5_pro",),
        writers=("sedge_writer",),
        stages=RESPOND,
        budget_usd=1.0,
        batch=("respond",),
    )
    with pytest.raises(FaultlineError, match="No model of the stage respond takes batches"):
        make_plan(wish, settings, load(settings.home))
    plan = planned(settings, models=("gemini_2_5_pro",), batch=())
    data = {**plan.model_dump(mode="json"), "batch": {"respond": ["gemini_2_5_pro"]}}
    with pytest.raises(FaultlineError, match="Google Gemini has no batch API"):
        runs.launch(parse_plan(data, "plan"), settings, load(settings.home))
    assert not settings.runs.exists()
