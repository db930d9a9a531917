"""The formula of D in whole numbers, against the standard library's own."""

import statistics
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.measure.disagreement_formula import bin_of, d_of, moments, reaches
from analysis.vocabulary import BIN_EDGES, HIGHEST_POSITION

PLACES = st.lists(st.integers(0, HIGHEST_POSITION), max_size=12)


@given(PLACES, PLACES)
def test_d_is_the_larger_population_deviation(first, second):
    sides = [side for side in (first, second) if len(side) > 1]
    found = d_of(map(moments, (first, second)))
    if not sides:
        assert found is None
    else:
        assert found == pytest.approx(max(map(statistics.pstdev, sides)), abs=1e-12)


@given(PLACES, PLACES, st.sampled_from([0.9999, *BIN_EDGES]))
def test_a_threshold_is_reached_exactly(first, second, threshold):
    variances = [
        Fraction(len(s) * sum(p * p for p in s) - sum(s) ** 2, len(s) ** 2)
        for s in (first, second)
        if len(s) > 1
    ]
    exact = Fraction(str(threshold)) ** 2
    assert reaches(map(moments, (first, second)), threshold) == any(v >= exact for v in variances)


@pytest.mark.parametrize(
    ("first", "number"), [([0], None), ([3, 3], 0), ([2, 4], 1), ([0, 3], 2), ([0, 6], 4)]
)
def test_a_bin_holds_its_lower_edge_and_the_last_one_its_upper(first, number):
    assert bin_of([moments(first), moments([])]) == number
