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

from pipeline.concurrency import Limiter, Tuning
from pipeline.providers import anthropic_wire, catalog
from pipeline.providers.types import ChatRequest, Message, Rung
from pipeline.retry import RetryPolicy, call

RATE = 150.0
SERVE = "import sys; from pathlib import Path; from pipeline.providers.loopback import serve_fake; "


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
            body = anthropic_wire.body(request, Rung.NONE)
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


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--calls", type=int, default=2000)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--concurrency", type=int, default=32)
    options.add_argument("--seconds", type=float, default=20)
    options.add_argument("--only", choices=["overhead", "limit"])
    given = options.parse_args()
    report = {}
    if given.only != "limit":
        with Server({}) as server:
            for endpoint in ("anthropic", "openai"):
                speeds = asyncio.run(
                    overhead(server.url, endpoint, given.calls, given.concurrency, given.rounds)
                )
                ratio = speeds["ours"] / speeds["bare"]
                report[endpoint] = {**{k: round(v) for k, v in speeds.items()}, "ratio": ratio}
    if given.only != "overhead":
        fixed = {n: Tuning(start=n, floor=n, ceiling=n) for n in (20, 100)}
        tried = {"adaptive": Tuning(), "fixed 20": fixed[20], "fixed 100": fixed[100]}
        for latency in (250, 1000):
            for exact in (False, True):
                settings = {"rate_per_s": RATE, "latency_ms": latency, "exact_retry_after": exact}
                for name, tuning in tried.items():
                    if name != "adaptive" and latency != 250:
                        continue
                    with Server(settings) as server:
                        took = asyncio.run(
                            at_limit(server.url, given.seconds, tuning, latency / 1000)
                        )
                    said = "exact" if exact else "whole seconds"
                    report[f"{name}, {latency} ms, Retry-After {said}"] = {
                        "of_limit": round(took["per_s"] / RATE, 3),
                        "share_429": round(took["share_429"], 3),
                        "last_limit": round(took["limit"], 1),
                    }
    report["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
