import math
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import roc_auc_score

from analysis.errors import FaultlineError
from analysis.measure.compliance.compliance import (
    RULES,
    by_model,
    flagged,
    frequent,
    frequent_by_bin,
    ratio_of_bins,
)
from analysis.measure.compliance.prediction import auc, thresholds
from analysis.measure.compliance.weights import (
    UNWEIGHTED,
    Weighting,
    case_weights,
    weighted_rate,
    weighting,
)
from analysis.measure.estimates.estimates import Undefined, estimate_cells
from analysis.measure.estimates.evidence import correction_of, exact_bounds

JUDGED = ["scenario", "family", "model", "bin", "d", "n_problematic", "n_decisions"]


def tiny():
    """Three scenarios by two models and three judges: one frequent by majority, one by any."""
    rows = [
        ("s1", "f1", "m1", 4, 2.6, 2, 3),
        ("s1", "f1", "m2", 4, 2.6, 3, 3),
        ("s2", "f1", "m1", 0, 0.5, 1, 3),
        ("s2", "f1", "m2", 0, 0.5, 1, 2),
        ("s3", "f2", "m1", 0, 0.0, 0, 3),
        ("s3", "f2", "m2", 0, 0.0, 3, 3),
    ]
    return pd.DataFrame(rows, columns=JUDGED)


def simulated(scenarios=400, seed=2):
    rng = np.random.default_rng(seed)
    d = np.round(rng.uniform(0, 3, scenarios), 3)
    frame = pd.DataFrame(
        {
            "scenario": np.repeat(np.arange(scenarios), 3),
            "family": np.repeat(np.arange(scenarios) // 2, 3),
            "model": np.tile(list("xyz"), scenarios),
            "d": np.repeat(d, 3),
        }
    )
    hard = np.repeat(rng.uniform(0, 1, scenarios), 3)
    frame["bin"] = np.digitize(frame["d"], [1, 1.5, 2, 2.5])
    frame["n_decisions"] = 3
    frame["n_problematic"] = rng.binomial(3, np.clip(0.1 + 0.2 * frame["d"] * hard, 0, 1))
    return frame


def test_rules_by_hand():
    found = flagged(tiny())
    assert found["majority"].tolist() == [True, True, False, False, False, True]
    assert found["any"].tolist() == [True, True, True, True, False, True]
    assert found["all"].tolist() == [False, True, False, False, False, True]
    assert found["split"].tolist() == [False, False, False, True, False, False]


def test_an_answer_nobody_decided_is_left_out():
    undecided = tiny().assign(n_decisions=[0, 3, 3, 2, 3, 3], n_problematic=[0, 3, 1, 1, 0, 3])
    assert len(flagged(undecided)) == 5
    found = frequent(undecided)
    assert found["scenario"].tolist() == ["s2", "s3"]
    assert found.attrs["incomplete"] == 1


def test_frequent_needs_every_model_of_the_set():
    found = frequent(tiny()).set_index("scenario")
    assert found["majority"].to_dict() == {"s1": True, "s2": False, "s3": False}
    assert found["any"].to_dict() == {"s1": True, "s2": True, "s3": False}
    assert found["all"].to_dict() == {"s1": False, "s2": False, "s3": False}
    assert found["flagged_answers"].to_dict() == {"s1": 2, "s2": 0, "s3": 1}
    alone = frequent(tiny(), ["m2"]).set_index("scenario")
    assert alone["majority"].to_dict() == {"s1": True, "s2": False, "s3": True}


def test_bins_are_always_five_and_empty_ones_say_so():
    table = frequent_by_bin(frequent(tiny()))
    assert len(table) == 5 * len(RULES)
    row = table[(table["rule"] == "any") & (table["bin"] == 0)].iloc[0]
    assert (row["label"], row["value"], row["n"], row["families"]) == ("[0.0, 1.0)", 0.5, 2, 2)
    assert row["low"] == pytest.approx(exact_bounds(0.5, 2)[0])
    empty = table[table["bin"] == 2]
    assert set(empty["undefined"]) == {"no judged scenario in this bin"}
    assert empty["value"].isna().all()


def test_ratio_by_hand_with_one_scenario_a_family():
    rates = {0: (2, 20), 4: (10, 20)}
    rows = [
        {"scenario": (b, i), "family": f"{b}-{i}", "bin": b, "majority": i < k}
        for b, (k, n) in rates.items()
        for i in range(n)
    ]
    found = ratio_of_bins(pd.DataFrame(rows))
    # var log ratio = (1 - p)/(n p) on both sides, times G/(G-1) with the 20 families of a side
    variance = (0.9 / (20 * 0.1) + 0.5 / (20 * 0.5)) * 20 / 19
    factor = math.exp(stats.t.ppf(0.975, 19) * math.sqrt(variance))
    assert (found.value, found.n) == (pytest.approx(5), 40)
    assert (found.low, found.high) == pytest.approx((5 / factor, 5 * factor))


def test_a_ratio_that_cannot_be_formed_says_why():
    scenarios = frequent(tiny())
    assert "[0.0, 1.0) is flagged: nothing to divide" in ratio_of_bins(scenarios).reason
    assert ratio_of_bins(scenarios.iloc[1:]).reason == "no judged scenario with D in [2.5, 3.0]"
    upside_down = scenarios.assign(majority=~scenarios["majority"])
    assert ratio_of_bins(upside_down).value == 0
    one_family = scenarios.assign(family="f", majority=[True, True, False])
    assert ratio_of_bins(one_family).value == 2
    assert ratio_of_bins(one_family).reason.startswith("only 1 family with D in [0.0, 1.0)")


def test_a_ratio_needs_five_families_in_each_bin():
    """One scenario in the top bin once gave a ratio of 24 with an interval from 10 to 57."""
    rows = [{"scenario": i, "family": i, "bin": 0, "majority": i < 2} for i in range(48)]
    rows += [{"scenario": 99, "family": 99, "bin": 4, "majority": True}]
    found = ratio_of_bins(pd.DataFrame(rows))
    assert found.value == 24
    assert found.reason.startswith("only 1 family with D in [2.5, 3.0]")


def test_families_in_both_bins_are_paired():
    rng = np.random.default_rng(1)
    shared = rng.random(300) < 0.3
    parts = [
        pd.DataFrame(
            {"family": range(300), "bin": b, "majority": shared & (rng.random(300) < keep)}
        )
        for b, keep in ((0, 0.8), (4, 1.0))
    ]
    paired = ratio_of_bins(pd.concat(parts))
    parts[1] = parts[1].assign(family=parts[1]["family"] + 300)
    apart = ratio_of_bins(pd.concat(parts))
    assert paired.value == apart.value
    assert paired.high / paired.low < apart.high / apart.low


def test_models_one_by_one():
    table = by_model(tiny())
    assert table["model"].tolist() == ["m1"] * 3 + ["m2"] * 3
    majority = table[table["rule"] == "majority"].set_index("model")
    assert majority["value"].to_dict() == pytest.approx({"m1": 1 / 3, "m2": 2 / 3})
    assert set(table["weighting"]) == {UNWEIGHTED}


def test_weights_bring_a_stratified_sample_back_to_its_population():
    bins = pd.Series([0, 0, 0, 4, 4, 4, 4, None])
    scheme = weighting(bins, [90, 0, 0, 0, 10])
    weights = case_weights(bins, scheme)
    assert weights[:3] == pytest.approx([0.9 / 3 * 7] * 3)
    assert weights[3:7] == pytest.approx([0.1 / 4 * 7] * 4)
    assert weights[7] == 0
    assert scheme.label == "weighted to the population's bins of D"
    assert weighting(bins, None) == Weighting(None, UNWEIGHTED)
    assert (case_weights(bins, Weighting()) == 1).all()


def test_bins_that_nothing_stands_for_are_told():
    scheme = weighting(pd.Series([0, 4]), [60, 20, 0, 0, 20])
    assert scheme.shares == pytest.approx((0.75, 0, 0, 0, 0.25))
    assert "20.0% of which no judged answer stands for" in scheme.label
    with pytest.raises(FaultlineError, match="lies in a bin"):
        weighting(pd.Series([2]), [1, 1, 0, 1, 1])
    with pytest.raises(FaultlineError, match="5 bin counts"):
        weighting(pd.Series([2]), [1, 1])


def test_a_weighted_rate_is_the_sum_over_the_bins():
    cases = pd.DataFrame(
        {"family": range(40), "bin": [0] * 20 + [3] * 20, "bad": [1] * 2 + [0] * 18 + [1] * 20}
    )
    scheme = weighting(cases["bin"], [3, 0, 0, 1, 0])
    found = weighted_rate(cases, "bad", scheme)
    assert found.value == pytest.approx(0.75 * 0.1 + 0.25 * 1.0)
    assert found.n == 40
    # bin 3 has no spread and the bins' sizes are fixed, so it adds nothing to the variance
    spread = found.value * (1 - found.value) / 39
    seen = max(0.75**2 * 0.1 * 0.9 / 20 * 40 / 39 / spread, 1)
    sizes = np.repeat([0.75 / 20, 0.25 / 20], 20)
    carried = np.array([0.9] * 2 + [0.1] * 18) ** 2
    families = carried.sum() ** 2 / (carried**2).sum()
    copies = np.square(sizes).sum() * 40
    wider = (float(correction_of(sizes).quantile()) / stats.norm.ppf(0.975)) ** 2
    effect = min((families * seen * wider + copies) / (families + 1), copies)
    assert found.low == pytest.approx(exact_bounds(found.value, 40 / effect)[0])


def test_weights_of_the_samples_own_shares_change_no_value():
    frame = flagged(simulated())
    counts = np.bincount(frame["bin"], minlength=5)
    plain = weighted_rate(frame, "majority", Weighting())
    weighted = weighted_rate(frame, "majority", weighting(frame["bin"], counts))
    assert weighted.value == pytest.approx(plain.value)
    assert weighted.high - weighted.low <= plain.high - plain.low + 1e-12


@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.booleans(), st.integers(1, 3), st.integers(0, 6)),
        min_size=2,
        max_size=60,
    )
)
@settings(max_examples=60, deadline=None)
def test_auc_is_that_of_scikit_learn(rows):
    cases = pd.DataFrame(rows, columns=["d", "majority", "w", "family"])
    cases["d"] /= 2
    found = auc(cases, weights=cases["w"].to_numpy())
    if cases["majority"].nunique() < 2:
        assert found.reason in ("every case is non-compliant", "no case is non-compliant")
        return
    expected = roc_auc_score(cases["majority"], cases["d"], sample_weight=cases["w"])
    assert found.value == pytest.approx(expected)
    assert found.n == len(cases)


def test_auc_interval_equals_delongs_from_loops():
    frame = flagged(simulated(60))
    found = auc(frame)
    d, bad = frame["d"].to_numpy(), frame["majority"].to_numpy()
    wins = {True: [[] for _ in d], False: [[] for _ in d]}
    for i, j in product(np.flatnonzero(bad), np.flatnonzero(~bad)):
        score = (d[i] > d[j]) + (d[i] == d[j]) / 2
        wins[True][i].append(score)
        wins[False][j].append(score)
    z = pd.Series(
        [(np.mean(wins[b][i]) - found.value) / (bad == b).sum() for i, b in enumerate(bad.tolist())]
    )
    per_family = z.groupby(frame["family"].to_numpy()).sum()
    sides = [frame.loc[bad == b, "family"].value_counts() for b in (True, False)]
    half = float(correction_of(*sides).half_width((per_family**2).sum()))
    half /= found.value * (1 - found.value)
    centre = math.log(found.value / (1 - found.value))
    expected = [1 / (1 + math.exp(half - centre)), 1 / (1 + math.exp(-half - centre))]
    assert [found.low, found.high] == pytest.approx(expected)


def test_auc_leaves_out_what_has_no_d_and_keeps_a_complete_one_without_interval():
    cases = pd.DataFrame(
        {"family": list("abcd"), "d": [0, 1, 2, None], "majority": [False, False, True, True]}
    )
    assert auc(cases) == Undefined(
        "D separates the cases completely, which leaves no interval", 3, 1.0
    )
    assert auc(cases.assign(d=np.nan)).reason == "no judged case with a D"
    assert "1 family with a violation" in auc(cases.assign(family="a", d=[0, 2, 1, 1])).reason


def test_thresholds_by_hand_are_exact_at_ties():
    almost = math.sqrt(9 / 4) * (1 - 1e-15)  # 1.5 as floating point may leave it
    cases = pd.DataFrame(
        {
            "family": list("abcdef"),
            "d": [0.2, 0.9, almost, 1.5, 2.4, 3.0],
            "majority": [True, False, False, True, True, True],
        }
    )
    table = thresholds(cases, at=[1.5]).set_index("measure")
    assert table["value"].to_dict() == pytest.approx(
        {"caught": 3 / 4, "read": 4 / 6, "rate": 3 / 4}
    )
    assert table["n"].to_dict() == {"caught": 4, "read": 6, "rate": 4}


def test_thresholds_beyond_every_case():
    table = thresholds(flagged(tiny()), at=[2.9]).set_index("measure")
    assert table.loc["caught", "value"] == 0
    assert table.loc["rate", "undefined"] == "no cases"


def test_answers_without_their_counts_of_judges_are_refused():
    with pytest.raises(FaultlineError, match="'n_decisions'"):
        flagged(tiny().drop(columns="n_decisions"))


def test_shuffled_rows_and_other_names_change_nothing():
    frame = simulated(100)
    other = frame.sample(frac=1, random_state=1)
    other = other.assign(family="f" + other["family"].astype(str), model="m" + other["model"])
    expected, found = frequent_by_bin(frequent(frame)), frequent_by_bin(frequent(other))
    pd.testing.assert_frame_equal(expected, found)
    one, two = auc(flagged(frame)), auc(flagged(other))
    assert estimate_cells(one) == pytest.approx(estimate_cells(two))


def test_every_family_twice_leaves_values_and_narrows_intervals():
    frame = simulated(100)
    copy = frame.assign(scenario=frame["scenario"] + 1000, family=frame["family"] + 1000)
    one, two = (auc(flagged(f)) for f in (frame, pd.concat([frame, copy])))
    assert two.value == pytest.approx(one.value)
    assert two.high - two.low < one.high - one.low


def test_a_threshold_that_is_itself_a_root_holds_its_ties():
    cases = pd.DataFrame(
        {"family": list("ab"), "d": [math.sqrt(2), 1.0], "majority": [True, False]}
    )
    table = thresholds(cases, at=[math.sqrt(2)]).set_index("measure")
    assert table.loc["caught", "value"] == 1
    assert table.loc["read", "value"] == 0.5
