"""Agreement of judges with each family left out once, against recomputing it from rows.

    python benchmarks/bench_agreement.py [--items 24600] [--judges 3]

All coefficients (Fleiss, AC1, alpha, raw agreement, Cohen and agreement per pair) with their
intervals, under both codings. Two slow ways, each timed on a few families left out in this run and
multiplied up: our own coefficients in numpy over the remaining rows, and statsmodels with
scikit-learn for those that they have (Fleiss, Cohen), the rest left out in their favour. Goal: at
least 50 times faster than either.
"""

import argparse
import sys
import time
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import aggregate_raters, fleiss_kappa

from analysis.measure.agreement import coefficients
from analysis.measure.agreement.agreement import CHANCE_CORRECTED, agreements, flag_rates
from analysis.measure.agreement.ratings import CODINGS, decision_matrix, ratings, recoded

GOAL = 50


def judged(items, judges, rng):
    """Items in families of up to fifteen (five models, three nudges), a judge error of 15%."""
    family = np.sort(rng.integers(0, items // 9, items))
    hard = rng.random(items // 9)[family]
    bad = rng.random(items) < 0.2 + 0.4 * hard
    frame = pd.DataFrame({"family": family})
    for j in range(judges):
        flag = np.where(rng.random(items) < 0.15, ~bad, bad)
        codes = np.where(flag, np.where(rng.random(items) < 0.2, 2, 1), 0)
        frame[f"judge_{j}"] = np.where(rng.random(items) < 0.01, -1, codes)
    return frame


def from_rows_numpy(codes):
    for coding, names in CODINGS.items():
        features = coefficients.item_features(recoded(codes, coding), len(names))
        sums = coefficients.unpack(features.sum(axis=0), codes.shape[1], len(names))
        for function in (
            *CHANCE_CORRECTED.values(),
            coefficients.raw_agreement,
            coefficients.cohen_kappa,
            coefficients.pair_agreement,
        ):
            function(sums)


def from_rows_libraries(codes):
    complete = codes[(codes >= 0).all(axis=1)]
    for coding in CODINGS:
        coded = recoded(complete, coding)
        fleiss_kappa(aggregate_raters(coded)[0])
        for a, b in combinations(range(codes.shape[1]), 2):
            cohen_kappa_score(coded[:, a], coded[:, b])


def seconds_a_family(compute, codes, rows_of_family, tries):
    start = time.perf_counter()
    for left_out in rows_of_family[:tries]:
        compute(np.delete(codes, left_out, axis=0))
    return (time.perf_counter() - start) / tries


def best_of(times, work):
    found = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return min(found), sorted(found)[len(found) // 2]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, default=24_600)
    parser.add_argument("--judges", type=int, default=3)
    parser.add_argument("--slow", type=int, default=20, help="families left out the slow ways")
    args = parser.parse_args()
    rng = np.random.default_rng(0)
    frame = judged(args.items, args.judges, rng)
    judges = [c for c in frame if c != "family"]

    def ours():
        rated = ratings(frame, judges)
        agreements(rated), flag_rates(rated)

    ours()  # imports and caches
    fastest, median = best_of(5, ours)
    codes = decision_matrix(frame, judges)
    rows = list(frame.groupby("family").indices.values())
    print(f"{args.items:,} items, {len(rows):,} families, {args.judges} judges, both codings")
    print("| way | every family left out | ratio |\n| --- | --- | --- |")
    print(f"| pattern counts, sums of each family | {median:.2f} s (best {fastest:.2f} s) | 1 |")
    ratios = []
    for name, compute in (
        ("remaining rows, numpy", from_rows_numpy),
        ("remaining rows, statsmodels and scikit-learn", from_rows_libraries),
    ):
        each = seconds_a_family(compute, codes, rows, args.slow)
        total = each * len(rows)
        ratios.append(total / median)
        print(f"| {name} | {total:.0f} s* | {ratios[-1]:.0f} |")
    print(f"\n*multiplied up from {args.slow} families timed in this run.")
    print(f"Goal of {GOAL}x: {'met' if min(ratios) >= GOAL else 'MISSED'}.")


if __name__ == "__main__":
    main()
