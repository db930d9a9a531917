"""Directions and reasons of outliers, worked out by hand."""

import pandas as pd

from analysis.measure.outliers import by_model, directed

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
        "permissive": 1, "over-conservative": 1, "other": 0, "total": 2,
    }  # fmt: skip
    assert table.loc["b", "other"] == 2
    assert table.loc["c", "total"] == 0
    assert by_model(directed(FRAME.iloc[:0]), ["a"])["total"].sum() == 0
