"""From a sample stratified by disagreement back to a population: weights by its bins of D.

The public judge splits are equal-sized strata of D, so a pooled rate in them describes no
population. With the bin shares of a loaded population rates are post-stratified; without, the label
says that they describe the judged answers and nothing is pretended.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.errors import FaultlineError
from analysis.measure.estimates.estimates import (
    Measured,
    Undefined,
    family_totals,
    rate_by_family,
    rate_interval,
)
from analysis.measure.estimates.evidence import LEVEL, NO_CASES, FloatArray
from analysis.vocabulary import BIN_NAMES

UNWEIGHTED = "of the judged answers"


@dataclass(frozen=True)
class Weighting:
    """What a pooled figure describes: `shares` of the population per bin (sum 1), or None.

    `label` goes beside every figure made with it.
    """

    shares: tuple[float, ...] | None = None
    label: str = UNWEIGHTED


def weighting(bins: pd.Series, population: Sequence[float] | None) -> Weighting:
    """Weighting of a sample whose cases lie in `bins` (0..4) to a `population`'s bin counts.

    `population`: five counts or shares, lowest bin first. Bins without a case can't be weighted
    up: the rest stands for them and the label says how much that is. Raises FaultlineError
    where the population has another number of bins or nothing in the sampled ones.
    """
    if population is None or bins.isna().all():
        return Weighting()
    counts = np.asarray(population, dtype=float)
    if counts.shape != (len(BIN_NAMES),) or not (counts >= 0).all() or counts.sum() <= 0:
        raise FaultlineError(f"A population needs {len(BIN_NAMES)} bin counts, not {population}.")
    sampled = np.isin(np.arange(len(BIN_NAMES)), bins.dropna().astype(int).unique())
    covered = float(counts[sampled].sum() / counts.sum())
    if covered == 0:
        raise FaultlineError("No judged answer lies in a bin of D that the population has.")
    shares = np.where(sampled, counts, 0.0) / counts[sampled].sum()
    label = "weighted to the population's bins of D"
    if covered < 1:
        label += f", {1 - covered:.1%} of which no judged answer stands for"
    return Weighting(tuple(float(s) for s in shares), label)


def case_weights(bins: pd.Series, scheme: Weighting) -> FloatArray:
    """Weight of each case (mean 1 over cases with a bin; 0 where the bin is missing).

    All 1 without a population.
    """
    if scheme.shares is None:
        return np.ones(len(bins))
    known = bins.notna().to_numpy()
    codes = bins.fillna(0).astype(int).to_numpy()
    counts = np.bincount(codes[known], minlength=len(scheme.shares))
    with np.errstate(divide="ignore", invalid="ignore"):
        per_bin = np.where(counts > 0, np.asarray(scheme.shares) / counts, 0.0)
    weights = np.where(known, per_bin[codes], 0.0)
    return np.asarray(weights * known.sum() / max(weights.sum(), 1e-300), dtype=float)


def weighted_rate(
    cases: pd.DataFrame, outcome: str, scheme: Weighting, level: float = LEVEL
) -> Measured:
    """Share of cases with `outcome`, over the population of `scheme` where there is one.

    `cases`: a row a case with `family`, `bin` (0..4, used when weighting) and the bool column
    `outcome`. The interval is at the effective n of families; within-bin residuals only, as
    the bins' sizes were fixed by design (Cochran 1977, ch. 5A.9). Cases without a bin are left
    out of a weighted rate and not counted in n.
    """
    if scheme.shares is None:
        sums = cases.assign(_k=cases[outcome].astype(float)).groupby("family", observed=True)["_k"]
        return rate_by_family(sums.sum(), sums.count(), level=level)
    known = cases[cases["bin"].notna()]
    if not len(known):
        return Undefined(NO_CASES)
    flags, weights = known[outcome].to_numpy(dtype=float), case_weights(known["bin"], scheme)
    family, _ = pd.factorize(known["family"])
    bins = known["bin"].astype(int).to_numpy()
    per_bin = np.bincount(bins, flags) / np.maximum(np.bincount(bins), 1)
    share = float(np.clip((weights * flags).sum() / weights.sum(), 0, 1))
    influence = family_totals(family, weights * (flags - per_bin[bins]) / weights.sum())
    squares = np.square(influence)
    # a heavy bin may hang on few families: count them as they carry the variance
    informative = float(squares.sum() ** 2 / max(np.square(squares).sum(), 1e-300))
    sizes = family_totals(family, weights)
    total = float(squares.sum())
    return rate_interval(share, len(known), total, sizes, informative, informative, level)
