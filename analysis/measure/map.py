"""Queries on a plane: UMAP of their vectors, and how far such a plane can be trusted.

UMAP: McInnes, Healy and Melville 2018. Cosine, 15 neighbours, a fixed seed (one thread), started
from the two main axes: at 44,000 queries that took as long and kept as many neighbours as the
spectral start (docs/performance.md), and it has no eigenproblem that can fail. A plane keeps only
part of what is near: `kept` measures it for each map.
"""

import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float32]
NEIGHBOURS = 15
SEED = 7
MOST = 50_000
"""More queries than this are not drawn: those with the highest D are."""
CHECKED = 2_000
LEAST = 20


def chosen(d: npt.NDArray[np.float64], most: int = MOST) -> npt.NDArray[np.int64]:
    """Rows to draw: all, or the `most` with the highest D (unknown last), in row order."""
    if len(d) <= most:
        return np.arange(len(d))
    order = np.argsort(-np.nan_to_num(d, nan=-1.0), kind="stable")
    return np.sort(order[:most])


def plane(vectors: Points) -> Points:
    """Two coordinates a row of unit vectors. Needs at least `LEAST` rows."""
    import warnings

    import umap

    reducer = umap.UMAP(
        n_neighbors=min(NEIGHBOURS, len(vectors) - 1),
        metric="cosine",
        random_state=SEED,
        init="pca",
        n_jobs=1,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found: Points = reducer.fit_transform(vectors).astype(np.float32)
    return found


def kept(vectors: Points, points: Points, k: int = NEIGHBOURS) -> float:
    """Share of the k nearest queries (cosine) that are also among the k nearest on the plane.

    Over at most `CHECKED` rows, evenly spread; 0..1.
    """
    rows = np.unique(np.linspace(0, len(points) - 1, min(CHECKED, len(points))).astype(int))
    k = min(k, len(points) - 1)
    shares = []
    for part in np.array_split(rows, max(1, len(rows) // 200)):
        near = -(vectors[part] @ vectors.T)
        flat = ((points[part][:, None, :] - points[None, :, :]) ** 2).sum(axis=2)
        for matrix in (near, flat):
            matrix[np.arange(len(part)), part] = np.inf
        a, b = (np.argpartition(m, k - 1, axis=1)[:, :k] for m in (near, flat))
        shares += [len(set(x) & set(y)) / k for x, y in zip(a, b, strict=True)]
    return float(np.mean(shares))


def clusters(vectors: Points, most: int = 8) -> npt.NDArray[np.int64]:
    """A group number from 0 for each row: k-means on the vectors, one group forty rows, at
    least two and at most `most`."""
    from sklearn.cluster import KMeans

    groups = int(np.clip(len(vectors) // 40, 2, most))
    return np.asarray(KMeans(groups, n_init=4, random_state=SEED).fit_predict(vectors), np.int64)


def nearest(vectors: Points, row: int, count: int) -> tuple[npt.NDArray[np.int64], Points]:
    """The `count` rows most like one, itself left out, with their cosines; nearest first."""
    cosines = vectors @ vectors[row]
    cosines[row] = -np.inf
    best = np.argsort(-cosines, kind="stable")[:count]
    return best, cosines[best]
