"""Queries on a plane: who is drawn, what is near, what is kept; and vectors from words."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.measure import embed
from analysis.measure import map as measure


def vectors(rows: int, seed: int = 1, width: int = 8) -> measure.Points:
    return embed.unit(np.random.default_rng(seed).standard_normal((rows, width)))


def test_all_are_drawn_up_to_a_bound_and_then_the_highest_d() -> None:
    d = np.array([0.5, np.nan, 2.0, 1.0, 2.0])
    assert measure.chosen(d).tolist() == [0, 1, 2, 3, 4]
    assert measure.chosen(d, most=3).tolist() == [2, 3, 4]
    assert measure.chosen(d, most=4).tolist() == [0, 2, 3, 4]


@given(seed=st.integers(0, 50), row=st.integers(0, 29))
def test_nearest_are_those_of_a_plain_sort(seed: int, row: int) -> None:
    held = vectors(30, seed)
    rows, cosines = measure.nearest(held, row, 5)
    plain = sorted((i for i in range(30) if i != row), key=lambda i: -float(held[i] @ held[row]))
    np.testing.assert_allclose(cosines, [held[i] @ held[row] for i in plain[:5]], atol=1e-6)
    assert row not in rows


def test_a_plane_that_is_the_space_keeps_all_neighbours_and_noise_keeps_few() -> None:
    angles = np.sort(np.random.default_rng(1).uniform(0, 1.5, 60))
    flat = np.column_stack([np.cos(angles), np.sin(angles)]).astype(np.float32)
    assert measure.kept(flat, flat, k=5) > 0.95
    shuffled = np.random.default_rng(2).permutation(flat)
    assert measure.kept(flat, shuffled, k=5) < 0.4


@pytest.mark.slow
def test_planted_groups_lie_apart_on_the_plane() -> None:
    """Two groups of queries without a word in common: every nearest neighbour is of the group."""
    dice = np.random.default_rng(4)
    words = [[f"a{i}" for i in range(12)], [f"b{i}" for i in range(12)]]
    texts = [" ".join(dice.choice(words[i % 2], 8)) for i in range(60)]
    held = embed.unit(embed.tfidf(texts))
    points = measure.plane(held)
    gaps = ((points[:, None] - points[None]) ** 2).sum(axis=2) + np.eye(60) * 1e9
    assert all(i % 2 == j % 2 for i, j in enumerate(gaps.argmin(axis=1)))
    np.testing.assert_array_equal(points, measure.plane(held))


def test_groups_are_named_by_their_own_words() -> None:
    texts = ["tax law again", "tax law today"] * 5 + ["bread oven again", "bread oven today"] * 5
    found = embed.telling_terms(texts, [0] * 10 + [1] * 10, count=2)
    assert {frozenset(v.split(", ")) for v in found.values()} == {
        frozenset({"tax", "law"}),
        frozenset({"bread", "oven"}),
    }
    assert embed.telling_terms(["", " "], [0, 1]) == {}


def test_texts_without_words_have_no_direction() -> None:
    assert embed.unit(embed.tfidf(["", "…"])).tolist() == [[0.0], [0.0]]


def test_every_row_gets_a_group() -> None:
    groups = measure.clusters(vectors(200))
    assert groups.shape == (200,)
    assert len(set(groups)) == 5
    with pytest.raises(ValueError, match="n_samples"):
        measure.clusters(vectors(1))
