"""A disk that fills up under a run: nothing is sent that could not be written down.

A real runner; the disk is a small mounted one where the test may mount, and a limit on the size
of files, set on the running process from outside, where it may not.
"""

import contextlib
import resource
import subprocess
import threading
import time

import pytest
from run_kit import AT_ONCE, plan_for, rows, settled, start, until, usd_billed

from analysis.settings import Settings
from pipeline.providers.catalog import load
from pipeline.run import control as runs
from pipeline.run.status import status
from pipeline.simulator.provider import said
from tests.fake_provider.faults import FaultPlan
from tests.fake_provider.ledger import read_ledger
from tests.fake_provider.server import Loopback

IMPATIENT = "import pipeline.journal.writer as w; w.PATIENCE_S = 1.0"


@pytest.fixture
def provider(tmp_path, monkeypatch):
    ledger = tmp_path / "ledger.jsonl"
    with Loopback(FaultPlan(latency_ms=100), ledger=ledger, answerer=said) as server:
        monkeypatch.setenv("FAULTLINE_OPENAI_BASE_URL", server.openai_url)
        yield ledger


@pytest.fixture
def small_disk(tmp_path):
    """A home on a disk of 32 MB of its own."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=32m", "none", str(place)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small disk needs root: the limit on file sizes stands in for it")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=False)


def fill(path):
    """Write until there is no room left for one byte more."""
    with path.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"\0" * 4096)


def launched(settings):
    return runs.launch(plan_for(settings, 25, 4), settings, load(settings.home))


def listened(child):
    """Everything the runner says from now on, line by line, as it says it."""
    heard = []
    threading.Thread(target=lambda: heard.extend(_lines(child)), daemon=True).start()
    return heard


def _lines(child):
    for line in child.stderr:
        yield line.decode()


def finish_and_check(settings, run, child, heard, ledger):
    """Done, every call stored once and paid once."""
    assert child.wait(timeout=60) == 0, heard
    assert "Traceback" not in "".join(heard)
    seen = status(settings, run)
    assert seen["stages"]["respond"] == {"done": 300, "failed": 0, "unparsable": 0, "total": 300}
    assert len(read_ledger(ledger)) == 300
    assert seen["at_risk_usd"] == 0.0
    assert seen["confirmed_usd"] == pytest.approx(usd_billed(ledger))


def waits_for_room(child, heard, ledger):
    """It says so, and asks for nothing more; what was in flight comes back and waits too."""
    until(lambda: any("can't be written" in line for line in heard))
    until(lambda: _still(ledger))
    assert child.poll() is None


@pytest.mark.slow
def test_a_disk_that_is_full_for_a_while_costs_time_and_nothing_else(small_disk, provider):
    """On a real disk; the limit on file sizes does the same in every run of the suite."""
    settings = Settings(home=small_disk / "home")
    run = launched(settings)
    child = start(settings, run)
    heard = listened(child)
    until(lambda: settled(settings, run) > 80)
    fill(small_disk / "film")
    waits_for_room(child, heard, provider)
    assert status(settings, run)["state"] == "running"
    (small_disk / "film").unlink()
    finish_and_check(settings, run, child, heard, provider)


def test_a_limit_on_file_sizes_is_waited_out_too(tmp_path, provider):
    settings = Settings(home=tmp_path / "home")
    run = launched(settings)
    child = start(settings, run)
    heard = listened(child)
    until(lambda: settled(settings, run) > 80)
    _limit(child, largest_file(settings, run))
    waits_for_room(child, heard, provider)
    _limit(child, resource.RLIM_INFINITY)
    finish_and_check(settings, run, child, heard, provider)


def test_a_disk_that_stays_full_ends_the_run_with_a_sentence(tmp_path, provider):
    settings = Settings(home=tmp_path / "home")
    run = launched(settings)
    child = start(settings, run, first=IMPATIENT)
    until(lambda: settled(settings, run) > 80)
    _limit(child, largest_file(settings, run))
    said_last = child.communicate(timeout=45)[1].decode()
    assert child.returncode == 1
    assert "Make room on its disk" in said_last
    assert "Traceback" not in said_last
    seen = status(settings, run)
    assert seen["state"] == "stopped"
    assert seen["confirmed_usd"] + seen["at_risk_usd"] >= usd_billed(provider) - 1e-9
    child = start(settings, run)
    assert child.wait(timeout=60) == 0
    assert status(settings, run)["stages"]["respond"]["done"] == 300
    assert rows(settings, run, "SELECT count(*), count(DISTINCT key) FROM calls") == [(325, 325)]
    flagged = rows(settings, run, "SELECT sum(sends - 1) FROM calls WHERE at_risk_usd > 0")
    assert len(read_ledger(provider)) <= 300 + (flagged[0][0] or 0) <= 300 + AT_ONCE


def largest_file(settings, run):
    """The write-ahead log grows first; no file may grow beyond what the largest has."""
    return max(path.stat().st_size for path in (settings.runs / run).iterdir())


def _limit(child, size):
    resource.prlimit(child.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def _still(ledger):
    """Nothing is asked any more: three looks half a beat apart see the same."""
    sizes = set()
    for _ in range(3):
        sizes.add(ledger.stat().st_size)
        time.sleep(0.2)
    return len(sizes) == 1
