"""k-center against the naive greedy loop, plain and weighted, on the same points in one run.

    python benchmarks/bench_kcenter.py [--rows 411000] [--dimensions 768] [--keep 44000]

The naive loop (one float32 matrix-vector product a step over all rows) is timed over its first
1,000 steps and multiplied up. Its choices in those steps must be the ones of the fast search.
Points: families of three close queries in 300 crowded topics, with noise; weights: values that D
can have. Goals: 12 times faster plain, 30 times weighted, under 3 GB (the fast search and its
points; the naive loop runs in a process of its own).
"""

import argparse
import multiprocessing
import resource
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from pipeline.select.kcenter import on_grid, select

GOALS = {"plain": 12.0, "weighted": 30.0}
GOAL_GB = 3.0
BLOCK = 9_000


def crowd(rows, dimensions):
    """Rows on the grid: topic, family and nudge noise in 64 directions, some in all of them."""
    rng = np.random.default_rng(0)
    points = np.empty((rows, dimensions), np.int16)
    basis = rng.normal(size=(64, dimensions)).astype(np.float32)
    topics = rng.normal(size=(300, 64)).astype(np.float32)
    for start in range(0, rows, BLOCK):
        size = min(BLOCK, rows - start)
        families = -(-size // 3)
        family = topics[rng.integers(0, 300, families)]
        family = family + 0.8 * rng.normal(size=(families, 64)).astype(np.float32)
        query = np.repeat(family, 3, axis=0)[:size]
        query = query + 0.3 * rng.normal(size=(size, 64)).astype(np.float32)
        noise = 1.7 * rng.normal(size=(size, dimensions)).astype(np.float32)
        points[start : start + size] = on_grid(query @ basis + noise)
    return points


def weights_of(rows):
    return np.random.default_rng(1).choice(np.sqrt(np.arange(37)) / 2, size=rows)


def naive(points, weights, steps):
    """The first steps of the naive rule: chosen rows and seconds a step."""
    rows = points.astype(np.float32)
    norms = np.einsum("ij,ij->i", rows, rows)
    nearest = np.full(len(rows), np.inf, np.float32)
    following, chosen = 0 if weights is None else int(np.argmax(weights)), []
    begun = time.perf_counter()
    for _ in range(steps):
        chosen.append(following)
        np.minimum(nearest, norms + (norms[following] - 2 * (rows @ rows[following])), out=nearest)
        keys = nearest if weights is None else weights * np.sqrt(nearest, dtype=np.float64)
        following = int(np.argmax(keys))
    return chosen, (time.perf_counter() - begun) / steps


def timed_naive(args, steps):
    points = crowd(args.rows, args.dimensions)
    return [naive(points, w, steps) for w in (None, weights_of(args.rows))]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=411_000)
    parser.add_argument("--dimensions", type=int, default=768)
    parser.add_argument("--keep", type=int, default=44_000)
    args = parser.parse_args()
    steps = min(1_000, args.keep)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        slow = pool.apply(timed_naive, (args, steps))
    points = crowd(args.rows, args.dimensions)
    failed = []
    print("| way | ours | naive greedy* | ratio | goal | first choices | holds |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for (name, goal), (chosen, step) in zip(GOALS.items(), slow, strict=True):
        weights = weights_of(args.rows) if name == "weighted" else None
        begun = time.perf_counter()
        found = select(points, weights=weights, keep=args.keep)
        seconds = time.perf_counter() - begun
        ratio = step * args.keep / seconds
        same = found.order[:steps].tolist() == chosen
        good = ratio >= goal and same
        print(
            f"| {name} | {seconds:.1f} s | {step * args.keep:,.0f} s | {ratio:.1f} | {goal:g} | "
            f"{'the same' if same else 'DIFFERENT'} | {'yes' if good else 'NO'} |",
            flush=True,
        )
        failed += [] if good else [name]
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(
        f"| memory | {memory:.2f} GB | | | under {GOAL_GB:g} GB | | "
        f"{'yes' if memory <= GOAL_GB else 'NO'} |"
    )
    print(
        f"\n{args.rows:,} queries in {args.dimensions} dimensions, {args.keep:,} kept. "
        f"*Multiplied up from its first {steps:,} steps, timed in this run."
    )
    if memory > GOAL_GB:
        failed.append("memory")
    sys.exit(f"goals missed: {', '.join(failed)}" if failed else 0)


if __name__ == "__main__":
    main()
