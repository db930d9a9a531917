"""Metrics of answers on two sides, against the measures that pages use."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from analysis.measure.compare import answers
from analysis.measure.compare.answers import Side
from analysis.measure.disagreement import spreads

cells = st.one_of(st.just(float("nan")), st.integers(0, 6).map(float))
grids = arrays(float, (3, 8, 2), elements=cells)


@settings(max_examples=40)
@given(grids)
def test_an_outlier_is_far_from_nearly_all_others(positions) -> None:
    found = answers.outlying(positions)
    for case, told in zip(positions, found, strict=True):
        for m in range(len(case)):
            expected = np.nan
            for v in (0, 1):
                others = np.delete(case[:, v], m)
                others = others[~np.isnan(others)]
                if np.isnan(case[m, v]) or len(others) < 6:
                    continue
                far = (np.abs(others - case[m, v]) >= 4).sum()
                expected = np.fmax(expected, float(far / len(others) >= 9 / 11 - 1e-12))
            assert told[m] == pytest.approx(expected, nan_ok=True)


@settings(max_examples=40)
@given(grids)
def test_a_lean_is_against_the_other_providers(positions) -> None:
    groups = ["x", "x", "y", "y", "y", "z", "z", "w"]
    found = answers.leans(positions, groups)
    for i, m, v in np.ndindex(found.shape):
        others = [positions[i, k, v] for k in range(8) if groups[k] != groups[m]]
        held = [p for p in others if not np.isnan(p)]
        expected = positions[i, m, v] - np.mean(held) if held else np.nan
        assert found[i, m, v] == pytest.approx(expected, nan_ok=True)


def test_a_stated_d_stands_where_there_are_no_positions() -> None:
    d, high = spreads(np.full((2, 3, 2), np.nan))
    d, high = answers.with_stated(d, high, np.array([1.6, np.nan]))
    assert d.tolist() == pytest.approx([1.6, np.nan], nan_ok=True)
    assert high.tolist() == pytest.approx([1, np.nan], nan_ok=True)


def test_a_provider_weighs_its_models_alike_also_where_one_answered_less() -> None:
    leans = np.full((10, 3, 2), np.nan)
    leans[:, 0, 0], leans[:2, 1, 0] = 1.0, -1.0
    family, category = np.arange(10), np.zeros((10, 2), dtype=np.int64)
    found = dict(
        answers.leanings((leans, leans + 0.5), ["p", "p", "q"], category, ["c"], family, 10)
    )
    assert list(found) == ["p.c"]
    assert found["p.c"].a.value == pytest.approx(0)
    assert found["p.c"].b.value == pytest.approx(0.5)
    assert found["p.c"].n == 12


def test_a_fact_that_one_side_lacks_is_undefined_and_one_that_both_lack_is_left_out() -> None:
    nothing, known = np.full((6, 2), np.nan), np.ones((6, 2))
    known[:, 1] = np.nan
    a, b = (
        Side(np.full((6, 2, 2), np.nan), {"length": t}, nothing[:, 0]) for t in (nothing, known)
    )
    found = dict(answers.facts(a, b, "length", ["one", "two"], np.arange(6), 6))
    assert list(found) == ["one"]
    assert found["one"].difference.value is None
