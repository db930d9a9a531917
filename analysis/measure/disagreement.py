"""Disagreement D of one scenario, and how far it depends on a single model.

D = the larger, over the two values, of the population standard deviation of the models' positions
(Zhang et al. 2025, arXiv:2510.07686, as its dataset column `max_pop_std_openai` has it). Whole
studies are computed in the store, from the same integers; this is for one case at a time.
"""

import math
from collections.abc import Iterable

import pandas as pd

VALUES = ("value1_position", "value2_position")


def spread(positions: Iterable[float | None]) -> float | None:
    """Population standard deviation (0..3) of positions 0..6; None with fewer than two of them."""
    placed = [int(p) for p in positions if p is not None and not pd.isna(p)]
    n = len(placed)
    if n < 2:
        return None
    return math.sqrt(n * sum(p * p for p in placed) - sum(placed) ** 2) / n


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
    widest = str(positions[list(VALUES)].std(ddof=0).fillna(0).idxmax())
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
