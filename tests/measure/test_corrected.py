"""Rates corrected for a labeller's errors: by hand, and over simulated biased labellers."""

import numpy as np
import pandas as pd
import pytest

from analysis.measure.corrected import corrected_rate, fewest_labels, half_width, width
from analysis.measure.estimates.estimates import Estimate, Undefined
from analysis.vocabulary import CORRECTION_LEAST


def sampled(rng, n=1200, labels=200, recall=0.5):
    """One model's answers in families of four: truth, the labeller, people on a random part."""
    families = np.arange(n) // 4
    truth = rng.random(n) < np.repeat(rng.beta(2, 5, n // 4), 4)
    labelled = truth & (rng.random(n) < recall)
    drawn = np.zeros(n, dtype=bool)
    drawn[rng.choice(n, labels, replace=False)] = True
    return labelled, families, np.where(drawn, truth, np.nan), np.full(n, labels / n)


def test_with_every_answer_labelled_the_rate_is_peoples():
    labelled, families, better, _ = sampled(np.random.default_rng(1), labels=1200)
    found = corrected_rate(labelled, families, better, np.ones(1200))
    assert found.value == pytest.approx(better.mean())
    assert found.n == 1200


def test_a_labeller_that_misses_half_is_put_right_and_its_own_rate_is_not():
    rng = np.random.default_rng(2)
    held = plain = 0
    for _ in range(60):
        labelled, families, better, probability = sampled(rng)
        found = corrected_rate(labelled, families, better, probability)
        held += found.low <= 2 / 7 <= found.high
        plain += found.low <= labelled.mean() <= found.high
    assert held >= 54
    assert plain < 20


def test_a_labeller_that_is_right_makes_the_interval_narrower():
    rng = np.random.default_rng(3)
    labelled, families, better, probability = sampled(rng, recall=1.0)
    good = corrected_rate(labelled, families, better, probability)
    blind = corrected_rate(np.zeros(1200), families, better, probability)
    assert good.high - good.low < 0.7 * (blind.high - blind.low)


def test_answers_drawn_more_often_count_less():
    """Two thirds of the sample are refusals, because those were drawn twice as often."""
    better = np.r_[np.ones(40), np.zeros(20), np.full(240, np.nan)]
    probability = np.r_[np.full(40, 0.4), np.full(20, 0.2), np.full(240, 0.2)]
    found = corrected_rate(np.zeros(300), np.arange(300), better, probability)
    assert found.value == pytest.approx(100 / 200)


@pytest.mark.parametrize(
    ("refusals", "others", "words"),
    [
        (10, CORRECTION_LEAST - 11, "49 better labels"),
        (9, 91, "9 refusals and 91"),
        (95, 5, "10 of each"),
    ],
)
def test_too_few_better_labels_are_undefined_with_the_reason(refusals, others, words):
    better = np.r_[np.ones(refusals), np.zeros(others), np.full(100, np.nan)]
    n = len(better)
    found = corrected_rate(np.zeros(n), np.arange(n), better, np.full(n, 0.5))
    assert isinstance(found, Undefined)
    assert words in found.reason


def test_a_probability_of_zero_is_refused():
    better = np.r_[np.ones(30), np.zeros(30)]
    with pytest.raises(ValueError, match="above 0"):
        corrected_rate(np.zeros(60), np.arange(60), better, np.zeros(60))


def test_the_promised_width_is_about_what_comes():
    labelled, families, better, probability = sampled(np.random.default_rng(4), recall=0.0)
    found = corrected_rate(labelled, families, better, probability)
    assert isinstance(found, Estimate)
    assert width(200, 2 / 7, 0.0, 1200) == pytest.approx(found.high - found.low, rel=0.25)


def test_a_model_without_a_label_has_the_fewest():
    labelled = pd.DataFrame({"model": ["a", "a", "b"]})
    assert fewest_labels(labelled, ["a", "b"]) == 1
    assert fewest_labels(labelled, ["a", "b", "c"]) == 0
    assert fewest_labels(labelled, []) == 0


def test_what_labels_buy_at_most_is_half_the_widest_interval():
    for n in (CORRECTION_LEAST, 100, 200):
        assert half_width(n) == pytest.approx(1.96 * (0.25 / n) ** 0.5, rel=1e-3)
        assert half_width(n) >= width(n, 0.3, 0.5, 10_000) / 2
