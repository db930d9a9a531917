import json
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import cohen_kappa_score, confusion_matrix
from statsmodels.stats.inter_rater import aggregate_raters
from statsmodels.stats.inter_rater import fleiss_kappa as statsmodels_fleiss

from analysis.errors import FaultlineError
from analysis.measure.agreement import coefficients

ORACLES = Path(__file__).parent / "oracles"
WORKED = json.loads((ORACLES / "agreement_worked.json").read_text())
ORACLE = json.loads((ORACLES / "agreement_oracle.json").read_text())
GENERAL = ("fleiss_kappa", "gwet_ac1", "krippendorff_alpha", "raw_agreement")


def point(codes, categories, counts=None):
    """All coefficients of (items, judges) codes, straight from the sums."""
    codes = np.asarray(codes, dtype=np.int8)
    weights = np.ones(len(codes)) if counts is None else np.asarray(counts, dtype=float)
    features = coefficients.item_features(codes, categories)
    return coefficients.unpack(weights @ features, codes.shape[1], categories)


def values(codes, categories, counts=None):
    sums = point(codes, categories, counts)
    return {name: float(getattr(coefficients, name)(sums)) for name in GENERAL}


def named(cases):
    return [pytest.param(case, id=case["name"]) for case in cases]


@pytest.mark.parametrize("case", named(WORKED["tables"]))
def test_published_tables(case):
    counts = case["counts"]
    codes = [np.repeat(np.arange(len(row)), row) for row in counts]
    found = values(codes, len(counts[0]))
    assert found["fleiss_kappa"] == pytest.approx(case["fleiss_kappa"], abs=5e-4)
    assert found["raw_agreement"] == pytest.approx(case["raw_agreement"], abs=5e-4)


@pytest.mark.parametrize("case", named(WORKED["pairs"]))
def test_published_pairs(case):
    table = np.array(case["confusion"])
    codes = np.argwhere(np.ones_like(table))
    sums = point(codes, len(table), table.ravel())
    assert coefficients.cohen_kappa(sums)[0] == pytest.approx(case["cohen_kappa"], abs=5e-4)
    assert coefficients.pair_agreement(sums)[0] == pytest.approx(case["agreement"], abs=5e-4)
    if "gwet_ac1" in case:
        assert coefficients.gwet_ac1(sums) == pytest.approx(case["gwet_ac1"], abs=5e-4)


@pytest.mark.parametrize("case", named(ORACLE["cases"]))
def test_values_of_irrcac_and_krippendorff(case):
    found = values(case["ratings"], case["categories"])
    for name in GENERAL:
        assert found[name] == pytest.approx(case[name], abs=1e-9), name


def test_paper_marginals_give_the_published_kappa():
    rates = {"claude": 0.481, "o3": 0.355, "gemini": 0.365}
    alike = {("claude", "o3"): 0.6752, ("claude", "gemini"): 0.7239, ("gemini", "o3"): 0.7684}
    found = coefficients.from_marginals(rates, alike)
    assert round(found["fleiss_kappa"], 3) == 0.422
    assert round(found["gwet_ac1"], 3) == 0.466


def test_marginals_that_say_too_little_are_refused():
    with pytest.raises(FaultlineError, match="every pair"):
        coefficients.from_marginals({"a": 0.5, "b": 0.5}, {})
    with pytest.raises(FaultlineError, match="one label"):
        coefficients.from_marginals({"a": 0.0, "b": 0.0}, {("a", "b"): 1.0})


def test_marginals_agree_with_the_answers_they_come_from():
    codes = np.random.default_rng(0).integers(0, 2, (50, 3))
    pairs = {(a, b): (codes[:, a] == codes[:, b]).mean() for a, b in combinations(range(3), 2)}
    found = coefficients.from_marginals({j: codes[:, j].mean() for j in range(3)}, pairs)
    expected = values(codes, 2)
    assert found == pytest.approx({name: expected[name] for name in found})


@pytest.mark.parametrize(
    ("prevalence", "fleiss", "ac1"), [(0.5, 0.81, 0.81), (0.1, 0.605, 0.875), (0.02, 0.2505, 0.891)]
)
def test_kappa_falls_with_prevalence_at_one_judge_error(prevalence, fleiss, ac1):
    codes = np.array(list(np.ndindex(2, 2, 2)))
    wrong_if_good, wrong_if_bad = codes.sum(axis=1), (1 - codes).sum(axis=1)
    chances = prevalence * 0.05**wrong_if_bad * 0.95 ** (3 - wrong_if_bad)
    chances += (1 - prevalence) * 0.05**wrong_if_good * 0.95 ** (3 - wrong_if_good)
    found = values(codes, 2, 1e6 * chances)
    assert found["fleiss_kappa"] == pytest.approx(fleiss, abs=1e-3)
    assert found["gwet_ac1"] == pytest.approx(ac1, abs=1e-3)


CODES = st.integers(2, 8).flatmap(
    lambda judges: st.integers(2, 40).flatmap(
        lambda items: arrays(np.int8, (items, judges), elements=st.integers(-1, 2))
    )
)


def brute_force(codes, categories):
    """Loops over items and judge pairs, as the definitions read."""
    rated = [[int(c) for c in row if c >= 0] for row in codes]
    usable = [row for row in rated if len(row) >= 2]
    seen = [row for row in rated if row]
    if not usable:
        return None
    agreed = [np.mean([a == b for a, b in combinations(row, 2)]) for row in usable]
    p = [np.mean([row.count(c) / len(row) for row in seen]) for c in range(categories)]
    labels = [c for row in usable for c in row]
    total = len(labels)
    by_chance = sum(a == b for a, b in combinations(labels, 2)) / (total * (total - 1) / 2)
    within = sum(np.mean([a == b for a, b in combinations(r, 2)]) * len(r) for r in usable) / total
    raw, one_label = float(np.mean(agreed)), max(p) == 1
    chance, chance_ac1 = sum(x * x for x in p), sum(x * (1 - x) for x in p) / (categories - 1)
    return {
        "raw_agreement": raw,
        "fleiss_kappa": np.nan if one_label else (raw - chance) / (1 - chance),
        "gwet_ac1": np.nan if one_label else (raw - chance_ac1) / (1 - chance_ac1),
        "krippendorff_alpha": np.nan
        if len(set(labels)) < 2
        else 1 - (1 - within) / (1 - by_chance),
    }


@given(CODES)
@settings(max_examples=40, deadline=None)
def test_coefficients_equal_loops_over_items(codes):
    expected = brute_force(codes, 3)
    found = values(codes, 3)
    if expected is None:
        assert all(np.isnan(v) for v in found.values())
    else:
        assert found == pytest.approx(expected, abs=1e-9, nan_ok=True)


@given(CODES)
@settings(max_examples=40, deadline=None)
def test_pairs_equal_scikit_learn(codes):
    sums = point(codes, 3)
    kappas = coefficients.cohen_kappa(sums)
    for m, (a, b) in enumerate(combinations(range(codes.shape[1]), 2)):
        both = codes[(codes[:, a] >= 0) & (codes[:, b] >= 0)][:, [a, b]]
        expected = np.zeros((3, 3))
        if len(both):
            expected = confusion_matrix(both[:, 0], both[:, 1], labels=[0, 1, 2])
        assert sums.confusion[m].tolist() == expected.tolist()
        if len(both) and min(len(set(both[:, 0])), len(set(both[:, 1]))) > 1:
            assert kappas[m] == pytest.approx(cohen_kappa_score(both[:, 0], both[:, 1]))
        else:
            assert np.isnan(kappas[m])


@given(arrays(np.int8, (30, 4), elements=st.integers(0, 2)))
@settings(max_examples=20, deadline=None)
def test_even_raters_equal_statsmodels(codes):
    table = aggregate_raters(codes, n_cat=3)[0]
    if (table.sum(axis=0) > 0).sum() > 1:
        expected = statsmodels_fleiss(table)
        assert values(codes, 3)["fleiss_kappa"] == pytest.approx(expected)


@given(CODES, st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_relabelled_judges_and_categories_and_copied_items_change_nothing(codes, random):
    judges, order = list(range(codes.shape[1])), list(range(len(codes)))
    random.shuffle(judges)
    random.shuffle(order)
    names = np.array([2, 0, 1, -1])  # the last one keeps "no decision" where it is
    expected = values(codes, 3)
    assert values(codes[order][:, judges], 3) == pytest.approx(expected, nan_ok=True)
    assert values(names[codes], 3) == pytest.approx(expected, nan_ok=True)
    copied = values(np.tile(codes, (3, 1)), 3)
    for name in ("fleiss_kappa", "gwet_ac1", "raw_agreement"):
        assert copied[name] == pytest.approx(expected[name], nan_ok=True)
