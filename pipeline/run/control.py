"""Launching a run, working on it, and starting it again: what the page and the command share."""

import asyncio
import contextlib
import logging
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from analysis.errors import FaultlineError
from analysis.number_text import in_dollars
from analysis.regular_files import bytes_of, to_append
from analysis.settings import Settings
from pipeline.ids import new_ulid
from pipeline.journal.batches import read_batches
from pipeline.journal.journal import SET_META, Journal, order, read_meta, reading
from pipeline.journal.writer import JournalError
from pipeline.plan.inputs import Inputs, copy_inputs
from pipeline.plan.make import SIM, endpoints
from pipeline.plan.plan import Plan, read_plan
from pipeline.price import price_plan
from pipeline.providers.catalog import Catalog, load
from pipeline.providers.client_pool import ClientPool
from pipeline.providers.limits.retry import RetryPolicy
from pipeline.providers.types import Provider
from pipeline.run.budget import Budget
from pipeline.run.calls import place_of
from pipeline.run.left_out import LATE, WITHOUT, check_without, left_out, noted
from pipeline.run.lock import is_held, runner_lock
from pipeline.run.runner import Result, Runner
from pipeline.run.state import LOCK, LOG, OUTPUT, PLAN, State, check_usable, run_folder, runs
from pipeline.select import minilm
from pipeline.stages import SELECTING, respond

log = logging.getLogger("faultline.run")
SIM_SECONDS = "FAULTLINE_SIM_SECONDS"  # slows the simulator, to watch a run
START_S = 20.0  # how long a detached runner may take to come up


def launch(
    plan: Plan, settings: Settings, catalog: Catalog, keys: Mapping[str, str] | None = None
) -> str:
    """Make a run of a plan, ready to be worked on; returns its id.

    Raises FaultlineError, before anything is spent, when a price or a key is missing, the budget
    is 0 for calls that cost money, or an input has changed since the plan was made.
    """
    plan = plan.model_copy(update={"endpoints": endpoints(dict(plan.models), catalog)})
    _check_keys(plan, catalog, keys)
    _check_batch(plan, catalog)
    _check_embedders(plan, catalog)
    try:
        return _made(plan, settings)
    except (OSError, sqlite3.Error) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise FaultlineError(
            f"The run can't be written to {settings.runs} ({why}): make room there, or name "
            "another place with FAULTLINE_HOME."
        ) from None


def _made(plan: Plan, settings: Settings) -> str:
    """The folder of a run, whole or not at all."""
    run = new_ulid(after=max(runs(settings), default=""))
    settings.runs.mkdir(parents=True, exist_ok=True)
    building = settings.runs / f".{run}"
    building.mkdir(mode=0o700)
    try:
        copy_inputs(plan, building)
        _check_affordable(plan, building)
        Journal.create(building)
        (building / PLAN).write_text(plan.dumps(), encoding="utf-8")
    except BaseException:
        _remove(building)
        raise
    building.rename(settings.runs / run)
    return run


def _remove(folder: Path) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    folder.rmdir()


def _check_affordable(plan: Plan, folder: Path) -> None:
    price = price_plan(plan, Inputs(plan, folder))
    if price["usd_high"] > 0 and plan.budget_usd == 0:
        raise FaultlineError(
            f"The plan's budget is {in_dollars(0)} and its calls are priced at "
            f"{in_dollars(price['usd_low'])} to {in_dollars(price['usd_high'])}: plan again "
            "with --budget USD."
        )


def _check_keys(plan: Plan, catalog: Catalog, keys: Mapping[str, str] | None) -> None:
    for name in plan.used_models():
        entry = plan.models[name]
        if entry.provider != SIM:
            model = catalog.find(f"{entry.provider}:{entry.name}")
            seen = catalog.availability(model, keys)
            if not seen.key_present:
                raise FaultlineError(seen.sentence)


def _check_batch(plan: Plan, catalog: Catalog) -> None:
    for name in dict.fromkeys(name for names in plan.batch.values() for name in names):
        catalog.check_batch(plan.models[name].provider, plan.models[name].name)


def _check_embedders(plan: Plan, catalog: Catalog) -> None:
    for name in plan.embedders:
        catalog.check_embedder(plan.models[name].provider, plan.models[name].name)
    chosen = {plan.selection(stage).embedder for stage in SELECTING if stage in plan.stages}
    if "minilm" in chosen:
        minilm.check()


def open_providers(
    plan: Plan, catalog: Catalog, keys: Mapping[str, str] | None = None
) -> dict[str, Provider | str]:
    """Provider name -> provider, or the sentence that says why it can't be used now."""
    found: dict[str, Provider | str] = {}
    for name in sorted({plan.models[model].provider for model in plan.used_models()}):
        if name == SIM:
            from pipeline.simulator.provider import SimProvider

            found[name] = SimProvider(float(os.environ.get(SIM_SECONDS, "0")))
            continue
        try:
            found[name] = ClientPool(partial(catalog.open, name, keys, plan.time_limit_s))
        except FaultlineError as error:
            found[name] = str(error)
    return found


def work(
    settings: Settings,
    run: str,
    keys: Mapping[str, str] | None = None,
    policy: RetryPolicy | None = None,
) -> Result:
    """Be the runner of a run until it is done or has to stop.

    Raises FaultlineError for an unknown, finished or cancelled run, and when it has a runner.
    """
    folder = run_folder(settings, run)
    check_usable(folder)
    with runner_lock(folder / LOCK), _logging_to(folder):
        _check_open(folder)
        plan = read_plan(folder / PLAN)
        providers = open_providers(plan, load(settings.home), keys)
        runner = Runner(folder, plan, providers, policy)
        try:
            return asyncio.run(_guarded(runner))
        finally:
            runner.close()


async def _guarded(runner: Runner) -> Result:
    """The runner's result, also when it breaks: a sentence in the journal, the place in the log."""
    try:
        return await runner.run()
    except JournalError as error:
        return Result(State.PAUSED, str(error))
    except FaultlineError as error:
        result = Result(State.FAILED, str(error))
        runner.enter(result)
        return result
    except Exception as error:
        # Only places, no messages: an exception may carry what was sent, headers included.
        log.error("broken: %s", place_of(error))
        result = Result(
            State.FAILED, f"The runner broke ({type(error).__name__}); its log says where."
        )
        runner.enter(result)
        return result


def _check_open(folder: Path) -> None:
    with reading(folder) as connection:
        state, cancelled = read_meta(connection, "state"), read_meta(connection, "cancelled")
    if cancelled:
        raise FaultlineError(f"Run {folder.name} was cancelled: run its plan again for a new run.")
    if state == State.DONE:
        raise FaultlineError(f"Run {folder.name} is done: there is nothing left to do.")


class _LogFile(logging.FileHandler):
    """A log that is lost where a disk is full, instead of a traceback for every line of it."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        pass


@contextlib.contextmanager
def _logging_to(folder: Path) -> Iterator[None]:
    handler = _LogFile(folder / LOG, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    (folder / LOG).chmod(0o600)
    log.setLevel(logging.INFO)
    log.addHandler(handler)
    try:
        yield
    finally:
        log.removeHandler(handler)
        handler.close()


def detach(settings: Settings, run: str) -> None:
    """Start the runner of a run in a process of its own, which outlives whoever asked for it.

    Returns when it holds the run's lock. Raises FaultlineError when it did not come up.
    """
    folder = run_folder(settings, run)
    check_usable(folder)
    if is_held(folder / LOCK):
        return
    environment = {**os.environ, "FAULTLINE_HOME": str(settings.home)}
    with to_append(folder / OUTPUT) as out:
        child = subprocess.Popen(
            [sys.executable, "-m", "pipeline", "run", run],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
            env=environment,
            cwd=Path(__file__).parents[2],
        )
    until = time.monotonic() + START_S
    while time.monotonic() < until and child.poll() is None and not is_held(folder / LOCK):
        time.sleep(0.05)
    if child.poll() not in (None, 0) and not _ended_well(folder):
        output = bytes_of(folder / OUTPUT).decode("utf-8", "replace").strip()
        last = output.splitlines()[-1] if output else "it said nothing"
        raise FaultlineError(f"The runner of {run} did not start: {last}")


def _ended_well(folder: Path) -> bool:
    with reading(folder) as connection:
        return read_meta(connection, "state") is not None


def pause(settings: Settings, run: str) -> str:
    """Ask the runner to stop for now. Raises FaultlineError when there is none."""
    folder = run_folder(settings, run)
    if not is_held(folder / LOCK):
        raise FaultlineError(f"Run {run} is not running: there is nothing to pause.")
    order(folder, "pause")
    return f"Run {run} pauses as soon as what is in flight has come back."


def cancel(settings: Settings, run: str) -> str:
    """End a run for good; what it has stays. Raises FaultlineError for one that has ended."""
    folder = run_folder(settings, run)
    _check_open(folder)
    if is_held(folder / LOCK):
        order(folder, "cancel")
        return f"Run {run} ends as soon as what is in flight has come back."
    with runner_lock(folder / LOCK):
        with reading(folder) as connection:
            out = any(row["state"] == "open" for row in read_batches(connection))
        if not out:
            _write_meta(folder, cancelled="1", state=State.STOPPED.value)
            return f"Run {run} is cancelled."
        _write_meta(folder, cancelling="1")
    detach(settings, run)
    return f"Run {run} ends as soon as its batches have been called back."


def resume(
    settings: Settings,
    run: str,
    *,
    budget_usd: float | None = None,
    retry_failed: bool = False,
    one_by_one: bool = False,
    without: Sequence[str] = (),
) -> str:
    """Start the runner of a run again, detached.

    A failed run, and one resumed with `retry_failed`, sends its failed calls again. With
    `one_by_one` the run makes no more batches: what is out is brought home, the rest is called at
    the full price. `without` names models that are not asked this time; the next resume comes back
    to them. Raises
    FaultlineError for a run that is running, done (with nothing to retry) or cancelled, for a
    budget that is no amount, and for a model that the run can't do without.
    """
    folder = run_folder(settings, run)
    check_usable(folder)
    if budget_usd is not None:
        Budget(budget_usd)  # refuses what is no amount before anything is started
    if is_held(folder / LOCK):
        raise FaultlineError(f"Run {run} is running already: there is nothing to resume.")
    with runner_lock(folder / LOCK):
        with reading(folder) as connection:
            failed = read_meta(connection, "state") == State.FAILED
        if retry_failed:
            _reopen(folder, run)
        _check_open(folder)
        _leave_out(folder, without)
        if retry_failed or failed:
            _retry(folder)
        if budget_usd is not None:
            _write_meta(folder, budget_usd=repr(budget_usd))
        if one_by_one:
            _write_meta(folder, one_by_one="1")
    detach(settings, run)
    return f"Run {run} goes on."


def _leave_out(folder: Path, names: Sequence[str]) -> None:
    """Note whom this resume goes on without. While queries are still being answered these are
    late from now on; later on their answers have been placed with the others."""
    check_without(read_plan(folder / PLAN), names)
    with reading(folder) as connection:
        late = set(left_out(connection, LATE))
        row = connection.execute(
            "SELECT state FROM progress WHERE stage = ?", (respond.SPEC.name,)
        ).fetchone()
    if row is None or row["state"] != "complete":
        late |= set(names)
    _write_meta(folder, **{WITHOUT: noted(names), LATE: noted(late)})


def _reopen(folder: Path, run: str) -> None:
    with reading(folder, write=True) as connection:
        left = connection.execute("SELECT count(*) FROM calls WHERE state = 'failed'").fetchone()
        if left[0] == 0:
            raise FaultlineError(f"Run {run} has no failed calls: there is nothing to retry.")
        if read_meta(connection, "state") == State.DONE:
            connection.execute("UPDATE meta SET value = 'stopped' WHERE name = 'state'")


def _retry(folder: Path) -> None:
    with reading(folder, write=True) as connection:
        connection.execute("UPDATE calls SET state = 'waiting' WHERE state = 'failed'")


def _write_meta(folder: Path, **values: str) -> None:
    with reading(folder, write=True) as connection:
        for name, value in values.items():
            connection.execute(SET_META, (name, value))
