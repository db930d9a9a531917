"""Exact greedy k-center (farthest-first), plain and weighted, without doing all of its work.

The greedy rule picks, again and again, the point with the largest key: its distance to the
nearest centre so far, times its weight (ties: the lowest row). Distances only shrink, so a
point's last known key is an upper bound. Only the points with the highest bounds, the pool, are
brought up to date, with matrix products against the centres chosen since each was last looked
at; inside the pool the rule runs for as long as the best key stays above every bound outside.

Plain, the cover radius is at most twice the best possible (Gonzalez 1985). Weighted, from the
heaviest point, the proven factor is larger: no factor of 2 is claimed.
"""

import math
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.errors import FaultlineError

Grid = npt.NDArray[np.int16]
Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]
Doubles = npt.NDArray[np.float64]

EXACT = 1 << 24  # whole numbers up to here are exact in float32
BLOCK = 4_096  # rows turned to float32 at a time
CHUNK = 1_024  # rows brought up to date together
POOL, CORE = 8_192, 1_024
FEW = 4_096  # rows up to which one thread does it


@dataclass(frozen=True)
class Centers:
    """What was kept, in the order of choice.

    `order`: row numbers. `distance`: Euclidean distance (0..2) of each, when it was chosen, to
    the nearest centre before it; infinite for the first. `radius`: the largest key that is left,
    the distance of the worst served row (times its weight).
    """

    order: Ints
    distance: Doubles
    radius: float


def grid_size(dimensions: int) -> int:
    """Steps per unit length, so that every squared distance on the grid is below 2^24."""
    return int(math.sqrt(EXACT / 4) - math.sqrt(dimensions) / 2) - 1


def on_grid(vectors: npt.NDArray[np.floating]) -> Grid:
    """Rows scaled to length 1 and rounded to whole numbers on which float32 sums are exact.

    Any order of summing, number of threads and block size then gives the same bits. A row of
    zeros (a text without a known word) stays zeros. Raises FaultlineError for values that are
    not finite.
    """
    if vectors.ndim != 2 or not 0 < vectors.shape[1] < 100_000:
        raise FaultlineError("Embeddings must be a table with one row per query.")
    steps = grid_size(vectors.shape[1])
    out = np.empty(vectors.shape, dtype=np.int16)
    for start in range(0, len(vectors), BLOCK):
        rows = vectors[start : start + BLOCK].astype(np.float64)
        if not np.isfinite(rows).all():
            raise FaultlineError("Some embeddings are not finite numbers: embed the queries again.")
        norms = np.linalg.norm(rows, axis=1, keepdims=True)
        out[start : start + BLOCK] = np.rint(rows * (steps / np.where(norms == 0, 1.0, norms)))
    return out


def select(
    points: Grid,
    *,
    weights: npt.NDArray[np.floating] | None = None,
    keep: int | None = None,
    stop: float = 0.0,
    first: int | None = None,
    pool: int = POOL,
    core: int = CORE,
) -> Centers:
    """The rows that the greedy rule keeps: at most `keep`, none whose key is below `stop`.

    `points` come from `on_grid`; `weights` are 0 or more, one per row, and then the heaviest row
    comes first. `stop` is a distance between unit vectors, times the weight where there is one.
    A row that repeats a centre (key 0) is never kept.
    """
    checked = _checked(weights, len(points))
    limit = len(points) if keep is None else max(0, min(keep, len(points)))
    if limit == 0:
        return Centers(np.empty(0, np.int64), np.empty(0), 0.0)
    search = _Search(points, checked, limit)
    with _threads(len(points)):
        search.choose(_first(checked) if first is None else first, math.inf)
        search.refresh(np.arange(len(points)))
        while len(search.order) < limit and search.round(limit, stop, (pool, core)):
            pass
        radius = search.radius(pool)
    return Centers(np.asarray(search.order), np.asarray(search.distance), radius)


def _threads(rows: int) -> AbstractContextManager[object]:
    """Few rows make products too small to share: on a busy machine the threads would wait for
    each other most of the time (a hundred times as long, measured over 180 rows)."""
    if rows > FEW:
        return nullcontext()
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    limits: AbstractContextManager[object] = threadpool_limits(1)
    return limits


def _first(weights: Doubles | None) -> int:
    return 0 if weights is None else int(np.argmax(weights))


def _checked(weights: npt.NDArray[np.floating] | None, n: int) -> Doubles | None:
    if weights is None:
        return None
    checked = np.asarray(weights, dtype=np.float64)
    if checked.shape != (n,) or not np.isfinite(checked).all() or (checked < 0).any():
        raise FaultlineError("Weights must be one number of 0 or more for every row.")
    return checked


class _Search:
    """The state between rounds: each row's key as last known, and how many centres it saw."""

    def __init__(self, points: Grid, weights: Doubles | None, limit: int) -> None:
        n, d = points.shape
        self.points, self.weights = points, weights
        self.unit = grid_size(d)
        self.norms = _squares(points)
        self.square = np.full(n, np.inf, dtype=np.float32)
        self.seen = np.zeros(n, dtype=np.int32)
        self.keys = np.empty(n)
        self.centres = np.empty((limit, d), dtype=np.float32)
        self.centre_norms = np.empty(limit, dtype=np.float32)
        self.order: list[int] = []
        self.distance: list[float] = []

    def choose(self, row: int, square: float) -> None:
        place = len(self.order)
        self.centres[place] = self.points[row]
        self.centre_norms[place] = self.norms[row]
        self.order.append(row)
        self.distance.append(math.sqrt(square) / self.unit)

    def refresh(self, rows: Ints) -> None:
        """Bring rows up to date; those that saw about equally many centres go together."""
        now = len(self.order)
        rows = rows[np.argsort(self.seen[rows], kind="stable")]
        for start in range(0, len(rows), CHUNK):
            part = rows[start : start + CHUNK]
            block = self.points[part].astype(np.float32)
            nearest = self._nearest(block, self.norms[part], int(self.seen[part[0]]), now)
            self.square[part] = np.minimum(self.square[part], nearest)
        self.seen[rows] = now
        self.keys[rows] = self.key(rows, self.square[rows])

    def key(self, rows: Ints, square: Floats) -> Doubles:
        """Distance times weight; in float64, so that it falls whenever the square falls."""
        distance = np.sqrt(square, dtype=np.float64) / self.unit
        return distance if self.weights is None else distance * self.weights[rows]

    def _nearest(self, block: Floats, norms: Floats, since: int, now: int) -> Floats:
        """Squared distance of each row of a block to the nearest centre of a range."""
        best = np.full(len(block), np.inf, dtype=np.float32)
        for start in range(since, now, BLOCK):
            end = min(start + BLOCK, now)
            products = self.centres[start:end] @ block.T
            products *= -2.0
            products += self.centre_norms[start:end, None]
            np.minimum(best, products.min(axis=0), out=best)
        return best + norms

    def round(self, limit: int, stop: float, sizes: tuple[int, int]) -> bool:
        """Fill the pool, choose inside it; False when no key above 0 and `stop` is left."""
        rows, outside = _top(self.keys, sizes[0])
        self.refresh(rows)
        pool = _Pool(self, rows)
        while pool.best > outside and len(self.order) < limit:
            if pool.best <= 0 or pool.best < stop:
                return False
            pool.run(outside, limit, stop, sizes[1])
        pool.store()
        return bool(self.keys.max() > 0)

    def radius(self, size: int) -> float:
        """The largest key that is left: bounds are brought up to date only as far as needed."""
        while True:
            rows, outside = _top(self.keys, size)
            self.refresh(rows)
            best = float(self.keys[rows].max())
            if best >= outside:
                return best


class _Pool:
    """Rows held as float32 while the rule runs among them; all up to date between runs."""

    def __init__(self, search: _Search, rows: Ints) -> None:
        self.search, self.rows = search, rows
        self.block = search.points[rows].astype(np.float32)
        self.norms, self.square = search.norms[rows], search.square[rows]
        self.keys = search.keys[rows]

    @property
    def best(self) -> float:
        return float(self.keys.max())

    def run(self, outside: float, limit: int, stop: float, size: int) -> None:
        """Choose among the best rows of the pool until another one may be better; catch up."""
        search = self.search
        core, beside = _top(self.keys, size)
        above, begun = max(outside, beside), len(search.order)
        rows, block, norms = self.rows[core], self.block[core], self.norms[core]
        square, keys = self.square[core], self.keys[core]
        while len(search.order) < limit:
            best = int(np.argmax(keys))
            if keys[best] <= max(above, 0.0) or keys[best] < stop:
                break
            search.choose(int(rows[best]), float(square[best]))
            np.minimum(square, norms + (norms[best] - 2.0 * (block @ block[best])), out=square)
            keys = search.key(rows, square)
        self._catch_up(begun)

    def _catch_up(self, since: int) -> None:
        search = self.search
        nearest = search._nearest(self.block, self.norms, since, len(search.order))
        np.minimum(self.square, nearest, out=self.square)
        self.keys = search.key(self.rows, self.square)

    def store(self) -> None:
        search, rows = self.search, self.rows
        search.square[rows], search.keys[rows] = self.square, self.keys
        search.seen[rows] = len(search.order)


def _top(keys: Doubles, size: int) -> tuple[Ints, float]:
    """Places of the `size` largest keys, in order of place and with all ties of the last, and
    the largest key that was left out (-1 when none was)."""
    if len(keys) <= size:
        return np.arange(len(keys)), -1.0
    least = np.partition(keys, len(keys) - size)[len(keys) - size]
    inside = keys >= least
    rest = keys[~inside]
    return np.flatnonzero(inside), float(rest.max()) if len(rest) else -1.0


def _squares(points: Grid) -> Floats:
    out = np.empty(len(points), dtype=np.float32)
    for start in range(0, len(points), BLOCK):
        rows = points[start : start + BLOCK].astype(np.int64)
        out[start : start + BLOCK] = (rows * rows).sum(axis=1)
    return out
