"""What the provider layer costs and keeps, against the loopback provider in its own process.

    python benchmarks/bench_providers.py [--calls 2000] [--seconds 20]

Three questions, each a ratio within this run:
1. calls a second through limiter, retry loop and provider, against a bare loop over the same
   SDK client at the same concurrency (goal: at least 0.7);
2. at a server limit of 150 a second: replies a second over that limit (goal: at least 0.95), and
   the share of 429s (goal: under 15 %), beside a fixed 20 and a fixed 100;
3. the memory of this process at its highest (goal: under 200 MB).
"""

import argparse
import asyncio
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from pipeline.providers import catalog
from pipeline.providers.limits.concurrency import Limiter, Tuning
from pipeline.providers.limits.retry import RetryPolicy, call
from pipeline.providers.types import ChatRequest, Message, Rung

RATE = 150.0
GOAL, LIMIT, BAD, GOAL_MB = 0.7, 0.95, 0.15, 200
SERVE = "import sys; from pathlib import Path; from tests.fake_provider import serve_fake; "


class Server:
    """The loopback provider in another process, with a faults file of its own."""

    def __init__(self, settings):
        folder = Path(tempfile.mkdtemp())
        faults = folder / "faults.json"
        faults.write_text(json.dumps(settings))
        code = SERVE + f"serve_fake(0, Path({str(faults)!r}))"
        root = Path(__file__).resolve().parents[1]
        self.process = subprocess.Popen(
            [sys.executable, "-c", code], stderr=subprocess.PIPE, text=True, cwd=root
        )
        self.url = self.process.stderr.readline().split()[3]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


def opened(url, endpoint):
    env = {"FAULTLINE_OPENAI_BASE_URL": f"{url}/v1", "FAULTLINE_ANTHROPIC_BASE_URL": url}
    return catalog.load(env=env).open(endpoint, keys={}, time_limit_s=60)


def request_of(number, endpoint):
    model = "claude-sonnet-5-5" if endpoint == "anthropic" else "gpt-4.1-mini"
    return ChatRequest(
        stage="respond",
        provider=endpoint,
        model=model,
        messages=(Message("user", f"Question {number}: " + "what would you do? " * 10),),
        max_tokens=500,
    )


async def in_parallel(work, count, concurrency):
    """`work(number)` for each number, by `concurrency` workers; seconds taken."""
    numbers = iter(range(count))

    async def worker():
        for number in numbers:
            await work(number)

    started = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(concurrency)))
    return time.perf_counter() - started


async def overhead(url, endpoint, calls, concurrency, rounds):
    """Calls a second bare and through our layer, alternating, medians."""
    provider = opened(url, endpoint)
    fixed = Tuning(start=concurrency, ceiling=concurrency)
    limiter = Limiter("bench", fixed)

    async def bare(number):
        request = request_of(number, endpoint)
        if endpoint == "anthropic":
            body = provider.body(request, Rung.NONE)
            answer = await provider.client.messages.create(**body)
            assert answer.content[0].text
        else:
            body = provider.body(request, Rung.NONE)
            answer = await provider.client.chat.completions.create(**body)
            assert answer.choices[0].message.content

    async def ours(number):
        reply = await call(provider, request_of(number, endpoint), limiter)
        assert reply.text

    speeds = {"bare": [], "ours": []}
    await in_parallel(bare, 200, concurrency)
    for _ in range(rounds):
        for name, work in (("bare", bare), ("ours", ours)):
            speeds[name].append(calls / await in_parallel(work, calls, concurrency))
    await provider.aclose()
    return {name: statistics.median(values) for name, values in speeds.items()}


async def at_limit(url, seconds, tuning, latency_s):
    """Replies a second and the share of 429s over `seconds`, after a warm-up of 5 s."""
    provider = opened(url, "anthropic")
    limiter = Limiter("bench", tuning)
    policy = RetryPolicy(rate_limit_attempts=10_000)
    deadline = time.perf_counter() + 5 + seconds
    numbers = iter(range(10**9))
    marks = []

    async def worker():
        while time.perf_counter() < deadline:
            await call(provider, request_of(next(numbers), "anthropic"), limiter, policy)

    async def watch():
        await asyncio.sleep(5)
        marks.append((time.perf_counter(), limiter.replies, limiter.rate_limited))
        await asyncio.sleep(seconds - 0.5)
        marks.append((time.perf_counter(), limiter.replies, limiter.rate_limited))

    await asyncio.gather(watch(), *(worker() for _ in range(400)))
    await provider.aclose()
    (t0, all0, bad0), (t1, all1, bad1) = marks
    replies, bad = all1 - all0, bad1 - bad0
    return {
        "per_s": (replies - bad) / (t1 - t0),
        "share_429": bad / replies,
        "limit": limiter.limit,
    }


def measured(given):
    """Rows of the table: what, ours, beside it, share, goal, whether it holds (None: no goal)."""
    rows = []
    if given.only != "limit":
        with Server({}) as server:
            rows += [layer(server.url, endpoint, given) for endpoint in ("anthropic", "openai")]
    if given.only != "overhead":
        rows += [limited(*way, given.seconds) for way in tried()]
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    goal = f"under {GOAL_MB} MB"
    return [*rows, ("memory", f"{memory:.0f} MB", "", "", goal, memory < GOAL_MB)]


def layer(url, endpoint, given):
    speeds = asyncio.run(overhead(url, endpoint, given.calls, given.concurrency, given.rounds))
    ratio = speeds["ours"] / speeds["bare"]
    what = f"{endpoint}, calls a second, {given.concurrency} at once"
    ours, bare = f"{speeds['ours']:,.0f}", f"{speeds['bare']:,.0f} by the bare client"
    return what, ours, bare, f"{ratio:.2f}", f"at least {GOAL}", ratio >= GOAL


def limited(name, latency, exact, tuning, seconds):
    settings = {"rate_per_s": RATE, "latency_ms": latency, "exact_retry_after": exact}
    with Server(settings) as server:
        took = asyncio.run(at_limit(server.url, seconds, tuning, latency / 1000))
    share, bad = took["per_s"] / RATE, took["share_429"]
    said = "to the millisecond" if exact else "in whole seconds"
    ours = f"{took['per_s']:.0f} a second", f"{bad:.0%} 429s", f"{share:.2f}"
    holds = share >= LIMIT and bad < BAD
    goal = f"at least {LIMIT}, under {BAD:.0%} 429s" if name == "adaptive" else "none"
    what = f"{name}, {latency} ms, Retry-After {said}"
    return what, *ours, goal, holds if name == "adaptive" else None


def tried():
    """The adaptive limit at two latencies, and two fixed ones beside it."""
    for exact in (False, True):
        for latency in (250, 1000):
            yield "adaptive", latency, exact, Tuning()
        for n in (20, 100):
            yield f"fixed {n}", 250, exact, Tuning(start=n, floor=n, ceiling=n)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--calls", type=int, default=2000)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--concurrency", type=int, default=32)
    options.add_argument("--seconds", type=float, default=20)
    options.add_argument("--only", choices=["overhead", "limit"])
    rows = measured(options.parse_args())
    print(f"| what (limit {RATE:.0f} a second) | ours | beside it | share | goal | holds |")
    print("| --- | --- | --- | --- | --- | --- |")
    for *cells, holds in rows:
        print(f"| {' | '.join(cells)} | {'' if holds is None else 'yes' if holds else 'NO'} |")
    failed = [row[0] for row in rows if row[-1] is False]
    sys.exit(f"goals missed: {'; '.join(failed)}" if failed else 0)


if __name__ == "__main__":
    main()
