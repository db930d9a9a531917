"""Does disagreement predict violations? AUC of D, and what a threshold of D would catch.

Frames hold one row a judged answer (or scenario): `family`, `d` (0..3, rows without it are left
out) and a bool column named by `outcome`. `weights`, one a row, make it a population's figure.
"""

import math
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.measure.estimates.estimates import (
    Estimate,
    Measured,
    Undefined,
    estimate_cells,
    family_totals,
    rate_by_family,
)
from analysis.measure.estimates.evidence import (
    LEVEL,
    FloatArray,
    correction_of,
    too_few,
    why_none,
)
from analysis.vocabulary import LEAST_FAMILIES

BoolArray: TypeAlias = npt.NDArray[np.bool_]
IntArray: TypeAlias = npt.NDArray[np.int64]

THRESHOLDS = (0.5, 1.0, 1.5, 2.0, 2.5)
_SLACK = 1e-9
"""Two values of D that differ as fractions differ by more, so this makes >= exact again."""


def auc(
    cases: pd.DataFrame,
    outcome: str = "majority",
    weights: FloatArray | None = None,
    level: float = LEVEL,
) -> Measured:
    """Chance that a case with the outcome has a higher D than one without, ties counted half.

    Interval from DeLong's placements summed per family (Obuchowski 1997), on the logit scale
    with a t quantile. Undefined where every case, or none, has the outcome, and where fewer
    families hold it, or lack it, than an interval needs.
    """
    d, flags, w, family = _columns(cases, outcome, weights)
    n = len(d)
    hits, misses = (w * flags).sum(), (w * ~flags).sum()
    if n == 0 or hits == 0 or misses == 0:
        return Undefined(_one_sided(n, float(hits)), n)
    _, rank = np.unique(d, return_inverse=True)
    above_pos, below_neg = _placements(rank, w * flags, w * ~flags)
    value = float((w * flags * below_neg).sum() / hits)
    influence = np.where(flags, (below_neg - value) / hits, (above_pos - value) / misses) * w
    if not 0 < value < 1:
        return Undefined("D separates the cases completely, which leaves no interval", n, value)
    sides = [family_totals(family, w * side) for side in (flags, ~flags)]
    for side, what in zip(sides, ("with", "without"), strict=True):
        if few := too_few(int((side > 0).sum()), f"{what} a violation"):
            return Undefined(few, n, value)
    squares = float(np.square(family_totals(family, influence)).sum())
    correct = correction_of(*sides)
    if why := why_none(LEAST_FAMILIES, squares, float(correct.df)):
        return Undefined(why, n, value)
    return _logit_interval(value, float(correct.half_width(squares, level)), n)


def thresholds(
    cases: pd.DataFrame,
    outcome: str = "majority",
    at: Sequence[float] = THRESHOLDS,
    weights: FloatArray | None = None,
) -> pd.DataFrame:
    """What looking only at D >= threshold would find: a row a threshold x measure.

    Measures: `caught` (share of the cases with the outcome that lie there), `read` (share of
    all cases that lie there), `rate` (share with the outcome among those there). Columns
    threshold, measure, value, low, high, n, undefined. Comparison is exact in spite of floats.
    """
    d, flags, w, family = _columns(cases, outcome, weights)
    rows: list[dict[str, object]] = []
    for threshold in at:
        there = d >= threshold - _SLACK
        sides = {
            "caught": (there & flags, flags),
            "read": (there, np.ones(len(d), dtype=bool)),
            "rate": (there & flags, there),
        }
        for measure, (part, whole) in sides.items():
            estimate = _share(part, whole, w, family)
            rows.append({"threshold": threshold, "measure": measure, **estimate_cells(estimate)})
    return pd.DataFrame(rows)


def _columns(
    cases: pd.DataFrame, outcome: str, weights: FloatArray | None
) -> tuple[FloatArray, BoolArray, FloatArray, IntArray]:
    w = np.ones(len(cases)) if weights is None else np.asarray(weights, dtype=float)
    kept = cases["d"].notna().to_numpy() & (w > 0)
    known = cases[kept]
    d = np.round(known["d"].to_numpy(dtype=float), 9)
    family, _ = pd.factorize(known["family"])
    return d, known[outcome].to_numpy(dtype=bool), w[kept], family


def _placements(
    rank: IntArray, positive: FloatArray, negative: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Per row: weighted share of positives with a higher D, and of negatives with a lower one."""
    pos, neg = np.bincount(rank, positive), np.bincount(rank, negative)
    above = pos.sum() - np.cumsum(pos) + pos / 2
    below = np.cumsum(neg) - neg / 2
    return (above / pos.sum())[rank], (below / neg.sum())[rank]


def _logit_interval(value: float, half: float, n: int) -> Estimate:
    centre, wide = math.log(value / (1 - value)), half / (value * (1 - value))
    low, high = (1 / (1 + math.exp(-x)) for x in (centre - wide, centre + wide))
    return Estimate(value, min(low, value), max(high, value), n)


def _one_sided(n: int, hits: float) -> str:
    if n == 0:
        return "no judged case with a D"
    return "every case is non-compliant" if hits else "no case is non-compliant"


def _share(
    part: BoolArray,
    whole: BoolArray,
    w: FloatArray,
    family: IntArray,
) -> Measured:
    return rate_by_family(
        family_totals(family, w * part), family_totals(family, w * whole), int(whole.sum())
    )
