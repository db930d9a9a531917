"""Do models fall into clusters by how they answer, and how stable are those?

Each feature is a ratio of sums (a mean or a share) per model, standardised over the models of the
study; models are joined by Ward's method on Euclidean distance (Ward 1963). The number of clusters
is the one with the largest mean silhouette (Rousseeuw 1987) from 2 to `MOST_CLUSTERS`, unless a
reader chooses. Stability of a pair: in how many of the resamples of whole families (the features
computed again from the resampled sums) the two fall into the same cluster; of a cluster: the mean
over its pairs, or for a model alone how often it stays alone. Every set of models can be cut into
clusters: there are kinds only where models that answer alike (their answers dealt out anew among
them inside families) would hardly ever look as clustered (as seldom as `measure.claims` asks of
whatever stands out); else they differ by degree. Heights of the dendrogram have the same level of
chance beside them. Faultline's own measure.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.text_safety import contained
from analysis.vocabulary import MOST_CLUSTERS, STABILITY_DRAWS, SUBJECT_ALPHA

FloatArray = npt.NDArray[np.float64]
SEED = 7
"""Of the resamples, the same on every page and in every report."""
LEAST_MODELS = 4
CHANCE_DRAWS = 199
FEATURES_NAMED = 3
STABLE = 0.8
"""A cluster that holds together in this share of the resamples counts as stable."""
APART = 0.5
"""Mean silhouette from which clusters lie clearly apart."""
BY_DEGREE = "the models differ by degree"
"""What is said where there are no kinds."""


@dataclass(frozen=True)
class Clusters:
    """The models' features and what became of them.

    `features`: model x feature; `z`: the same standardised; `linkage`: scipy's (n-1) x 4;
    `clusters`: model -> number from 1; `together`: model x model share of resamples in one
    cluster;
    `silhouettes`: number of clusters -> mean silhouette (-1..1); `chance`: how often models
    that answer alike look as clustered (NaN where it was not drawn); `alike`: the heights at which
    the first and the last of such models join, each left behind by one draw in forty.
    """

    features: pd.DataFrame
    z: pd.DataFrame
    linkage: FloatArray
    clusters: pd.Series
    together: pd.DataFrame
    silhouettes: dict[int, float]
    chance: float
    alike: tuple[float, float] = (float("nan"), float("nan"))

    @property
    def none(self) -> bool:
        """Whether there are no kinds: the models differ by degree."""
        return self.chance > SUBJECT_ALPHA

    @property
    def silhouette(self) -> float:
        """The best mean silhouette (-1..1) of any number of clusters; 0 where none was tried."""
        return max(self.silhouettes.values(), default=0.0)

    @property
    def clearly_apart(self) -> bool:
        """Whether the clusters lie clearly apart."""
        return self.silhouette >= APART


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
            lacking = ", ".join(contained(str(m)) for m in column[column.isna()].index[:3])
            out[str(name)] = f"not known for {lacking}"
        elif float(column.std(ddof=0)) <= 1e-12:
            out[str(name)] = "the same for all models"
    return values.drop(columns=list(out)), out


def cluster(
    sums: pd.DataFrame,
    rng: np.random.Generator,
    *,
    number: int | None = None,
    draws: int = STABILITY_DRAWS,
) -> Clusters | None:
    """Cluster the models; None with fewer than four of them or without a feature."""
    features, _ = table(sums)
    if len(features) < LEAST_MODELS or features.shape[1] == 0:
        return None
    z = _standardised(features.to_numpy())
    joined = _linkage(z)
    numbers = range(2, min(MOST_CLUSTERS, len(features) - 1) + 1)
    cuts = [_cut(joined, k) for k in numbers]
    silhouettes = {k: _silhouette(z, cut) for k, cut in zip(numbers, cuts, strict=True)}
    k = number or max(silhouettes, key=lambda n: (round(silhouettes[n], 9), -n))
    found = pd.Series(_numbered(_cut(joined, k)), features.index, name="kind")
    together = _together(sums, features, k, draws, rng)
    named = pd.DataFrame(z, features.index, features.columns)
    chance, alike = _chance(sums, features, max(silhouettes.values()), draws)
    return Clusters(features, named, joined, found, together, silhouettes, chance, alike)


def stability(found: Clusters) -> dict[int, float]:
    """Cluster -> mean share of resamples in which its pairs stay together (a single model: in which
    it stays alone), 0..1."""
    result = {}
    for number in sorted(set(found.clusters)):
        inside = found.clusters.index[found.clusters == number]
        if len(inside) > 1:
            square = found.together.loc[inside, inside].to_numpy()
            result[int(number)] = float(square[np.triu_indices(len(inside), 1)].mean())
        else:
            others = found.together.loc[inside[0]].drop(inside[0])
            result[int(number)] = float(1 - others.max())
    return result


def distinguishing_features(found: Clusters, count: int = FEATURES_NAMED) -> pd.DataFrame:
    """The features that set each cluster apart: kind, feature, difference (of the mean z inside and
    outside, signed), inside and outside (means of the feature itself); largest first."""
    rows = []
    for number in sorted(set(found.clusters)):
        mine = found.clusters == number
        gap = found.z[mine].mean() - found.z[~mine].mean()
        for name in gap.abs().sort_values(ascending=False).index[:count]:
            inside, outside = (found.features.loc[m, name].mean() for m in (mine, ~mine))
            rows.append((int(number), str(name), float(gap[name]), float(inside), float(outside)))
    return pd.DataFrame(rows, columns=["kind", "feature", "difference", "inside", "outside"])


def projection(found: Clusters) -> tuple[pd.DataFrame, tuple[float, float]]:
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


def _chance(
    sums: pd.DataFrame, features: pd.DataFrame, best: float, draws: int
) -> tuple[float, tuple[float, float]]:
    """How often models that answer alike look as clustered as these, and between which heights they
    join: in each draw the models' answers are dealt out anew inside every block of families, which
    leaves families as they are and models without a difference."""
    unknown = float("nan")
    rng = np.random.default_rng(SEED)
    y, n = _arrays(sums, features)
    found, heights = 0, []
    for _ in range(min(draws, CHANCE_DRAWS)):
        dealt = rng.random(y.shape[:2]).argsort(axis=1)[:, :, None]
        top, bottom = (np.take_along_axis(x, dealt, axis=1).sum(axis=0) for x in (y, n))
        if (bottom <= 0).any():
            continue
        z = _standardised(top / bottom)
        joined = _linkage(z, ordered=False)
        heights.append(joined[[0, -1], 2])
        most = range(2, min(MOST_CLUSTERS, len(z) - 1) + 1)
        found += max(_silhouette(z, _cut(joined, k)) for k in most) >= best
    if not heights:
        return unknown, (unknown, unknown)
    first, last = np.transpose(heights)
    alike = float(np.quantile(first, 0.025)), float(np.quantile(last, 0.975))
    return (found + 1) / (len(heights) + 1), alike


def _standardised(values: FloatArray) -> FloatArray:
    spread = values.std(axis=0)
    return np.asarray((values - values.mean(axis=0)) / np.where(spread > 1e-12, spread, 1.0))


def _linkage(z: FloatArray, ordered: bool = True) -> FloatArray:
    from scipy.cluster.hierarchy import linkage

    return np.asarray(linkage(z, method="ward", optimal_ordering=ordered))


def _cut(joined: FloatArray, number: int) -> npt.NDArray[np.int64]:
    """The tree cut into so many clusters: all joins but the last few (Ward's heights never fall).
    Labels from 1 in the order of the rows."""
    count = len(joined) + 1
    owner = np.arange(2 * count - 1)
    for step in range(count - number):
        owner[int(joined[step, 0])] = owner[int(joined[step, 1])] = count + step
    for node in range(2 * count - 3, -1, -1):
        owner[node] = owner[owner[node]]
    _, first, code = np.unique(owner[:count], return_index=True, return_inverse=True)
    return np.asarray(first.argsort().argsort()[code] + 1, dtype=np.int64)


def _numbered(labels: Sequence[int] | npt.NDArray[np.int64]) -> list[int]:
    """Clusters numbered by falling size, then by first model."""
    order = pd.Series(labels)
    sizes = order.value_counts()
    ranked = sorted(sizes.index, key=lambda k: (-sizes[k], int(order[order == k].index[0])))
    return [ranked.index(k) + 1 for k in order]


def _silhouette(z: FloatArray, labels: npt.NDArray[np.int64]) -> float:
    """Mean silhouette (-1..1), -1 where it is undefined: one cluster, or each model its own.

    It is taken hundreds of times for the share of chance, and scikit-learn's function spends nearly
    all of its time on checking what it is given.
    """
    known, own = np.unique(labels, return_inverse=True)
    if not 1 < len(known) < len(labels):
        return -1.0
    distances = np.sqrt(((z[:, None, :] - z[None, :, :]) ** 2).sum(axis=2))
    inside = own[:, None] == np.arange(len(known))
    sizes, sums = inside.sum(axis=0), distances @ inside
    alone = sizes[own] == 1
    a = sums[inside] / np.where(alone, 1, sizes[own] - 1)
    b = np.where(inside, np.inf, sums / sizes).min(axis=1)
    widths = np.where(alone, 0.0, (b - a) / np.maximum(np.maximum(a, b), 1e-300))
    return float(widths.mean())


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
        labels = _cut(_linkage(_standardised(one / all_of), ordered=False), number)
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
