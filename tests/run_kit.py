"""Real runs for tests: a priced plan, its runner as a process, and what its journal holds."""

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from analysis.settings import Settings
from pipeline.plan.make import Wish, make_plan
from pipeline.plan.plan import Plan, parse_plan
from pipeline.providers.catalog import load
from pipeline.run.lock import is_held
from tests.fake_provider.ledger import read_ledger

ROOT = Path(__file__).resolve().parents[1]
AT_ONCE = 64
MODEL = "gpt_5_4_mini"


def plan_for(settings: Settings, families: int, replicates: int, **changes) -> Plan:
    """Simulated queries, answered over HTTP by one priced model."""
    wish = Wish(
        families=families,
        models=(MODEL,),
        writers=("sedge_writer",),
        stages=("pairs", "generate", "respond"),
        budget_usd=50.0,
        seed=3,
    )
    data = make_plan(wish, settings, load(settings.home)).model_dump(mode="json")
    data["respond"] = {"replicates": replicates, "max_tokens": 400}
    data["models"][MODEL]["most_at_once"] = AT_ONCE
    return parse_plan({**data, **changes}, "plan")


MAIN = "from pipeline.__main__ import main; main()"


def start(settings: Settings, run: str, first: str = "") -> subprocess.Popen:
    """A runner that holds its lock; `first` is Python that its process runs before."""
    child = subprocess.Popen(
        [sys.executable, "-c", f"{first}\n{MAIN}", "run", run],
        cwd=ROOT,
        env={**os.environ, "FAULTLINE_HOME": str(settings.home)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    until = time.monotonic() + 90
    while not is_held(settings.runs / run / "runner.lock") and child.poll() is None:
        assert time.monotonic() < until
        time.sleep(0.01)
    return child


def rows(settings: Settings, run: str, sql: str) -> list[tuple]:
    connection = sqlite3.connect(settings.runs / run / "journal.sqlite")
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def settled(settings: Settings, run: str) -> int:
    return rows(settings, run, "SELECT count(*) FROM calls WHERE state = 'done'")[0][0]


def usd_billed(ledger: Path) -> float:
    return sum(entry["usd"] or 0.0 for entry in read_ledger(ledger) if entry["billed"])


def until(true: Callable[[], bool], seconds: float = 90) -> None:
    """Wait for something to be true, and fail when it does not become so."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.01)
