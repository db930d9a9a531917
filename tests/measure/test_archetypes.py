"""Kinds of models: planted groups found, hand-worked numbers, and what is left out."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

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
    "a1": (0, 0, 0), "a2": (0.2, 0, 0.1), "a3": (0, 0.2, 0),
    "b1": (5, 5, 0), "b2": (5.2, 5, 0.1), "c1": (0, 5, 9),
}  # fmt: skip


def test_planted_kinds_are_found_and_stable() -> None:
    found = measure.kinds(sums(PLANTED, 0.3), np.random.default_rng(3))
    assert found is not None
    groups = {frozenset(found.kinds.index[found.kinds == k]) for k in set(found.kinds)}
    assert groups == {frozenset({"a1", "a2", "a3"}), frozenset({"b1", "b2"}), frozenset({"c1"})}
    assert all(share == 1 for share in measure.stability(found).values())
    apart = measure.telling(found, 1).set_index("kind")
    assert apart.loc[3, "feature"] == "three"
    assert apart.loc[3, "inside"] == pytest.approx(9, abs=0.3)


def test_pure_noise_is_not_stable() -> None:
    centres = dict.fromkeys("abcdefgh", (0.0, 0.0, 0.0))
    found = measure.kinds(sums(centres, 5.0), np.random.default_rng(3))
    assert found is not None
    assert np.mean(list(measure.stability(found).values())) < 0.8


def test_what_a_model_lacks_or_all_share_is_left_out_and_named() -> None:
    frame = sums(PLANTED, 0.1)
    frame = frame[~((frame["model"] == "b1") & (frame["feature"] == "two"))]
    frame.loc[frame["feature"] == "one", ["y", "n"]] = (2.0, 4.0)
    features, out = measure.table(frame)
    assert list(features.columns) == ["three"]
    assert out == {"one": "the same for all models", "two": "not known for b1"}


def test_three_models_make_no_kinds() -> None:
    few = {m: PLANTED[m] for m in ("a1", "b1", "c1")}
    assert measure.kinds(sums(few, 0.1), np.random.default_rng(1)) is None


def test_the_plane_keeps_distances_as_far_as_two_axes_can() -> None:
    found = measure.kinds(sums(PLANTED, 0.0, blocks=2), np.random.default_rng(1), draws=2)
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
    one, other = (measure.kinds(f, np.random.default_rng(5), draws=5) for f in (frame, shuffled))
    assert one is not None
    assert other is not None
    pd.testing.assert_series_equal(one.kinds.sort_index(), other.kinds.sort_index())
