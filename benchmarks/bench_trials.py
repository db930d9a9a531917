"""How often a trial calls an edit without effect one, and finds the effects that are planted.

    python benchmarks/bench_trials.py [--trials 200] [--families 30] [--seed 1] [--workers 1]

Two trials a number: of an edit that says the same in other words, and of one that takes the vague
word out of a clause and puts three into a neighbouring one. Each draws families of its own and has
three simulated judges decide on three models' answers under the old text, the same again and the
new one (`tests/simulated_trials.py`).
"""

import argparse
import multiprocessing
import sys
from collections import Counter
from dataclasses import dataclass
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from analysis.measure.compare.metric_differences import Metric
from analysis.measure.compare.trial import direction
from analysis.measure.estimates.estimates import Estimate
from analysis.parse.trials import Group
from tests.simulated_trials import NEIGHBOUR, finds, trial, true_change

MOST_FALSE, LEAST_COVERED, LEAST_FOUND = 18, 180, 180
"""Of 200 trials: those that may call an edit without effect one; intervals that must hold the
planted effect, and planted harm that must be found."""
METRICS = ("interpretive", "agreement")


@dataclass(frozen=True)
class Seen:
    """What one number showed: what the edit without effect was called different in; the repair's
    difference by metric; and whether the harm was found."""

    raised: list[str]
    repaired: dict[str, Metric]
    harmed: bool


def look(seed, families):
    """Both trials of one number."""
    raised = finds(trial(seed, "no effect", families))
    found = trial(seed, "harm", families)
    told = found.neighbours[NEIGHBOUR]["interpretive"]
    repaired = {metric: found.groups[Group.TARGET][metric] for metric in METRICS}
    return Seen(raised, repaired, direction("interpretive", told) == "worse")


def holds(metric, true):
    """Whether a difference has an interval, and the true one lies in it."""
    told = metric.difference
    return isinstance(told, Estimate) and told.low <= true <= told.high


def tell(seen, true):
    """Print what so many numbers showed; gives false calls, intervals that hold, harm found."""
    called = Counter(name for one in seen for name in one.raised)
    false = sum(bool(one.raised) for one in seen)
    covered = {m: sum(holds(one.repaired[m], true[m]) for one in seen) for m in METRICS}
    harmed = sum(one.harmed for one in seen)
    print(f"{len(seen)} trials: an edit without effect is called one in {false}: {dict(called)}")
    for metric in METRICS:
        found = sum(one.repaired[metric].differs for one in seen)
        print(
            f"  {metric}: true change {true[metric]:+.3f}, found in {found}, in the interval of "
            f"{covered[metric]}"
        )
    print(f"  planted harm to a neighbour found in {harmed}", flush=True)
    return false, covered, harmed


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--families", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=1)
    args = parser.parse_args()
    true = {metric: true_change("harm", metric) for metric in METRICS}
    seeds = [args.seed * 10_000 + number for number in range(args.trials)]
    seen = []
    with multiprocessing.get_context("fork").Pool(args.workers) as pool:
        for one in pool.imap_unordered(partial(look, families=args.families), seeds):
            seen.append(one)
            if len(seen) % 10 == 0:
                tell(seen, true)
    false, covered, harmed = tell(seen, true)
    share = args.trials / 200
    missed = false > MOST_FALSE * share or harmed < LEAST_FOUND * share
    missed |= min(covered.values()) < LEAST_COVERED * share
    if missed:
        print("goal missed", file=sys.stderr)
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
