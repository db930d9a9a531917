"""Clusters of models: planted groups found, hand-worked numbers, and what is left out."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import silhouette_score

from analysis.measure import archetypes as measure

FEATURES = ("one", "two", "three")


def sums(centres: dict[str, tuple[float, ...]], noise: float, blocks: int = 40, seed: int = 1):
    dice = np.random.default_rng(seed)
    rows = [
        (b, model, feature, value + noise * dice.standard_normal(), 1.0)
        for b in range(blocks)
        for model, values in centres.items()
        for feature, value in zip(FEATURES, values, strict=True)
    ]
    return pd.DataFrame(rows, columns=["block", "model", "feature", "y", "n"])


PLANTED = {
    "a1": (0, 0, 0),
    "a2": (0.2, 0, 0.1),
    "a3": (0, 0.2, 0),
    "b1": (5, 5, 0),
    "b2": (5.2, 5, 0.1),
    "c1": (0, 5, 9),
}


def test_planted_clusters_are_found_and_stable() -> None:
    found = measure.cluster(sums(PLANTED, 0.3), np.random.default_rng(3))
    assert found is not None
    groups = {frozenset(found.clusters.index[found.clusters == k]) for k in set(found.clusters)}
    assert groups == {frozenset({"a1", "a2", "a3"}), frozenset({"b1", "b2"}), frozenset({"c1"})}
    assert all(share == 1 for share in measure.stability(found).values())
    apart = measure.distinguishing_features(found, 1).set_index("kind")
    assert apart.loc[3, "feature"] == "three"
    assert apart.loc[3, "inside"] == pytest.approx(9, abs=0.3)
    assert not found.none


def test_pure_noise_is_not_stable() -> None:
    centres = dict.fromkeys("abcdefgh", (0.0, 0.0, 0.0))
    found = measure.cluster(sums(centres, 5.0), np.random.default_rng(3))
    assert found is not None
    assert np.mean(list(measure.stability(found).values())) < 0.8


def test_models_that_answer_alike_are_no_kinds() -> None:
    """Hardly a null study finds any: the level is that of one subject of all claims."""
    centres = dict.fromkeys("abcdefgh", (0.0, 0.0, 0.0))
    named = 0
    for seed in range(15):
        found = measure.cluster(sums(centres, 5.0, seed=seed), np.random.default_rng(3), draws=199)
        assert found is not None
        named += not found.none
    assert named <= 2


def test_planted_kinds_join_above_and_below_what_models_that_answer_alike_reach() -> None:
    camps = {f"{side}{i}": (centre,) * 3 for side, centre in (("a", 0), ("b", 5)) for i in range(4)}
    found = measure.cluster(sums(camps, 0.3), np.random.default_rng(3))
    assert found is not None
    heights = found.linkage[:, 2]
    assert heights[0] < found.alike[0]
    assert heights[-1] > found.alike[1]


@given(st.integers(0, 10_000), st.integers(4, 9))
def test_silhouettes_are_those_of_the_library(seed: int, models: int) -> None:
    from sklearn.metrics import silhouette_score

    rng = np.random.default_rng(seed)
    z, labels = rng.normal(size=(models, 3)), rng.integers(1, 4, models)
    mine = measure._silhouette(z, labels)
    if 1 < len(set(labels)) < models:
        assert mine == pytest.approx(silhouette_score(z, labels))
    else:
        assert mine == -1


@given(st.integers(0, 10_000), st.integers(4, 12), st.integers(2, 4))
def test_a_tree_is_cut_as_the_library_cuts_it(seed: int, models: int, number: int) -> None:
    from scipy.cluster.hierarchy import fcluster

    joined = measure._linkage(np.random.default_rng(seed).normal(size=(models, 3)))
    mine = measure._cut(joined, number)
    theirs = fcluster(joined, number, criterion="maxclust")
    assert len(set(zip(mine, theirs, strict=True))) == len(set(mine)) == len(set(theirs))


def test_what_a_model_lacks_or_all_share_is_left_out_and_named() -> None:
    frame = sums(PLANTED, 0.1)
    frame = frame[~((frame["model"] == "b1") & (frame["feature"] == "two"))]
    frame.loc[frame["feature"] == "one", ["y", "n"]] = (2.0, 4.0)
    features, out = measure.table(frame)
    assert list(features.columns) == ["three"]
    assert out == {"one": "the same for all models", "two": "not known for b1"}


def test_three_models_make_no_clusters() -> None:
    few = {m: PLANTED[m] for m in ("a1", "b1", "c1")}
    assert measure.cluster(sums(few, 0.1), np.random.default_rng(1)) is None


def test_the_plane_keeps_distances_as_far_as_two_axes_can() -> None:
    found = measure.cluster(sums(PLANTED, 0.0, blocks=2), np.random.default_rng(1), draws=2)
    assert found is not None
    points, shares = measure.projection(found)
    from sklearn.decomposition import PCA

    oracle = PCA(2).fit(found.z.to_numpy())
    assert shares == pytest.approx(tuple(oracle.explained_variance_ratio_))
    np.testing.assert_allclose(
        np.abs(points.to_numpy()), np.abs(oracle.transform(found.z.to_numpy())), atol=1e-9
    )


@given(order=st.permutations(list(PLANTED)))
def test_the_order_of_models_changes_nothing(order: list[str]) -> None:
    frame = sums(PLANTED, 0.2)
    shuffled = pd.concat([frame[frame["model"] == m] for m in order], ignore_index=True)
    one, other = (measure.cluster(f, np.random.default_rng(5), draws=5) for f in (frame, shuffled))
    assert one is not None
    assert other is not None
    pd.testing.assert_series_equal(one.clusters.sort_index(), other.clusters.sort_index())


def test_clusters_lie_clearly_apart_from_a_mean_silhouette_of_one_half():
    none = pd.DataFrame()
    for best, apart in ((0.49, False), (0.5, True)):
        found = measure.Clusters(
            none, none, np.zeros((0, 4)), pd.Series(), none, {2: 0.1, 3: best}, np.nan
        )
        assert found.silhouette == best
        assert found.clearly_apart == apart


@given(
    st.integers(3, 9).flatmap(
        lambda n: st.tuples(
            st.lists(st.tuples(*[st.integers(-3, 3)] * 2), min_size=n, max_size=n),
            st.lists(st.integers(0, 3), min_size=n, max_size=n),
        )
    )
)
def test_the_silhouette_is_scikit_learns(drawn):
    points, labels = (np.array(x) for x in drawn)
    found = measure._silhouette(points.astype(float), labels)
    if 1 < len(set(labels)) < len(labels):
        assert found == pytest.approx(silhouette_score(points, labels), abs=1e-6)
    else:
        assert found == -1.0
