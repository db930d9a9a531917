"""A whole simulated run against the simulator alone: calls a second, and where the rest goes.

    python benchmarks/bench_simulation.py [--families 1000]

Every stage of a run over 12 simulated models, by a runner in a process of its own. Afterwards its
parts are done again one at a time, on the same requests and replies: *simulator* answers every
request, *preparing* makes all requests with their keys and looks each up, *journal* writes every
intent and every reply (64 at once, as the runner does), *reading* reads every reply again.
*The rest* is what the runner took beyond their sum: the event loop, limiter, budget, retries.
The journal writes in a thread of its own, so that part of its time passes beside the others.
"""

import argparse
import asyncio
import contextlib
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench_run import finish, stage_seconds

from analysis.settings import Settings
from analysis.vocabulary import Outcome
from pipeline.journal.journal import FILE, AlreadyDoneError, Intent, Journal, connect
from pipeline.plan.inputs import Inputs
from pipeline.plan.make import Wish, make_plan
from pipeline.plan.plan import read_plan
from pipeline.providers.catalog import load
from pipeline.providers.types import Reply
from pipeline.run import control as runs
from pipeline.run.calls import problem_of
from pipeline.run.flow import Flow
from pipeline.simulator.provider import answer
from pipeline.stages import CALLING

PARTS = ("simulator", "preparing", "journal", "reading")
AT_ONCE, CHUNK = 64, 5_000


def timed(work):
    begun = time.perf_counter()
    found = work()
    return time.perf_counter() - begun, found


def chunks(items):
    while chunk := [item for _, item in zip(range(CHUNK), items, strict=False)]:
        yield chunk


def parts_of(stage, plan, flow, folder):
    """Calls of a stage, and the seconds of each of its parts done alone."""
    calls, took = 0, dict.fromkeys(PARTS, 0.0)
    journal = fresh(folder)
    for model in plan.models_of(stage):
        works = flow.stored(flow.work(stage, model))
        while True:
            seconds, chunk = timed(lambda w=works: next(chunks(w), []))
            took["preparing"] += seconds
            if not chunk:
                break
            calls += len(chunk)
            seconds, replies = timed(lambda c=chunk: [answer(w.call.request) for w, _ in c])
            took["simulator"] += seconds
            took["reading"] += timed(lambda c=chunk: read_all(c))[0]
            took["journal"] += asyncio.run(written(journal, chunk, replies))
    journal.close()
    return calls, took


def fresh(folder):
    folder.mkdir()
    Journal.create(folder)
    return Journal(folder)


def read_all(chunk):
    for work, stored in chunk:
        if work.call.request.schema is not None and stored.outcome is Outcome.ANSWERED:
            problem_of(work, stored.text)


async def written(journal, chunk, replies):
    pairs = iter([(w.call, s.key, r) for (w, s), r in zip(chunk, replies, strict=True)])

    async def one():
        for call, key, reply in pairs:
            # Two models that say the same make one request: its reply serves both.
            with contextlib.suppress(AlreadyDoneError):
                await journal.intend(Intent(key, call.subject, call.model, call.request, 0.0))
            kept = Reply(outcome=reply.outcome, text=reply.text, raw=reply.raw)
            await journal.settle(key, kept, 0.0, 0.0, plain=True)

    begun = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(AT_ONCE)))
    return time.perf_counter() - begun


def row(name, calls, seconds, took):
    rest = max(0.0, seconds - sum(took.values()))
    cells = [f"{took[part]:.1f}" for part in PARTS]
    print(
        f"| {name} | {calls:,} | {seconds:.1f} | {calls / seconds:,.0f} | {' | '.join(cells)} | "
        f"{rest:.1f} |",
        flush=True,
    )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--families", type=int, default=1_000)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ["FAULTLINE_HOME"] = home
        settings = Settings(home=Path(home))
        catalog = load(settings.home)
        run = runs.launch(
            make_plan(Wish(families=args.families), settings, catalog), settings, catalog
        )
        seconds, _ = timed(lambda: finish(settings, run))
        memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e3
        folder = settings.runs / run
        plan = read_plan(folder / "plan.json")
        connection = connect(folder / FILE, write=False)
        flow = Flow(plan, Inputs(plan, folder), connection)
        print("| stage | calls | seconds | calls a second | " + " | ".join(PARTS) + " | the rest |")
        print("| --- " * (len(PARTS) + 5) + "|")
        total, whole = 0, dict.fromkeys(PARTS, 0.0)
        for stage in (stage for stage in plan.stages if stage in CALLING):
            calls, took = parts_of(stage, plan, flow, Path(home) / f"again-{stage}")
            row(stage, calls, stage_seconds(settings, run, stage), took)
            total += calls
            whole = {part: whole[part] + took[part] for part in PARTS}
        row("whole run", total, seconds, whole)
        connection.close()
    speed, alone = total / seconds, total / whole["simulator"]
    print(
        f"\n{args.families:,} families, {len(plan.roles.targets)} models, "
        f"{len(plan.roles.judges)} judges: {speed:,.0f} calls a second end to end, the simulator "
        f"alone {alone:,.0f}: {speed / alone:.2f} of it. The runner took {memory:.0f} MB."
    )


if __name__ == "__main__":
    main()
