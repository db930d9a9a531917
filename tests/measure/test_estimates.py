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

from analysis.measure.estimates import (
    Estimate,
    Undefined,
    clustered_mean,
    effective_n,
    estimate_cells,
    family_variance,
    paired_difference,
    q_values,
    quantile,
    rate_by_family,
    ratio_by_family,
    wilson,
)
from analysis.measure.estimates_grouped import (
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


@pytest.mark.parametrize(("k", "n"), [(0, 7), (7, 7), (3, 10), (1, 1), (480, 5000)])
def test_wilson_is_the_one_of_statsmodels(k, n):
    close(wilson(k, n), k / n, *proportion_confint(k, n, method="wilson"), n)


def test_wilson_without_cases_and_with_a_bounded_effective_n():
    assert wilson(0, 0) == Undefined("no cases")
    assert wilson(3, 10, 1e9) == wilson(3, 10)
    assert wilson(3, 10, 0.0) == wilson(3, 10, 1.0)
    close(wilson(6, 20, 10), 0.3, *proportion_confint(3, 10, method="wilson"), 20)


def test_families_of_one_case_give_the_plain_wilson_interval():
    flags = np.array([1, 0, 0, 1, 0, 0, 0, 1, 0, 0])
    plain = proportion_confint(3, 10, method="wilson")
    close(rate_by_family(flags, np.ones(10)), 0.3, *plain, 10)


def test_rate_by_hand_for_two_unequal_families():
    # 3 of 4 and 0 of 2: share 1/2, residuals (3-2, 0-1)/6 = +-1/6, V = 2/1 * 2/36 = 1/9.
    # Simple random: (1/4)/5 = 1/20, so the seen effect is 20/9; copies: (16+4)/6 = 10/3.
    # One family tells something on the rarer side (k>0: 1, k<n: 2): (1 * 20/9 + 10/3)/2 = 25/9.
    found = rate_by_family([3, 0], [4, 2])
    expected = wilson(3, 6, 6 / (25 / 9))
    close(found, 0.5, expected.low, expected.high, 6)


def test_members_of_the_only_family_count_as_one_case():
    found = rate_by_family([2], [5])
    assert (found.low, found.high) == pytest.approx((wilson(2, 5, 1).low, wilson(2, 5, 1).high))
    assert rate_by_family([0, 0], [5, 5]).high == pytest.approx(wilson(0, 10, 2).high)


def test_full_copies_inside_families_are_worth_one_case_each():
    flags = np.random.default_rng(5).integers(0, 2, 300)
    share, sizes = flags.mean(), np.full(300, 4.0)
    variance = family_variance((flags - share) * sizes / sizes.sum())
    assert effective_n(share, variance, 1200, sizes, 150) == pytest.approx(300, rel=0.01)


def test_mean_and_interval_are_those_of_statsmodels_clustered():
    rng = np.random.default_rng(3)
    family = rng.integers(0, 30, 200)
    y = rng.normal(size=200) + rng.normal(size=30)[family]
    fit = OLS(y, np.ones(200)).fit(cov_type="cluster", cov_kwds={"groups": family}, use_t=True)
    sums, counts = np.bincount(family, y), np.bincount(family)
    close(clustered_mean(sums, counts), y.mean(), *fit.conf_int()[0], 200)


def test_ratio_is_weighted_least_squares_through_the_family_ratios():
    rng = np.random.default_rng(4)
    b = rng.uniform(1, 5, 25)
    a = b * rng.uniform(0, 2, 25)
    fit = WLS(a / b, np.ones(25), weights=b).fit(cov_type="HC1", use_t=True)
    close(ratio_by_family(a, b, 25), a.sum() / b.sum(), *fit.conf_int()[0], 25)


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
    assert (found.value, found.n) == (1.5, 2)
    assert paired_difference([1], [1], [1], [0]) == Undefined("no family is on both sides")


def test_undefined_means_keep_the_number_and_say_why():
    one = clustered_mean([6], [3])
    assert one.value == 2
    assert "one family" in one.reason
    assert one.n == 3
    assert clustered_mean([], []) == Undefined("no cases")
    assert ratio_by_family([1, 2], [1, -1]).reason == "the denominator is 0"


def test_quantiles():
    assert quantile() == pytest.approx(stats.norm.ppf(0.975))
    assert quantile(12, 0.9) == pytest.approx(stats.t.ppf(0.95, 11))


@given(FAMILIES)
@settings(max_examples=60, deadline=None)
def test_a_rate_lies_between_one_case_and_all_cases(families):
    k, n = families
    found = rate_by_family(k, n)
    total = int(n.sum())
    assert found.n == total
    assert found.value == pytest.approx(k.sum() / total)
    assert wilson(k.sum(), total, 1).low <= found.low + 1e-12
    assert found.low <= wilson(k.sum(), total).low + 1e-12
    assert found.high >= wilson(k.sum(), total).high - 1e-12


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
@settings(max_examples=60, deadline=None)
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
    assert table.loc["b", ["value", "low", "high", "p"]].tolist() == [0, 0, 0, 1]
    assert table.loc["c", ["se", "p"]].tolist() == [0, 0]


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
    empty = pd.DataFrame([dict.fromkeys(("families", "n", "y", "yy", "yn", "nn"), 0.0)])
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
