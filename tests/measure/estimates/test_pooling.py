"""Partial pooling: nothing stands out by luck, what was planted does, few cases are drawn in."""

import numpy as np
import pandas as pd
import pytest

from analysis.measure.estimates.grouped import family_moments
from analysis.measure.estimates.pooling import partly_pooled, standing_out


def studies(rates, seed, families=(3, 60), answers=6):
    """Moments of groups with these true rates; each has its own number of families, whose answers
    share a chance."""
    rng = np.random.default_rng(seed)
    rows = []
    for g, rate in enumerate(rates):
        count = rng.integers(*families)
        chance = rng.beta(rate * 8, (1 - rate) * 8, count)
        hits = rng.binomial(answers, chance)
        rows += [(g, f, k, answers) for f, k in enumerate(hits)]
    frame = pd.DataFrame(rows, columns=["group", "family", "k", "n"])
    return family_moments(frame, ["group"], total="k")


def test_without_a_difference_hardly_ever_anything_stands_out():
    found = 0
    for seed in range(200):
        pooled = partly_pooled(studies([0.2] * 15, seed))
        found += bool((standing_out(pooled[["p"]]) <= 0.05).any())
    assert found <= 16  # 8%: nominal is 5%, one-sided


def test_what_differs_stands_out_and_the_order_follows_it():
    hits = 0
    for seed in range(50):
        pooled = partly_pooled(studies([0.1] * 14 + [0.5], seed, families=(20, 60)))
        hits += bool(standing_out(pooled[["p"]])[14] <= 0.05 and pooled["pooled"].idxmax() == 14)
    assert hits >= 48


def test_pooled_rates_are_nearer_to_the_truth_than_the_rates_themselves():
    rng = np.random.default_rng(3)
    raw, drawn = [], []
    for seed in range(60):
        truth = rng.beta(4, 16, 20)
        found = partly_pooled(studies(truth, seed, families=(2, 12)))
        raw.append(np.square(found["rate"] - truth).mean())
        drawn.append(np.square(found["pooled"] - truth).mean())
    assert np.mean(drawn) < 0.8 * np.mean(raw)


def test_one_family_of_luck_does_not_lead():
    frame = pd.DataFrame(
        [("lucky", 0, 3, 3)]
        + [("solid", f, 3, 6) for f in range(40)]
        + [(f"other{i}", f, 1, 6) for i in range(8) for f in range(40)],
        columns=["group", "family", "k", "n"],
    )
    found = partly_pooled(family_moments(frame, ["group"], total="k"))
    assert found.loc["lucky", "rate"] == 1
    assert found.loc["solid", "p"] < 0.001 < found.loc["lucky", "p"]
    assert abs(found.loc["lucky", "pooled"] - 1) > abs(found.loc["solid", "pooled"] - 0.5)


@pytest.mark.parametrize("rates", [[0.0], [0.0, 0.0], [1.0, 1.0]])
def test_alone_or_all_alike_has_no_test(rates):
    rows = [(g, f, r * 4, 4) for g, r in enumerate(rates) for f in range(6)]
    frame = pd.DataFrame(rows, columns=["group", "family", "k", "n"])
    found = partly_pooled(family_moments(frame, ["group"], total="k"))
    assert found["pooled"].tolist() == rates
    assert not (found["p"] < 1).any()
