"""What a labeller's errors leave possible: ranges of true rates."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.measure import label_classifier, label_rules
from analysis.measure.labeller_errors import ERRORS, Errors, Range, known, possible, ranges


def test_what_a_labelled_share_leaves_possible():
    """Half labelled refusals, by a labeller that finds 80 to 100% and invents none: 50 to 62.5%."""
    exact = possible(0.5, Errors((0.8, 1.0), (0.0, 0.0)))
    assert exact == (pytest.approx(0.5), pytest.approx(0.625))
    assert possible(0.05, Errors((0.9, 1.0), (0.0, 0.1))) == (0.0, pytest.approx(0.05 / 0.9))


@given(
    st.sampled_from(sorted(ERRORS)),
    st.floats(0, 1),
    st.floats(0, 1),
    st.floats(0, 1),
)
def test_the_range_holds_the_rate_that_made_the_share(source, rate, where, other):
    """Whatever recall and invention inside the bounds made the labelled share."""
    errors = ERRORS[source]
    recall = errors.recall[0] + where * (errors.recall[1] - errors.recall[0])
    false = errors.false[0] + other * (errors.false[1] - errors.false[0])
    low, high = possible(rate * recall + (1 - rate) * false, errors)
    assert low - 1e-9 <= rate <= high + 1e-9


def test_both_embedded_labellers_say_how_they_err_and_others_do_not():
    assert known(label_classifier.SOURCE)
    assert known(label_rules.SOURCE)
    assert known("people") is None
    assert ranges({"a": {"value": 0.2, "low": 0.1, "high": 0.3}}, "people") == {}


def test_names_without_an_interval_are_left_out():
    cells = {
        "a": {"value": 0.2, "low": 0.1, "high": 0.3},
        "b": {"value": 0.2, "low": float("nan"), "high": float("nan")},
        "c": {"undefined": "no answers", "n": 0},
    }
    assert set(ranges(cells, label_rules.SOURCE)) == {"a"}


def test_ranges_that_touch_meet():
    assert Range(0.1, 0.3).meets(Range(0.3, 0.5))
    assert not Range(0.1, 0.3).meets(Range(0.31, 0.5))
