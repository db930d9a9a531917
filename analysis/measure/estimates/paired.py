"""One number on two sides of the same families: the difference B - A, its interval and its p-value.

Families are what is sampled, and what moves both sides of a family alike cancels. The interval is
the family-clustered one of `estimates` (`evidence` decides whether there is one). Where few
families differ at all, t is surer than it may be: swapping the sides of a family is as likely as
not where nothing differs, so all swaps are gone through (an exact test, Fisher 1935; for rates with
one case a family McNemar's), the larger p holds, and an interval reaches to 0 where the swaps can't
rule it out.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from analysis.measure.estimates.estimates import (
    Estimate,
    Measured,
    Undefined,
    clustered_mean,
    rate_by_family,
    spread_of,
    t_interval,
)
from analysis.measure.estimates.evidence import (
    LEVEL,
    NO_CASES,
    NO_SPREAD,
    SPARSE,
    Correction,
    FloatArray,
    correction_of,
    exact_bounds,
    too_few,
)

SWAPPED = 14
"""Up to so many differing families all swaps are gone through: 16,384 of them."""
ONE_SIDE = "no family is on both sides"
Statistic = Callable[[FloatArray], FloatArray]
"""From sums over families (..., K) to the number they make (...)."""


@dataclass(frozen=True)
class Paired:
    """A number on side A and side B, the difference B - A, and the p-value of a difference of 0
    (NaN where nothing can be tested). `families` are those on both sides, `n` the cases of A."""

    a: Measured
    b: Measured
    difference: Measured
    p: float
    n: int
    families: int


def paired(
    sums_a: FloatArray,
    counts_a: FloatArray,
    sums_b: FloatArray,
    counts_b: FloatArray,
    *,
    rate: bool = False,
    cases: int | None = None,
) -> Paired:
    """Means (or, with `rate`, shares of successes) on both sides, from each family's sum and
    number of cases, one entry a family and the same families in the same order.

    Families that only one side has are left out. Sums may be weighted; then `cases` is the number
    of cases they stand for.
    """
    both = (counts_a > 0) & (counts_b > 0)
    ya, na, yb, nb = (np.asarray(x, float)[both] for x in (sums_a, counts_a, sums_b, counts_b))
    if not len(na):
        nothing = Undefined(ONE_SIDE)
        return Paired(nothing, nothing, nothing, math.nan, 0, 0)
    n = round(float(na.sum())) if cases is None else cases
    alone = rate_by_family if rate else clustered_mean
    a, b = alone(ya, na, cases), alone(yb, nb, cases)
    mean_a, mean_b = ya.sum() / na.sum(), yb.sum() / nb.sum()
    influence = (yb - mean_b * nb) / nb.sum() - (ya - mean_a * na) / na.sum()
    sides = np.stack([np.stack([ya, na], axis=1), np.stack([yb, nb], axis=1)])
    difference, p = tested(
        float(mean_b - mean_a), influence, n, correction_of(na, nb), sides, _ratio
    )
    if rate:
        difference, p = _rates(difference, p, sides, n)
    return Paired(a, b, difference, p, n, len(na))


def tested(
    value: float,
    influence: FloatArray,
    n: int,
    correct: Correction,
    sides: FloatArray,
    statistic: Statistic,
) -> tuple[Measured, float]:
    """The difference `value` with its interval, and its p-value, from each family's influence.

    `sides` (2, families, K) are the sums of A and of B that `statistic` makes its number of.
    """
    found = t_interval(value, influence, n, correct)
    if isinstance(found, Undefined):
        return found, math.nan
    error = math.sqrt(float(correct.factor) * spread_of(influence, value))
    p = max(_t_p(value, error, float(correct.df)), swaps(sides, statistic))
    if p <= 1 - LEVEL:
        return found, p
    half = max(found.high - value, abs(value))
    return Estimate(value, value - half, value + half, n), p


def _t_p(value: float, error: float, df: float) -> float:
    from scipy.special import stdtr

    return float(2 * stdtr(df, -abs(value) / error))


def swaps(sides: FloatArray, statistic: Statistic) -> float:
    """The share of all ways to swap A and B inside families that differ by as much as was seen;
    0 where more than `SWAPPED` families differ, since t is then as good."""
    differ = (np.abs(sides[1] - sides[0]) > 1e-12).any(axis=1)
    moved = int(differ.sum())
    if moved > SWAPPED:
        return 0.0
    change = (sides[1] - sides[0])[differ]
    turned = _patterns(moved) @ change
    a, b = sides[0].sum(axis=0) + turned, sides[1].sum(axis=0) - turned
    found = np.abs(statistic(b) - statistic(a))
    seen = abs(float(statistic(sides[1].sum(axis=0)) - statistic(sides[0].sum(axis=0))))
    return float(np.mean(~(found < seen - 1e-9 * max(seen, 1e-9))))


@lru_cache(maxsize=SWAPPED + 1)
def _patterns(count: int) -> FloatArray:
    """(2 ** count, count) of 0 and 1: every way to swap so many families."""
    ways = np.arange(2**count)[:, None] >> np.arange(count)[None, :]
    return (ways & 1).astype(float)


def _ratio(sums: FloatArray) -> FloatArray:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(sums[..., 0] / sums[..., 1])


def _rates(found: Measured, p: float, sides: FloatArray, n: int) -> tuple[Measured, float]:
    """The difference of two rates where few families differ, or all do by the same: as unsure as
    the share of families that differ, each of which is one case (Clopper & Pearson). So no
    difference at all has an interval, too, as a rate of 0 has one, and so has a rate that went from
    0 to 1 in each of them."""
    families = sides.shape[1]
    moved = int((np.abs(sides[1] - sides[0]) > 1e-12).any(axis=1).sum())
    value = found.value
    if value is None or too_few(families):
        return found, p
    sizes = sides[:, :, 1].sum(axis=0)
    effective = float(sizes.sum() ** 2 / np.square(sizes).sum())
    if moved == families and isinstance(found, Undefined) and found.reason == NO_SPREAD:
        return _all_alike(value, effective, families, n)
    if moved >= SPARSE:
        return _possible(found), p
    share = min(moved / families, 1.0)
    half = float(exact_bounds(share, effective)[1]) - share
    if isinstance(found, Estimate):
        half = max(half, found.high - value)
    elif moved:
        return found, p
    low, high = max(value - half, -1.0), min(value + half, 1.0)
    if isinstance(found, Estimate) and p <= 1 - LEVEL:  # the swaps rule out no difference
        low = found.low if low <= 0 < value else low
        high = found.high if high >= 0 > value else high
    return Estimate(value, low, high, n), 1.0 if not moved else p


def _possible(found: Measured) -> Measured:
    """Two rates differ by 1 at most: an interval that reaches farther is cut there."""
    if isinstance(found, Undefined):
        return found
    return Estimate(found.value, max(found.low, -1.0), min(found.high, 1.0), found.n)


def _all_alike(value: float, effective: float, families: int, n: int) -> tuple[Measured, float]:
    """Every family moved by `value`. Of all ways to swap the sides inside them only the two that
    swap none or all differ by as much; the interval leaves open that some unseen family stays."""
    p = min(2.0 ** (1 - families), 1.0)
    half = 1.0 - float(exact_bounds(1.0, effective)[0])
    half = half if p <= 1 - LEVEL else max(half, abs(value))
    return Estimate(value, max(value - half, -1.0), min(value + half, 1.0), n), p


def undefined(reason: str = NO_CASES) -> Paired:
    """Nothing to compare, because of `reason`."""
    nothing = Undefined(reason)
    return Paired(nothing, nothing, nothing, math.nan, 0, 0)
