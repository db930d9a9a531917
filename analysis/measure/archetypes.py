"""Do models fall into kinds? Clusters of models by how they answer, and how stable those are.

Each feature is a ratio of sums (a mean or a share) per model, standardised over the models of the
study; models are joined by Ward's method on Euclidean distance (Ward 1963). The number of kinds is
the one with the largest mean silhouette (Rousseeuw 1987) from 2 to 5, unless a reader chooses.
Stability of a pair: in how many of the resamples of whole families (the features computed again
from the resampled sums) the two fall into the same kind; of a kind: the mean over its pairs, or
for a model alone how often it stays alone. Faultline's own measure.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

FloatArray = npt.NDArray[np.float64]
SEED = 7
"""Of the resamples, the same on every page and in every report."""
LEAST_MODELS = 4
MOST_KINDS = 5
DRAWS = 200
TELLING = 3


@dataclass(frozen=True)
class Kinds:
    """The models' features and what became of them.

    `features`: model x feature; `z`: the same standardised; `linkage`: scipy's (n-1) x 4;
    `kinds`: model -> number from 1; `together`: model x model share of resamples in one kind;
    `silhouettes`: number of kinds -> mean silhouette (-1..1).
    """

    features: pd.DataFrame
    z: pd.DataFrame
    linkage: FloatArray
    kinds: pd.Series
    together: pd.DataFrame
    silhouettes: dict[int, float]


def table(sums: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, str]]:
    """Model x feature from sums (block, model, feature, y, n), and the features left out, why.

    A feature that a model lacks, or that is the same for all, tells nothing apart: it is left
    out and named, never filled in.
    """
    totals = sums.groupby(["model", "feature"], observed=True)[["y", "n"]].sum()
    values = (totals["y"] / totals["n"].where(totals["n"] > 0)).unstack("feature")
    out = {}
    for name in values.columns:
        column = values[name]
        if column.isna().any():
            lacking = ", ".join(map(str, column[column.isna()].index[:3]))
            out[str(name)] = f"not known for {lacking}"
        elif float(column.std(ddof=0)) <= 1e-12:
            out[str(name)] = "the same for all models"
    return values.drop(columns=list(out)), out


def kinds(
    sums: pd.DataFrame,
    rng: np.random.Generator,
    *,
    number: int | None = None,
    draws: int = DRAWS,
) -> Kinds | None:
    """Cluster the models; None with fewer than four of them or without a feature."""
    features, _ = table(sums)
    if len(features) < LEAST_MODELS or features.shape[1] == 0:
        return None
    z = _standardised(features.to_numpy())
    joined = _linkage(z)
    silhouettes = {
        k: _silhouette(z, _cut(joined, k)) for k in range(2, min(MOST_KINDS, len(features) - 1) + 1)
    }
    k = number or max(silhouettes, key=lambda n: (round(silhouettes[n], 9), -n))
    found = pd.Series(_numbered(_cut(joined, k)), features.index, name="kind")
    together = _together(sums, features, k, draws, rng)
    named = pd.DataFrame(z, features.index, features.columns)
    return Kinds(features, named, joined, found, together, silhouettes)


def stability(found: Kinds) -> dict[int, float]:
    """Kind -> mean share of resamples in which its pairs stay together (a single model: in which
    it stays alone), 0..1."""
    result = {}
    for kind in sorted(set(found.kinds)):
        inside = found.kinds.index[found.kinds == kind]
        if len(inside) > 1:
            square = found.together.loc[inside, inside].to_numpy()
            result[int(kind)] = float(square[np.triu_indices(len(inside), 1)].mean())
        else:
            others = found.together.loc[inside[0]].drop(inside[0])
            result[int(kind)] = float(1 - others.max())
    return result


def telling(found: Kinds, count: int = TELLING) -> pd.DataFrame:
    """The features that set each kind apart: kind, feature, difference (of the mean z inside and
    outside, signed), inside and outside (means of the feature itself); largest first."""
    rows = []
    for kind in sorted(set(found.kinds)):
        mine = found.kinds == kind
        gap = found.z[mine].mean() - found.z[~mine].mean()
        for name in gap.abs().sort_values(ascending=False).index[:count]:
            inside, outside = (found.features.loc[m, name].mean() for m in (mine, ~mine))
            rows.append((int(kind), str(name), float(gap[name]), float(inside), float(outside)))
    return pd.DataFrame(rows, columns=["kind", "feature", "difference", "inside", "outside"])


def projection(found: Kinds) -> tuple[pd.DataFrame, tuple[float, float]]:
    """Models on the two main axes of the standardised features (x, y), and the share of the
    variance that each axis holds."""
    centred = found.z.to_numpy() - found.z.to_numpy().mean(axis=0)
    left, size, _ = np.linalg.svd(centred, full_matrices=False)
    points = left[:, :2] * size[:2]
    if points.shape[1] < 2:
        points = np.column_stack([points, np.zeros(len(points))])
    flip = np.where(points[np.abs(points).argmax(axis=0), [0, 1]] < 0, -1, 1)
    power = size**2 / max(float((size**2).sum()), 1e-12)
    shares = (float(power[0]), float(power[1]) if len(power) > 1 else 0.0)
    return pd.DataFrame(points * flip, found.z.index, columns=["x", "y"]), shares


def _standardised(values: FloatArray) -> FloatArray:
    spread = values.std(axis=0)
    return np.asarray((values - values.mean(axis=0)) / np.where(spread > 1e-12, spread, 1.0))


def _linkage(z: FloatArray) -> FloatArray:
    from scipy.cluster.hierarchy import linkage

    return np.asarray(linkage(z, method="ward", optimal_ordering=True))


def _cut(joined: FloatArray, number: int) -> npt.NDArray[np.int64]:
    from scipy.cluster.hierarchy import fcluster

    return np.asarray(fcluster(joined, number, criterion="maxclust"), dtype=np.int64)


def _numbered(labels: Sequence[int] | npt.NDArray[np.int64]) -> list[int]:
    """Kinds numbered by falling size, then by first model."""
    order = pd.Series(labels)
    sizes = order.value_counts()
    ranked = sorted(sizes.index, key=lambda k: (-sizes[k], int(order[order == k].index[0])))
    return [ranked.index(k) + 1 for k in order]


def _silhouette(z: FloatArray, labels: npt.NDArray[np.int64]) -> float:
    from sklearn.metrics import silhouette_score

    if not 1 < len(set(labels)) < len(labels):
        return -1.0
    return float(silhouette_score(z, labels))


def _together(
    sums: pd.DataFrame, features: pd.DataFrame, number: int, draws: int, rng: np.random.Generator
) -> pd.DataFrame:
    y, n = _arrays(sums, features)
    blocks = y.shape[0]
    weights = rng.multinomial(blocks, np.full(blocks, 1 / blocks), size=draws).astype(float)
    shape = (draws, len(features), features.shape[1])
    top = (weights @ y.reshape(blocks, -1)).reshape(shape)
    bottom = (weights @ n.reshape(blocks, -1)).reshape(shape)
    counts = np.zeros((len(features), len(features)))
    used = 0
    for one, all_of in zip(top, bottom, strict=True):
        if (all_of <= 0).any():
            continue  # a resample that lost a model's only families says nothing
        labels = _cut(_linkage(_standardised(one / all_of)), number)
        counts += labels[:, None] == labels[None, :]
        used += 1
    return pd.DataFrame(counts / max(used, 1), features.index, features.index)


def _arrays(sums: pd.DataFrame, features: pd.DataFrame) -> tuple[FloatArray, FloatArray]:
    """Block x model x feature sums of y and n, zero where a block has none."""
    held = sums[sums["model"].isin(features.index) & sums["feature"].isin(features.columns)]
    blocks, block = np.unique(held["block"], return_inverse=True)
    model = features.index.get_indexer(pd.Index(held["model"]))
    feature = features.columns.get_indexer(pd.Index(held["feature"]))
    shape = (len(blocks), len(features), features.shape[1])
    y, n = np.zeros(shape), np.zeros(shape)
    np.add.at(y, (block, model, feature), held["y"].to_numpy(float))
    np.add.at(n, (block, model, feature), held["n"].to_numpy(float))
    return y, n
