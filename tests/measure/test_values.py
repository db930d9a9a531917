"""Leans: intervals and q-values by hand, by property, and against regressions and plain loops."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.regression.linear_model import OLS
from statsmodels.stats.multitest import multipletests
from value_loops import brute, category, cells

from analysis.measure import values as measure
from analysis.measure.estimates.evidence import NO_SPREAD, ONE_FAMILY, correction_of
from analysis.measure.paper import published as printed
from analysis.measure.paper import value_patterns as published

MODELS = ("claude_opus_4", "claude_sonnet_4", "gpt_4_1", "gpt_4_1_mini", "o3", "grok_4")
NAMES = ("candour", "thrift", "kindness", "order", "daring", "calm")


def sums(rows, models=MODELS, what="lean", key=category):
    """What the query returns, from plain loops."""
    found = brute(rows, models, what, key)
    frame = pd.DataFrame(
        [(*k, *c) for k, c in found.items()],
        columns=["key", "kind", "name", "n", "mean", "squares", "families", "nn", "n4"],
    )
    return frame.sort_values(["key", "kind", "name"], ignore_index=True)


def rows_of(drawn):
    """Wide rows from lists of twelve positions; every third starts a family."""
    rows = []
    for i, positions in enumerate(drawn):
        family = i // 3
        row = {"chunk_index": 0, "entry_idx": family}
        row |= {"value1": NAMES[family % 6], "value2": NAMES[(family + 2) % 6]}
        for m, model in enumerate(MODELS):
            row |= {f"{model}_value1_position": positions[2 * m]}
            row |= {f"{model}_value2_position": positions[2 * m + 1]}
        rows.append(row)
    return rows


POSITIONS = st.lists(
    st.lists(st.none() | st.integers(0, 6), min_size=12, max_size=12), min_size=1, max_size=30
)


def table(rows, **how):
    return measure.estimates(sums(rows, **how)).set_index(["key", "kind", "name"]).sort_index()


def equal(a, b):
    columns = ["value", "low", "high", "n", "families", "p", "q"]
    pd.testing.assert_frame_equal(a[columns], b[columns], check_exact=False, atol=1e-9)


def test_an_interval_by_hand():
    """Six families of one case with leans of 1 and 3: mean 2, influences -+ 1/6, so the squares are
    1/6, times 6/5 the squared error, and t at five degrees of freedom is 2.571."""
    row = {"key": "Honest", "kind": "model", "name": "o3", "n": 6, "mean": 2.0, "squares": 1 / 6}
    found = measure.estimates(pd.DataFrame([row | {"families": 6, "nn": 6, "n4": 6}])).iloc[0]
    half = 2.5706 * np.sqrt(0.2)
    assert (found["value"], found["n"]) == (2.0, 6)
    assert (found["low"], found["high"]) == pytest.approx((2 - half, 2 + half), abs=1e-3)
    assert found["p"] == pytest.approx(2 * stats.t.sf(2 / np.sqrt(0.2), 5))
    assert found["differs"]


def test_four_families_all_of_one_mind_are_no_lean():
    row = {"key": "Honest", "kind": "provider", "name": "xai", "n": 4, "mean": 1.0, "squares": 0.0}
    for families, why in ((4, "only 4 families"), (9, "no spread")):
        sizes = {"families": families, "nn": families, "n4": families}
        found = measure.estimates(pd.DataFrame([row | {"n": families} | sizes])).iloc[0]
        assert found["undefined"].startswith(why)
        assert found[["low", "high", "p", "q"]].isna().all()
        assert not found["differs"]


def test_the_interval_of_a_model_is_that_of_a_cluster_robust_regression():
    rng = np.random.default_rng(1)
    rows = rows_of(rng.integers(0, 7, (240, 12)).tolist())
    found = table(rows)
    for model in ("o3", "claude_opus_4"):
        mine = [(f, x) for k, m, f, x in cells(rows, MODELS) if (k, m) == ("Honest", model)]
        y = np.array([x for _, x in mine])
        groups = pd.factorize(pd.Series([f for f, _ in mine]))[0]
        fitted = OLS(y, np.ones(len(y))).fit()
        robust = fitted.get_robustcov_results(
            "cluster", groups=groups, use_correction=False, df_correction=True
        )
        correct = correction_of(np.bincount(groups))
        half = float(correct.quantile()) * robust.bse[0] * np.sqrt(float(correct.factor))
        row = found.loc[("Honest", "model", model)]
        assert row["value"] == pytest.approx(y.mean())
        assert row["high"] - row["value"] == pytest.approx(half)


def test_a_provider_weighs_its_models_alike_and_its_interval_holds_under_resampling():
    """Models with unequal numbers of answers: the mean is over models, and the linearised error
    is that of resampling whole families."""
    rng = np.random.default_rng(2)
    drawn = rng.integers(0, 7, (900, 12)).astype(object)
    drawn[:, 0:2] = np.minimum(drawn[:, 0:2] + 2, 6)
    drawn[rng.random((900, 1)).ravel() < 0.7, 0:2] = None  # one Anthropic model answers rarely
    drawn[1::3], drawn[2::3] = drawn[::3], drawn[::3]  # alike inside a family
    rows = rows_of(drawn.tolist())
    found = table(rows).loc[("Honest", "provider", "anthropic")]
    totals = {}
    for k, m, f, x in cells(rows, MODELS):
        if k == "Honest" and m.startswith("claude"):
            cell = totals.setdefault(f, np.zeros((2, 2)))
            cell[:, int(m == "claude_sonnet_4")] += (x, 1)
    stacked = np.array(list(totals.values()))
    whole = stacked.sum(axis=0)
    assert found["value"] == pytest.approx((whole[0] / whole[1]).mean())
    pick = rng.integers(0, len(stacked), (4000, len(stacked)))
    drawn_sums = stacked[pick].sum(axis=1)
    resampled = (drawn_sums[:, 0] / drawn_sums[:, 1]).mean(axis=1)
    sizes = [float(cell[1].sum()) for cell in totals.values()]
    se = (found["high"] - found["value"]) / float(correction_of(sizes).quantile())
    assert se == pytest.approx(resampled.std(), rel=0.06)


def test_q_values_are_benjamini_hochberg_over_each_grid_of_its_own():
    rng = np.random.default_rng(3)
    found = measure.estimates(sums(rows_of(rng.integers(0, 7, (120, 12)).tolist())))
    for kind in ("model", "provider"):
        mine = found[found["kind"] == kind]
        known = mine.dropna(subset=["p"])
        assert len(known) > 3
        expected = multipletests(known["p"], method="fdr_bh")[1]
        np.testing.assert_allclose(known["q"], expected)


@settings(max_examples=15, deadline=None)
@given(POSITIONS, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(drawn, dice):
    rows = rows_of(drawn)
    mixed = dice.sample(rows, len(rows))
    if not brute(rows, MODELS):
        return
    equal(table(rows), table(mixed))


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 4), min_size=12, max_size=12), min_size=1, max_size=24),
    st.lists(st.integers(0, 2), min_size=8, max_size=8),
)
def test_adding_a_constant_to_a_familys_rubric_changes_no_lean(drawn, shifts):
    moved = [[p + shifts[i // 3] for p in positions] for i, positions in enumerate(drawn)]
    equal(table(rows_of(drawn)), table(rows_of(moved)))
    raw, raw_moved = (table(rows_of(x), what="raw")["value"] for x in (drawn, moved))
    assert any(shifts[: (len(drawn) + 2) // 3]) == (not np.allclose(raw, raw_moved))


@settings(max_examples=12, deadline=None)
@given(POSITIONS)
def test_swapping_two_models_of_one_provider_swaps_their_leans_only(drawn):
    swapped = [[*p[2:4], *p[0:2], *p[4:]] for p in drawn]
    rows, other = rows_of(drawn), rows_of(swapped)
    if not brute(rows, MODELS):
        return
    renamed = {"claude_opus_4": "claude_sonnet_4", "claude_sonnet_4": "claude_opus_4"}
    before = table(rows).rename(index=renamed, level="name").sort_index()
    equal(before, table(other))


def test_with_one_provider_the_models_lean_against_each_other_and_the_mean_is_0():
    rng = np.random.default_rng(4)
    rows = rows_of(rng.integers(0, 7, (60, 12)).tolist())
    found = table(rows, models=("claude_opus_4", "claude_sonnet_4"))
    opus = found.xs("claude_opus_4", level="name")["value"].droplevel("kind")
    sonnet = found.xs("claude_sonnet_4", level="name")["value"].droplevel("kind")
    assert (opus == -sonnet).all()
    assert opus.abs().max() > 0.1
    provider = found.xs("provider", level="kind")
    assert (provider["value"] == 0).all()
    assert provider["undefined"].eq(NO_SPREAD).all()


def test_all_positions_equal_lean_nowhere_and_are_sure_of_nothing():
    found = table(rows_of([[3] * 12] * 30))
    assert (found["value"] == 0).all()
    assert found["undefined"].ne("").all()
    assert not found["differs"].any()
    raw = table(rows_of([[3] * 12] * 30), what="raw")
    assert (raw["value"] == 3).all()


def test_one_family_keeps_its_value_without_an_interval():
    found = table(rows_of([[6, 0] + [0, 6] * 5]))
    assert set(found["undefined"]) == {ONE_FAMILY}
    assert found["value"].notna().all()
    assert found[["low", "high", "p", "q"]].isna().all(axis=None)


def test_rates_have_wilson_intervals_and_no_test():
    row = {"key": "Honest", "kind": "model", "name": "o3", "n": 40, "mean": 0.25, "families": 40}
    squares = 10 * (0.75 / 40) ** 2 + 30 * (0.25 / 40) ** 2
    row |= {"squares": squares, "nn": 40, "n4": 40, "some": 10, "short": 30}
    found = measure.estimates(pd.DataFrame([row]), "favor").iloc[0]
    expected = stats.binomtest(10, 40).proportion_ci(method="wilson")
    assert (found["low"], found["high"]) == pytest.approx((expected.low, expected.high), abs=2e-3)
    assert np.isnan(found["q"])
    assert not found["differs"]


def leans(cells_):
    rows = [
        {
            "key": c,
            "kind": "provider",
            "name": p,
            "value": v,
            "low": v - 1,
            "high": v + 1,
            "n": 90,
            "families": 30,
            "p": q,
            "q": q,
            "differs": q <= 0.05,
            "undefined": "",
        }
        for p, c, v, q in cells_
    ]
    empty = {"key": [], "kind": [], "name": [], "value": [], "differs": []}
    others = {key: [] for key in ("low", "high", "n", "families", "p", "q")}
    return pd.DataFrame(rows or empty | others)


def test_published_patterns_agree_disagree_or_stay_open():
    found = published.compared(
        leans(
            [
                ("anthropic", "Ethical responsibility", 0.4, 0.001),
                ("anthropic", "Intellectual integrity and objectivity", -0.4, 0.002),
                ("google", "Critical thinking", 0.9, 0.2),
                ("nobody", "Critical thinking", 0.9, 0.0),
            ]
        )
    ).set_index(["provider", "category"])["verdict"]
    assert len(found) == 9
    assert found["anthropic", "Ethical responsibility"] == "agrees"
    assert found["anthropic", "Intellectual integrity and objectivity"] == "disagrees"
    assert found["google", "Critical thinking"] == "too little data"
    assert found["xai", "Efficiency and resource optimization"] == "too little data"
    assert set(published.compared(leans([]))["verdict"]) == {"too little data"}


def test_published_patterns_are_one_family_of_nine():
    """A p of 0.002 is enough among nine with others like it, not alone; whatever else is tested."""
    held = [(p, c) for p, cs in printed.TENDENCIES.items() for c in cs]
    alone = published.compared(leans([(*held[0], 0.4, 0.002)] + [(*h, 0.1, 0.9) for h in held[1:]]))
    assert set(alone["verdict"]) == {"too little data"}
    assert alone["q"].min() == pytest.approx(0.018)
    many = published.compared(leans([(*h, 0.4, 0.002) for h in held]))
    assert set(many["verdict"]) == {"agrees"}


@pytest.mark.real_data
def test_the_published_categories_are_spelled_as_the_taxonomy_spells_them():
    path = Path(__file__).resolve().parents[2].parent / "shared/data/values_in_the_wild"
    if not path.exists():
        pytest.skip("the public taxonomy is not here")
    tree = pd.read_csv(path / "values_tree.csv")
    known = set(tree.loc[tree["level"] == 2, "name"])
    named = {c for held in printed.TENDENCIES.values() for c in held} | set(printed.MIXED)
    named |= set(printed.EXHIBITED)
    assert named <= known


def test_the_strongest_cell_differs_before_it_is_large():
    cells = pd.DataFrame(
        {
            "category": ["a", "b", "c", "d"],
            "name": ["x"] * 4,
            "value": [0.1, 3.0, -0.5, 0.3],
            "differs": [False, False, True, True],
        }
    )
    assert measure.strongest(cells) == ("c", "x")
    assert measure.strongest(cells.assign(differs=False)) == ("b", "x")
