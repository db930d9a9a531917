"""How a run stands: read from its journal by anybody, at any time, also while it runs."""

import json
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.errors import FaultlineError
from analysis.number_text import in_dollars
from analysis.settings import Settings
from pipeline.journal.batches import read_batches
from pipeline.journal.journal import STAGE_ENDS, SUMS, read_document, read_meta, reading
from pipeline.plan.plan import Plan, read_plan
from pipeline.plan.summary import what_it_is
from pipeline.run import dollars
from pipeline.run.lock import is_held
from pipeline.run.other_models import OtherModel, other_models
from pipeline.run.served import served_other, stand_ins
from pipeline.run.state import LOCK, LOG, PLAN, State, run_folder, runs
from pipeline.stages import CALLING, dedupe

ENDS = ("done", "failed", "unparsable")
"""The ways in which a call ends, each counted apart: with a reply that can be read (also a refusal
by the API, or a reply that was cut off), with an error, with a reply that can't be read."""


@dataclass(frozen=True)
class Watch:
    """Everything a page shows of a run. Dollars, seconds, counts; `models` holds live readings.

    `stages`: stage -> its sums, total and state. `lanes`: one row a stage and model. `batches`:
    one row a batch, oldest first, the columns of `journal.batches.BatchRow`. `others`: who else
    answered than was asked.
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
    others: tuple[OtherModel, ...] = ()

    @property
    def failed_calls(self) -> int:
        return sum(int(part["failed"]) for part in self.status["stages"].values())

    @property
    def open_batches(self) -> list[dict[str, Any]]:
        """The batches that are with the providers now."""
        return [batch for batch in self.batches if batch["state"] == "open"]

    @property
    def calls_by_others(self) -> int:
        """Calls that another model answered than was asked, and nobody said it is the same."""
        return sum(one.calls for one in self.others if not one.same)

    @property
    def calls_in_batches(self) -> int:
        """Calls that are with the providers in batches now."""
        return sum(int(batch["calls"]) for batch in self.open_batches)


def calls_ended(listed: dict[str, Any]) -> tuple[int, int]:
    """Of a run as `list_runs` gives it: calls that ended, in whichever way, and all that are
    expected."""
    parts = listed["stages"].values()
    return sum(part[end] for part in parts for end in ENDS), sum(part["total"] for part in parts)


def status(settings: Settings, run: str) -> dict[str, Any]:
    """What `status --format json` prints. Raises FaultlineError for an unknown run."""
    folder = run_folder(settings, run)
    with reading(folder) as connection:
        plan = read_plan(folder / PLAN)
        return {
            **_status(folder, plan, connection),
            "served_other": served_other(plan, connection),
        }


def _status(folder: Path, plan: Plan, connection: sqlite3.Connection) -> dict[str, Any]:
    alive = is_held(folder / LOCK)
    cap = read_meta(connection, "budget_usd")
    usd = dollars.read(connection).of_runner(alive=alive)
    return {
        "id": folder.name,
        "state": state_of(connection, alive=alive).value,
        "stages": _stages(plan, connection),
        "confirmed_usd": usd.confirmed,
        "at_risk_usd": usd.at_risk,
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


def _sentence(connection: sqlite3.Connection, *, alive: bool) -> str:
    """What the runner said last; of one that could not say that it ends, what its end means."""
    said = read_meta(connection, "sentence") or ""
    ended = read_meta(connection, "state") != State.RUNNING
    if alive or ended or read_meta(connection, "cancelled"):
        return said
    lost = dollars.read(connection).in_flight
    risk = (
        f"calls that were in flight, {in_dollars(lost)} at most, may have been billed"
        if lost
        else "nothing that it had sent is open"
    )
    return (
        f"The runner was killed, or the machine went down: {risk}. Resume the run to go on; no "
        "call that has its reply is sent again."
    )


def _stages(plan: Plan, connection: sqlite3.Connection) -> dict[str, dict[str, int]]:
    totals = {r["stage"]: r["total"] for r in connection.execute("SELECT * FROM progress")}
    rows = connection.execute(STAGE_ENDS)
    sums = {row["stage"]: {name: row[name] for name in ENDS} for row in rows}
    found = {}
    for stage in (stage for stage in plan.stages if stage in CALLING):
        ends = sums.get(stage, dict.fromkeys(ENDS, 0))
        total = max(totals.get(stage, 0), sum(ends.values()))
        found[stage] = {**ends, "total": total}
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
        running = whole["state"] == State.RUNNING
        return Watch(
            status=whole,
            sentence=_sentence(connection, alive=running),
            cancelled=bool(read_meta(connection, "cancelled")),
            heartbeat=read_meta(connection, "heartbeat") or "",
            in_flight_usd=dollars.read(connection).of_runner(alive=running).in_flight,
            stages={stage: _stage_view(stage, whole, lanes, progress) for stage in plan.stages},
            lanes=lanes,
            models={row["model"]: json.loads(row["body"]) for row in gauges},
            batches=list(read_batches(connection)),
            plan=plan,
            others=other_models(plan, connection),
        )


def _stage_view(
    stage: str, whole: dict[str, Any], lanes: list[dict[str, Any]], progress: dict[str, Any]
) -> dict[str, Any]:
    mine = [lane for lane in lanes if lane["stage"] == stage]
    sums = {name: sum(lane[name] for lane in mine) for name in SUMS}
    sums["done"] -= sums["unparsable"]
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
    """What leaving near duplicates out came to, as `run.selection` wrote it; None before."""
    with reading(run_folder(settings, run)) as connection:
        found: dict[str, Any] | None = read_document(connection, dedupe.SPEC.name)
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
    """Every run, newest first: its status with the plan's title, what it is in a few words, and
    whether it is simulated."""
    return [_listed(settings, run) for run in runs(settings)]


def _listed(settings: Settings, run: str) -> dict[str, Any]:
    """One run; a broken one is listed with the sentence that says why it can't be read, so that
    it costs nobody the others."""
    try:
        plan = read_plan(settings.runs / run / PLAN)
        seen = status(settings, run)
    except FaultlineError as error:
        unknown = {"stages": {}, "confirmed_usd": 0.0, "at_risk_usd": 0.0, "budget_usd": 0.0}
        named = {"id": run, "title": run, "what": "", "state": "unreadable", "simulated": False}
        return {**unknown, **named, "sentence": str(error)}
    with reading(settings.runs / run) as connection:
        simulated = plan.simulated or bool(stand_ins(plan, connection))
    named = {"title": plan.title, "what": what_it_is(plan), "simulated": simulated}
    return {**seen, **named, "sentence": ""}
