"""Runners that die with batches out: every call stored once, every batch paid for once.

A real runner process, both real SDKs, a loopback provider that keeps its own ledger.
"""

import random
import signal
import time

import pytest
from batch_kit import CLAUDE, GPT, billed, ended, planned, rows, start, until
from provider_kit import served

from analysis.settings import Settings
from pipeline.providers.catalog import load
from pipeline.run import control as runs
from pipeline.run.status import status
from pipeline.simulator.provider import said
from tests.fake_provider.faults import Fault, FaultPlan, Rule

both = pytest.mark.parametrize("model", [GPT, CLAUDE])


@pytest.fixture
def settings(tmp_path, monkeypatch):
    monkeypatch.setenv("FAULTLINE_HOME", str(tmp_path / "home"))
    return Settings(home=tmp_path / "home")


@pytest.fixture
def provider(monkeypatch, tmp_path):
    """The loopback provider, both SDKs pointed at it."""
    with served(FaultPlan(), said, tmp_path / "ledger.jsonl") as server:
        monkeypatch.setenv("FAULTLINE_OPENAI_BASE_URL", server.openai_url)
        monkeypatch.setenv("FAULTLINE_ANTHROPIC_BASE_URL", server.url)
        yield server


LOST = Rule(Fault.HANG, api="batch", first=1, seconds=20.0)


def launched(settings, *models, families=4):
    plan = planned(settings, models=models, families=families, time_limit_s=30.0)
    return runs.launch(plan, settings, load(settings.home))


def killed(child):
    child.send_signal(signal.SIGKILL)
    child.communicate()


def check_once(settings, run, ledger, calls):
    """Each call stored exactly once, its body billed exactly once, the two ledgers agree."""
    seen = status(settings, run)
    assert seen["state"] == "done"
    assert seen["stages"]["respond"] == {
        "done": calls,
        "failed": 0,
        "unparsable": 0,
        "total": calls,
    }
    counts, dollars = billed(ledger)
    assert len(counts) == calls
    assert set(counts.values()) == {1}
    assert seen["confirmed_usd"] == pytest.approx(dollars)
    assert seen["at_risk_usd"] == 0
    stored = "SELECT count(*), count(DISTINCT key) FROM calls WHERE stage = 'respond'"
    assert rows(settings, run, stored) == [(calls, calls)]


@both
def test_killed_between_the_submission_and_the_note_of_its_id(settings, provider, tmp_path, model):
    provider.core.plan = FaultPlan(rules=(LOST,), batch_seconds=1.5)
    run = launched(settings, model)
    child = start(settings, run)
    until(lambda: provider.core.batches())
    time.sleep(0.1)
    killed(child)
    assert rows(settings, run, "SELECT batch_id, state FROM batches") == [("", "open")]
    dead = status(settings, run)
    assert dead["at_risk_usd"] > 0  # whoever reads the ledger now is told that it may be billed
    code, told = ended(start(settings, run))
    assert code == 0, told
    assert "found again" in told
    assert len(provider.core.batches()) == 1
    check_once(settings, run, tmp_path / "ledger.jsonl", 12)


@pytest.mark.parametrize("model", [CLAUDE])
def test_killed_before_anything_was_submitted(settings, provider, tmp_path, model):
    """The intent is on disk and the provider never heard of it: it is submitted, once."""
    provider.core.plan = FaultPlan(rules=(Rule(Fault.OVERLOADED, api="batch"),))
    run = launched(settings, model)
    child = start(settings, run)
    until(lambda: provider.core.ledger.asked > 1)
    killed(child)
    assert rows(settings, run, "SELECT batch_id, state FROM batches") == [("", "open")]
    provider.core.plan = FaultPlan()
    code, told = ended(start(settings, run))
    assert code == 0, told
    assert len(provider.core.batches()) == 1
    check_once(settings, run, tmp_path / "ledger.jsonl", 12)


@pytest.mark.parametrize("model", [GPT])
def test_killed_while_it_waits_for_its_batch(settings, provider, tmp_path, model):
    provider.core.plan = FaultPlan(batch_seconds=600.0)
    run = launched(settings, model)
    child = start(settings, run)
    until(lambda: rows(settings, run, "SELECT 1 FROM batches WHERE batch_id <> ''"))
    killed(child)
    provider.core.plan.batch_seconds = 0.0
    code, told = ended(start(settings, run))
    assert code == 0, told
    assert len(provider.core.batches()) == 1
    check_once(settings, run, tmp_path / "ledger.jsonl", 12)


@pytest.mark.parametrize("kills", [2, pytest.param(4, marks=pytest.mark.slow)])
def test_killed_at_random_moments_with_items_that_expire(settings, provider, tmp_path, kills):
    """Both providers at once, several batches each, killed in whatever they are at."""
    late = Rule(Fault.EXPIRED, api="item", probability=0.2)
    provider.core.plan = FaultPlan(rules=(late,), batch_seconds=0.4)
    run, chance = launched(settings, GPT, CLAUDE, families=20), random.Random(4)
    for _ in range(kills):
        child = start(settings, run)
        time.sleep(0.2 + chance.random() * 0.8)
        killed(child)
    code, told = ended(start(settings, run))
    assert code == 0 or "nothing left to do" in told, told
    seen, (counts, dollars) = status(settings, run), billed(tmp_path / "ledger.jsonl")
    stored = seen["stages"]["respond"]
    assert stored["done"] + stored["failed"] == 120
    assert sum(counts.values()) == len(counts) == stored["done"]
    assert (seen["confirmed_usd"], seen["at_risk_usd"]) == (pytest.approx(dollars), 0.0)
