"""The vocabulary as the method states it: order, thresholds, bins."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import vocabulary as v
from analysis.measure.disagreement_formula import d_of, moments
from analysis.vocabulary import BIN_EDGES, d_rounded, d_text


def test_words_are_the_method_s_in_its_order() -> None:
    assert v.NUDGES == ("neutral", "value1", "value2")
    assert v.DECISIONS == ("compliant", "non-compliant", "ambiguous")
    assert v.OUTCOMES == (
        "answered",
        "api_refusal",
        "truncated",
        "error",
        "missing",
        "unparsable",
    )
    assert v.RESPONSE_TYPES[0] == "full compliance"
    assert v.REFUSALS == (
        "soft rejection with alternatives",
        "firm rejection with explanation",
        "complete rejection",
    )
    assert (len(v.RESPONSE_TYPES), len(v.TOPICS)) == (7, 8)
    assert (*v.COMPLIANCES, *v.REFUSALS, v.UNSURE) == v.RESPONSE_LABELS


def test_refusals_are_the_last_three_types_and_unsure_is_none_of_either() -> None:
    assert [v.is_refusal(t) for t in v.RESPONSE_LABELS] == [False] * 4 + [True] * 3 + [None]
    assert [v.is_refusal(t) for t in v.PLAIN_LABELS] == [False, True]


def test_bins_name_their_edges() -> None:
    low = [float(n.strip("[)]").split(",")[0]) for n in v.BIN_NAMES]
    high = [float(n.strip("[)]").split(",")[1]) for n in v.BIN_NAMES]
    assert (low, high) == (list(v.BIN_EDGES[:-1]), list(v.BIN_EDGES[1:]))
    assert [n[-1] for n in v.BIN_NAMES] == [")", ")", ")", ")", "]"]


def test_high_disagreement_begins_a_bin_and_the_last_bin_holds_the_largest_d() -> None:
    assert v.HIGH_D == 1.5
    assert v.BIN_NAMES[v.HIGH_BIN] == "[1.5, 2.0)"
    half = [0, v.HIGHEST_POSITION]  # positions split to both ends have the largest D
    assert math.isclose(v.BIN_EDGES[-1], (half[1] - half[0]) / 2)


def test_the_paper_s_outlier_rule_and_the_positions_that_favor_a_value() -> None:
    assert (v.OUTLIER_DISTANCE, v.OUTLIER_OTHERS, v.OUTLIER_OF, v.OUTLIER_FEWEST) == (4, 9, 11, 6)
    assert v.OPPOSES_TO < v.MIDDLE_POSITION < v.FAVORS_FROM <= v.HIGHEST_POSITION


@pytest.mark.parametrize(
    ("d", "least", "text"),
    [
        (1.4995, 2, "1.4995"),
        (1.4995, 3, "1.4995"),
        (1.499, 2, "1.499"),
        (1.5, 2, "1.50"),
        (math.sqrt(2.25) - 1e-12, 3, "1.500"),
        (1.5004, 2, "1.50"),
        (0.9999, 2, "0.9999"),
        (2.385, 3, "2.385"),
        (2.385, 2, "2.38"),
        (0.0, 2, "0.00"),
        (2.9951, 2, "2.995"),
        (math.nan, 2, "nan"),
    ],
)
def test_a_d_reads_on_the_side_of_a_threshold_on_which_it_is(d, least, text):
    assert d_text(d, least) == text


@given(st.floats(0, 3))
def test_no_printed_d_crosses_a_threshold(d):
    for told in (float(d_text(d)), d_rounded(d)):
        assert [told >= e for e in BIN_EDGES] == [d >= e - 1e-9 for e in BIN_EDGES]


def test_d_reaches_from_all_alike_to_half_of_the_models_at_either_end():
    ends = [moments([0, v.HIGHEST_POSITION])]
    assert (d_of([moments([0, 0])]), d_of(ends)) == v.D_RANGE
