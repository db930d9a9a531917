"""Sentences never claim more than the interval allows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.brief import words


def cell(lean, low, high, q, n=100):
    return {"lean": lean, "low": low, "high": high, "q": q, "n": n}


def rate(value, low, high, n=500):
    return {"value": value, "low": low, "high": high, "n": n}


def test_the_sharpest_differences_are_told_one_a_category():
    found = words.differences(
        {
            "a": {"care": cell(1.0, 0.5, 1.5, 0.001), "order": cell(0.3, -0.1, 0.7, 0.2)},
            "b": {"care": cell(-1.2, -1.6, -0.8, 0.001), "fun": cell(0.4, 0.1, 0.7, 0.04)},
        }
    )
    assert [(p, c) for p, c, _ in found] == [("b", "care"), ("b", "fun")]
    assert "leans away from *care*: −1.20" in words.lean("B", "care", found[0][2])


@given(
    st.floats(-6, 6), st.floats(0, 3), st.floats(0, 1),
)  # fmt: skip
def test_no_lean_is_told_where_the_interval_crosses_zero_or_q_is_high(lean, half, q):
    told = words.differences({"a": {"care": cell(lean, lean - half, lean + half, q)}})
    crosses = lean - half <= 0 <= lean + half
    assert bool(told) == (q <= 0.05 and not crosses)


def test_where_nothing_differs_the_sentence_says_so_and_claims_no_likeness():
    assert words.differences({"a": {"care": cell(0.1, -0.2, 0.4, 0.6)}}) == []
    told = words.no_lean(130)
    assert "none of 130" in told
    assert "no proof that they are alike" in told
    assert "prefers" not in told


def test_undefined_cells_are_passed_over():
    odd = {"a": {"care": {"lean": None, "low": None, "high": None, "q": None, "n": 0}}}
    assert words.differences(odd) == []


def test_refusals_stand_out_only_with_the_whole_widened_interval():
    same = {m: rate(0.20, 0.17, 0.23) for m in "abcd"}
    assert words.apart(same) == ([], [])
    assert "None of the 4 models stands out" in words.refusals(same, {}, "rules 1")
    odd = same | {"e": rate(0.60, 0.55, 0.65), "f": rate(0.02, 0.01, 0.03)}
    assert words.apart(odd)[0] == ["e"]
    assert "f" in words.apart(odd)[1]
    told = words.refusals(odd, {"e": "Echo"}, "rules 1")
    assert "Clearly more than that: Echo with 60%" in told
    assert "rules 1" in told


def test_an_interval_that_just_misses_the_middle_is_not_enough_among_many_models():
    middle = {m: rate(0.20, 0.18, 0.22) for m in "abcdefghijk"}
    almost = middle | {"l": rate(0.235, 0.2045, 0.266)}
    assert words.apart(almost) == ([], [])


def test_disagreement_that_foretells_nothing_is_not_said_to():
    assert "does not show here" in words.compliance({"auc": rate(0.55, 0.45, 0.65)})
    assert "foretells flagged answers" in words.compliance({"auc": rate(0.7, 0.6, 0.8)})
    assert "the contrary" in words.compliance({"auc": rate(0.3, 0.2, 0.4)})
    assert "can't be tested" in words.compliance({"auc": {"undefined": "one class"}})
    unsure = {"auc": rate(0.7, 0.6, 0.8), "ratio": rate(3.0, 0.8, 9.0)}
    assert "times as common" not in words.compliance(unsure)
    sure = {"auc": rate(0.7, 0.6, 0.8), "ratio": rate(3.0, 1.8, 9.0)}
    assert "3.0 times as common" in words.compliance(sure)


def test_agreement_names_the_numbers_and_gives_no_grade():
    none = {"undefined": "one label", "n": 3}
    section = {
        "binary": {"items": 90, "fleiss_kappa": none, "gwet_ac1": rate(0.9, 0.8, 1.0),
                   "raw_agreement": rate(0.95, 0.9, 1.0)},
        "flag_rates": {"a": rate(0.1, 0.0, 0.2), "b": none},
    }  # fmt: skip
    told = words.agreement(section, ["a", "b"])
    assert "95% (95% 90% to 100%)" in told
    assert "AC1 0.90" in told
    assert "kappa" not in told
    for grade in ("substantial", "fair", "good", "poor", "moderate"):
        assert grade not in told


def test_names_from_data_are_no_markup():
    none = {"undefined": "x"}
    row = {"title": "Be *kind* <b>", "authority": None, "cited": 3, "interpretive": 1}
    told = words.clause(row | {"activation": 0, "non_compliant": none, "kappa": none})
    assert "Be \\*kind\\* \\<b\\>" in told
    assert "1 interpretive conflict (" in told


@pytest.mark.parametrize(("parts", "told"), [(["a"], "a"), (["a", "b"], "a and b"),
                                             (["a", "b", "c"], "a, b and c")])  # fmt: skip
def test_lists_in_words(parts, told):
    assert words.listed(parts) == told
