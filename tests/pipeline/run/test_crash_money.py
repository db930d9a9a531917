"""Money under faults and kills: the cap is never passed, and the ledger covers what was billed."""

import random
import signal
import time

import pytest
from run_kit import plan_for, rows, settled, start, until, usd_billed

from analysis.settings import Settings
from pipeline.providers.catalog import load
from pipeline.run import control as runs
from pipeline.run.status import status
from pipeline.simulator.provider import said
from tests.fake_provider.faults import Fault, FaultPlan, Rule
from tests.fake_provider.ledger import read_ledger
from tests.fake_provider.server import Loopback

# Each loses an answer in its own way; some after it was billed.
LOSSES = (
    Fault.RATE_LIMIT,
    Fault.SERVER_ERROR,
    Fault.OVERLOADED,
    Fault.DISCONNECT,
    Fault.TRUNCATED,
    Fault.HTML,
    Fault.EMPTY,
    Fault.BAD_REQUEST,
    Fault.LENGTH,
    Fault.CONTENT_FILTER,
)


@pytest.fixture
def settings(tmp_path, monkeypatch):
    monkeypatch.setenv("FAULTLINE_HOME", str(tmp_path / "home"))
    return Settings(home=tmp_path / "home")


@pytest.fixture
def ledger(tmp_path, monkeypatch):
    """What a provider that fails one request in three wrote down."""
    path = tmp_path / "ledger.jsonl"
    rules = tuple(Rule(kind, probability=0.04) for kind in LOSSES)
    with Loopback(FaultPlan(rules=rules, latency_ms=15), ledger=path, answerer=said) as server:
        monkeypatch.setenv("FAULTLINE_OPENAI_BASE_URL", server.openai_url)
        yield path


def spent(settings, run):
    seen = status(settings, run)
    return seen["confirmed_usd"] + seen["at_risk_usd"]


@pytest.mark.parametrize("kills", [2, pytest.param(3, marks=pytest.mark.slow)])
def test_no_fault_and_no_kill_passes_the_cap(settings, ledger, kills):
    cap = 0.06
    plan = plan_for(settings, 30, 5, budget_usd=cap)
    run = runs.launch(plan, settings, load(settings.home))
    chance = random.Random(5)
    for _ in range(kills):
        child = start(settings, run)
        goal = settled(settings, run) + 30
        until(lambda c=child, g=goal: settled(settings, run) >= g or c.poll() is not None)
        time.sleep(chance.random() * 0.05)
        child.send_signal(signal.SIGKILL)
        child.wait()
        assert usd_billed(ledger) - 1e-9 <= spent(settings, run) <= cap + 1e-9
    child = start(settings, run)
    assert child.wait(timeout=120) == 1
    assert "budget" in child.stderr.read().decode()
    assert 0 < usd_billed(ledger) - 1e-9 <= spent(settings, run) <= cap + 1e-9
    assert status(settings, run)["state"] == "paused"


def test_a_run_of_faults_ends_with_every_call_accounted_for(settings, ledger):
    run = runs.launch(plan_for(settings, 20, 5), settings, load(settings.home))
    child = start(settings, run)
    assert child.wait(timeout=120) == 0, child.stderr.read()
    seen = status(settings, run)["stages"]["respond"]
    assert (seen["done"] + seen["failed"], seen["total"]) == (300, 300)
    struck = {entry["fault"] for entry in read_ledger(ledger)} - {""}
    assert struck == set(LOSSES)
    most = rows(settings, run, "SELECT max(sends) FROM calls")[0][0]
    assert 1 < most <= 30 + 6 + 3  # the bounds of retry.RetryPolicy, each sort apart
    assert usd_billed(ledger) - 1e-9 <= spent(settings, run) <= 50.0
