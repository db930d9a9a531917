"""Sentences never claim more than the interval allows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.measure import claims
from analysis.measure.label_classifier import SOURCE
from analysis.report import sentences
from analysis.vocabulary import SUBJECT_ALPHA


def cell(lean, low, high, q, n=100):
    return {"lean": lean, "low": low, "high": high, "q": q, "n": n}


def rate(value, low, high, n=500):
    return {"value": value, "low": low, "high": high, "n": n}


def test_the_sharpest_differences_are_told_one_a_category():
    found = sentences.differences(
        {
            "a": {"care": cell(1.0, 0.5, 1.5, 0.001), "order": cell(0.3, -0.1, 0.7, 0.2)},
            "b": {"care": cell(-1.2, -1.6, -0.8, 0.001), "fun": cell(0.4, 0.1, 0.7, 0.004)},
        }
    )
    assert [(p, c) for p, c, _ in found] == [("b", "care"), ("b", "fun")]
    assert "leans away from *care*: −1.20" in sentences.lean("B", "care", found[0][2])


@given(
    st.floats(-6, 6),
    st.floats(0, 3),
    st.floats(0, 1),
)
def test_no_lean_is_told_where_the_interval_crosses_zero_or_q_is_high(lean, half, q):
    told = sentences.differences({"a": {"care": cell(lean, lean - half, lean + half, q)}})
    crosses = lean - half <= 0 <= lean + half
    assert bool(told) == (q <= SUBJECT_ALPHA and not crosses)


def test_where_nothing_differs_the_sentence_says_so_and_claims_no_likeness():
    assert sentences.differences({"a": {"care": cell(0.1, -0.2, 0.4, 0.6)}}) == []
    wide = {"a": {"care": cell(0.1, -0.9, 1.1, 0.6, 40), "order": cell(0, -1, 1, 1, 40)}}
    told = sentences.no_lean(wide)
    assert "any of 2 comparisons" in told
    assert "Too little data to say that they are alike" in told
    assert "about" in told
    assert "would be needed" in told
    assert "prefers" not in told
    tight = {"a": {"care": cell(0.01, -0.1, 0.12, 0.6, 4000)}}
    assert "Differences larger than 0.1" in sentences.no_lean(tight)
    assert "can't be said" in sentences.no_lean({"a": {"care": {"undefined": "x", "n": 2}}})


def test_undefined_cells_are_passed_over():
    odd = {"a": {"care": {"lean": None, "low": None, "high": None, "q": None, "n": 0}}}
    assert sentences.differences(odd) == []


def test_refusals_stand_out_only_with_the_whole_widened_interval():
    same = {m: rate(0.20, 0.17, 0.23) for m in "abcd"}
    assert claims.outstanding(same).none
    assert "None of the 4 models stands out" in sentences.refusals(same, {}, "rules 1")
    odd = same | {"e": rate(0.60, 0.55, 0.65), "f": rate(0.02, 0.01, 0.03)}
    assert claims.outstanding(odd).above == ("e",)
    assert "f" in claims.outstanding(odd).below
    told = sentences.refusals(odd, {"e": "Echo"}, "rules 1")
    assert "Clearly more than that: Echo with 60%" in told
    assert "rules 1" in told


def test_what_the_labeller_s_errors_allow_is_said_of_the_two_ends():
    near = {"a": rate(0.30, 0.28, 0.32), "b": rate(0.26, 0.24, 0.28), "c": rate(0.27, 0.2, 0.3)}
    told = sentences.labeller_range(near, {"a": "Ash"}, SOURCE)
    assert "Ash may be at" in told
    assert " and b at " in told
    assert told.endswith("they may not differ.")
    far = {"a": rate(0.80, 0.78, 0.82), "b": rate(0.06, 0.05, 0.07)}
    assert sentences.labeller_range(far, {}, SOURCE).endswith("they still differ.")
    assert sentences.labeller_range(far, {}, "some-judge-model") == ""
    assert sentences.labeller_range({"a": far["a"], "b": {"undefined": "few"}}, {}, SOURCE) == ""


def test_an_interval_that_just_misses_the_middle_is_not_enough_among_many_models():
    middle = {m: rate(0.20, 0.18, 0.22) for m in "abcdefghijk"}
    almost = middle | {"l": rate(0.235, 0.2045, 0.266)}
    assert claims.outstanding(almost).none


def test_disagreement_that_predicts_nothing_is_not_said_to():
    assert "does not show that" in sentences.compliance({"auc": rate(0.55, 0.45, 0.65)})
    assert "predicts flagged answers" in sentences.compliance({"auc": rate(0.7, 0.6, 0.8)})
    assert "fewer answers are flagged" in sentences.compliance({"auc": rate(0.3, 0.2, 0.4)})
    useless = sentences.compliance({"auc": rate(0.5, 0.47, 0.53)})
    assert "anything beyond 0.4 to 0.6 is ruled out" in useless
    assert "can't be tested" in sentences.compliance({"auc": {"undefined": "one class"}})
    unsure = {"auc": rate(0.7, 0.6, 0.8), "ratio": rate(3.0, 0.8, 9.0)}
    assert "times as common" not in sentences.compliance(unsure)
    sure = {"auc": rate(0.7, 0.6, 0.8), "ratio": rate(3.0, 1.8, 9.0)}
    assert "3.0 times as common" in sentences.compliance(sure)


def test_agreement_names_the_numbers_and_gives_no_grade():
    none = {"undefined": "one label", "n": 3}
    section = {
        "binary": {
            "items": 90,
            "fleiss_kappa": none,
            "gwet_ac1": rate(0.9, 0.8, 1.0),
            "raw_agreement": rate(0.95, 0.9, 1.0),
        },
        "flag_rates": {"a": rate(0.1, 0.0, 0.2), "b": none},
    }
    told = sentences.agreement(section, ["a", "b"])
    assert "95% (95% 90% to 100%)" in told
    assert "AC1 0.90" in told
    assert "kappa" not in told
    for grade in ("substantial", "fair", "good", "poor", "moderate"):
        assert grade not in told


def test_names_from_data_are_no_markup():
    none = {"undefined": "x"}
    row = {"title": "Be *kind* <b>", "authority": None, "cited": 3, "interpretive": 1}
    told = sentences.clause(row | {"activation": 0, "non_compliant": none, "kappa": none})
    assert "Be \\*kind\\* \\<b\\>" in told
    assert "1 interpretive conflict (" in told


@pytest.mark.parametrize(
    ("parts", "told"), [(["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_lists_in_words(parts, told):
    assert sentences.listed(parts) == told


def test_the_number_of_cases_that_would_show_a_margin_falls_with_its_square():
    assert claims.cases_for_margin(100, 0.2, 0.1) == 400
    assert claims.cases_for_margin(40, 1.5, 0.5) == 360


def test_room_in_a_spec_is_told_only_where_one_was_meant_for_all():
    of = {"scenarios": 100, "high": 40, "models": 5, "mean": 1.2}
    assert "leaves room" in sentences.disagreement(of, one_spec=True)
    assert "follow leaves room" not in sentences.disagreement(of, one_spec=False)


def test_clauses_are_named_only_where_they_stand_out():
    rows = [{"cited": 9, "q": q, "state": "ok"} for q in (0.001, 0.03, None)]
    assert claims.clauses(rows) == rows[:1]
    told = sentences.no_clause([*rows[1:], {"cited": 2, "q": None, "state": "few cases"}])
    assert "none of 2" in told
    assert "1 more have few cases" in told


def test_a_ratio_is_told_on_the_scale_of_its_interval():
    assert claims.ratio_holds(rate(6.0, 2.0, 18.0))
    assert not claims.ratio_holds(rate(3.0, 1.1, 8.2))
    assert not claims.ratio_holds({"undefined": "x", "n": 0})


def outlying(counts, chance):
    rule = {"distance": 4, "others": 9, "of": 11}
    return sentences.outliers(
        {"rule": rule, "total": sum(counts.values()), "by_model": counts, "chance": chance}, {}
    )


def test_the_most_outliers_are_told_only_where_chance_gives_fewer():
    alike = {m: {"low": 20.0, "high": 60.0, "ranks": [1, 2]} for m in ("a", "b")}
    text = outlying({"a": 50, "b": 30}, alike)
    assert "80 answers" in text
    assert "30 to 50 a model" in text
    assert "no count lies outside" in text
    assert "chance gives:" not in text
    apart = outlying({"a": 70, "b": 10}, alike)
    assert "More than chance gives: a with 70 (chance: at most 60)." in apart
    assert "Fewer than chance gives: b with 10 (chance: at least 20)." in apart


def test_with_too_few_families_to_deal_among_nobody_has_more_than_chance():
    text = outlying({"a": 70, "b": 0}, {m: {"undefined": "because"} for m in ("a", "b")})
    assert "too few families" in text
    assert "chance" not in text


def test_kinds_are_named_only_where_there_are_any():
    assert sentences.clusters({"none": "the models differ by degree", "chance": 0.31}, {}) == (
        "No clusters: the models differ by degree. Models that answer alike would look as "
        "clustered in 31% of draws."
    )
    two = [{"models": ["a", "b"]}, {"models": ["c"]}]
    assert "2 clusters of models: Ash and b; c." in sentences.clusters(two, {"a": "Ash"})
    assert "can't be said, because of few" in sentences.clusters(
        {"undefined": "because of few"}, {}
    )


def test_published_patterns_are_told_by_verdict_and_nothing_is_made_of_too_little_data():
    def row(verdict):
        return {
            "provider": "Anthropic",
            "category": "Care",
            "claim": "o3 refuses",
            "verdict": verdict,
        }

    few = [row(claims.TOO_LITTLE)] * 9
    told = sentences.value_patterns(few)
    assert told.startswith("Of 9 value patterns that the paper states")
    assert "too little data on each" in told
    both = [row(claims.AGREES), row(claims.DISAGREES), *few[2:]]
    told = sentences.value_patterns(both)
    assert "agrees with 1 (Anthropic on *Care*) and contradicts 1 (Anthropic on *Care*)" in told
    assert told.endswith("too little data on the other 7.")
    assert "agrees with 1 (“o3 refuses”)." in sentences.refusal_patterns([row(claims.AGREES)])
    assert sentences.value_patterns([]) == ""


@given(st.floats(-1, 1), st.floats(0, 1) | st.just(float("nan")))
def test_a_pattern_has_a_verdict_only_within_what_may_be_claimed(value, q):
    found = claims.verdict(value, q)
    assert (found != claims.TOO_LITTLE) == (q <= SUBJECT_ALPHA)
