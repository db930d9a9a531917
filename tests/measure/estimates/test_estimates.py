import json
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.regression.linear_model import OLS, WLS
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from analysis.measure.estimates.estimates import (
    Estimate,
    Undefined,
    clustered_mean,
    estimate_cells,
    paired_difference,
    q_values,
    quantile,
    rate_by_family,
    ratio_by_family,
    share_of,
)
from analysis.measure.estimates.evidence import (
    NO_SPREAD,
    Rates,
    correction,
    correction_of,
    exact_bounds,
    too_few,
    wilson_bounds,
)
from analysis.measure.estimates.grouped import (
    family_moments,
    means_by_group,
    means_from_moments,
    measured,
    rates_by_group,
    rates_from_moments,
)

FAMILIES = st.lists(st.tuples(st.integers(0, 6), st.integers(1, 6)), min_size=1, max_size=25).map(
    lambda rows: (np.array([min(k, n) for k, n in rows]), np.array([n for _, n in rows]))
)


def close(found, value, low, high, n, tolerance=1e-9):
    assert found == Estimate(found.value, found.low, found.high, n)
    assert (found.value, found.low, found.high) == pytest.approx((value, low, high), abs=tolerance)


def test_json_shapes_are_those_that_scripts_rely_on():
    assert Estimate(0.5, 0.25, 0.75, 8).to_json() == {
        "value": 0.5,
        "low": 0.25,
        "high": 0.75,
        "n": 8,
    }
    assert Undefined("one judge only").to_json() == {"undefined": "one judge only", "n": 0}
    assert Undefined("one family", 3, 1.5).to_json() == {"undefined": "one family", "n": 3}
    mixed = Estimate(np.float64(0.5), np.float64(0.5), np.float64(0.5), np.int64(3))
    assert json.loads(json.dumps(mixed.to_json()))["n"] == 3


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_an_estimate_is_never_nan_and_lies_in_its_interval(bad):
    with pytest.raises(ValueError, match="finite"):
        Estimate(bad, 0, 1, 3)
    with pytest.raises(ValueError, match="inside"):
        Estimate(2, 0, 1, 3)


@pytest.mark.parametrize(("k", "n"), [(0, 7), (7, 7), (3, 10), (1, 1), (480, 5000), (3, 5000)])
def test_bounds_of_rates_are_those_of_statsmodels(k, n):
    for found, method in ((wilson_bounds, "wilson"), (exact_bounds, "beta")):
        assert found(k / n, n) == pytest.approx(proportion_confint(k, n, method=method), abs=1e-9)
    rare = min(k, n - k) < 10  # exact where cases are few, or the rarer outcome is
    close(share_of(k, n), k / n, *proportion_confint(k, n, method="beta" if rare else "wilson"), n)


def test_a_share_without_cases_is_undefined():
    assert share_of(0, 0) == Undefined("no cases")


def test_families_of_one_case_give_the_plain_exact_interval():
    flags = np.array([1, 0, 0, 1, 0, 0, 0, 1, 0, 0])
    close(rate_by_family(flags, np.ones(10)), 0.3, *proportion_confint(3, 10, method="beta"), 10)


def test_fewer_families_than_an_interval_needs_count_as_one_case_each():
    # 3 of 4 and 0 of 2: as if copies, worth 6 / ((16 + 4) / 6) cases
    close(rate_by_family([3, 0], [4, 2]), 0.5, *exact_bounds(0.5, 1.8), 6)
    close(rate_by_family([2], [5]), 0.4, *exact_bounds(0.4, 1), 5)
    close(rate_by_family([0, 0], [5, 5]), 0, *exact_bounds(0, 2), 10)
    assert rate_by_family([1, 1], [3, 3]).high - rate_by_family([1, 1], [3, 3]).low > 0.6


def test_full_copies_inside_families_are_worth_one_case_each():
    flags = np.random.default_rng(5).integers(0, 2, 300).astype(float)
    found = rate_by_family(flags * 4, np.full(300, 4))
    close(found, flags.mean(), *wilson_bounds(flags.mean(), 300), 1200, 1e-3)


def test_independent_members_are_worth_nearly_all_cases():
    rng = np.random.default_rng(6)
    sizes = np.full(2000, 3.0)
    found = rate_by_family(rng.binomial(3, 0.4, 2000), sizes)
    low, high = wilson_bounds(found.value, 6000)
    assert high - low < found.high - found.low < 1.06 * (high - low)


def test_correction_is_the_familiar_one_for_equal_families():
    found = correction_of(np.full(12, 5.0))
    assert (found.factor, found.df) == pytest.approx((12 / 11, 11))
    assert correction_of([9.0] + [1.0] * 3).df < 1.1  # one family holds nearly all


def test_correction_of_unequal_families_makes_the_variance_unbiased():
    """With effects that whole families share, the corrected sum of squares has the variance of
    the mean as its expectation, or a little more, and its own spread is that of df."""
    rng = np.random.default_rng(1)
    sizes = np.array([9, 5, 3, 3, 2, 2, 1, 1, 1, 1], dtype=float)
    share = sizes / sizes.sum()
    y = rng.normal(size=(200_000, 10)) * share
    residual = y - y.sum(axis=1, keepdims=True) * share
    squares = np.square(residual).sum(axis=1)
    found = correction(sizes.sum(), (sizes**2).sum(), (sizes**4).sum())
    ratio = found.factor * squares.mean() / y.sum(axis=1).var()
    assert 1 <= ratio < 1.1
    seen = 2 * squares.mean() ** 2 / squares.var()
    assert 0.6 * seen < found.df < 1.1 * seen


def test_two_sides_have_the_correction_of_the_weaker():
    one, other = correction_of(np.ones(5)), correction_of(np.ones(50))
    both = correction_of(np.ones(5), np.ones(50))
    assert (both.df, both.factor) == pytest.approx((one.df, one.factor))
    assert both.df < other.df


def test_reasons_are_sentences_that_count():
    assert too_few(5) == ""
    assert too_few(1).startswith("one family only")
    assert too_few(3) == "only 3 families, and an interval needs at least 5"
    assert too_few(1, "with a violation").startswith("only 1 family with a violation,")


def test_a_rate_of_zero_rests_on_the_families_alone():
    one = np.ones(1)
    rests_on = Rates(
        0 * one,
        100 * one,
        10 * one,
        0 * one,
        0 * one,
        10 * one,
        correction_of(np.full(10, 10.0)),
        10 * one,
    )
    assert rests_on.effective_n() == pytest.approx([10])


def test_mean_and_interval_are_those_of_statsmodels_clustered():
    rng = np.random.default_rng(3)
    family = np.arange(200) % 20
    y = rng.normal(size=200) + rng.normal(size=20)[family]
    fit = OLS(y, np.ones(200)).fit(cov_type="cluster", cov_kwds={"groups": family}, use_t=True)
    sums, counts = np.bincount(family, y), np.bincount(family)
    close(clustered_mean(sums, counts), y.mean(), *fit.conf_int()[0], 200)


def test_ratio_is_weighted_least_squares_through_the_family_ratios():
    rng = np.random.default_rng(4)
    b = rng.uniform(1, 5, 25)
    a = b * rng.uniform(0, 2, 25)
    fit = WLS(a / b, np.ones(25), weights=b).fit(cov_type="HC0")
    correct = correction_of(b)
    half = stats.t.ppf(0.975, float(correct.df)) * fit.bse[0] * math.sqrt(float(correct.factor))
    value = a.sum() / b.sum()
    close(ratio_by_family(a, b, 25), value, value - half, value + half, 25)
    assert float(correct.df) < 24  # unequal families know less than their number says


def test_one_case_a_family_is_students_t():
    y = np.array([0.5, 1.5, -1.0, 2.0, 0.25])
    interval = stats.ttest_1samp(y, 0).confidence_interval()
    close(clustered_mean(y, np.ones(5)), y.mean(), interval.low, interval.high, 5)


def test_paired_difference_is_the_paired_t_test():
    rng = np.random.default_rng(6)
    a, b = rng.normal(size=40), rng.normal(size=40)
    interval = stats.ttest_rel(a, b).confidence_interval()
    ones = np.ones(40)
    close(paired_difference(a, ones, b, ones), (a - b).mean(), interval.low, interval.high, 40)


def test_paired_difference_leaves_out_families_of_one_side():
    found = paired_difference([1, 2, 9], [1, 1, 1], [0, 0, 0], [1, 1, 0])
    assert (found.value, found.n, found.reason) == (1.5, 2, too_few(2))
    assert paired_difference([1], [1], [1], [0]) == Undefined("no family is on both sides")


def test_undefined_means_keep_the_number_and_say_why():
    one = clustered_mean([6], [3])
    assert one.value == 2
    assert "one family" in one.reason
    few = clustered_mean([1, 2, 4], [1, 1, 1])
    assert (few.value, few.reason) == (7 / 3, too_few(3))
    same = clustered_mean([2] * 6, [2] * 6)
    assert (same.value, same.reason) == (1, NO_SPREAD)
    assert one.n == 3
    assert clustered_mean([], []) == Undefined("no cases")
    assert ratio_by_family([1, 2], [1, -1]).reason == "the denominator is 0"


def test_quantiles():
    assert quantile() == pytest.approx(stats.norm.ppf(0.975))
    assert quantile(12, 0.9) == pytest.approx(stats.t.ppf(0.95, 11))


@given(FAMILIES)
@settings(max_examples=25, deadline=None)
def test_a_rate_lies_between_one_case_and_all_cases(families):
    k, n = families
    found = rate_by_family(k, n)
    total = int(n.sum())
    assert found.n == total
    assert found.value == pytest.approx(k.sum() / total)
    share = k.sum() / total
    assert exact_bounds(share, 1)[0] <= found.low + 1e-12
    assert found.low <= exact_bounds(share, total)[0] + 1e-12
    assert found.high >= exact_bounds(share, total)[1] - 1e-12


@given(FAMILIES, st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_order_of_families_is_nothing_and_copies_of_them_leave_the_value(families, random):
    k, n = families
    order = list(range(len(k)))
    random.shuffle(order)
    one, shuffled = rate_by_family(k, n), rate_by_family(k[order], n[order])
    doubled = rate_by_family(np.tile(k, 2), np.tile(n, 2))
    assert (shuffled.low, shuffled.high) == pytest.approx((one.low, one.high))
    assert doubled.value == pytest.approx(one.value)
    assert doubled.high - doubled.low <= one.high - one.low + 1e-12
    assert rate_by_family(n - k, n).low == pytest.approx(1 - one.high)


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 6), st.integers(-9, 9), st.integers(1, 4)),
        min_size=1,
        max_size=60,
    )
)
@settings(max_examples=25, deadline=None)
def test_many_groups_at_once_equal_one_group_at_a_time(rows):
    frame = pd.DataFrame(rows, columns=["group", "family", "y", "n"])
    frame["k"] = frame["y"].clip(0, frame["n"])
    means, rates = means_by_group(frame, ["group"]), rates_by_group(frame, ["group"])
    assert list(means.index) == sorted(frame["group"].unique())
    for (group, part), mean, rate in zip(
        frame.groupby("group"), measured(means), measured(rates), strict=True
    ):
        sums = part.groupby("family")[["y", "n", "k"]].sum()
        assert_same(mean, clustered_mean(sums["y"], sums["n"]))
        assert_same(rate, rate_by_family(sums["k"], sums["n"]))
        assert means.loc[group, "families"] == len(sums)


def assert_same(found, expected):
    assert type(found) is type(expected)
    one, other = estimate_cells(found), estimate_cells(expected)
    assert (one["n"], one["undefined"]) == (other["n"], other["undefined"])
    numbers = ["value", "low", "high"]
    assert [one[c] for c in numbers] == pytest.approx(
        [other[c] for c in numbers], abs=1e-7, nan_ok=True
    )


def test_p_values_are_those_of_the_t_test_and_constant_groups_do_not_break():
    y = [0.5, 1.5, -1.0, 2.0, 0.25]
    frame = pd.DataFrame({"g": "a", "family": range(5), "y": y, "n": 1})
    zeros = frame.assign(g="b", y=0.0)
    ones = frame.assign(g="c", y=0.1)
    table = means_by_group(pd.concat([frame, zeros, ones]), ["g"])
    assert table.loc["a", "p"] == pytest.approx(stats.ttest_1samp(y, 0).pvalue)
    assert table.loc["b", "value"] == 0
    assert table.loc["c", "value"] == pytest.approx(0.1)
    for group in "bc":  # no spread seen is no proof of one: neither interval nor test
        assert table.loc[group, "undefined"] == NO_SPREAD
        assert table.loc[group, ["low", "high", "se", "p"]].isna().all()


def test_moments_of_disjoint_families_add():
    rng = np.random.default_rng(8)
    frame = pd.DataFrame(
        {"g": rng.integers(0, 3, 90), "family": rng.integers(0, 40, 90), "n": 2, "y": 1.0}
    )
    frame["y"] = rng.integers(0, 3, 90)
    low, high = frame[frame["family"] < 20], frame[frame["family"] >= 20]
    added = family_moments(low, ["g"]) + family_moments(high, ["g"])
    whole = family_moments(frame, ["g"])
    pd.testing.assert_frame_equal(rates_from_moments(added), rates_from_moments(whole))
    pd.testing.assert_frame_equal(means_from_moments(added), means_from_moments(whole))


def test_a_group_without_cases_says_so():
    empty = pd.DataFrame([dict.fromkeys(("families", "n", "y", "yy", "yn", "nn", "n4"), 0.0)])
    empty[["some", "short"]] = 0.0
    assert measured(means_from_moments(empty)) == [Undefined("no cases")]
    assert measured(rates_from_moments(empty)) == [Undefined("no cases")]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
@settings(max_examples=50, deadline=None)
def test_q_values_are_those_of_statsmodels(p):
    assert q_values(p) == pytest.approx(multipletests(p, method="fdr_bh")[1])


def test_q_values_skip_what_was_not_tested_and_keep_the_shape():
    grid = np.array([[0.01, np.nan], [0.04, 0.03]])
    found = q_values(grid)
    assert np.isnan(found[0, 1])
    assert found[[0, 1, 1], [0, 0, 1]] == pytest.approx(
        stats.false_discovery_control([0.01, 0.04, 0.03])
    )
    assert q_values([]).shape == (0,)


def test_families_without_a_case_count_for_nothing():
    assert rate_by_family([3, 0, 1], [4, 0, 2]) == rate_by_family([3, 1], [4, 2])
    assert clustered_mean([3, 0, 1], [4, 0, 2]) == clustered_mean([3, 1], [4, 2])
    frame = pd.DataFrame({"g": "a", "family": [1, 2, 3], "k": [3, 0, 1], "n": [4, 0, 2]})
    table = rates_by_group(frame, ["g"])
    assert measured(table) == measured(rates_by_group(frame[frame["n"] > 0], ["g"]))
    assert table["families"].tolist() == [2]
