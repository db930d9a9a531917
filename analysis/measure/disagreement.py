"""Disagreement D of one scenario, and how far it hangs on a single model.

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
    held = [int(p) for p in positions if p is not None and not pd.isna(p)]
    n = len(held)
    if n < 2:
        return None
    return math.sqrt(n * sum(p * p for p in held) - sum(held) ** 2) / n


def disagreement(positions: pd.DataFrame) -> float | None:
    """D (0..3) of one scenario; `positions`: one row a model with both position columns.

    None where neither value has two positions: then there is no D, and never 0.
    """
    spreads = [s for s in (spread(positions[v]) for v in VALUES) if s is not None]
    return max(spreads, default=None)


def leave_one_out(positions: pd.DataFrame) -> pd.DataFrame:
    """D of one scenario without each model in turn: the rows given, with d and change added.

    Only models that have a position are left out; `change` is d without the model minus D of
    all (negative: the model drives the disagreement). Null where fewer than two are left.
    """
    whole = disagreement(positions)
    held = positions[positions[list(VALUES)].notna().any(axis=1)]
    without = [disagreement(held.drop(index=i)) for i in held.index]
    found = held.assign(d=pd.array(without, dtype="Float64").astype("float64"))
    return found.assign(change=found["d"] - (math.nan if whole is None else whole))
