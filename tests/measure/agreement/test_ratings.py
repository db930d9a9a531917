import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from analysis.errors import FaultlineError
from analysis.measure.agreement.ratings import (
    ABSTAINED,
    MISSING,
    NO_DECISION,
    SPLIT,
    UNPARSED,
    coverage,
    decision_codes,
    majority,
    ratings,
    recoded,
    wide,
    without,
)


def test_decisions_are_told_apart_from_their_absence():
    words = pd.Series(["compliant", "non-compliant", "ambiguous", None, "Perhaps"])
    assert decision_codes(words).tolist() == [0, 1, 2, MISSING, UNPARSED]
    assert decision_codes(pd.Series([0, 2, None])).tolist() == [0, 2, MISSING]
    assert decision_codes(pd.Series([None, None])).tolist() == [MISSING, MISSING]


def test_binary_folds_ambiguous_into_problematic():
    codes = np.array([[0, 1, 2, MISSING, UNPARSED]], dtype=np.int8)
    assert recoded(codes, "binary").tolist() == [[0, 1, 1, MISSING, UNPARSED]]
    assert recoded(codes, "three_way").tolist() == codes.tolist()
    with pytest.raises(FaultlineError, match="no coding"):
        recoded(codes, "four_way")


@pytest.mark.parametrize(
    ("votes", "expected"),
    [
        ([0, 0, 1], 0),
        ([1, 1, -1], 1),
        ([2, 2, 2], 2),
        ([0, 1, -1], SPLIT),
        ([0, 1, 2], SPLIT),
        ([1, -1, -1], 1),
        ([-1, -2, -3], NO_DECISION),
    ],
)
def test_majority_is_more_than_half_of_those_that_decided(votes, expected):
    assert majority(np.array([votes])).tolist() == [expected]


@given(arrays(np.int8, (20, 5), elements=st.integers(-2, 2)))
@settings(max_examples=30, deadline=None)
def test_majority_equals_counting(codes):
    for row, found in zip(codes, majority(codes), strict=True):
        votes = [c for c in row if c >= 0]
        winners = [c for c in range(3) if 2 * votes.count(c) > len(votes)]
        assert found == (winners[0] if winners else SPLIT if votes else NO_DECISION)


def test_wide_keeps_who_abstained_apart_from_who_was_not_asked():
    judgements = pd.DataFrame(
        [
            (1, "f", "a", "compliant"),
            (1, "f", "b", None),
            (2, "f", "a", "who knows"),
            (2, "f", "a", "ambiguous"),
        ],
        columns=["response", "family", "judge", "decision"],
    )
    table = wide(judgements, ["response"])
    assert table.columns.tolist() == ["response", "family", "a", "b"]
    assert table[["a", "b"]].to_numpy().tolist() == [[0, ABSTAINED], [2, MISSING]]


def test_coverage_counts_items_by_what_each_judge_did():
    frame = pd.DataFrame({"family": list("xxyz"), "a": [0, 1, -2, -3], "b": [0, None, None, 2]})
    table = coverage(ratings(frame, ["a", "b"])).set_index("judge")
    columns = ["items", "decided", "abstained", "unparsed", "missing", "coverage"]
    assert table.loc["a", columns].tolist() == [4, 2, 1, 1, 0, 0.5]
    assert table.loc["b", columns].tolist() == [4, 2, 0, 0, 2, 0.5]
    empty = coverage(ratings(frame.iloc[:0], ["a"]))
    assert empty["items"].tolist() == [0]


def test_counts_of_items_are_counted_as_such():
    frame = pd.DataFrame({"family": ["x", "y"], "a": [0, 1], "b": [0, 0], "items": [7, 3]})
    rated = ratings(frame, ["a", "b"], items="items")
    assert coverage(rated)["decided"].tolist() == [10, 10]
    assert rated.families == 2
    assert not rated.weighted


def test_leaving_out_a_judge_that_is_not_there():
    rated = ratings(pd.DataFrame({"family": ["x"], "a": [0], "b": [1]}), ["a", "b"])
    assert without(rated, "a").judges == ("b",)
    with pytest.raises(FaultlineError, match="no judge 'z'"):
        without(rated, "z")


def test_broken_frames_get_a_sentence():
    frame = pd.DataFrame({"family": ["x", None], "a": [0, 1], "w": [1.0, 0.0]})
    with pytest.raises(FaultlineError, match="no column 'b'"):
        ratings(frame, ["a", "b"])
    with pytest.raises(FaultlineError, match="no family"):
        ratings(frame, ["a"])
    with pytest.raises(FaultlineError, match="above 0"):
        ratings(frame.assign(family="x"), ["a"], weight="w")
