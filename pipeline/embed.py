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
from analysis.measure.embed import tfidf
from pipeline.kcenter import Grid, grid_size, on_grid


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
    return on_grid(tfidf(texts))


def distances(points: Grid, rows: Sequence[int], others: Sequence[int]) -> npt.NDArray[np.float64]:
    """Euclidean distances (0..2) between pairs of rows, for a person who looks at them."""
    difference = points[list(rows)].astype(np.float64) - points[list(others)]
    lengths: npt.NDArray[np.float64] = np.linalg.norm(difference, axis=1)
    return lengths / grid_size(points.shape[1])
