import json

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.measure import agreement_coefficients as coefficients
from analysis.measure.agreement import (
    agreement,
    agreement_by,
    agreement_section,
    agreements,
    flag_rates,
    leave_one_out,
)
from analysis.measure.agreement_bootstrap import percentile_interval, resampled
from analysis.measure.agreement_ratings import ratings
from analysis.measure.estimates import Estimate, Undefined

GENERAL = ("fleiss_kappa", "gwet_ac1", "krippendorff_alpha", "raw_agreement")


def judged(n=400, judges="abc", seed=1, error=0.2):
    rng = np.random.default_rng(seed)
    truth = rng.random(n) < 0.4
    columns = {j: np.where(rng.random(n) < error, ~truth, truth).astype(int) for j in judges}
    frame = pd.DataFrame({"family": [f"f{i // 5}" for i in range(n)], **columns})
    return frame.mask(frame.isin([0, 1]) & (rng.random((n, len(judges) + 1)) < 0.03))


def words(frame, judges):
    names = {0: "compliant", 1: "non-compliant", 2: "ambiguous"}
    return frame.assign(**{j: frame[j].map(names) for j in judges})


def test_section_has_the_shape_that_scripts_rely_on():
    found = agreement_section(ratings(judged(), list("abc")), np.random.default_rng(0), 200)
    found = json.loads(json.dumps(found))
    assert list(found) == ["binary", "three_way", "pairs", "flag_rates"]
    assert set(found["binary"]) == {"items", *GENERAL}
    assert set(found["pairs"]) == {"a|b", "a|c", "b|c"}
    assert set(found["pairs"]["a|b"]) == {"agreement", "cohen_kappa"}
    kappa = found["binary"]["fleiss_kappa"]
    assert set(kappa) == {"value", "low", "high", "n"}
    assert kappa["low"] < kappa["value"] < kappa["high"]
    assert found["binary"]["items"] == kappa["n"]


def test_words_shuffled_rows_and_counted_rows_give_the_same_numbers():
    frame = judged()
    same = words(frame, "abc").sample(frac=1, random_state=3)
    keys = ["family", *"abc"]
    counted = frame.groupby(keys, dropna=False).size().rename("items").reset_index()
    expected = agreement_section(ratings(frame, list("abc")), np.random.default_rng(0), 50)
    for other, items in ((same, None), (counted, "items")):
        rated = ratings(other, list("abc"), items=items)
        assert agreement_section(rated, np.random.default_rng(0), 50) == nearly(expected)


def nearly(section):
    if isinstance(section, dict):
        return {key: nearly(value) for key, value in section.items()}
    return pytest.approx(section)


def test_resampled_sums_are_those_of_resampled_rows():
    frame = judged(60)
    rated = ratings(frame, list("abc"))
    features = coefficients.item_features(rated.patterns, 2)[rated.pattern]
    sums = np.stack([features[rated.family == f].sum(axis=0) for f in range(rated.families)])
    draws = resampled(sums, 5, np.random.default_rng(9))
    rng = np.random.default_rng(9)
    for row in draws:
        drawn = rng.integers(0, rated.families, rated.families, dtype=np.int32)
        rows = np.concatenate([np.flatnonzero(rated.family == f) for f in drawn])
        assert row == pytest.approx(features[rows].sum(axis=0))


def test_both_codings_agree_with_each_alone():
    rated = ratings(judged(), list("abc"))
    together = agreements(rated, np.random.default_rng(4), resamples=100)
    for coding, found in together.items():
        alone = agreement(rated, coding, np.random.default_rng(4), 100)
        assert nearly(alone.to_json()) == found.to_json()


def test_whole_weights_are_repeated_items():
    frame = judged(120).assign(w=np.repeat([1, 2, 3], 40))
    repeated = frame.loc[frame.index.repeat(frame["w"])]
    rng = np.random.default_rng(0)
    one = agreement(ratings(frame, list("abc"), weight="w"), "binary", rng, 20)
    other = agreement(ratings(repeated, list("abc")), "binary", rng, 20)
    assert one.fleiss_kappa.value == pytest.approx(other.fleiss_kappa.value)
    assert one.gwet_ac1.value == pytest.approx(other.gwet_ac1.value)
    assert one.items < other.items
    weighted = flag_rates(ratings(frame, list("abc"), weight="w"))["a"]
    assert weighted.value == pytest.approx(repeated["a"].mean())
    assert weighted.n == frame["a"].count()


def test_one_judge_and_no_judge_are_undefined_with_the_reason():
    rng = np.random.default_rng(0)
    assert agreement_section(ratings(judged(), ["a"]), rng) == {"undefined": "one judge only"}
    assert agreement_section(ratings(judged(), []), rng) == {"undefined": "no judge"}
    alone = agreement(ratings(judged(), ["a"]), "binary", rng, 20)
    assert alone.fleiss_kappa == Undefined("one judge only")
    assert isinstance(alone.prevalence, Estimate)


def test_a_constant_label_is_undefined_and_raw_agreement_is_not():
    frame = pd.DataFrame({"family": list("uvwxyz"), "a": 0, "b": 0})
    found = agreement(ratings(frame, ["a", "b"]), "three_way", np.random.default_rng(0), 50)
    for name in ("fleiss_kappa", "gwet_ac1", "krippendorff_alpha"):
        assert getattr(found, name).reason.startswith("one label only")
    assert found.raw_agreement == Estimate(1, 1, 1, 6)
    assert "a and b gave one label only" in found.pairs["a", "b"].cohen_kappa.reason


def test_a_judge_that_always_says_the_same_has_no_kappa_with_anyone():
    frame = judged().assign(a=1)
    found = agreement(ratings(frame, list("abc")), "binary", np.random.default_rng(0), 50)
    assert found.pairs["a", "b"].cohen_kappa.reason == "a gave one label only"
    assert isinstance(found.pairs["a", "b"].agreement, Estimate)
    assert isinstance(found.pairs["b", "c"].cohen_kappa, Estimate)


def test_judges_with_no_item_in_common():
    frame = pd.DataFrame({"family": range(4), "a": [0, 1, None, None], "b": [None, None, 1, 0]})
    rated = ratings(frame, ["a", "b"])
    found = agreement(rated, "binary", np.random.default_rng(0), 50)
    assert found.items == 0
    assert found.krippendorff_alpha == Undefined("no answer was decided by two judges")
    assert found.pairs["a", "b"].agreement.reason.startswith("the two judges decided no answer")
    assert flag_rates(rated)["a"].value == 0.5
    assert found.prevalence.n == 4


def test_one_family_keeps_the_value_without_an_interval():
    frame = judged().assign(family="only")
    found = agreement(ratings(frame, list("abc")), "binary", np.random.default_rng(0), 50)
    spread = agreement(ratings(judged(), list("abc")), "binary", np.random.default_rng(0), 50)
    assert found.fleiss_kappa.value == pytest.approx(spread.fleiss_kappa.value)
    assert "one family" in found.fleiss_kappa.reason


def test_nothing_judged():
    frame = judged().iloc[:0]
    found = agreement_section(ratings(frame, list("abc")), np.random.default_rng(0), 20)
    assert found["binary"]["fleiss_kappa"] == {
        "undefined": "no answer was decided by two judges",
        "n": 0,
    }
    assert found["flag_rates"]["a"]["n"] == 0


def test_leaving_out_the_odd_judge_raises_agreement():
    frame = judged(900)
    frame["odd"] = np.random.default_rng(3).integers(0, 2, len(frame))
    rated = ratings(frame, [*"abc", "odd"])
    rest = leave_one_out(rated, "binary", np.random.default_rng(0), 50)
    whole = agreement(rated, "binary", np.random.default_rng(0), 50)
    assert rest["odd"].fleiss_kappa.low > whole.fleiss_kappa.high
    assert rest["a"].fleiss_kappa.value < whole.fleiss_kappa.value
    assert rest["odd"].judges == ("a", "b", "c")


def test_slices_stand_beside_their_prevalence():
    frame = judged(300).assign(bin=np.repeat([1, 0, 2], 100))
    frame.loc[frame["bin"] == 2, list("abc")] = 0
    table = agreement_by(frame, "bin", list("abc"), np.random.default_rng(0), resamples=50)
    assert table["bin"].tolist() == [0] * 4 + [1] * 4 + [2] * 4
    one = agreement(
        ratings(frame[frame["bin"] == 1], list("abc")), "binary", np.random.default_rng(0), 50
    )
    row = table[(table["bin"] == 1) & (table["measure"] == "fleiss_kappa")].iloc[0]
    assert (row["value"], row["prevalence"]) == (one.fleiss_kappa.value, one.prevalence.value)
    constant = table[(table["bin"] == 2) & (table["measure"] == "gwet_ac1")].iloc[0]
    assert constant["undefined"].startswith("one label only")
    assert np.isnan(constant["value"])
    assert constant["prevalence"] == 0


def test_intervals_hold_the_value_and_say_when_resamples_are_undefined():
    draws = np.array([0.3, 0.4, 0.5, np.nan])
    assert percentile_interval(0.9, draws, 20, 5).high == 0.9
    assert percentile_interval(0.1, draws, 20, 5).low == 0.1
    mostly = percentile_interval(0.4, np.array([0.4, np.nan, np.nan]), 20, 5)
    assert mostly == Undefined("it is undefined in most resamples of the families", 5, 0.4)


def test_few_families_widen_the_interval():
    draws = np.random.default_rng(0).normal(size=2000)
    few, many = (percentile_interval(0.0, draws, families, 5) for families in (5, 5000))
    assert few.low < many.low < many.high < few.high
    tail = stats.norm.cdf(-stats.t.ppf(0.975, 4) * np.sqrt(5 / 4))
    assert (few.low, few.high) == pytest.approx(np.quantile(draws, [tail, 1 - tail]))
    assert (many.low, many.high) == pytest.approx(np.quantile(draws, [0.025, 0.975]), abs=0.01)


def test_only_the_proportions_of_weights_matter():
    frame = judged(120).assign(w=np.repeat([1, 2, 3], 40), ten=np.repeat([10, 20, 30], 40))
    one, ten = (
        agreement(ratings(frame, list("abc"), weight=w), "binary", np.random.default_rng(0), 50)
        for w in ("w", "ten")
    )
    assert nearly(one.to_json()) == ten.to_json()


def test_ambiguous_counts_as_flagged():
    frame = pd.DataFrame({"family": list("uvwx"), "a": [0, 1, 2, 2], "b": [0, 0, 0, None]})
    found = flag_rates(ratings(frame, ["a", "b"]))
    assert (found["a"].value, found["a"].n) == (0.75, 4)
    assert (found["b"].value, found["b"].n) == (0, 3)
