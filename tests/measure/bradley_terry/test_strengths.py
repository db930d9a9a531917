"""Bradley-Terry strengths: by hand, by property, against statsmodels and sklearn, and planted."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression
from statsmodels.discrete.discrete_model import Logit

from analysis.measure.bradley_terry import strengths as bt
from analysis.measure.estimates.estimates import Undefined


def made(first, second, nudge, won, family=None, values=None):
    first, second = np.asarray(first), np.asarray(second)
    count = values or int(max([*first, *second])) + 1
    family = np.arange(len(first)) if family is None else np.asarray(family)
    return bt.Comparisons(
        tuple(f"v{i}" for i in range(count)),
        first,
        second,
        np.asarray(nudge, dtype=float),
        np.asarray(won, dtype=float),
        family,
    )


def simulated(n, values, seed, spread=1.0, nudge=1.2, noise=0.0):
    """Choices of a model with known strengths, three nudges a family."""
    rng = np.random.default_rng(seed)
    theta = rng.normal(size=values) * spread
    family = np.arange(n) // 3
    first = rng.integers(0, values, n // 3 + 1)
    second = (first + rng.integers(1, values, n // 3 + 1)) % values
    lean = np.tile([0.0, 1.0, -1.0], n // 3 + 1)[:n]
    own = rng.normal(size=n // 3 + 1) * noise
    z = 0.2 + theta[first[family]] - theta[second[family]] + nudge * lean + own[family]
    return theta, made(
        first[family], second[family], lean, rng.random(n) < expit(z), family, values
    )


def test_ties_and_missing_positions_are_left_out():
    c = bt.comparisons(
        ("a", "b"),
        np.array([0, 0, 0, 0]),
        np.array([1, 1, 1, 1]),
        [0, 1, -1, 0],
        np.array([1, -1, 0, -2]),
        np.array([0, 0, 1, 1]),
        unknown=7,
    )
    assert (c.n, c.ties, c.unknown) == (2, 1, 7)
    assert list(c.won) == [1.0, 0.0]
    assert list(c.nudge) == [0.0, 1.0]


def test_two_values_by_hand():
    """a beats b in 3 of 4, each as often first as second, no nudge: the intercept is 0, and theta
    solves 4 (sigma(2 t) - 3/4) + l2 t = 0, because theta_b = -theta_a."""
    c = made([0, 0, 1, 1] * 2, [1, 1, 0, 0] * 2, [0] * 8, [1, 1, 0, 0, 1, 0, 0, 1])
    found = bt.fit(c, l2=0.5)
    t = found.strengths[0]
    assert 8 * (expit(2 * t) - 0.75) + 0.5 * t == pytest.approx(0, abs=1e-5)
    assert found.strengths.sum() == pytest.approx(0, abs=1e-12)
    assert (found.intercept, found.nudge) == pytest.approx((0, 0), abs=1e-6)


def test_the_gradient_vanishes_where_the_fit_stands():
    _, c = simulated(900, 40, seed=1)
    found = bt.fit(c)
    residual = c.won - expit(found.logits(c))
    gradient = np.bincount(c.first, residual, 40) - np.bincount(c.second, residual, 40)
    np.testing.assert_allclose(gradient - bt.L2 * found.strengths, 0, atol=2e-5)


def test_it_is_the_ridge_regression_of_sklearn():
    _, c = simulated(600, 12, seed=2)
    design = np.zeros((c.n, 12))
    design[np.arange(c.n), c.first] += 1
    design[np.arange(c.n), c.second] -= 1
    # sklearn penalises every column alike: stretched columns carry the weak penalty of a and b.
    stretch = np.sqrt(bt.L2 / 0.01)
    wide = np.column_stack([design, np.full(c.n, stretch), c.nudge * stretch])
    oracle = LogisticRegression(C=1 / bt.L2, fit_intercept=False, tol=1e-10, max_iter=5000)
    expected = oracle.fit(wide, c.won).coef_[0]
    found = bt.fit(c)
    np.testing.assert_allclose(found.strengths, expected[:12], atol=1e-4)
    assert found.intercept == pytest.approx(expected[12] * stretch, abs=1e-4)
    assert found.nudge == pytest.approx(expected[13] * stretch, abs=1e-4)


def test_the_nudge_alone_is_a_plain_logistic_regression():
    _, c = simulated(900, 20, seed=3)
    intercept, nudge = bt.nudge_terms(*(c.cells.sums(x).sum(axis=1) for x in (np.ones(c.n), c.won)))
    expected = Logit(c.won, np.column_stack([np.ones(c.n), c.nudge])).fit(disp=0).params
    assert (intercept, nudge) == pytest.approx(tuple(expected), abs=2e-3)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_turning_every_pair_round_changes_no_strength(seed):
    _, c = simulated(90, 8, seed)
    turned = made(c.second, c.first, -c.nudge, 1 - c.won, c.family, 8)
    there, back = bt.fit(c), bt.fit(turned)
    np.testing.assert_allclose(there.strengths, back.strengths, atol=1e-4)
    assert there.nudge == pytest.approx(back.nudge, abs=1e-4)
    assert there.intercept == pytest.approx(-back.intercept, abs=1e-4)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_renaming_values_and_reordering_rows_changes_nothing_else(seed):
    _, c = simulated(90, 8, seed)
    rng = np.random.default_rng(seed)
    names, order = rng.permutation(8), rng.permutation(c.n)
    other = made(
        names[c.first][order],
        names[c.second][order],
        c.nudge[order],
        c.won[order],
        c.family[order],
        8,
    )
    np.testing.assert_allclose(bt.fit(c).strengths, bt.fit(other).strengths[names], atol=1e-4)


def test_planted_strengths_are_recovered():
    theta, c = simulated(12_000, 30, seed=4)
    found = bt.fit(c)
    assert np.corrcoef(theta, found.strengths)[0, 1] > 0.98
    assert found.nudge == pytest.approx(1.2, abs=0.1)
    assert found.intercept == pytest.approx(0.2, abs=0.1)


def test_where_the_nudge_decides_everything_the_fit_stays_finite():
    c = made([0, 1] * 30, [1, 2] * 30, [1, -1] * 30, [1, 0] * 30, values=3)
    found = bt.fit(c)
    assert 3 < found.nudge < 50
    held = bt.held_out(c)
    assert (held.accuracy, held.baseline_accuracy) == (1.0, 1.0)


def test_held_out_is_what_a_loop_over_folds_of_families_gives():
    _, c = simulated(300, 10, seed=5)
    found = bt.held_out(c, folds=4, seed=9)
    families = np.unique(c.family)
    dealt = np.random.default_rng(9).permutation(len(families)) % 4
    right, loss = [], []
    for k in range(4):
        held = np.isin(c.family, families[dealt == k])
        assert not set(c.family[held]) & set(c.family[~held])
        p = expit(bt.fit(c.only(~held)).logits(c.only(held)))
        right += list((p > 0.5) == (c.won[held] > 0.5))
        loss += list(-np.log(np.where(c.won[held] > 0.5, p, 1 - p)))
    assert found.accuracy == pytest.approx(np.mean(right))
    assert found.log_loss == pytest.approx(np.mean(loss), abs=1e-4)
    assert (found.n, found.folds) == (c.n, 4)


def test_strengths_help_where_there_are_some_and_not_where_there_are_none():
    _, with_some = simulated(6000, 20, seed=6, spread=1.5)
    _, without = simulated(6000, 20, seed=7, spread=0.0)
    some, none = bt.held_out(with_some), bt.held_out(without)
    assert some.accuracy > some.baseline_accuracy + 0.1
    assert some.log_loss < some.baseline_log_loss
    assert abs(none.accuracy - none.baseline_accuracy) < 0.02
    assert some.better
    assert not none.better


def test_a_start_changes_the_time_and_not_the_result():
    _, c = simulated(600, 15, seed=8)
    cold, warm = bt.held_out(c), bt.held_out(c, whole=bt.fit(c))
    assert cold.accuracy == warm.accuracy
    assert cold.log_loss == pytest.approx(warm.log_loss, abs=1e-5)


def test_too_few_families_leave_nothing_to_hold_out():
    found = bt.held_out(made([0, 0], [1, 1], [0, 1], [1, 0], family=[0, 1]))
    assert isinstance(found, Undefined)
    assert "2 of the 5 families" in found.reason
    empty = made(np.empty(0, int), np.empty(0, int), [], [], values=3)
    assert list(bt.fit(empty).strengths) == [0, 0, 0]
    assert isinstance(bt.held_out(empty), Undefined)
    assert np.isnan(bt.strengths(empty, bt.fit(empty), [0, 1])["low"]).all()


def test_intervals_are_those_of_a_dense_computation_and_cover():
    _, c = simulated(1500, 10, seed=10, spread=2.0, noise=0.8)
    usual = bt.fit(c)
    found, l2 = bt._loosened(c, usual, bt.appearances(c)[1], bt.L2)
    assert l2 < bt.L2  # planted strengths lie farther apart than the usual prior says
    design = np.zeros((c.n, 12))
    design[np.arange(c.n), c.first] += 1
    design[np.arange(c.n), c.second] -= 1
    design[:, 10], design[:, 11] = 1, c.nudge
    p = expit(found.logits(c))
    hessian = design.T @ (design * (p * (1 - p))[:, None]) + np.diag([l2] * 10 + [0.01] * 2)
    scores = design * (p - c.won)[:, None]
    by_family = np.stack([np.bincount(c.family, s) for s in scores.T], axis=1)
    g = len(by_family)
    inverse = np.linalg.inv(hessian)
    curved = np.diag(hessian)[:10]
    kept, blur = (curved - l2) / curved, (curved - l2) / curved**2
    wide = max(1, l2 * (found.strengths**2 - blur).sum() / (kept**2).sum())
    prior = wide * np.diag([l2] * 10 + [0.01] * 2)
    meat = g / (g - 1) * by_family.T @ by_family + prior
    model_based = inverse + (wide - 1) * inverse @ np.diag([l2] * 10 + [0.01] * 2) @ inverse
    se = np.sqrt(np.maximum(np.diag(inverse @ meat @ inverse), np.diag(model_based)))[:10]
    rows = bt.strengths(c, usual, range(10))
    t = stats.t.ppf(0.975, rows["families"] - 1)
    np.testing.assert_allclose(rows["high"] - rows["strength"], se * t, rtol=1e-4)
    assert list(rows["n"]) == [int(((c.first == k) | (c.second == k)).sum()) for k in range(10)]


def test_intervals_cover_the_truth():
    covered = []
    for seed in range(40):
        theta, c = simulated(900, 6, seed=100 + seed, spread=0.7)
        rows = bt.strengths(c, bt.fit(c), range(6))
        true = theta - theta.mean()
        covered += list((rows["low"] <= true) & (true <= rows["high"]))
    assert np.mean(covered) >= 0.93  # of values not picked out it covers more


def test_intervals_of_the_extremes_cover_too_and_nothing_planted_is_called_apart():
    """Those that a page shows are picked for being extreme; they were covered 33 to 53%."""
    covered, called = [], 0
    for seed in range(30):
        theta, c = simulated(900, 20, seed=300 + seed, spread=0.6)
        rows = bt.strengths(c, bt.fit(c), range(20))
        ends = rows["strength"].argsort().to_numpy()[[0, 1, 2, -3, -2, -1]]
        true = (theta - theta.mean())[ends]
        covered += list((rows["low"][ends] <= true) & (true <= rows["high"][ends]))
        _, nothing = simulated(900, 20, seed=700 + seed, spread=0.0)
        called += int((bt.strengths(nothing, bt.fit(nothing), range(20))["q"] <= 0.05).any())
    assert np.mean(covered) >= 0.9
    assert called <= 4


@pytest.mark.parametrize("spread", [0.3, 1.0, 1.5])
def test_extremes_that_lie_farther_apart_than_the_usual_prior_are_covered_too(spread):
    """With the usual prior alone, 50 to 86% of them were at a spread of 1.5."""
    covered = []
    for seed in range(12):
        theta, c = simulated(900, 30, seed=900 + seed, spread=spread)
        rows = bt.strengths(c, bt.fit(c), range(30))
        ends = rows["strength"].argsort().to_numpy()[[0, 1, 2, -3, -2, -1]]
        true = (theta - theta.mean())[ends]
        covered += list((rows["low"][ends] <= true) & (true <= rows["high"][ends]))
    assert np.mean(covered) >= 0.9  # 0.95 and 72 intervals


def test_log_loss_is_that_of_the_predictions():
    c = made([0] * 4, [1] * 4, [0] * 4, [1, 1, 1, 0])
    fitted = bt.Fit(np.array([0.0, 0.0]), float(logit(0.75)), 0.0, 0)
    from analysis.measure.bradley_terry.strengths import _accuracy, _log_loss

    logits = fitted.logits(c)
    assert _accuracy(logits, c.won) == 0.75
    assert _accuracy(np.zeros(4), c.won) == 0.5
    assert _log_loss(logits, c.won) == pytest.approx(-(3 * np.log(0.75) + np.log(0.25)) / 4)


def test_appearances_count_comparisons_and_families():
    c = made([0, 0, 1], [1, 1, 2], [0, 1, 0], [1, 0, 1], family=[5, 5, 7], values=4)
    n, families = bt.appearances(c)
    assert list(n) == [2, 3, 1, 0]
    assert list(families) == [1, 2, 1, 0]
