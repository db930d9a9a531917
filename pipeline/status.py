"""How a run stands: read from its journal by anybody, at any time, also while it runs."""

import json
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.errors import FaultlineError
from analysis.settings import Settings
from pipeline.journal import SUMS, read_document, read_meta, reading
from pipeline.journal_batches import read_batches
from pipeline.lock import is_held
from pipeline.plan import Plan, read_plan
from pipeline.plan_rules import CALLING
from pipeline.run_state import LOCK, LOG, PLAN, State, run_folder, runs


@dataclass(frozen=True)
class Watch:
    """Everything a page shows of a run. Dollars, seconds, counts; `models` holds live readings.

    `stages`: stage -> its sums, total and state. `lanes`: one row a stage and model. `batches`:
    one row a batch, oldest first, the columns of `journal_batches.BatchRow`.
    """

    status: dict[str, Any]
    sentence: str
    cancelled: bool
    heartbeat: str
    in_flight_usd: float
    stages: dict[str, dict[str, Any]]
    lanes: list[dict[str, Any]]
    models: dict[str, dict[str, Any]]
    batches: list[dict[str, Any]]
    plan: Plan


def status(settings: Settings, run: str) -> dict[str, Any]:
    """What `status --format json` prints. Raises FaultlineError for an unknown run."""
    folder = run_folder(settings, run)
    with reading(folder) as connection:
        return _status(folder, read_plan(folder / PLAN), connection)


def _status(folder: Path, plan: Plan, connection: sqlite3.Connection) -> dict[str, Any]:
    alive = is_held(folder / LOCK)
    cap = read_meta(connection, "budget_usd")
    usd, risk, open_usd = _money(connection)
    return {
        "id": folder.name,
        "state": state_of(connection, alive=alive).value,
        "stages": _stages(plan, connection),
        "confirmed_usd": usd,
        "at_risk_usd": risk if alive else risk + open_usd,
        "budget_usd": plan.budget_usd if cap is None else float(cap),
    }


def state_of(connection: sqlite3.Connection, *, alive: bool) -> State:
    """The state of a run, whatever its journal last said: a dead runner runs nothing."""
    if alive:
        return State.RUNNING
    written = read_meta(connection, "state")
    if written is None or written == State.RUNNING or read_meta(connection, "cancelled"):
        return State.STOPPED
    return State(written)


def _money(connection: sqlite3.Connection) -> tuple[float, float, float]:
    """Dollars confirmed, at risk, and reserved for calls in flight."""
    row = connection.execute(
        "SELECT total(usd), total(at_risk_usd), total(estimate_usd) FROM tally"
    ).fetchone()
    usd, risk, in_flight = (round(float(value), 9) + 0.0 for value in row)
    return usd, risk, in_flight


def _stages(plan: Plan, connection: sqlite3.Connection) -> dict[str, dict[str, int]]:
    totals = {r["stage"]: r["total"] for r in connection.execute("SELECT * FROM progress")}
    rows = connection.execute(
        "SELECT stage, sum(done) AS done, sum(failed) AS failed FROM tally GROUP BY stage"
    )
    sums = {row["stage"]: (row["done"], row["failed"]) for row in rows}
    found = {}
    for stage in (stage for stage in plan.stages if stage in CALLING):
        done, failed = sums.get(stage, (0, 0))
        total = max(totals.get(stage, 0), done + failed)
        found[stage] = {"done": done, "failed": failed, "total": total}
    return found


def watch(settings: Settings, run: str) -> Watch:
    """Everything a page shows of a run; reads a few small tables, never the calls."""
    folder = run_folder(settings, run)
    plan = read_plan(folder / PLAN)
    with reading(folder) as connection:
        whole = _status(folder, plan, connection)
        lanes = [dict(row) for row in connection.execute("SELECT * FROM tally")]
        progress = {r["stage"]: dict(r) for r in connection.execute("SELECT * FROM progress")}
        gauges = connection.execute("SELECT model, body FROM gauges")
        return Watch(
            status=whole,
            sentence=read_meta(connection, "sentence") or "",
            cancelled=bool(read_meta(connection, "cancelled")),
            heartbeat=read_meta(connection, "heartbeat") or "",
            in_flight_usd=_money(connection)[2] if whole["state"] == State.RUNNING else 0.0,
            stages={stage: _stage_view(stage, whole, lanes, progress) for stage in plan.stages},
            lanes=lanes,
            models={row["model"]: json.loads(row["body"]) for row in gauges},
            batches=list(read_batches(connection)),
            plan=plan,
        )


def _stage_view(
    stage: str, whole: dict[str, Any], lanes: list[dict[str, Any]], progress: dict[str, Any]
) -> dict[str, Any]:
    mine = [lane for lane in lanes if lane["stage"] == stage]
    sums = {name: sum(lane[name] for lane in mine) for name in SUMS}
    seen = progress.get(stage, {"state": "waiting", "sentence": "", "total": 0})
    total = whole["stages"].get(stage, {}).get("total", seen["total"])
    return {**sums, "total": total, "state": seen["state"], "sentence": seen["sentence"]}


def last_replies(settings: Settings, run: str, count: int = 20) -> list[dict[str, Any]]:
    """The newest calls that ended, newest first: stage, model, subject, outcome, text."""
    with reading(run_folder(settings, run)) as connection:
        rows = connection.execute(
            "SELECT stage, model, subject, outcome, parse, text, error, settled_at FROM calls "
            "WHERE id > (SELECT ifnull(max(id), 0) FROM calls) - 1000 "
            "AND state IN ('done', 'failed') ORDER BY id DESC LIMIT ?",
            (count,),
        )
        return [dict(row) for row in rows]


def selection(settings: Settings, run: str) -> dict[str, Any] | None:
    """What leaving near duplicates out came to, as `runner_select` wrote it; None before."""
    with reading(run_folder(settings, run)) as connection:
        found: dict[str, Any] | None = read_document(connection, "dedupe")
        return found


def log_tail(settings: Settings, run: str, lines: int = 100) -> list[str]:
    """The last lines of a run's log, oldest first."""
    path = run_folder(settings, run) / LOG
    if not path.is_file():
        return []
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 200 * lines))
        return file.read().decode("utf-8", "replace").splitlines()[-lines:]


def list_runs(settings: Settings) -> list[dict[str, Any]]:
    """Every run, newest first: its status with the plan's title and whether it is simulated."""
    return [_listed(settings, run) for run in runs(settings)]


def _listed(settings: Settings, run: str) -> dict[str, Any]:
    """One run; a broken one is listed with the sentence that says why it can't be read, so that
    it costs nobody the others."""
    try:
        plan = read_plan(settings.runs / run / PLAN)
        seen = status(settings, run)
    except FaultlineError as error:
        unknown = {"stages": {}, "confirmed_usd": 0.0, "at_risk_usd": 0.0, "budget_usd": 0.0}
        named = {"id": run, "title": run, "state": "unreadable", "simulated": False}
        return {**unknown, **named, "sentence": str(error)}
    return {**seen, "title": plan.title, "simulated": plan.simulated, "sentence": ""}
