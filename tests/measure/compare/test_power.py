"""How many cases a trial needs, held against trials that were drawn."""

import numpy as np
import pytest

from analysis.measure.compare.power import CHANGES, cases_for_change, more_needed, power
from analysis.measure.estimates.estimates import Estimate
from analysis.measure.estimates.paired import paired


def test_the_number_of_cases_sees_the_change_four_times_in_five():
    n = cases_for_change(0.4, 0.2, tests=1)
    rng = np.random.default_rng(5)
    ones, seen = np.ones(n), 0
    for _ in range(200):
        old, new = (rng.random(n) < share for share in (0.4, 0.2))
        seen += paired(old * 1.0, ones, new * 1.0, ones, rate=True).p <= 0.05
    assert 0.72 <= seen / 200 <= 0.88


def test_smaller_changes_and_more_tests_need_more_cases():
    assert (
        cases_for_change(0.4, 0.05, 1)
        > cases_for_change(0.4, 0.1, 1)
        > cases_for_change(0.4, 0.2, 1)
    )
    assert cases_for_change(0.4, 0.1, 12) > cases_for_change(0.4, 0.1, 1)


def test_the_smallest_change_is_one_that_the_cases_see():
    found = power(0.5, 100, 20, 1)
    assert found.smallest is not None
    assert found.needed == {size: cases_for_change(0.5, size, 1) for size in CHANGES}
    assert cases_for_change(0.5, found.smallest, 1) <= 100
    assert cases_for_change(0.5, found.smallest - 0.01, 1) > 100
    assert power(0.5, 2, 2, 1).smallest is None


def test_what_was_not_shown_needs_more_cases_by_the_square_of_its_interval():
    narrow, wide = (Estimate(0.0, -h, h, 80) for h in (0.05, 0.1))
    ratio = more_needed(wide, 0.1, 4) / more_needed(narrow, 0.1, 4)
    assert ratio == pytest.approx(4, rel=0.05)
