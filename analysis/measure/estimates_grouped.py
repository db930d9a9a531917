"""Rates and means of thousands of groups at once, from sums and squares of family totals.

The work is one pass over (group, family) totals; a database may do that pass itself and hand
over the moments. Same formulas as `estimates`, which explains them.

Moments, one row a group, where y_f is a family's total and n_f its number of cases:
`families` (number of f with n_f > 0), `n` (sum n_f), `y` (sum y_f), `yy` (sum y_f^2),
`yn` (sum y_f n_f), `nn` (sum n_f^2); rates also need `some` and `short`, the numbers of
families with y_f > 0 and with y_f < n_f. Moments of two disjoint sets of families add.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.measure.estimates import (
    LEVEL,
    NO_CASES,
    ONE_FAMILY,
    Estimate,
    FloatArray,
    Measured,
    Undefined,
    wilson_bounds,
)

MOMENTS = ("families", "n", "y", "yy", "yn", "nn")


def family_moments(
    totals: pd.DataFrame,
    by: Sequence[str],
    family: str = "family",
    total: str = "y",
    count: str = "n",
) -> pd.DataFrame:
    """Moments per group (sorted by the `by` columns, which become the index).

    `totals`: rows of any finer grain with columns `by`, `family`, `total` (a sum) and `count`
    (the cases summed). Rows of one group and family are added first. Missing keys are left out.
    """
    sums = totals.groupby([*by, family], observed=True, sort=False)[[total, count]].sum()
    sums = sums[sums[count] != 0].astype(float)
    y, n = sums[total], sums[count]
    parts = {"families": 1.0, "n": n, "y": y, "yy": y * y, "yn": y * n, "nn": n * n}
    parts |= {"some": (y > 0).astype(float), "short": (y < n).astype(float)}
    products = pd.DataFrame(parts, index=sums.index)
    return products.groupby(level=list(range(len(by))), observed=True, sort=True).sum()


def means_from_moments(moments: pd.DataFrame, level: float = LEVEL) -> pd.DataFrame:
    """Mean per group with a family-clustered t interval, and the p-value of a mean of 0.

    Same index as `moments`; columns value, low, high, se, p, n, families, undefined (the
    reason, else ""). Without cases all numbers are NaN; with one family only the value stands.
    """
    from scipy.special import stdtr, stdtrit

    families, value, variance = _linearised(moments)
    with np.errstate(invalid="ignore", divide="ignore"):
        se = np.sqrt(variance)
        half = stdtrit(families - 1, 0.5 + level / 2) * se
        t = np.where(se > 0, np.abs(value) / se, np.where(value == 0, 0.0, np.inf))
        p = np.where(np.isnan(se), np.nan, 2 * stdtr(families - 1, -t))
    columns = {"value": value, "low": value - half, "high": value + half, "se": se, "p": p}
    return _table(moments, columns)


def rates_from_moments(moments: pd.DataFrame, level: float = LEVEL) -> pd.DataFrame:
    """Rate per group (y counts successes) with Wilson's interval at the families' effective n.

    Same index as `moments`; columns value, low, high, n_effective, n, families, undefined.
    """
    _, value, variance = _linearised(moments)
    share = np.clip(value, 0.0, 1.0)
    effective = _effective_n(moments, share, variance)
    with np.errstate(invalid="ignore", divide="ignore"):
        low, high = wilson_bounds(share, effective, level)
    columns = {"value": share, "low": low, "high": high, "n_effective": effective}
    return _table(moments, columns, one_family_is_undefined=False)


def means_by_group(
    totals: pd.DataFrame,
    by: Sequence[str],
    family: str = "family",
    total: str = "y",
    count: str = "n",
    level: float = LEVEL,
) -> pd.DataFrame:
    """`means_from_moments` of `family_moments`: means of many groups from long family totals."""
    return means_from_moments(family_moments(totals, by, family, total, count), level)


def rates_by_group(
    totals: pd.DataFrame,
    by: Sequence[str],
    family: str = "family",
    successes: str = "k",
    count: str = "n",
    level: float = LEVEL,
) -> pd.DataFrame:
    """`rates_from_moments` of `family_moments`: rates of many groups from long family totals."""
    return rates_from_moments(family_moments(totals, by, family, successes, count), level)


def measured(table: pd.DataFrame) -> list[Measured]:
    """Rows of a table made here as `Estimate` or `Undefined`, in its order."""
    columns = (table[c] for c in ("value", "low", "high", "n", "undefined"))
    return [_measured(*row) for row in zip(*columns, strict=True)]


def _measured(value: float, low: float, high: float, n: float, reason: str) -> Measured:
    if not reason:
        return Estimate(float(value), float(low), float(high), int(n))
    return Undefined(reason, int(n), None if np.isnan(value) else float(value))


def _column(moments: pd.DataFrame, name: str) -> FloatArray:
    return moments[name].to_numpy(dtype=float, na_value=np.nan)


def _linearised(moments: pd.DataFrame) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Number of families, ratio y / n and its cluster-robust variance, per group."""
    families, n, y, yy, yn, nn = (_column(moments, name) for name in MOMENTS)
    with np.errstate(invalid="ignore", divide="ignore"):
        value = np.where(n > 0, y / n, np.nan)
        squares = yy - 2 * value * yn + value**2 * nn
        # what is left of equal family means is rounding, not spread
        squares = np.where(squares <= 1e-12 * value**2 * nn, 0.0, squares)
        variance = np.where(families > 1, families / (families - 1) * squares / n**2, np.nan)
    return families, value, variance


def _effective_n(moments: pd.DataFrame, share: FloatArray, variance: FloatArray) -> FloatArray:
    """`estimates.effective_n`, a row a group."""
    n, nn = _column(moments, "n"), _column(moments, "nn")
    informative = np.minimum(_column(moments, "some"), _column(moments, "short"))
    spread = share * (1 - share)
    with np.errstate(invalid="ignore", divide="ignore"):
        copies = nn / n
        seen = np.maximum(variance * (n - 1) / spread, 1.0)
        effect = (informative * seen + copies) / (informative + 1)
        blind = (n < 2) | (spread <= 1e-15) | np.isnan(variance)
        return np.clip(n / np.where(blind, copies, effect), 1, np.maximum(n, 1))


def _table(
    moments: pd.DataFrame, columns: dict[str, FloatArray], one_family_is_undefined: bool = True
) -> pd.DataFrame:
    n, families = _column(moments, "n"), _column(moments, "families")
    table = pd.DataFrame(columns, index=moments.index)
    table["n"] = n.astype(int)
    table["families"] = families.astype(int)
    single = (families < 2) & one_family_is_undefined
    table["undefined"] = np.where(n <= 0, NO_CASES, np.where(single, ONE_FAMILY, ""))
    return table
