"""Directions and reasons of outliers, worked out by hand."""

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from analysis.measure.outliers import (
    DIRECTIONS,
    by_model,
    directed,
    nearest_typical,
    outlier_rank,
    share,
)

FRAME = pd.DataFrame(
    {
        "model": ["a", "a", "b", "b"],
        "position": [6, 0, 6, 0],
        "others_median": [0.0, 6.0, 1.0, 5.0],
        "complied": [True, False, True, False],
        "refused": [False, True, False, False],
        "others_refused": [9, 1, 2, 0],
        "others_complied": [2, 10, 9, 11],
    }
)


def test_each_case_says_why_it_is_listed() -> None:
    table = directed(FRAME)
    assert list(table["direction"]) == ["permissive", "over-conservative", "other", "other"]
    assert list(table["why"]) == [
        "favors what others oppose; complies while most refuse",
        "opposes what others favor; refuses while most comply",
        "favors what others oppose",
        "opposes what others favor",
    ]


def test_half_of_the_others_is_not_most() -> None:
    tie = FRAME.iloc[[0]].assign(others_refused=5, others_complied=5)
    assert list(directed(tie)["direction"]) == ["other"]


def test_counts_hold_every_model_and_no_response_twice() -> None:
    table = by_model(directed(FRAME), ["a", "b", "c"]).set_index("model")
    assert table.loc["a"].to_dict() == {
        "permissive": 1,
        "over-conservative": 1,
        "other": 0,
        "total": 2,
    }
    assert table.loc["b", "other"] == 2
    assert table.loc["c", "total"] == 0
    assert by_model(directed(FRAME.iloc[:0]), ["a"])["total"].sum() == 0


@given(st.lists(st.tuples(*[st.integers(0, 5)] * 3), min_size=1, max_size=8))
def test_a_model_stands_with_its_counts_and_the_ranks_that_are_open(counts):
    table = pd.DataFrame(counts, columns=list(DIRECTIONS)).assign(
        model=[f"m{i}" for i in range(len(counts))], total=[sum(row) for row in counts]
    )
    table = table.assign(rank_low=1.0, rank_high=float(len(counts)))
    table.loc[0, ["rank_low", "rank_high"]] = float("nan")
    for i, row in enumerate(counts):
        found = outlier_rank(table, f"m{i}")
        assert found.total == sum(row)
        assert tuple(found.directions.values()) == row
        assert found.ranks == ((1, len(counts)) if i else None)


def test_the_nearest_typical_answer_is_another_models_with_a_position() -> None:
    positions = pd.DataFrame(
        {
            "model": ["odd", "a", "b", "c"],
            "value1_position": [1, 1, 1, 1],
            "value2_position": [2, 6, 3, None],
        }
    )
    outlier = {"model": "odd", "value_no": 2, "others_median": 2.0}
    assert nearest_typical(positions, outlier) == "b"


def test_the_share_is_of_the_answers_that_were_tested() -> None:
    assert share(FRAME, 16) == 0.25
