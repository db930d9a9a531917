"""Estimates with honest intervals, where the unit of sampling is the family and not the row.

Everything here takes sums per family (one entry a family) and gives one `Estimate`, or an
`Undefined` that says why. `estimates_grouped` does the same for thousands of groups at once.
Variances are linearised (Taylor) and cluster-robust: V = G/(G-1) * sum of squared family
residuals over the squared denominator, with a t quantile at G-1 degrees of freedom
(Cochran, Sampling Techniques, 1977, ch. 9; Liang & Zeger 1986).
"""

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

LEVEL = 0.95
NO_CASES = "no cases"
ONE_FAMILY = "one family only, so the spread between families is unknown"
FloatArray: TypeAlias = npt.NDArray[np.float64]


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


def quantile(families: int | None = None, level: float = LEVEL) -> float:
    """Two-sided quantile: Student's t at `families` - 1, or the normal one without families."""
    upper = 0.5 + level / 2
    if families is None:
        return NormalDist().inv_cdf(upper)
    from scipy.special import stdtrit

    return float(stdtrit(families - 1, upper))


def wilson_bounds(
    share: npt.ArrayLike, n_effective: npt.ArrayLike, level: float = LEVEL
) -> tuple[FloatArray, FloatArray]:
    """Wilson's interval (1927) of shares in [0, 1] at a (possibly fractional) number of cases.

    Arrays in, arrays (low, high) out, widened by rounding only so far that they hold the share.
    """
    p, m = np.asarray(share, dtype=float), np.asarray(n_effective, dtype=float)
    z = quantile(level=level)
    centre = (p + z**2 / (2 * m)) / (1 + z**2 / m)
    half = z * np.sqrt(p * (1 - p) / m + z**2 / (4 * m**2)) / (1 + z**2 / m)
    low, high = np.clip(centre - half, 0, 1), np.clip(centre + half, 0, 1)
    return np.minimum(low, p), np.maximum(high, p)


def wilson(
    successes: float, n: int, n_effective: float | None = None, level: float = LEVEL
) -> Measured:
    """Share of n cases, with Wilson's interval at `n_effective` (bounded to 1..n, default n)."""
    if n <= 0:
        return Undefined(NO_CASES)
    share = min(max(successes / n, 0.0), 1.0)
    return _wilson_at(share, n, n if n_effective is None else n_effective, level)


def _wilson_at(share: float, n: int, n_effective: float, level: float) -> Measured:
    low, high = wilson_bounds(share, min(max(n_effective, 1.0), n), level)
    return Estimate(share, float(low), float(high), n)


def family_totals(codes: npt.NDArray[np.int64], values: npt.ArrayLike) -> FloatArray:
    """Sum of `values` per family code 0, 1, ..."""
    return np.bincount(codes, np.asarray(values, dtype=float)).astype(float)


def family_variance(residuals: FloatArray) -> float:
    """Variance of a linearised statistic from its influence summed per family (one entry each).

    Centred on zero, as influences are. NaN with fewer than two families.
    """
    families = len(residuals)
    if families < 2:
        return math.nan
    return float(families / (families - 1) * np.square(residuals).sum())


def effective_n(
    share: float, variance: float, n: int, sizes: FloatArray, informative: float
) -> float:
    """Number of independent cases that would be as sure: n over the design effect, in 1..n.

    The design effect is `variance` over that of a simple random sample of n (Kish, Survey
    Sampling, 1965, 8.2). `informative` families hold the rarer outcome; one more is added
    whose members are copies of each other, the cautious end sum n_f^2 / sum n_f: it decides
    alone where nothing tells the spread (a share of 0 or 1, one family), and fades as families
    come in. Without it rare rates were covered 87% of the time instead of 95%. Families of one
    case each give n itself either way.
    """
    copies = float(np.square(sizes).sum() / sizes.sum() ** 2 * n)
    spread = share * (1 - share)
    if n < 2 or spread <= 1e-15 or math.isnan(variance):
        return float(np.clip(n / copies, 1, n))
    seen = max(variance * (n - 1) / spread, 1.0)
    effect = (informative * seen + copies) / (informative + 1)
    return float(np.clip(n / effect, 1, n))


def rate_by_family(
    successes: npt.ArrayLike, counts: npt.ArrayLike, n: int | None = None, level: float = LEVEL
) -> Measured:
    """Share of successes, Wilson's interval at the effective n of the families.

    `successes`, `counts`: one entry a family. They may be sums of weights; then `n` is the
    number of cases they stand for (by default the sum of `counts`).
    """
    k, c = _families(successes, counts)
    cases = round(float(c.sum())) if n is None else n
    if cases <= 0 or c.sum() <= 0:
        return Undefined(NO_CASES)
    share = min(max(float(k.sum() / c.sum()), 0.0), 1.0)
    variance = family_variance((k - share * c) / c.sum())
    informative = int(min((k > 0).sum(), (k < c).sum()))
    return _wilson_at(share, cases, effective_n(share, variance, cases, c, informative), level)


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
    return t_interval(value, family_variance((a - value * b) / total), len(b), cases, level)


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
    return t_interval(value, family_variance(influence), len(na), round(float(na.sum())), level)


def t_interval(
    value: float, variance: float, families: int, n: int, level: float = LEVEL
) -> Measured:
    """value +/- t * sqrt(variance) at families - 1 degrees of freedom."""
    if families < 2:
        return Undefined(ONE_FAMILY, n, value)
    half = quantile(families, level) * math.sqrt(max(variance, 0.0))
    return Estimate(value, value - half, value + half, n)


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
