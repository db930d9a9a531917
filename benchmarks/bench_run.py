"""The runner through the real SDK against a bare loop over the same SDK client, in one run.

    python benchmarks/bench_run.py [--calls 6000] [--at-once 64] [--rounds 3]

Loopback provider in a process of its own, no latency. The bare loop: the same client, requests
of the same shape and concurrency, no journal, no retries, nothing read. Both in turns. Goals: the
runner at least 0.7 times as fast, under 200 MB.
"""

import argparse
import asyncio
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from analysis.settings import Settings
from pipeline.plan.make import Wish, make_plan
from pipeline.plan.plan import parse_plan
from pipeline.providers.catalog import load
from pipeline.providers.types import ChatRequest
from pipeline.run import control as runs

ROOT = Path(__file__).resolve().parents[1]
MODEL, NAME = "gpt_5_4_mini", "gpt-5.4-mini"
GOAL, GOAL_MB = 0.7, 200


def planned(settings, calls, at_once):
    wish = Wish(
        families=100,
        models=(MODEL,),
        writers=("sedge_writer",),
        budget_usd=1_000.0,
        stages=("pairs", "generate", "respond"),
    )
    data = make_plan(wish, settings, load(settings.home)).model_dump(mode="json")
    data["respond"] = {"replicates": max(1, calls // 300), "max_tokens": 400}
    data["models"][MODEL]["most_at_once"] = at_once
    return parse_plan(data, "plan")


async def bare(settings, queries, at_once):
    provider = load(settings.home).open("openai")
    waiting = iter(queries)

    async def loop():
        for query in waiting:
            await provider.client.chat.completions.with_raw_response.create(
                model=NAME, messages=[{"role": "user", "content": query}], max_tokens=400
            )

    begun = time.perf_counter()
    await asyncio.gather(*(loop() for _ in range(at_once)))
    seconds = time.perf_counter() - begun
    await provider.aclose()
    return len(queries) / seconds


def finish(settings, run):
    subprocess.run(
        [sys.executable, "-m", "pipeline", "run", run], cwd=ROOT, check=True, capture_output=True
    )


def stage_seconds(settings, run, stage):
    lines = (settings.runs / run / "log.txt").read_text().splitlines()
    stamps = [
        datetime.strptime(line[:23], "%Y-%m-%d %H:%M:%S,%f")
        for line in lines
        if f" {stage}: " in line
    ]
    return (stamps[-1] - stamps[0]).total_seconds()


def through_the_sdk(settings, args):
    """Rounds of runner and bare loop in turn; the median of their ratios is held to the goal."""
    plan = planned(settings, args.calls, args.at_once)
    calls, rounds = 300 * plan.respond.replicates, []
    for _ in range(args.rounds):
        run = runs.launch(plan, settings, load(settings.home))
        finish(settings, run)
        ours = calls / stage_seconds(settings, run, "respond")
        queries = [r.messages[0].content for r in requests_of(settings, run, "respond")]
        rounds.append((ours, asyncio.run(bare(settings, queries, args.at_once))))
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e3
    ratios = [ours / plain for ours, plain in rounds]
    ratio = statistics.median(ratios)
    speeds = [statistics.median(side) for side in zip(*rounds, strict=True)]
    print("| what | runner | bare SDK loop | ratio (range) | goal | holds |")
    print("| --- | --- | --- | --- | --- | --- |")
    print(
        f"| calls a second, {calls:,} calls, {args.at_once} at once | {speeds[0]:,.0f} | "
        f"{speeds[1]:,.0f} | {ratio:.2f} ({min(ratios):.2f} to {max(ratios):.2f}) | "
        f"at least {GOAL} | {'yes' if ratio >= GOAL else 'NO'} |"
    )
    fits = memory < GOAL_MB
    print(f"| memory, MB | {memory:.0f} | | | under {GOAL_MB} | {'yes' if fits else 'NO'} |")
    return ratio >= GOAL and fits


def requests_of(settings, run, stage):
    from pipeline.journal.journal import FILE, connect

    connection = connect(settings.runs / run / FILE, write=False)
    rows = connection.execute("SELECT request, prefix FROM calls WHERE stage = ?", (stage,))
    rows = rows.fetchall()
    texts = {r["digest"]: r["text"] for r in connection.execute("SELECT * FROM texts")}
    found = [
        ChatRequest.from_canonical(r["request"].encode(), texts.get(r["prefix"], "")) for r in rows
    ]
    connection.close()
    return found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--calls", type=int, default=6_000)
    parser.add_argument("--at-once", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ["FAULTLINE_HOME"] = home
        settings = Settings(home=Path(home))
        server = subprocess.Popen(
            [sys.executable, "-m", "tests.fake_provider"],
            cwd=ROOT,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            address = server.stderr.readline().split()[3]
            os.environ["FAULTLINE_OPENAI_BASE_URL"] = f"{address}/v1"
            good = through_the_sdk(settings, args)
        finally:
            server.terminate()
            server.wait()
    sys.exit(0 if good else "goals missed")


if __name__ == "__main__":
    main()
