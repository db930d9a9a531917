"""Shared parts of the tests of batched runs: plans, runners in processes of their own, contents."""

import os
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq

from pipeline.export.write import export_run
from pipeline.plan.make import Wish, make_plan
from pipeline.plan.plan import parse_plan
from pipeline.providers.catalog import load
from pipeline.run import control as runs
from pipeline.run.lock import is_held
from tests.fake_provider.ledger import read_ledger

ROOT = Path(__file__).resolve().parents[1]
GPT, CLAUDE = "gpt_5_4_mini", "claude_haiku_4_5"
RESPOND = ("pairs", "generate", "respond")


def planned(settings, *, stages=RESPOND, models=(GPT,), batch=("respond",), families=4, **changes):
    """Simulated queries, answered over HTTP; the stages in `batch` go out as batches."""
    wish = Wish(
        families=families,
        models=models,
        writers=changes.pop("writers", ("sedge_writer",)),
        judges=changes.pop("judges", None),
        stages=tuple(stages),
        batch=batch,
        budget_usd=changes.pop("budget_usd", 20.0),
        seed=5,
    )
    data = make_plan(wish, settings, load(settings.home)).model_dump(mode="json")
    return parse_plan({**data, "time_limit_s": 5.0, **changes}, "plan")


def ran(settings, plan):
    run = runs.launch(plan, settings, load(settings.home))
    return run, runs.work(settings, run)


def rows(settings, run, sql):
    connection = sqlite3.connect(settings.runs / run / "journal.sqlite")
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def until(true, seconds=30.0):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.01)


def start(settings, run):
    """The runner of a run in a process of its own, once it holds the lock."""
    child = subprocess.Popen(
        [sys.executable, "-m", "pipeline", "run", run],
        cwd=ROOT,
        env={**os.environ, "FAULTLINE_HOME": str(settings.home)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    until(lambda: is_held(settings.runs / run / "runner.lock") or child.poll() is not None)
    return child


def ended(child):
    """A runner's own end: its code and what it said."""
    said = child.communicate(timeout=120)[1].decode()
    return child.returncode, said


def billed(ledger):
    """What the provider charged for, by the body asked and its replicate, and its dollars."""
    charged = [entry for entry in read_ledger(ledger) if entry["billed"]]
    counts = Counter((entry["digest"], entry["replicate"]) for entry in charged)
    return counts, sum(entry["usd"] for entry in charged)


def contents(settings, run):
    """Every table that a run publishes, without how long its answers took."""
    found = {}
    for path in sorted(export_run(settings, run).rglob("*.parquet")):
        table = pq.read_table(path)
        kept = [name for name in table.column_names if not name.startswith("latency_s")]
        found[path.name] = table.select(kept).to_pylist()
    return found
