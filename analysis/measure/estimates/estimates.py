"""Estimates with honest intervals, where the unit of sampling is the family and not the row.

Everything here takes sums per family (one entry a family) and gives one `Estimate`, or an
`Undefined` that says why; `evidence` decides which, and how wide. `grouped` does the same for
thousands of groups at once. Variances are linearised (Taylor) and cluster-robust: the sum of
squared family residuals over the squared denominator (Cochran, Sampling Techniques, 1977, ch. 9;
Liang & Zeger 1986), corrected for few and unequal families.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from analysis.measure.estimates.evidence import (
    FEW_FAMILIES,
    LEVEL,
    NO_CASES,
    SPARSE,
    Correction,
    FloatArray,
    Rates,
    correction_of,
    exact_bounds,
    why_none,
    wilson_bounds,
)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with the interval [low, high] around it and the number of cases n behind it."""

    value: float
    low: float
    high: float
    n: int

    def __post_init__(self) -> None:
        if not all(map(math.isfinite, (self.value, self.low, self.high))):
            raise ValueError(f"an estimate holds finite numbers only, use Undefined: {self}")
        if not self.low <= self.value <= self.high:
            raise ValueError(f"an estimate lies inside its interval: {self}")

    def to_json(self) -> dict[str, float | int]:
        return {
            "value": float(self.value),
            "low": float(self.low),
            "high": float(self.high),
            "n": int(self.n),
        }


@dataclass(frozen=True, slots=True)
class Undefined:
    """No estimate, because of `reason`. `value` is the bare number where only the interval is
    missing (one family, say): a page may show it, marked so; a report never passes it off."""

    reason: str
    n: int = 0
    value: float | None = None

    def to_json(self) -> dict[str, str | int]:
        return {"undefined": self.reason, "n": int(self.n)}


Measured: TypeAlias = Estimate | Undefined


def estimate_cells(found: Measured) -> dict[str, Any]:
    """The cells value, low, high (NaN where unknown), n and undefined ("" or the reason)."""
    if isinstance(found, Undefined):
        value = math.nan if found.value is None else found.value
        cells = {"value": value, "low": math.nan, "high": math.nan}
        return {**cells, "n": found.n, "undefined": found.reason}
    return {**found.to_json(), "undefined": ""}


def defined_cells(found: Measured) -> dict[str, Any]:
    """As `estimate_cells`, without the bare number of what is undefined: a table never shows a
    kappa beside the reason why there is none."""
    cells = estimate_cells(found)
    return {**cells, "value": math.nan} if cells["undefined"] else cells


def quantile(families: int | None = None, level: float = LEVEL) -> float:
    """Two-sided quantile: Student's t at `families` - 1, or the normal one without families."""
    upper = 0.5 + level / 2
    if families is None:
        return NormalDist().inv_cdf(upper)
    from scipy.special import stdtrit

    return float(stdtrit(families - 1, upper))


def share_of(successes: float, n: int, level: float = LEVEL) -> Measured:
    """Share of n independent cases (one a family): exact for few, else with Wilson's interval."""
    if n <= 0:
        return Undefined(NO_CASES)
    share = min(max(successes / n, 0.0), 1.0)
    few = n < FEW_FAMILIES or min(successes, n - successes) < SPARSE
    low, high = (exact_bounds if few else wilson_bounds)(share, float(n), level)
    return Estimate(share, float(low), float(high), n)


def family_totals(
    codes: npt.NDArray[np.int64], values: npt.ArrayLike, families: int = 0
) -> FloatArray:
    """Sum of `values` per family code 0, 1, ..., of at least so many `families`."""
    return np.bincount(codes, np.asarray(values, dtype=float), minlength=families).astype(float)


def rate_by_family(
    successes: npt.ArrayLike, counts: npt.ArrayLike, n: int | None = None, level: float = LEVEL
) -> Measured:
    """Share of successes, its interval at the effective n of the families.

    `successes`, `counts`: one entry a family. They may be sums of weights; then `n` is the
    number of cases they stand for (by default the sum of `counts`).
    """
    k, c = _families(successes, counts)
    cases = round(float(c.sum())) if n is None else n
    if cases <= 0 or c.sum() <= 0:
        return Undefined(NO_CASES)
    share = min(max(float(k.sum() / c.sum()), 0.0), 1.0)
    squares = float(np.square((k - share * c) / c.sum()).sum())
    return rate_interval(share, cases, squares, c, int((k > 0).sum()), int((k < c).sum()), level)


def rate_interval(
    share: float,
    n: int,
    squares: float,
    sizes: FloatArray,
    some: float,
    short: float,
    level: float = LEVEL,
) -> Measured:
    """A rate with the interval that its families allow (`evidence.Rates`): `squares` is the sum of
    squared influences, `sizes` the families' cases (or weights), `some` and `short` count those
    with a success and with a failure."""
    one = np.ones(1)
    copies = float(np.square(sizes).sum() / sizes.sum() ** 2 * n)
    rests_on = Rates(
        share * one,
        n * one,
        len(sizes) * one,
        squares * one,
        some * one,
        short * one,
        correction_of(sizes),
        copies * one,
    )
    low, high = rests_on.bounds(level)
    return Estimate(share, float(low[0]), float(high[0]), n)


def ratio_by_family(
    numerators: npt.ArrayLike,
    denominators: npt.ArrayLike,
    n: int | None = None,
    level: float = LEVEL,
) -> Measured:
    """Ratio of two totals (one entry a family each) with a family-clustered t interval.

    `n` is the number of cases behind it, by default the total of the denominators. Undefined
    with no cases or a denominator of 0; with one family the value is kept, without interval.
    """
    a, b = _families(numerators, denominators)
    total = float(b.sum())
    cases = round(total) if n is None else n
    if len(b) == 0 or total == 0:
        return Undefined(NO_CASES if len(b) == 0 else "the denominator is 0", cases)
    value = float(a.sum()) / total
    return t_interval(value, (a - value * b) / total, cases, correction_of(b), level)


def clustered_mean(
    sums: npt.ArrayLike, counts: npt.ArrayLike, n: int | None = None, level: float = LEVEL
) -> Measured:
    """Mean over cases from each family's sum and number of cases, family-clustered t interval."""
    return ratio_by_family(sums, counts, n, level)


def paired_difference(
    sums_a: npt.ArrayLike,
    counts_a: npt.ArrayLike,
    sums_b: npt.ArrayLike,
    counts_b: npt.ArrayLike,
    level: float = LEVEL,
) -> Measured:
    """Mean (or rate) of A minus that of B, over the same families in the same order.

    Entries are sums and numbers of cases per family. What moves both sides alike inside a
    family cancels, which is the point of comparing on the same scenarios. Families that only
    one side has are left out; n is the number of cases of A that remain.
    """
    columns = [np.asarray(x, dtype=float) for x in (sums_a, counts_a, sums_b, counts_b)]
    both = (columns[1] > 0) & (columns[3] > 0)
    ya, na, yb, nb = (column[both] for column in columns)
    if not len(na):
        return Undefined("no family is on both sides")
    mean_a, mean_b = ya.sum() / na.sum(), yb.sum() / nb.sum()
    influence = (ya - mean_a * na) / na.sum() - (yb - mean_b * nb) / nb.sum()
    value = float(mean_a - mean_b)
    return t_interval(value, influence, round(float(na.sum())), correction_of(na, nb), level)


def t_interval(
    value: float,
    influence: FloatArray,
    n: int,
    correct: Correction,
    level: float = LEVEL,
) -> Measured:
    """value +/- t * its standard error, from each family's influence; else the value with why
    there is no interval."""
    squares = spread_of(influence, value)
    if why := why_none(len(influence), squares, float(correct.df)):
        return Undefined(why, n, value)
    half = float(correct.half_width(squares, level))
    return Estimate(value, value - half, value + half, n)


def spread_of(influence: FloatArray, value: float) -> float:
    """Sum of squared influences; 0 where what is left of them is rounding."""
    squares = float(np.square(influence).sum())
    return squares if squares > 1e-24 * max(value * value, 1e-12) else 0.0


def q_values(p_values: npt.ArrayLike) -> FloatArray:
    """Benjamini-Hochberg (1995) q-values of a grid of tests, same shape; NaN stays NaN, uncounted.

    Rejecting where q <= 0.05 keeps the expected share of false finds at 5%.
    """
    p = np.asarray(p_values, dtype=float)
    q = np.full(p.shape, np.nan)
    known = ~np.isnan(p)
    tested = p[known]
    order = np.argsort(tested, kind="stable")[::-1]
    scaled = tested[order] * len(tested) / np.arange(len(tested), 0, -1)
    adjusted = np.empty(len(tested))
    adjusted[order] = np.minimum(np.minimum.accumulate(scaled), 1.0)
    q[known] = adjusted
    return q


def _families(totals: npt.ArrayLike, counts: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Both columns as floats, families without anything left out."""
    y, n = np.asarray(totals, dtype=float), np.asarray(counts, dtype=float)
    if y.shape != n.shape or y.ndim != 1:
        raise ValueError(f"one entry a family is needed on both sides: {y.shape}, {n.shape}")
    present = (n != 0) | (y != 0)
    return y[present], n[present]
