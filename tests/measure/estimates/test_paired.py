"""Differences of one number on two sides of the same families."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from analysis.measure.estimates.estimates import Estimate, Undefined, paired_difference
from analysis.measure.estimates.paired import Paired, paired, swaps

families = st.lists(
    st.tuples(st.integers(0, 4), st.integers(1, 4), st.integers(0, 4), st.integers(1, 4)),
    min_size=1,
    max_size=40,
)


def rates(rows: list[tuple[int, int, int, int]]) -> Paired:
    ya, na, yb, nb = (np.array(c, float) for c in zip(*rows, strict=True))
    return paired(np.minimum(ya, na), na, np.minimum(yb, nb), nb, rate=True)


def ends(found: object) -> tuple[float, float]:
    assert isinstance(found, Estimate)
    return found.low, found.high


@given(families)
def test_swapping_the_sides_turns_the_difference_round(rows) -> None:
    there, back = rates(rows), rates([(c, d, a, b) for a, b, c, d in rows])
    assert type(there.difference) is type(back.difference)
    assert there.p == pytest.approx(back.p, nan_ok=True)
    if isinstance(there.difference, Estimate):
        assert there.difference.value == pytest.approx(-back.difference.value)
        low, high = ends(back.difference)
        assert ends(there.difference) == pytest.approx((-high, -low))


@given(families)
def test_the_difference_is_b_minus_a_and_an_interval_without_0_is_one_below_5_percent(rows) -> None:
    found = rates(rows)
    assert found.difference.value == pytest.approx(found.b.value - found.a.value)
    if isinstance(found.difference, Estimate) and abs(found.p - 0.05) > 1e-6:
        low, high = ends(found.difference)
        assert (found.p < 0.05) == (low > 1e-12 or high < -1e-12)


@given(families)
def test_a_side_compared_with_itself_differs_by_0(rows) -> None:
    found = rates([(a, b, a, b) for a, b, _, _ in rows])
    assert found.difference.value == 0
    if len(rows) >= 5:
        assert found.p == 1
        low, high = ends(found.difference)
        assert low == -high < 0


def test_many_families_have_the_interval_of_paired_differences() -> None:
    dice = np.random.default_rng(1)
    n = dice.integers(1, 5, 200).astype(float)
    a, b = dice.normal(0, 1, (2, 200)) * n
    plain = paired_difference(b, n, a, n)
    found = paired(a, n, b, n)
    assert isinstance(plain, Estimate)
    assert ends(found.difference) == pytest.approx((plain.low, plain.high))


@pytest.mark.parametrize(("up", "down"), [(5, 0), (6, 0), (7, 1), (4, 4), (9, 1)])
def test_with_one_case_a_family_the_swaps_are_the_exact_test_of_mcnemar(up: int, down: int) -> None:
    ya = np.array([0] * up + [1] * down + [0] * 80, float)
    yb = np.array([1] * up + [0] * down + [0] * 80, float)
    n = np.ones_like(ya)
    sides = np.stack([np.stack([ya, n], axis=1), np.stack([yb, n], axis=1)])
    exact = binomtest(up, up + down).pvalue
    assert swaps(sides, lambda s: s[..., 0] / s[..., 1]) == pytest.approx(exact)
    assert paired(ya, n, yb, n, rate=True).p >= exact - 1e-12


def test_swaps_go_through_every_way() -> None:
    dice = np.random.default_rng(2)
    sides = dice.normal((0, 5), 1, (2, 6, 2))
    seen = abs(float(np.subtract(*(s[:, 0].sum() / s[:, 1].sum() for s in sides))))
    told = 0
    for way in itertools.product((0, 1), repeat=6):
        a, b = (np.array([sides[w ^ k, i] for i, w in enumerate(way)]) for k in (0, 1))
        apart = a[:, 0].sum() / a[:, 1].sum() - b[:, 0].sum() / b[:, 1].sum()
        told += abs(apart) >= seen - 1e-12
    assert swaps(sides, lambda s: s[..., 0] / s[..., 1]) == pytest.approx(told / 2**6)


def test_no_family_on_both_sides_or_four_say_why() -> None:
    apart = paired(np.ones(3), np.array([1.0, 0, 0]), np.ones(3), np.array([0, 1.0, 1]))
    assert isinstance(apart.difference, Undefined)
    assert apart.n == 0
    assert math.isnan(apart.p)
    few = rates([(1, 2, 0, 2)] * 4)
    assert isinstance(few.difference, Undefined)
    assert "at least 5" in few.difference.reason
    assert few.difference.value == -0.5


def test_a_constant_shift_of_means_has_no_interval() -> None:
    n = np.ones(30)
    found = paired(np.zeros(30), n, n, n)
    assert isinstance(found.difference, Undefined)
    assert "no spread" in found.difference.reason


def test_a_rate_that_went_all_the_way_in_every_family_is_found() -> None:
    """All of 14 families moved from 0 to 1: no spread, and no doubt either."""
    found = rates([(0, 3, 3, 3)] * 14)
    assert isinstance(found.difference, Estimate)
    assert found.p == pytest.approx(2**-13)
    assert found.difference.high == found.difference.value == 1.0
    assert 0.7 < found.difference.low < 0.8  # Clopper & Pearson's 0.768 of 14 of 14
    few = rates([(0, 3, 3, 3)] * 5)
    assert few.p == pytest.approx(1 / 16)
    assert few.difference.low <= 0.0  # five families that agree are no proof


def test_the_difference_of_two_rates_reaches_no_farther_than_1() -> None:
    """Of 30 families two stayed: the plain interval would end at more than 100 points."""
    up = rates([(0, 3, 3, 3)] * 28 + [(0, 3, 2, 3)] * 2)
    assert ends(up.difference)[1] == 1.0
    down = rates([(3, 3, 0, 3)] * 28 + [(3, 3, 1, 3)] * 2)
    assert ends(down.difference)[0] == -1.0
