"""Rates of many groups drawn towards the rate of all, as far as their families are few.

A group that is named because its rate is the highest of many is mostly lucky. So each group's rate
is partly pooled (empirical Bayes, Efron & Morris 1975): group g's rate is r_g = theta_g + noise of
variance v_g, theta_g spread by tau^2 around the rate of all; what is shown is mu + tau^2 / (tau^2 +
v_g) * (r_g - mu), with tau^2 by DerSimonian & Laird (1986). Where groups differ no more than chance
allows tau^2 is 0, and all have the rate of all.
"""

import numpy as np
import pandas as pd

from analysis.measure.estimates.estimates import q_values
from analysis.measure.estimates.evidence import FloatArray, correction


def partly_pooled(moments: pd.DataFrame) -> pd.DataFrame:
    """One row a group of `moments` (`grouped.family_moments` of successes), same index.

    Columns: rate (0..1), pooled (the rate drawn towards that of all), overall (that of all), p
    (that the group's rate is above that of the others, by binomial tails at its effective number
    of cases). With one group, or no case, pooled is the rate and p is NaN.
    """
    n, y, yy, yn, nn, n4 = (moments[c].to_numpy(float) for c in ("n", "y", "yy", "yn", "nn", "n4"))
    total, hits = n.sum(), y.sum()
    overall = hits / total if total else np.nan
    with np.errstate(invalid="ignore", divide="ignore"):
        rate = y / n
        effect = np.clip(_design_effect(n, rate, yy, yn, nn, n4), 1.0, np.maximum(nn / n, 1.0))
        effective = n / effect
        variance = overall * (1 - overall) / effective
        weight = _between(rate, variance)
        weight = weight / (weight + variance)
        pooled = np.where(np.isfinite(weight), overall + weight * (rate - overall), rate)
        others = (hits - y) / (total - n)
    alone = len(n) < 2 or not total
    p = np.full(len(n), np.nan) if alone else _above(rate, effective, others)
    columns = {"rate": rate, "pooled": rate if alone else pooled, "overall": overall, "p": p}
    return pd.DataFrame(columns, index=moments.index)


def _design_effect(
    n: FloatArray, rate: FloatArray, yy: FloatArray, yn: FloatArray, nn: FloatArray, n4: FloatArray
) -> float:
    """One for all groups: what their families spread, over what independent cases would."""
    squares = correction(n, nn, n4).factor * (yy - 2 * rate * yn + rate**2 * nn)
    binomial = n * rate * (1 - rate)
    known = np.isfinite(squares) & (binomial > 0)
    return float(squares[known].sum() / binomial[known].sum()) if known.any() else 1.0


def _between(rate: FloatArray, variance: FloatArray) -> float:
    """The variance between the groups' true rates, 0 where chance explains how they differ."""
    known = np.isfinite(rate) & (variance > 0)
    w, r = 1 / variance[known], rate[known]
    if len(w) < 2:
        return 0.0
    spread = float((w * np.square(r - (w * r).sum() / w.sum())).sum())
    return max(0.0, (spread - (len(w) - 1)) / float(w.sum() - np.square(w).sum() / w.sum()))


def _above(rate: FloatArray, effective: FloatArray, others: FloatArray) -> FloatArray:
    """P(as many successes or more) at the others' rate, for fractional numbers of cases."""
    from scipy.special import betainc

    k = rate * effective
    with np.errstate(invalid="ignore"):
        tail = betainc(np.maximum(k, 1e-12), np.maximum(effective - k, 0) + 1, others)
    return np.where(k <= 1e-12, 1.0, np.where(np.isfinite(others), tail, np.nan))


def standing_out(p: pd.DataFrame) -> pd.Series:
    """The q-value of each row: its smallest of several tests, Benjamini-Hochberg over all."""
    q = pd.DataFrame(q_values(p.to_numpy(float)), p.index, p.columns)
    return q.min(axis=1)
