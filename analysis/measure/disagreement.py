"""Disagreement D of one scenario, and how far it depends on a single model.

The formula stands in `disagreement_formula`; here it is taken of frames and arrays. Whole studies
are computed in the store, by the same formula in SQL (`store.disagreement_sql`).
"""

import math
from collections.abc import Iterable

import numpy as np
import pandas as pd

from analysis.measure import disagreement_formula as formula
from analysis.measure.estimates.evidence import FloatArray
from analysis.vocabulary import HIGH_D

VALUES = ("value1_position", "value2_position")


def spread(positions: Iterable[float | None]) -> float | None:
    """Population standard deviation (0..3) of positions 0..6; None with fewer than two of them."""
    placed = [int(p) for p in positions if p is not None and not pd.isna(p)]
    return formula.d_of([formula.moments(placed)])


def spreads(positions: FloatArray) -> tuple[FloatArray, FloatArray]:
    """D of each query (NaN below two positions) and whether it is high, exactly, as 0 or 1.

    `positions`: (queries, models, 2) of 0..6, NaN where there is none.
    """
    known = ~np.isnan(positions)
    p = np.where(known, positions, 0).astype(np.int64)
    n = known.sum(axis=1)
    spread = formula.spread(n, p.sum(axis=1), (p * p).sum(axis=1))
    with np.errstate(invalid="ignore", divide="ignore"):
        each = np.where(n > 1, np.sqrt(spread) / n, np.nan)
    a, b = formula.squared(HIGH_D)
    high = ((n > 1) & (b * spread >= a * n * n)).any(axis=1)
    d = np.fmax(each[:, 0], each[:, 1])
    return d, np.where(np.isnan(d), np.nan, high)


def by_query(positions: pd.DataFrame, query: list[str]) -> pd.Series:
    """D of each query (levels of the index), of positions that need not be whole numbers: one
    column a value, one row a model. Null where neither value has two models."""
    grouped = positions.groupby(level=query)
    return grouped.std(ddof=0).where(grouped.count() > 1).max(axis=1)


def high_share(high: int, scenarios: int) -> float | None:
    """Share (0..1) of the scenarios with a D whose D is high (`vocabulary.HIGH_D` or more); None
    where no scenario has a D."""
    return high / scenarios if scenarios else None


def placed_models(positions: pd.DataFrame) -> int:
    """How many models have a position on either value, and so count in D; rows as in
    `disagreement`."""
    return int(positions[list(VALUES)].notna().any(axis=1).sum())


def disagreement(positions: pd.DataFrame) -> float | None:
    """D (0..3) of one scenario; `positions`: one row a model with both position columns.

    None where neither value has two positions: then there is no D, and never 0.
    """
    spreads = [s for s in (spread(positions[v]) for v in VALUES) if s is not None]
    return max(spreads, default=None)


def ordered(positions: pd.DataFrame) -> pd.DataFrame:
    """The rows from oppose to favor on the value that splits the models most, ties and models
    without a position by label; rows as in `disagreement`, with label."""
    widths = {value: spread(positions[value]) or 0.0 for value in VALUES}
    widest = max(widths, key=widths.__getitem__)
    return positions.sort_values([widest, "label"], na_position="last", kind="stable")


def leave_one_out(positions: pd.DataFrame) -> pd.DataFrame:
    """D of one scenario without each model in turn: the rows given, with d and change added.

    Only models that have a position are left out; `change` is d without the model minus D of
    all (negative: the model drives the disagreement). Null where fewer than two are left.
    """
    whole = disagreement(positions)
    placed = positions[positions[list(VALUES)].notna().any(axis=1)]
    without = [disagreement(placed.drop(index=i)) for i in placed.index]
    found = placed.assign(d=pd.array(without, dtype="Float64").astype("float64"))
    return found.assign(change=found["d"] - (math.nan if whole is None else whole))
