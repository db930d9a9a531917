"""Rates corrected for a labeller's errors, from better labels on a sample: PPI++.

All answers carry a labeller's verdict, a sample of them a better one too (people's, or a strong
model's). The rate is the labeller's rate plus what the sample says of its errors, each sampled
answer weighted by the inverse of the probability with which it was drawn; how much the labeller
counts at all is tuned so that it can only help (Angelopoulos, Bates, Fannjiang, Jordan and Zrnic
2023, Prediction-powered inference; Angelopoulos, Duchi and Zrnic 2023, PPI++). Errors of all sizes
are corrected, also those that differ between models, as long as the sample was drawn by chance
with known probabilities. Cases picked for being hard are no such sample.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.measure.estimates.estimates import Estimate, Measured, Undefined, family_totals
from analysis.measure.estimates.evidence import LEVEL, correction_of, exact_bounds
from analysis.vocabulary import CORRECTION_LEAST, CORRECTION_LEAST_OF_EACH

_Floats = npt.NDArray[np.float64]


def corrected_rate(
    labelled: npt.ArrayLike,
    families: npt.ArrayLike,
    better: npt.ArrayLike,
    probability: npt.ArrayLike,
    level: float = LEVEL,
) -> Measured:
    """The share of one model's answers that refuse, by the better labels.

    One entry an answer: `labelled`, the labeller's verdict (0 or 1, unsure is 0); `families`,
    codes; `better`, the better verdict (0 or 1) or NaN where the answer was not sampled;
    `probability`, with which it was drawn into the sample, in (0, 1], read only where it was.
    The interval is for other families of queries, as everywhere, and takes families as units.
    Undefined with fewer than `CORRECTION_LEAST` better labels, or `CORRECTION_LEAST_OF_EACH` of
    either verdict.
    """
    f, y = np.asarray(labelled, dtype=float), np.asarray(better, dtype=float)
    drawn = ~np.isnan(y)
    reason = too_few(y[drawn])
    if reason:
        return Undefined(reason, int(drawn.sum()))
    chance = np.asarray(probability, dtype=float)[drawn]
    if not ((chance > 0) & (chance <= 1)).all():
        raise ValueError("an answer is drawn with a probability above 0 and at most 1")
    w = np.zeros(len(f))
    w[drawn] = 1 / chance
    y = np.where(drawn, y, 0.0)
    tuning = _tuning(f, y, w)
    share = float(np.average(y, weights=w) + tuning * (f.mean() - np.average(f, weights=w)))
    return _interval(share, f, y, w, tuning, np.unique(families, return_inverse=True)[1], level)


def width(n: int, share: float, agreement: float, answers: int, level: float = LEVEL) -> float:
    """About how wide the interval will be, from low to high, with `n` better labels of one model.

    `share`: the rate, 0 to 1; `agreement`: the correlation of labeller and better labels, 0 to 1
    (0 where nothing is known of it); `answers`: how many the model gave. For telling people what
    their time buys; the interval itself is `corrected_rate`'s.
    """
    from scipy.special import ndtri

    variance = share * (1 - share)
    left = variance * (1 - agreement**2 * (1 - n / answers)) / n
    return float(2 * ndtri(0.5 + level / 2) * np.sqrt(left))


def fewest_labels(labelled: pd.DataFrame, models: Sequence[str]) -> int:
    """How many better labels the model with the fewest of them has; `labelled`: one row a label
    (model); `models`: all whose answers are drawn. 0 without models."""
    counts = labelled.groupby("model").size()
    return min((int(counts.get(model, 0)) for model in models), default=0)


def half_width(n: int) -> float:
    """Half of the width that an interval has at most with `n` better labels of one model: of a rate
    of one half, with nothing known of how well the labeller agrees."""
    return width(n, 0.5, 0.0, 10**9) / 2


def too_few(better: _Floats) -> str:
    yes = int(better.sum())
    least = min(yes, len(better) - yes)
    if len(better) < CORRECTION_LEAST:
        return f"{len(better)} better labels of a random sample, {CORRECTION_LEAST} are needed"
    if least < CORRECTION_LEAST_OF_EACH:
        return (
            f"{yes} refusals and {len(better) - yes} other answers among the better labels, "
            f"{CORRECTION_LEAST_OF_EACH} of each are needed"
        )
    return ""


def _tuning(f: _Floats, y: _Floats, w: _Floats) -> float:
    """How much the labeller counts, 0 to 1: the covariance of the two verdicts over the labeller's
    variance and the share of answers that the sample is (PPI++, for a mean)."""
    variance = float(f.var())
    if variance == 0:
        return 0.0
    mean_f, mean_y = np.average(f, weights=w), np.average(y, weights=w)
    together = float(np.average((f - mean_f) * (y - mean_y), weights=w))
    sampled = w.sum() ** 2 / np.square(w).sum()
    return float(np.clip(together / (variance * (1 + sampled / len(f))), 0, 1))


def _interval(
    share: float,
    f: _Floats,
    y: _Floats,
    w: _Floats,
    tuning: float,
    families: npt.NDArray[np.int64],
    level: float,
) -> Measured:
    """The rate with an interval at the number of cases that the families' influences are worth."""
    left = y - tuning * f
    influence = tuning * (f - f.mean()) / len(f)
    influence = influence + w * (left - np.average(left, weights=w)) / w.sum()
    squares = float(np.square(family_totals(families, influence)).sum())
    weights = family_totals(families, w)
    found = correction_of(weights[weights > 0])
    share = min(max(share, 0.0), 1.0)
    variance = squares * float(np.ravel(found.factor)[0])
    cases = share * (1 - share) / variance if variance > 0 and 0 < share < 1 else w[w > 0].size
    low, high = exact_bounds(share, _with_t(cases, float(np.ravel(found.df)[0]), level), level)
    return Estimate(share, float(low), float(high), int((w > 0).sum()))


def _with_t(cases: float, df: float, level: float) -> float:
    """The effective cases made fewer by as much as Student's quantile exceeds the normal one."""
    from scipy.special import ndtri, stdtrit

    normal, student = float(ndtri(0.5 + level / 2)), float(stdtrit(max(df, 1.0), 0.5 + level / 2))
    return cases * (normal / student) ** 2
