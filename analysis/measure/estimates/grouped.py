"""Rates and means of thousands of groups at once, from sums and squares of family totals.

The work is one pass over (group, family) totals; a database may do that pass itself and hand
over the moments. Same formulas as `estimates`, which explains them.

Moments, one row a group, where y_f is a family's total and n_f its number of cases:
`families` (number of f with n_f > 0), `n` (sum n_f), `y` (sum y_f), `yy` (sum y_f^2),
`yn` (sum y_f n_f), `nn` (sum n_f^2), `n4` (sum n_f^4); rates also need `some` and `short`, the
numbers of families with y_f > 0 and with y_f < n_f. Moments of two disjoint sets of families add.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.measure.estimates.estimates import Estimate, Measured, Undefined
from analysis.measure.estimates.evidence import (
    LEVEL,
    NO_CASES,
    Correction,
    FloatArray,
    Rates,
    correction,
    why_none_each,
)

MOMENTS = ("families", "n", "y", "yy", "yn", "nn", "n4")


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
    parts["n4"] = n**4
    parts |= {"some": (y > 0).astype(float), "short": (y < n).astype(float)}
    products = pd.DataFrame(parts, index=sums.index)
    return products.groupby(level=list(range(len(by))), observed=True, sort=True).sum()


def means_from_moments(moments: pd.DataFrame, level: float = LEVEL) -> pd.DataFrame:
    """Mean per group with a family-clustered t interval, and the p-value of a mean of 0.

    Same index as `moments`; columns value, low, high, se, p, n, families, undefined (the
    reason, else ""). Without cases all numbers are NaN; without an interval only the value stands.
    """
    from scipy.special import stdtr

    families, value, squares, correct = _linearised(moments)
    why = np.array(why_none_each(families, squares, correct.df), dtype=object)
    with np.errstate(invalid="ignore", divide="ignore"):
        se = np.where(why == "", np.sqrt(correct.factor * squares), np.nan)
        half = correct.quantile(level) * se
        p = 2 * stdtr(correct.df, -np.abs(value) / se)
    columns = {"value": value, "low": value - half, "high": value + half, "se": se, "p": p}
    return _table(moments, columns, why)


def rates_from_moments(moments: pd.DataFrame, level: float = LEVEL) -> pd.DataFrame:
    """Rate per group (y counts successes), its interval at the families' effective n
    (`evidence.Rates`).

    Same index as `moments`; columns value, low, high, n_effective, n, families, undefined.
    """
    families, value, squares, correct = _linearised(moments)
    share, n = np.clip(value, 0.0, 1.0), _column(moments, "n")
    with np.errstate(invalid="ignore", divide="ignore"):
        copies = _column(moments, "nn") / n
    some, short = (_column(moments, name) for name in ("some", "short"))
    rests_on = Rates(share, n, families, squares, some, short, correct, copies)
    low, high = rests_on.bounds(level)
    columns = {"value": share, "low": low, "high": high, "n_effective": rests_on.effective_n(level)}
    return _table(moments, columns, np.full(len(moments), "", dtype=object))


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


def _linearised(moments: pd.DataFrame) -> tuple[FloatArray, FloatArray, FloatArray, Correction]:
    """Number of families, ratio y / n, its sum of squared influences, and what the families'
    sizes do to it, per group."""
    families, n, y, yy, yn, nn, n4 = (_column(moments, name) for name in MOMENTS)
    with np.errstate(invalid="ignore", divide="ignore"):
        value = np.where(n > 0, y / n, np.nan)
        squares = yy - 2 * value * yn + value**2 * nn
        # what is left of equal family means is rounding, not spread
        squares = np.where(squares <= 1e-12 * value**2 * nn, 0.0, squares)
        return families, value, squares / n**2, correction(n, nn, n4)


def _table(
    moments: pd.DataFrame, columns: dict[str, FloatArray], why: npt.NDArray[np.object_]
) -> pd.DataFrame:
    n = _column(moments, "n")
    table = pd.DataFrame(columns, index=moments.index)
    table["n"] = n.astype(int)
    table["families"] = _column(moments, "families").astype(int)
    table["undefined"] = np.where(n <= 0, NO_CASES, why)
    return table
