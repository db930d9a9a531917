"""Queries into vectors on a grid, for selection. Each embedder has its own default stops.

The paper's stops (0.4 plain, 0.8 weighted) belong to the embeddings it used. `DEFAULT_STOPS`
were set on planted near duplicates: over simulated queries 95% of the variants that ask for the
same thing in other words lie below 0.5, 95% of the nudges of one family above 0.56, other
families above 1.2; weighted keeps the paper's ratio. A page shows pairs at the chosen distance,
so that a person can judge them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.errors import FaultlineError
from pipeline.kcenter import Grid, grid_size, on_grid

DIMENSIONS = 256
FEW = 400


@dataclass(frozen=True)
class Stops:
    """Distances between unit vectors below which a query counts as served already."""

    plain: float
    weighted: float


DEFAULT_STOPS = {"tfidf": Stops(plain=0.5, weighted=1.0)}


def embed(texts: Sequence[str], embedder: str = "tfidf") -> Grid:
    """One row per text on the integer grid of `kcenter.on_grid`; the same texts, the same rows.

    Raises FaultlineError for an embedder that is not there.
    """
    if embedder != "tfidf":
        raise FaultlineError(
            f"There is no embedder {embedder!r}: it is one of {', '.join(DEFAULT_STOPS)}."
        )
    return on_grid(_tfidf(texts))


def _tfidf(texts: Sequence[str]) -> npt.NDArray[np.floating]:
    """TF-IDF of words and word pairs; of many texts brought down to 256 dimensions by an SVD.

    Few texts keep all their dimensions: equal singular values would leave the SVD's axes to
    chance, and with them the rounding to the grid.
    """
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    vectorizer = TfidfVectorizer(
        sublinear_tf=True, ngram_range=(1, 2), token_pattern=r"(?u)\w+", max_features=200_000
    )
    try:
        matrix = vectorizer.fit_transform(texts)
    except ValueError:  # not one word in all the texts
        return np.zeros((len(texts), 1), dtype=np.float32)
    if len(texts) <= FEW:
        whole: npt.NDArray[np.floating] = matrix.toarray()
        return whole
    svd = TruncatedSVD(
        min(DIMENSIONS, matrix.shape[1]), algorithm="randomized", n_iter=5, random_state=0
    )
    with threadpool_limits(1):  # several threads would sum in another order each time
        reduced: npt.NDArray[np.floating] = svd.fit_transform(matrix)
    return reduced


def distances(points: Grid, rows: Sequence[int], others: Sequence[int]) -> npt.NDArray[np.float64]:
    """Euclidean distances (0..2) between pairs of rows, for a person who looks at them."""
    difference = points[list(rows)].astype(np.float64) - points[list(others)]
    lengths: npt.NDArray[np.float64] = np.linalg.norm(difference, axis=1)
    return lengths / grid_size(points.shape[1])
