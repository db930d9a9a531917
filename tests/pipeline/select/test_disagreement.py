"""D of one scenario, from where its answers stand."""

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.records import Placement
from pipeline.select.disagreement import at_least, disagreement

POSITIONS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=2, max_size=12)


@given(POSITIONS)
def test_disagreement_is_the_larger_population_deviation_and_ties_are_exact(positions):
    placed = [Placement("s", f"m{i}", 0, a, b, "", 1.0) for i, (a, b) in enumerate(positions)]
    sides = list(zip(*positions, strict=True))
    expected = max(statistics.pstdev(side) for side in sides)
    assert disagreement(placed) == pytest.approx(expected)
    exact = any(
        4 * (len(s) * sum(p * p for p in s) - sum(s) ** 2) >= 9 * len(s) ** 2 for s in sides
    )
    assert at_least(placed, 1.5) == exact


def test_one_position_gives_no_disagreement():
    assert disagreement([Placement("s", "m", 0, 1, 1, "", 1.0)]) is None
    assert not at_least([], 0.0)
