"""Queries into vectors on a grid, for selection. Each embedder has its own default stops.

`tfidf` needs nothing and `minilm` a folder on this machine; any other embedder is a model behind
an OpenAI-compatible endpoint, asked by the runner (`embed_calls`).

The paper's stops (0.4 plain, 0.8 weighted) belong to the embeddings it used. Those of `tfidf`
were set on planted near duplicates: over simulated queries 95% of the variants that ask for the
same thing in other words lie below 0.5, 95% of the nudges of one family above 0.56, other
families above 1.2; weighted keeps the paper's ratio. The others' are measured on the queries at
hand (`calibrate`). Pages show pairs at the chosen distance, so that a person can judge them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.errors import FaultlineError
from analysis.measure.embed import tfidf
from pipeline.select.calibrate import Calibration, Probes, Stops, calibrated
from pipeline.select.embedders import LOCAL_EMBEDDERS
from pipeline.select.kcenter import Grid, grid_size, on_grid
from pipeline.select.minilm import minilm

DEFAULT_STOPS = {"tfidf": Stops(plain=0.5, weighted=1.0)}
LOOKED_AT = 2_000  # rows that are looked through for pairs to show
BLOCK = 256


def embed(texts: Sequence[str], embedder: str = "tfidf") -> Grid:
    """One row per text on the integer grid of `kcenter.on_grid`; the same texts, the same rows.

    Raises FaultlineError for an embedder that is not on this machine.
    """
    if embedder == "tfidf":
        return on_grid(tfidf(texts))
    if embedder == "minilm":
        return on_grid(minilm(texts))
    known = ", ".join(LOCAL_EMBEDDERS)
    raise FaultlineError(f"There is no embedder {embedder!r}: it is one of {known}.")


def distances(points: Grid, rows: Sequence[int], others: Sequence[int]) -> npt.NDArray[np.float64]:
    """Euclidean distances (0..2) between pairs of rows, for a person who looks at them."""
    difference = points[list(rows)].astype(np.float64) - points[list(others)]
    lengths: npt.NDArray[np.float64] = np.linalg.norm(difference, axis=1)
    return lengths / grid_size(points.shape[1])


def measured(points: Grid, probes: Probes) -> Calibration:
    """The distance that sets the planted near duplicates apart, for the embedder of `points`
    (one row per text of the probes)."""
    near, apart = (
        distances(points, [a for a, _ in pairs], [b for _, b in pairs]) if pairs else np.empty(0)
        for pairs in (probes.near, probes.apart)
    )
    return calibrated(near, apart)


@dataclass(frozen=True)
class RowPair:
    """Two rows and how far apart they are; `kept`: the first one stays although the other does."""

    row: int
    other: int
    distance: float
    kept: bool


def pairs_around(points: Grid, kept: Sequence[int], stop: float, count: int = 6) -> list[RowPair]:
    """Pairs on both sides of a distance: the last ones left out and the first ones kept.

    At most `count` of each, nearest to the distance first; of many rows an even sample is looked
    through.
    """
    if len(kept) < 2:
        return []
    looked = np.unique(np.linspace(0, len(points) - 1, min(LOOKED_AT, len(points))).astype(int))
    centres, found, inside = np.asarray(kept), list[RowPair](), set(kept)
    against = points[centres].astype(np.float32)
    lengths = (against**2).sum(axis=1)
    for start in range(0, len(looked), BLOCK):
        rows = looked[start : start + BLOCK]
        block = points[rows].astype(np.float32)
        squares = (block**2).sum(axis=1)[:, None] + lengths[None] - 2 * block @ against.T
        squares[rows[:, None] == centres[None]] = np.inf
        nearest = squares.argmin(axis=1)
        away = np.sqrt(np.maximum(squares[np.arange(len(rows)), nearest], 0))
        for row, place, far in zip(rows, nearest, away / grid_size(points.shape[1]), strict=True):
            found.append(RowPair(int(row), int(centres[place]), float(far), int(row) in inside))
    out = sorted((p for p in found if not p.kept), key=lambda p: -p.distance)[:count]
    stay = [p for p in found if p.kept and (p.other > p.row or p.other not in looked)]
    return out + sorted(stay, key=lambda p: abs(p.distance - stop))[:count]
