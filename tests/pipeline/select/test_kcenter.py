"""k-center: the very same choice as the naive greedy rule, whatever the sizes of the pools."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from analysis.errors import FaultlineError
from pipeline.select.kcenter import EXACT, grid_size, on_grid, select


def naive(points, weights=None, keep=None, stop=0.0):
    """The greedy rule as it is told: every distance, every step. Rows, distances, radius."""
    rows = points.astype(np.int64)
    norms, unit = (rows * rows).sum(1), grid_size(points.shape[1])
    nearest = np.full(len(rows), np.inf)
    chosen, distance = [], []
    following = 0 if weights is None else int(np.argmax(weights))
    while True:
        chosen.append(following)
        distance.append(np.sqrt(nearest[following]) / unit)
        nearest = np.minimum(nearest, norms + norms[following] - 2 * rows @ rows[following])
        keys = np.sqrt(nearest) / unit
        if weights is not None:
            keys = keys * weights
        following = int(np.argmax(keys))
        if len(chosen) == (keep or len(rows)) or keys[following] <= 0 or keys[following] < stop:
            return chosen, distance, keys[following]


def crowded(rng, n, d):
    """Points of which many lie close to others and some are the same."""
    points = rng.normal(size=(n, d))
    copies = rng.integers(0, n, size=n // 2)
    points[: n // 2] = points[copies] + rng.normal(size=(n // 2, d)) * rng.choice(
        [0, 0.05, 0.3], size=(n // 2, 1)
    )
    return on_grid(points)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("sizes", [(8, 2), (64, 64), (300, 20), (8_192, 1_024)])
@pytest.mark.parametrize("limits", [{}, {"keep": 40}, {"stop": 0.5}])
def test_the_same_choice_as_the_naive_rule(weighted, sizes, limits):
    rng = np.random.default_rng(5)
    points = crowded(rng, 700, 24)
    weights = np.sqrt(rng.integers(0, 37, size=700)) / 2 if weighted else None
    expected = naive(points, weights, **limits)
    found = select(points, weights=weights, pool=sizes[0], core=sizes[1], **limits)
    assert found.order.tolist() == expected[0]
    assert found.distance.tolist() == expected[1]
    assert found.radius == expected[2]


@settings(max_examples=60, deadline=None)
@given(
    hnp.arrays(
        np.float64,
        st.tuples(st.integers(1, 40), st.integers(1, 6)),
        elements=st.integers(-2, 2).map(float),
    ),
    st.integers(1, 9),
)
def test_ties_and_duplicates_go_to_the_lowest_row_as_in_the_naive_rule(rows, pool):
    points = on_grid(rows)
    found = select(points, pool=pool, core=max(1, pool // 2))
    expected = naive(points)
    assert found.order.tolist() == expected[0]
    assert found.radius == expected[2] == 0


def test_plain_radius_is_at_most_twice_the_best_possible():
    """k clusters of radius r, far apart: the best cover has at most r, the greedy one 2 r."""
    rng = np.random.default_rng(2)
    centres = np.eye(12)[rng.integers(0, 12, 400)]
    noise = rng.normal(size=(400, 12))
    noise *= 0.1 * rng.random((400, 1)) / np.linalg.norm(noise, axis=1, keepdims=True)
    points = on_grid(centres + noise)
    found = select(points, keep=12)
    assert found.radius <= 2 * 0.11
    assert sorted(np.argmax(points[found.order], axis=1)) == list(range(12))


def test_what_is_kept_is_apart_and_what_is_left_is_near():
    points = crowded(np.random.default_rng(1), 500, 16)
    found = select(points, stop=0.6)
    kept = points[found.order].astype(float) / grid_size(16)
    gaps = np.linalg.norm(kept[:, None] - kept[None], axis=2)
    assert gaps[np.triu_indices(len(kept), 1)].min() >= 0.6
    nearest = np.linalg.norm(points[:, None] / grid_size(16) - kept[None], axis=2).min(axis=1)
    assert nearest.max() == pytest.approx(found.radius)
    assert found.radius < 0.6
    assert np.all(np.diff(found.distance[1:]) <= 0)


def test_the_heaviest_row_comes_first_and_rows_of_no_weight_never():
    points = crowded(np.random.default_rng(3), 200, 8)
    weights = np.zeros(200)
    weights[[17, 90, 140]] = [1.0, 3.0, 2.0]
    found = select(points, weights=weights)
    assert found.order[0] == 90
    assert set(found.order) <= {17, 90, 140}


def test_the_grid_keeps_every_square_exact_in_float32():
    for d in (2, 64, 768, 4_096):
        worst = on_grid(np.vstack([np.ones(d), -np.ones(d)]).astype(np.float32)).astype(np.int64)
        assert ((worst[0] - worst[1]) ** 2).sum() < EXACT
    rng = np.random.default_rng(0)
    points = on_grid(rng.normal(size=(50, 768)))
    floats = points.astype(np.float32)
    assert np.array_equal(floats @ floats.T, points.astype(np.int64) @ points.astype(np.int64).T)


def test_texts_without_words_are_one_point_and_numbers_must_be_finite():
    assert on_grid(np.zeros((2, 5))).tolist() == [[0] * 5] * 2
    with pytest.raises(FaultlineError, match="finite"):
        on_grid(np.array([[1.0, np.nan]]))
    with pytest.raises(FaultlineError, match="Weights"):
        select(on_grid(np.eye(3)), weights=np.array([1.0, -1.0, 1.0]))


def test_nothing_to_choose_from():
    assert select(np.empty((0, 4), np.int16)).order.tolist() == []
    assert select(on_grid(np.eye(3)), keep=0).order.tolist() == []
    assert select(on_grid(np.eye(3)), keep=1).order.tolist() == [0]
