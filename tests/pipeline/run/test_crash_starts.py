"""Runs started twice, after a restart of the machine, and under a clock that jumps."""

import os
import subprocess
import sys
from collections import Counter

import pytest
from run_kit import ROOT, plan_for, rows, settled, start, until, usd_billed

from analysis.errors import FaultlineError
from analysis.settings import Settings
from pipeline.providers.catalog import load
from pipeline.run import control as runs
from pipeline.run.status import last_replies, list_runs, status
from pipeline.simulator.provider import said
from tests.fake_provider.faults import Fault, FaultPlan, Rule
from tests.fake_provider.ledger import read_ledger
from tests.fake_provider.server import Loopback

# A year ahead and a year back, five times a second, for whoever asks what time it is.
JUMPING = """
import datetime, time
real, begun = time.time, time.monotonic()
def jumping():
    return real() + (-1) ** int(5 * (time.monotonic() - begun)) * 365 * 86400
class Jumping(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return cls.fromtimestamp(jumping(), tz)
time.time, time.time_ns, datetime.datetime = jumping, lambda: int(jumping() * 1e9), Jumping
"""


@pytest.fixture
def settings(tmp_path, monkeypatch):
    monkeypatch.setenv("FAULTLINE_HOME", str(tmp_path / "home"))
    return Settings(home=tmp_path / "home")


@pytest.fixture
def served(tmp_path, monkeypatch):
    """The loopback provider, and the file of what it was asked."""
    ledger = tmp_path / "ledger.jsonl"
    with Loopback(FaultPlan(latency_ms=100), ledger=ledger, answerer=said) as server:
        monkeypatch.setenv("FAULTLINE_OPENAI_BASE_URL", server.openai_url)
        yield server, ledger


def launched(settings, families=10, replicates=4):
    return runs.launch(plan_for(settings, families, replicates), settings, load(settings.home))


def commands(words, count):
    """The same command so many times at the same moment: (exit code, what it said) of each."""
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "pipeline", *words],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(count)
    ]
    return [(child.communicate(timeout=60)[1], child.returncode) for child in started]


def asked_once(ledger, calls):
    counts = Counter((e["digest"], e["replicate"]) for e in read_ledger(ledger))
    return len(counts) == calls and set(counts.values()) == {1}


def test_of_runners_started_at_the_same_moment_one_works(settings, served):
    run = launched(settings)
    ended = commands(("run", run), 3)
    assert sorted(code for _, code in ended) == [0, 2, 2]
    for words, code in ended:
        assert "Traceback" not in words
        assert code == 0 or "already has a runner" in words or "is done" in words
    assert asked_once(served[1], 120)
    assert status(settings, run)["stages"]["respond"] == {
        "done": 120,
        "failed": 0,
        "unparsable": 0,
        "total": 120,
    }


def test_of_two_who_resume_at_the_same_moment_one_starts_a_runner(settings, served):
    run = launched(settings)
    child = start(settings, run)
    until(lambda: settled(settings, run) > 30)
    child.terminate()
    child.wait(timeout=30)
    for words, code in commands(("resume", run), 2):
        assert "Traceback" not in words
        assert code == 0 or "running already" in words or "already has a runner" in words
    until(lambda: status(settings, run)["state"] == "done")
    assert asked_once(served[1], 120)


def test_a_lock_file_that_a_restart_left_behind_is_no_runner(settings, served):
    """Its process number may be another program's by now, or this very test's."""
    run = launched(settings, 5, 2)
    for number in ("1", str(os.getpid()), "no number"):
        (settings.runs / run / "runner.lock").write_text(f"{number}\n")
        assert status(settings, run)["state"] == "stopped"
        with pytest.raises(FaultlineError, match="not running"):
            runs.pause(settings, run)
    child = start(settings, run)
    assert child.wait(timeout=60) == 0
    assert status(settings, run)["stages"]["respond"]["done"] == 30


@pytest.mark.timeout(500)
def test_a_clock_that_jumps_changes_no_count_and_no_wait(settings, served):
    server, ledger = served
    server.core.plan = FaultPlan(
        rules=(Rule(Fault.RATE_LIMIT, first=6, seconds=0.2), Rule(Fault.SERVER_ERROR, first=6)),
        latency_ms=60,
    )
    run = launched(settings)
    child = start(settings, run, first=JUMPING)
    until(lambda: settled(settings, run) > 60, 200)
    child.kill()
    child.wait()
    child = start(settings, run, first=JUMPING)
    assert child.wait(timeout=200) == 0, child.stderr.read()
    seen = status(settings, run)
    assert seen["state"] == "done"
    assert seen["stages"]["respond"] == {"done": 120, "failed": 0, "unparsable": 0, "total": 120}
    assert seen["confirmed_usd"] + seen["at_risk_usd"] >= usd_billed(ledger) - 1e-9
    years = rows(settings, run, "SELECT count(DISTINCT substr(settled_at, 1, 4)) FROM calls")
    assert years[0][0] > 1  # the clock did jump
    assert rows(settings, run, "SELECT max(latency_s) < 30, min(latency_s) >= 0 FROM calls") == [
        (1, 1)
    ]
    assert len(last_replies(settings, run)) == 20
    assert [entry["id"] for entry in list_runs(settings)] == [run]
