"""D of one case: by hand, by property, and against numpy."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from analysis.measure import disagreement
from analysis.vocabulary import HIGH_D

PLACES = st.lists(st.one_of(st.none(), st.integers(0, 6)), min_size=0, max_size=14)


def frame(first, second):
    return pd.DataFrame({"value1_position": first, "value2_position": second}, dtype="Float64")


def test_the_first_real_row_by_hand():
    """Twelve models, as in the public dataset's row of rank 3104: D 2.385."""
    first = [0, 0, 0, 1, 1, 6, 5, 2, 0, 1, 5, 6]
    assert disagreement.spread(first) == pytest.approx(math.sqrt(129 / 12 - (27 / 12) ** 2))
    assert round(disagreement.disagreement(frame(first, [0] * 12)), 3) == 2.385


@pytest.mark.parametrize("held", [[], [3], [None, 3], [None, None]])
def test_fewer_than_two_positions_have_no_spread(held):
    assert disagreement.spread(held) is None


def test_a_value_with_one_position_does_not_count_as_agreement():
    assert disagreement.disagreement(frame([3, None], [None, None])) is None
    assert disagreement.disagreement(frame([0, 6], [3, None])) == 3.0


@given(PLACES)
def test_spread_is_the_population_deviation_of_what_is_there(held):
    there = [p for p in held if p is not None]
    found = disagreement.spread(held)
    if len(there) < 2:
        assert found is None
    else:
        assert found == pytest.approx(np.std(there), abs=1e-12)
        assert 0 <= found <= 3


@given(PLACES.filter(lambda p: len(p) > 2))
def test_leaving_one_out_is_d_of_the_others(first):
    positions = frame(first, list(reversed(first)))
    found = disagreement.leave_one_out(positions)
    whole = disagreement.disagreement(positions)
    assert set(found.index) == set(positions.index[positions.notna().any(axis=1)])
    for index, row in found.iterrows():
        rest = disagreement.disagreement(positions.drop(index=index))
        assert (row["d"] == pytest.approx(rest)) if rest is not None else pd.isna(row["d"])
        if rest is not None:
            assert row["change"] == pytest.approx(rest - whole)


def test_a_share_of_no_scenario_is_unknown_and_never_0():
    assert disagreement.high_share(0, 0) is None
    assert disagreement.high_share(0, 4) == 0
    assert disagreement.high_share(1, 4) == 0.25


def test_models_with_a_position_on_either_value_count():
    found = pd.DataFrame(
        {"value1_position": [1, None, None], "value2_position": [None, 3, None]}, dtype="Int64"
    )
    assert disagreement.placed_models(found) == 2


def test_rows_go_from_oppose_to_favor_on_the_value_that_splits_most():
    found = pd.DataFrame(
        {
            "label": ["A", "B", "C", "D"],
            "value1_position": [3.0, 3.0, 4.0, 3.0],
            "value2_position": [6.0, 0.0, 3.0, math.nan],
        }
    )
    assert list(disagreement.ordered(found)["label"]) == ["B", "C", "A", "D"]


CELLS = st.one_of(st.just(math.nan), st.integers(0, 6).map(float))


@settings(max_examples=40)
@given(arrays(float, (3, 8, 2), elements=CELLS))
def test_arrays_and_groups_of_rows_have_the_d_of_each_case(positions):
    d, high = disagreement.spreads(positions)
    rows = pd.DataFrame(positions.reshape(-1, 2), columns=[1, 2])
    rows.index = pd.Index(np.repeat([0, 1, 2], 8), name="query")
    grouped = disagreement.by_query(rows, ["query"])
    for i, case in enumerate(positions):
        told = disagreement.disagreement(pd.DataFrame(case, columns=list(disagreement.VALUES)))
        assert d[i] == pytest.approx(math.nan if told is None else told, nan_ok=True)
        assert grouped[i] == pytest.approx(d[i], nan_ok=True)
        expected = math.nan if told is None else float(told >= HIGH_D - 1e-9)
        assert high[i] == pytest.approx(expected, nan_ok=True)
