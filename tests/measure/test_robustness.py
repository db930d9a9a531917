"""Shift, flip and swing rates: worked by hand, by property, and against plain means."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.measure import robustness as measure

COLUMNS = ["model", "provider", "d1", "d2", "cases", "flips", "families"]


def patterns(*rows: tuple[object, ...]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=COLUMNS)
    return frame.astype({"d1": "Int64", "d2": "Int64"})


def test_six_families_by_hand() -> None:
    """Shifts 1, 3 and 2, 2 and 0, 1, each twice: mean 9/6; one of six values flips."""
    rows = [("m", "p", 1, 3, 2, 1, 2), ("m", "p", 2, 2, 2, 0, 2), ("m", "p", 0, 1, 2, 0, 2)]
    frame = patterns(*rows)
    shift = measure.shifts(frame).iloc[0]
    assert shift["value"] == pytest.approx(1.5)
    assert (shift["n"], shift["families"]) == (12, 6)
    # Residuals y - 2 mean: 1, 1, -2, twice; V = 6/5 * 12 / 12^2; t at 5 degrees of freedom.
    half = 2.570582 * np.sqrt(1.2 * 12) / 12
    assert shift["high"] == pytest.approx(1.5 + half, abs=1e-4)
    flip = measure.flip_rates(frame).iloc[0]
    assert flip["value"] == pytest.approx(1 / 6)
    assert 0 < flip["low"] < 1 / 6 < flip["high"] < 1


def test_one_family_has_a_number_and_no_interval() -> None:
    row = measure.shifts(patterns(("m", "p", 4, None, 1, 1, 1))).iloc[0]
    assert row["value"] == 4
    assert np.isnan(row["low"])
    assert "one family" in row["undefined"]


def test_swings_are_a_share_of_families_with_an_exact_interval() -> None:
    counts = pd.DataFrame(
        [("m", "p", 20, 5, 22, 8), ("none", "p", 0, 0, 0, 0)],
        columns=["model", "provider", "families", "swings", "families_api", "swings_api"],
    )
    without, with_api = measure.swing_rates(counts), measure.swing_rates(counts, api=True)
    assert without["value"][0] == 0.25
    assert without["low"][0] == pytest.approx(0.0866, abs=1e-4)
    assert with_api["value"][0] == pytest.approx(8 / 22)
    assert without["undefined"][1] == "no cases"


CELLS = st.lists(
    st.tuples(
        st.sampled_from(("a", "b", "c")), st.integers(-6, 6), st.integers(-6, 6), st.integers(0, 2)
    ),
    min_size=4,
    max_size=40,
)


@settings(max_examples=40)
@given(cells=CELLS)
def test_patterns_weigh_as_often_as_they_occur(cells: list[tuple[str, int, int, int]]) -> None:
    """Rows that are counted together say what the same rows say one by one, in any order."""
    single = patterns(*((m, "p", a, b, 2, f, 1) for m, a, b, f in cells))
    merged = (
        single.groupby(COLUMNS[:-1], as_index=False, observed=True)["families"]
        .sum()
        .sample(frac=1, random_state=3)
    )
    for work in (measure.shifts, measure.flip_rates):
        one, other = (work(f).set_index("model").sort_index() for f in (single, merged))
        numbers = ["value", "low", "high", "n", "families"]
        pd.testing.assert_frame_equal(one[numbers], other[numbers], check_like=True)
    plain = single.assign(y=single["d1"] + single["d2"]).groupby("model")["y"].mean() / 2
    shifts = measure.shifts(single).set_index("model")["value"]
    np.testing.assert_allclose(shifts[plain.index], plain.astype(float))


@given(cells=CELLS)
def test_shares_of_directions_add_up(cells: list[tuple[str, int, int, int]]) -> None:
    single = patterns(*((m, "p", a, b, 2, f, 1) for m, a, b, f in cells))
    table = measure.directions(single).set_index("model")
    np.testing.assert_allclose(table[["towards", "unmoved", "against"]].sum(axis=1), 1)
    assert int(table["cases"].sum()) == 2 * len(cells)
    counts = measure.distribution(single)
    assert counts.groupby("model").size().eq(13).all()


def test_other_words_are_letter_against_spirit_added_context_is_not() -> None:
    moments = pd.DataFrame(
        [("swings", "m", kind, 4, 4, 1, 1, 1, 4, 4, 1, 3) for kind in ("wording", "ambiguity")],
        columns=[
            "measure",
            "model",
            "kind",
            "families",
            "n",
            "y",
            "yy",
            "yn",
            "nn",
            "n4",
            "some",
            "short",
        ],
    )
    found = measure.variant_estimates(moments).set_index("kind")
    assert found["same"].to_dict() == {"wording": True, "ambiguity": False}
    assert found["value"].tolist() == [0.25, 0.25]


def test_families_of_one_or_unknown_wordings_are_of_no_use():
    coverage = {"full": 5, "half": 3, "leaning": 2, "single": 70, "unknown": 90, "repeated": 4}
    assert measure.usable_families(coverage) == 10
