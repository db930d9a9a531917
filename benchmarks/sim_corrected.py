"""Whether corrected refusal rates cover: 2,000 simulated studies with labellers that are biased.

    python benchmarks/sim_corrected.py [--rounds 2000] [--small]

Each round draws one model's answers to families of four wordings, a true refusal for each (families
differ), a labeller that finds only some refusals and invents others, as much as the setting says,
and a sample with better labels: every answer with the same chance, or the labeller's refusals with
more. The true rate is that of the world that the families come from. Printed: the share of
intervals that hold it, for the corrected rate and for the labeller's rate taken as it is, and the
mean width. Goal: every corrected rate covers in at least 93 %.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

from analysis.measure.corrected import corrected_rate
from analysis.measure.estimates.estimates import Estimate, rate_by_family

FAMILIES, WORDINGS = 300, 4
GOAL = 0.93
SETTINGS = (
    # true rate, recall, false refusals, better labels, refusals drawn so many times as often
    ("misses a quarter", 0.30, 0.75, 0.02, 200, 1),
    ("misses two thirds", 0.30, 0.33, 0.01, 200, 1),
    ("invents many", 0.20, 0.95, 0.15, 200, 1),
    ("both", 0.25, 0.70, 0.10, 100, 1),
    ("useless", 0.30, 0.30, 0.30, 150, 1),
    ("right", 0.25, 1.00, 0.00, 120, 1),
    ("misses half, refusals drawn more often", 0.15, 0.50, 0.03, 250, 4),
)


def one(
    chance: np.random.Generator, rate: float, recall: float, false: float, labels: int, more: float
) -> tuple[bool, bool, float] | None:
    """One study: whether the corrected and the plain interval hold the rate, and the first's width;
    None where the sample is too small for a correction."""
    propensity = chance.beta(6 * rate, 6 * (1 - rate), FAMILIES)
    truth = (chance.random((FAMILIES, WORDINGS)) < propensity[:, None]).ravel()
    found = np.where(truth, chance.random(truth.size) < recall, chance.random(truth.size) < false)
    family = np.repeat(np.arange(FAMILIES), WORDINGS)
    relative = np.where(found, more, 1.0)
    probability = np.minimum(labels * relative / relative.sum(), 1)
    drawn = chance.random(truth.size) < probability
    better = np.where(drawn, truth, np.nan)
    corrected = corrected_rate(found, family, better, probability)
    plain = rate_by_family(np.bincount(family, found), np.full(FAMILIES, WORDINGS, dtype=float))
    if not isinstance(corrected, Estimate) or not isinstance(plain, Estimate):
        return None
    held = corrected.low <= rate <= corrected.high
    return held, plain.low <= rate <= plain.high, corrected.high - corrected.low


def main() -> None:
    """Run every setting, print the table, and end with 1 where a corrected rate misses the goal."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=2000)
    parser.add_argument("--small", action="store_true")
    chosen = parser.parse_args()
    rounds = 200 if chosen.small else chosen.rounds
    print(
        "| labeller | rate | recall | invented | labels | corrected covers | as labelled covers |"
        " width | undefined |"
    )
    print("| --- |" + " --- |" * 8)
    worst = 1.0
    for number, (name, *setting) in enumerate(SETTINGS):
        chance = np.random.default_rng([14, number])
        results = [one(chance, *setting) for _ in range(rounds)]
        known = np.array([r for r in results if r is not None], dtype=float)
        covers, plain, width = known.mean(axis=0)
        worst = min(worst, covers)
        rate, recall, false, labels, _ = setting
        print(
            f"| {name} | {rate:.0%} | {recall:.0%} | {false:.0%} | {labels} | {covers:.1%} | "
            f"{plain:.1%} | {width:.3f} | {rounds - len(known)} |"
        )
    if worst < GOAL and not chosen.small:
        sys.exit(1)


if __name__ == "__main__":
    main()
