"""The level of chance beside a ranking, and which ranks are open.

Somebody always comes first. What the first of several models that answer alike would show is
found by dealing their answers out anew among them inside families: families stay as they are,
and nothing tells the models apart. A model stands out where fewer than `level` of the deals put any
model so far out (Westfall & Young 1993, the largest standardised distance), so one level holds for
all of them together. Ranks are open where no pair of models that are compared side by side in the
same families settles them: all pairs together are wrong in at most `level` (Holm 1979; ranks from
pairs as in Al Mohamad, Goeman & van Zwet 2022).

Everything takes sums by block and unit: a block is a family or a lot of whole families, a unit a
model, and its number is sum y / sum n.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.measure.estimates.evidence import FloatArray
from analysis.vocabulary import DEALS, LEAST_FAMILIES

Places = npt.NDArray[np.int64]
SEED = 11
"""Of the deals, the same on every page and in every report."""
COLUMNS = ("chance_low", "chance_high", "chance_p", "rank_low", "rank_high")


def beside(
    sums: pd.DataFrame,
    units: Sequence[str],
    level: float,
    *,
    least: bool = False,
    draws: int = DEALS,
) -> pd.DataFrame:
    """What chance and the pairs say of each unit, one row a unit in the order given.

    `sums`: block, model, y, n (one row a block and unit, y and n summed; others are left out).
    Columns: model; chance_low and chance_high, between which all units lie together in 1 - `level`
    of the deals; chance_p (0..1), how often a deal puts any unit as far out as this one; rank_low
    and rank_high, the ranks that the pairs leave open (1 is the largest number, with `least` the
    smallest). NaN where the unit has no case, or fewer than five blocks have two units or more.
    """
    y, n = _arrays(sums, units)
    table = pd.DataFrame({"model": list(units)} | dict.fromkeys(COLUMNS, np.nan))
    known = n.sum(axis=0) > 0
    shared = (n > 0).sum(axis=1) > 1
    if known.sum() < 2 or shared.sum() < LEAST_FAMILIES:
        return table
    low, high, p = dealt(y[:, known], n[:, known], level, draws)
    first, last = ranks(-y[:, known] if least else y[:, known], n[:, known], level)
    found = dict(zip(COLUMNS, (low, high, p, first, last), strict=True))
    for name, column in found.items():
        table.loc[known, name] = column
    return table


def dealt(
    y: FloatArray, n: FloatArray, level: float, draws: int = DEALS
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """(low, high, p) of each unit under deals of the units' sums inside blocks.

    `y`, `n`: block x unit; a unit without a case in a block is dealt nothing there. Every unit
    needs a case somewhere.
    """
    rng = np.random.default_rng(SEED)
    values = np.empty((draws, y.shape[1]))
    there = n > 0
    places = np.where(there, 0.0, 1.0).argsort(axis=1, kind="stable")
    for i in range(draws):
        drawn = np.where(there, rng.random(y.shape), 2.0).argsort(axis=1, kind="stable")
        values[i] = _dealt_sum(y, drawn, places) / np.maximum(_dealt_sum(n, drawn, places), 1e-300)
    middle, spread = values.mean(axis=0), values.std(axis=0)
    told = spread > 1e-12 * np.maximum(np.abs(middle), 1e-12)
    scale = np.where(told, spread, 1.0)
    farthest = np.abs(np.where(told, (values - middle) / scale, 0.0)).max(axis=1)
    mine = y.sum(axis=0) / n.sum(axis=0)
    away = np.where(told, np.abs(mine - middle) / scale, 0.0)
    p = (1 + (farthest[:, None] >= away - 1e-9).sum(axis=0)) / (draws + 1)
    # the widest band that leaves a p of at most `level` outside
    kept = max(int(np.floor(level * (draws + 1))) - 1, 0)
    reach = np.sort(farthest)[::-1][kept] * np.where(told, spread, 0.0)
    each = y[there] / n[there]  # no deal can leave what single blocks show: no rate below 0
    low, high = (np.clip(end, each.min(), each.max()) for end in (middle - reach, middle + reach))
    return low, high, np.where(told, p, 1.0)


def ranks(y: FloatArray, n: FloatArray, level: float) -> tuple[FloatArray, FloatArray]:
    """(first, last) rank that each unit may have, 1 the largest.

    Two units are compared as if they had swapped their answers block by block: the difference over
    the root of the sum of its squared parts, which can't pass the root of the number of blocks, so
    a handful of them never settles much.
    """
    units = y.shape[1]
    total = n.sum(axis=0)
    pairs = [(i, j) for i in range(units) for j in range(i + 1, units)]
    z = np.array([_apart(y, n, total, i, j) for i, j in pairs])
    above = np.zeros((units, units), dtype=bool)
    for at in _settled(z, level):
        i, j = pairs[at]
        above[(i, j) if z[at] > 0 else (j, i)] = True
    first = 1.0 + above.sum(axis=0)
    last = float(units) - above.sum(axis=1)
    return first, last


def stands_out(rows: Sequence[Mapping[Any, Any]]) -> tuple[list[str], list[str]]:
    """The models above, and below, where all would lie if they answered alike.

    `rows`: model, value, and the columns of `beside` (others may lack them); farthest first.
    """
    high = [r for r in rows if _number(r["value"]) > _number(r.get("chance_high"))]
    low = [r for r in rows if _number(r["value"]) < _number(r.get("chance_low"))]
    high.sort(key=lambda r: -_number(r["value"]))
    low.sort(key=lambda r: _number(r["value"]))
    return [str(r["model"]) for r in high], [str(r["model"]) for r in low]


def _number(cell: object) -> float:
    return float(cell) if isinstance(cell, int | float) else float("nan")


def _dealt_sum(
    x: FloatArray, drawn: npt.NDArray[np.int64], places: npt.NDArray[np.int64]
) -> FloatArray:
    """Sums per unit after what lay at `drawn` has been put at `places`, both block x unit."""
    moved = np.take_along_axis(x, drawn, axis=1)
    return np.bincount(places.ravel(), moved.ravel(), x.shape[1]).astype(float)


def _apart(y: FloatArray, n: FloatArray, total: FloatArray, i: int, j: int) -> float:
    """How far apart two units are, in standard errors under a swap; 0 where too few blocks have
    both."""
    both = (n[:, i] > 0) & (n[:, j] > 0)
    if both.sum() < LEAST_FAMILIES:
        return 0.0
    pooled = (y[:, i].sum() + y[:, j].sum()) / (total[i] + total[j])
    parts = (y[:, i] - pooled * n[:, i]) / total[i] - (y[:, j] - pooled * n[:, j]) / total[j]
    squares = float(np.square(parts).sum())
    return float(parts.sum() / np.sqrt(squares)) if squares > 1e-24 else 0.0


def _settled(z: FloatArray, level: float) -> list[int]:
    """The pairs that Holm's steps settle at `level` over all of them."""
    from scipy.special import ndtr

    p = 2 * ndtr(-np.abs(z))
    found = []
    for step, at in enumerate(np.argsort(p, kind="stable")):
        if p[at] > level / (len(p) - step):
            break
        found.append(int(at))
    return found


def _arrays(sums: pd.DataFrame, units: Sequence[str]) -> tuple[FloatArray, FloatArray]:
    """Block x unit sums of y and n, 0 where a block has none."""
    held = sums[sums["model"].isin(list(units))]
    blocks, block = np.unique(held["block"], return_inverse=True)
    unit = pd.Index(list(units)).get_indexer(pd.Index(held["model"]))
    y, n = np.zeros((len(blocks), len(units))), np.zeros((len(blocks), len(units)))
    np.add.at(y, (block, unit), held["y"].to_numpy(float))
    np.add.at(n, (block, unit), held["n"].to_numpy(float))
    return y, n
