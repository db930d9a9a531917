"""The page of a stress test with batches: chosen per stage, priced, launched, watched."""

import pytest
from batch_kit import CLAUDE, GPT, until
from page_kit import stress_test as opened
from page_kit import told
from provider_kit import served

from pipeline.plan.plan import read_plan
from pipeline.run.status import list_runs, watch
from pipeline.simulator.provider import said
from tests.fake_provider.faults import FaultPlan


@pytest.fixture
def settings(with_example):
    return with_example


@pytest.fixture
def provider(monkeypatch):
    with served(FaultPlan(batch_seconds=600.0), said) as server:
        monkeypatch.setenv("FAULTLINE_OPENAI_BASE_URL", server.openai_url)
        monkeypatch.setenv("FAULTLINE_ANTHROPIC_BASE_URL", server.url)
        yield server


def test_with_simulated_models_only_there_is_no_batch_to_choose(settings):
    app = opened()
    assert [box.key for box in app.checkbox] == []
    assert "Send as batches" not in told(app)


def test_a_stage_is_chosen_for_batches_priced_launched_and_watched(settings, provider):
    app = opened()
    app.multiselect(key="stress-targets").set_value(["aster_small", CLAUDE, GPT]).run()
    assert [box.key for box in app.checkbox] == ["batch-respond", "batch-noise_answer"]
    assert app.checkbox(key="batch-respond").label == "respond: 2 of 3 models"
    before = {metric.label: metric.value for metric in app.metric}
    app.checkbox(key="batch-respond").check().run()
    after = {metric.label: metric.value for metric in app.metric}
    assert after["Hours, at most"] == "24.0"
    assert before["Cost"] != after["Cost"]
    next(box for box in app.number_input if box.label == "Budget, $").set_value(20.0).run()
    app.button(key="launch").click().run()
    assert not app.exception

    run = list_runs(settings)[0]["id"]
    plan = read_plan(settings.runs / run / "plan.json")
    assert plan.batch == {"respond": (CLAUDE, GPT)}
    until(lambda: sum(b["batch_id"] != "" for b in watch(settings, run).batches) == 2)
    assert "2 batches are at the providers, 60 calls in all" in told(opened(run=run))
    provider.core.plan.batch_seconds = 0.0
    until(lambda: watch(settings, run).status["state"] == "done", 60)
    assert {batch["state"] for batch in watch(settings, run).batches} == {"over"}
    assert "with the providers" not in told(opened(run=run))
