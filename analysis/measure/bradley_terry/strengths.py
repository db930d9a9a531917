"""Bradley-Terry strengths of values, with a term for the nudge, fitted to one model's choices.

`logit P(value1 favored) = a + theta_v1 - theta_v2 + b * nudge`: value 1 is favored where the
answer stands higher on its spectrum than on value 2's; ties are left out; the nudge is +1 towards
value 1, -1 towards value 2, 0 neutral. L2 on theta; sum theta = 0 (Bradley & Terry 1952; the
nudge as a covariate as in Zhang et al. 2025, arXiv:2510.07686, whose dataset this is for).
Solved by Newton's method, each step by conjugate gradients on the sparse design, so 44,000
comparisons of 3,300 values take some hundredths of a second.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.measure.bradley_terry.solver import (
    TOLERANCE,
    Cells,
    Hessian,
    IntArray,
    Problem,
    chances,
    newton,
    nudge_terms,
    solve,
)
from analysis.measure.estimates.estimates import (
    Estimate,
    Measured,
    Undefined,
    clustered_mean,
    q_values,
    quantile,
)
from analysis.measure.estimates.evidence import FloatArray
from analysis.vocabulary import LEAST_FAMILIES

# On each strength: a prior of standard deviation 0.7 logits. Held-out log loss is best at 1 for
# 44,000 simulated choices among 3,300 values, at 5 for the 600 choices of the example study.
L2 = 2.0
LEAST_L2 = 0.1
"""The loosest prior: a standard deviation of 3 logits, where a choice is all but certain."""
_LOOSENED, _NEAR = 6, 1.05
FOLDS = 5
_FOLD_TOLERANCE = 1e-4  # moves a held-out probability by some 1e-5: saves a fold half its steps


@dataclass(frozen=True)
class Comparisons:
    """One model's choices, one entry a scenario without a tie.

    `first`, `second`: codes of value 1 and value 2 into `values`; `nudge` +1, 0 or -1;
    `won` 1.0 where value 1 is favored, else 0.0; `family` codes 0, 1, ... `ties` and `unknown`
    count what is not in here: equal positions, and scenarios whose nudge is not known.
    """

    values: tuple[str, ...]
    first: IntArray
    second: IntArray
    nudge: FloatArray
    won: FloatArray
    family: IntArray
    ties: int = 0
    unknown: int = 0

    @property
    def n(self) -> int:
        return len(self.won)

    @cached_property
    def cells(self) -> Cells:
        """The comparisons gathered by pair and nudge, once."""
        return Cells(self.first, self.second, self.nudge, len(self.values))

    def only(self, rows: npt.NDArray[np.bool_]) -> "Comparisons":
        """The same with a part of its rows."""
        return replace(
            self,
            first=self.first[rows],
            second=self.second[rows],
            nudge=self.nudge[rows],
            won=self.won[rows],
            family=self.family[rows],
        )


def comparisons(
    values: tuple[str, ...],
    first: IntArray,
    second: IntArray,
    nudge: npt.ArrayLike,
    favored: IntArray,
    family: IntArray,
    unknown: int = 0,
) -> Comparisons:
    """One model's comparisons from all scenarios: `favored` is +1 where value 1 stands higher, -1
    where value 2 does, 0 for a tie, anything else where a position is missing."""
    won = (favored > 0).astype(float)
    ties = int((favored == 0).sum())
    every = Comparisons(
        values, first, second, np.asarray(nudge, dtype=float), won, family, ties, unknown
    )
    return every.only(np.abs(favored) == 1)


@dataclass(frozen=True)
class Fit:
    """Strengths (logits, one a value, summing to 0), the intercept and the nudge's coefficient."""

    strengths: FloatArray
    intercept: float
    nudge: float
    steps: int

    def logits(self, c: Comparisons) -> FloatArray:
        """Predicted logit that value 1 is favored, one a comparison."""
        strengths = self.strengths[c.first] - self.strengths[c.second]
        return np.asarray(self.intercept + strengths + self.nudge * c.nudge, dtype=float)


@dataclass(frozen=True)
class HeldOut:
    """How well choices in left-out families are predicted; n comparisons, each predicted once.

    `accuracy` beside `baseline_accuracy`, that of the nudge alone (`a + b * nudge`); the log
    losses are means in nats. A predicted probability of exactly one half counts half. `gain` is the
    first accuracy minus the second, paired by family: where its interval does not lie above 0 the
    strengths are no better than the wording alone.
    """

    accuracy: float
    baseline_accuracy: float
    log_loss: float
    baseline_log_loss: float
    n: int
    folds: int
    gain: Measured

    @property
    def better(self) -> bool:
        """Whether the strengths predict more than the wording alone does."""
        return isinstance(self.gain, Estimate) and self.gain.low > 0


def fit(c: Comparisons, l2: float = L2, start: Fit | None = None) -> Fit:
    """Fit strengths, intercept and nudge to comparisons (Newton with conjugate gradients).

    `start` is a fit of much the same data to begin from. Without any comparison all are 0.
    """
    at = np.zeros(len(c.values) + 2) if start is None else _parameters(start)
    if c.n == 0:
        return Fit(at[:-2], 0.0, 0.0, 0)
    return _fitted(_problem(c, l2), at)


def _fitted(problem: Problem, at: FloatArray, tolerance: float = TOLERANCE) -> Fit:
    found, steps = newton(problem, at, tolerance)
    strengths = found[:-2] - (found[:-2].mean() if problem.cells.values else 0.0)
    return Fit(strengths, float(found[-2]), float(found[-1]), steps)


def _parameters(found: Fit) -> FloatArray:
    return np.concatenate([found.strengths, [found.intercept, found.nudge]])


def held_out(
    c: Comparisons, *, folds: int = FOLDS, seed: int = 0, whole: Fit | None = None
) -> HeldOut | Undefined:
    """Predict each fold of whole families from the others (families dealt by `seed`).

    `whole` is the fit to everything; folds start from it, which changes the time, not the result.
    """
    families = np.unique(c.family)
    if len(families) < folds:
        reason = f"choices in {len(families)} of the {folds} families that folds need at least"
        return Undefined(reason, c.n)
    dealt = np.random.default_rng(seed).permutation(len(families)) % folds
    fold = dealt[np.searchsorted(families, c.family)]
    at = _parameters(whole if whole is not None else fit(c))
    logits, baseline = np.empty(c.n), np.empty(c.n)

    def predict(k: int) -> None:
        in_fold = fold == k
        others = (~in_fold).astype(float)
        problem = Problem(c.cells, c.cells.sums(others), c.cells.sums(others * c.won), L2)
        found = _fitted(problem, at, _FOLD_TOLERANCE)
        logits[in_fold] = found.logits(c.only(in_fold))
        intercept, nudge = nudge_terms(problem.n.sum(axis=1), problem.won.sum(axis=1))
        baseline[in_fold] = intercept + nudge * c.nudge[in_fold]

    with ThreadPoolExecutor(max_workers=folds) as side_by_side:  # arrays: no lock is held for long
        list(side_by_side.map(predict, range(folds)))
    return HeldOut(
        _accuracy(logits, c.won),
        _accuracy(baseline, c.won),
        _log_loss(logits, c.won),
        _log_loss(baseline, c.won),
        c.n,
        folds,
        _gain(c, logits, baseline),
    )


def _gain(c: Comparisons, logits: FloatArray, baseline: FloatArray) -> Measured:
    """By how much more of the choices are predicted with strengths than without, by family."""
    better = _right(logits, c.won) - _right(baseline, c.won)
    return clustered_mean(np.bincount(c.family, better), np.bincount(c.family))


def strengths(c: Comparisons, fitted: Fit, codes: npt.ArrayLike, l2: float = L2) -> pd.DataFrame:
    """Strengths of some values with family-clustered intervals, one row a code given.

    Columns: value, strength (logits), low, high, n (comparisons), families, q (that the strength is
    0, over the values given). The interval around the shrunken strength is H^-1 (sum of squared
    family scores + L2) H^-1: what chance makes of it, and how far shrinking may have drawn it in
    (by more where the strengths lie farther apart than the prior says).
    Without the second term the extremes were covered 33 to 53% of the time. Values seen in fewer
    families than an interval needs have none (NaN).
    """
    from scipy.special import stdtr

    wanted = np.asarray(codes, dtype=int)
    everywhere = appearances(c)
    fitted, l2 = _loosened(c, fitted, everywhere[1], l2)
    problem = _problem(c, l2)
    at_cells = problem.logits(_parameters(fitted))
    residuals = c.cells.each(chances(at_cells)) - c.won
    hessian = Hessian(problem, problem.weights(at_cells)[0])
    n, spread = (counts[wanted] for counts in everywhere)
    wide = max(1.0, l2 * _spread(fitted, hessian, everywhere[1], l2))
    span = int(c.family.max(initial=-1)) + 1
    groups = int((np.bincount(c.family, minlength=span) > 0).sum())
    half, error = np.full(len(wanted), np.nan), np.full(len(wanted), np.nan)
    for i, k in enumerate(wanted):
        if spread[i] < LEAST_FAMILIES:
            continue
        direction = solve(hessian, np.eye(1, problem.size, k)[0], 1e-5)
        scores = np.bincount(c.family, residuals * c.cells.each(problem.logits(direction)), span)
        variance = groups / (groups - 1) * float(np.square(scores).sum())
        prior = float(problem.penalty @ np.square(direction))
        # a value that hardly ever loses has few surprises to show what chance makes of it
        variance = max(variance, float(direction[k]) - prior)
        error[i] = np.sqrt(variance + wide * prior)
        half[i] = quantile(int(spread[i])) * error[i]
    at = fitted.strengths[wanted]
    p = 2 * stdtr(np.maximum(spread - 1, 1).astype(float), -np.abs(at) / error)
    return pd.DataFrame(
        {
            "value": [c.values[k] for k in wanted],
            "strength": at,
            "low": at - half,
            "high": at + half,
            "n": n,
            "families": spread,
            "q": q_values(p),
        }
    )


def _loosened(c: Comparisons, fitted: Fit, families: IntArray, l2: float) -> tuple[Fit, float]:
    """The fit with the prior that the strengths themselves ask for, where they lie farther apart
    than the usual one says: shrunk by that one, the extremes lie too near to 0 for any interval
    around them to hold the truth."""
    for _ in range(_LOOSENED):
        problem = _problem(c, l2)
        weights = problem.weights(problem.logits(_parameters(fitted)))[0]
        wider = _spread(fitted, Hessian(problem, weights), families, l2)
        if l2 * wider <= _NEAR:
            break
        l2 = max(1 / wider, LEAST_L2)
        fitted = fit(c, l2, start=fitted)
    return fitted, l2


def _spread(fitted: Fit, hessian: Hessian, families: IntArray, l2: float) -> float:
    """The variance of the true strengths, from the shrunken ones: each is drawn in by a known share
    and blurred by a known amount. Where they lie farther apart than the prior says, shrinking draws
    them in by more."""
    enough = families >= LEAST_FAMILIES
    if not enough.any():
        return 0.0
    curved = hessian.diagonal[:-2][enough]
    kept = (curved - l2) / curved
    blur = (curved - l2) / np.square(curved)
    spread = np.square(fitted.strengths[enough]) - blur
    return float(spread.sum() / np.square(kept).sum())


def appearances(c: Comparisons) -> tuple[IntArray, IntArray]:
    """How many comparisons, and how many families, each value code appears in."""
    values = len(c.values)
    code, family = np.concatenate([c.first, c.second]), np.tile(c.family, 2)
    n = np.bincount(code, minlength=values)
    span = int(c.family.max(initial=0)) + 1
    met = np.sort(code * span + family)
    once = met[np.diff(met, prepend=-1) > 0] // max(span, 1)
    return n, np.bincount(once, minlength=values)


def _problem(c: Comparisons, l2: float) -> Problem:
    return Problem(c.cells, c.cells.sums(np.ones(c.n)), c.cells.sums(c.won), l2)


def _accuracy(logits: FloatArray, won: FloatArray) -> float:
    return float(np.mean(_right(logits, won)))


def _right(logits: FloatArray, won: FloatArray) -> FloatArray:
    """1 where a choice is predicted, 0 where not, one half where neither is."""
    return np.asarray(1 - np.abs((np.sign(logits) + 1) / 2 - won), dtype=float)


def _log_loss(logits: FloatArray, won: FloatArray) -> float:
    return float(np.mean(np.logaddexp(0, np.where(won > 0.5, -logits, logits))))
