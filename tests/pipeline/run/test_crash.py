"""Runners that die: nothing lost, nothing paid twice beyond the bound, the cap never passed.

A real runner process, the real SDK, a loopback provider that keeps its own ledger.
"""

import random
import shutil
import signal
import time
from collections import Counter

import pytest
from run_kit import AT_ONCE, plan_for, rows, settled, start, usd_billed

from analysis.load.runs import load_run
from analysis.settings import Settings
from pipeline.export.write import export_run
from pipeline.plan.make import Wish, make_plan
from pipeline.plan.plan import parse_plan
from pipeline.providers.catalog import load
from pipeline.run import control as runs
from pipeline.run.status import status, watch
from pipeline.simulator.provider import said
from tests.fake_provider.faults import FaultPlan
from tests.fake_provider.ledger import read_ledger
from tests.fake_provider.server import Loopback

pytestmark = pytest.mark.usefixtures("exports_here")


@pytest.fixture
def settings(tmp_path, monkeypatch):
    monkeypatch.setenv("FAULTLINE_HOME", str(tmp_path / "home"))
    return Settings(home=tmp_path / "home")


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("families", "kills"), [(15, 2), pytest.param(100, 10, marks=pytest.mark.slow)]
)
def test_kills_over_many_calls(settings, tmp_path, monkeypatch, families, kills):
    ledger, chance, answers = tmp_path / "ledger.jsonl", random.Random(11), 30 * families
    with Loopback(FaultPlan(latency_ms=25), ledger=ledger, answerer=said) as server:
        monkeypatch.setenv("FAULTLINE_OPENAI_BASE_URL", server.openai_url)
        run = runs.launch(plan_for(settings, families, 10), settings, load(settings.home))
        for number in range(kills):
            child = start(settings, run)
            goal = (number + 1) * (answers + families) // (kills + 2)
            while settled(settings, run) < goal and child.poll() is None:
                time.sleep(0.01)
            time.sleep(chance.random() * 0.05)
            assert child.poll() is None, child.stderr.read()
            child.send_signal(signal.SIGKILL)
            child.wait()
            seen = status(settings, run)
            assert seen["state"] == "stopped"
            assert watch(settings, run).sentence.startswith("The runner was killed, or the machine")
            assert seen["confirmed_usd"] + seen["at_risk_usd"] >= usd_billed(ledger) - 1e-9
        child = start(settings, run)
        assert child.wait(timeout=120) == 0, child.stderr.read()
    seen = status(settings, run)
    assert seen["state"] == "done"
    assert seen["stages"]["respond"] == {
        "done": answers,
        "failed": 0,
        "unparsable": 0,
        "total": answers,
    }
    stored = rows(settings, run, "SELECT count(*), count(DISTINCT key) FROM calls")
    assert stored == [(answers + families, answers + families)]
    flagged = rows(settings, run, "SELECT sum(sends - 1) FROM calls WHERE at_risk_usd > 0")[0][0]
    asked = len(read_ledger(ledger))
    assert answers < asked <= answers + flagged <= answers + kills * AT_ONCE
    billed = usd_billed(ledger)
    assert seen["confirmed_usd"] <= billed + 1e-9
    assert seen["confirmed_usd"] + seen["at_risk_usd"] >= billed - 1e-9
    assert seen["confirmed_usd"] + seen["at_risk_usd"] <= 50.0


def test_a_drain_pays_nothing_twice(settings, tmp_path, monkeypatch):
    ledger = tmp_path / "ledger.jsonl"
    with Loopback(FaultPlan(latency_ms=120), ledger=ledger, answerer=said) as server:
        monkeypatch.setenv("FAULTLINE_OPENAI_BASE_URL", server.openai_url)
        run = runs.launch(plan_for(settings, 25, 4), settings, load(settings.home))
        for goal in (60, 150):
            child = start(settings, run)
            while settled(settings, run) < goal and child.poll() is None:
                time.sleep(0.01)
            child.send_signal(signal.SIGTERM)
            assert child.wait(timeout=120) == 0, child.stderr.read()
            seen = status(settings, run)
            assert (seen["state"], seen["at_risk_usd"]) == ("stopped", 0.0)
        child = start(settings, run)
        assert child.wait(timeout=120) == 0
    digests = Counter((e["digest"], e["replicate"]) for e in read_ledger(ledger))
    assert sum(digests.values()) == 300
    seen = status(settings, run)
    assert seen["stages"]["respond"]["done"] == 300
    assert seen["confirmed_usd"] == pytest.approx(usd_billed(ledger))


def test_the_cap_is_never_passed(settings, tmp_path, monkeypatch):
    ledger = tmp_path / "ledger.jsonl"
    plan = plan_for(settings, 40, 5, budget_usd=0.05)
    with Loopback(FaultPlan(latency_ms=10), ledger=ledger, answerer=said) as server:
        monkeypatch.setenv("FAULTLINE_OPENAI_BASE_URL", server.openai_url)
        run = runs.launch(plan, settings, load(settings.home))
        child = start(settings, run)
        assert child.wait(timeout=120) == 1
        assert "budget" in child.stderr.read().decode()
    seen = status(settings, run)
    assert seen["state"] == "paused"
    assert 0 < usd_billed(ledger) <= 0.05
    assert seen["confirmed_usd"] + seen["at_risk_usd"] <= 0.05
    assert 0 < seen["stages"]["respond"]["done"] < 600


def test_a_moved_home_stops_the_run_and_it_goes_on_from_there(settings, tmp_path, monkeypatch):
    with Loopback(FaultPlan(latency_ms=100), answerer=said) as server:
        monkeypatch.setenv("FAULTLINE_OPENAI_BASE_URL", server.openai_url)
        run = runs.launch(plan_for(settings, 25, 4), settings, load(settings.home))
        child = start(settings, run)
        while settled(settings, run) < 60:
            time.sleep(0.01)
        moved = Settings(home=tmp_path / "elsewhere")
        settings.home.rename(moved.home)
        assert child.wait(timeout=120) == 0
        assert "moved" in child.stderr.read().decode()
        assert not settings.home.exists()
        assert status(moved, run)["state"] == "stopped"
        child = start(moved, run)
        assert child.wait(timeout=120) == 0
    assert status(moved, run)["stages"]["respond"] == {
        "done": 300,
        "failed": 0,
        "unparsable": 0,
        "total": 300,
    }
    assert status(moved, run)["at_risk_usd"] == 0.0


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("families", "kills"), [(3, 2), pytest.param(12, 3, marks=pytest.mark.slow)]
)
def test_content_is_the_same_at_any_concurrency_and_after_any_kills(
    settings, tmp_path, families, kills
):
    import pyarrow.parquet as pq

    wish = Wish(families=families, seed=9, template="full")
    plan = make_plan(wish, settings, load(settings.home))
    contents, hashes = [], set()
    for at_once, times in ((1, 0), (64, 0), (16, kills)):
        data = plan.model_dump(mode="json")
        for entry in data["models"].values():
            entry["most_at_once"] = at_once
        run = runs.launch(parse_plan(data, "plan"), settings, load(settings.home))
        for kill in range(times):
            child = start(settings, run)
            goal = settled(settings, run) + 20 * families * (kill + 1)
            while settled(settings, run) < goal and child.poll() is None:
                time.sleep(0.01)
            child.kill()
            child.wait()
        child = start(settings, run)
        said = child.communicate(timeout=120)[1]
        # The last kill may have come after the last call: then there is nothing to resume.
        assert child.returncode == 0 or b"nothing left to do" in said, said
        folder = export_run(settings, run)
        files = sorted(folder.rglob("*.parquet"))
        contents.append({f.name: pq.read_table(f).to_pylist() for f in files})
        hashes.add(load_run(run, "again", settings).content_hash)
        shutil.rmtree(settings.runs / run)
    assert len(contents[0]["default.parquet"]) > 2 * families - 4
    assert contents[0] == contents[1]
    assert contents[0] == contents[2]
    assert len(hashes) == 1
