"""Newton's method on pairs of values, each step by conjugate gradients: no dense matrix is made.

With thousands of values a factorised Hessian would fill in; its product with a direction costs
two passes over the distinct pairs (the nudges of a family share one), and a diagonal
preconditioner settles it in a dozen of them.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from analysis.measure.estimates import FloatArray

L2_TERMS = 0.01  # on intercept and nudge: keeps them finite where the nudge decides every choice
_STEPS = 50
_TOLERANCE = 1e-6
IntArray = npt.NDArray[np.int64]


class Problem:
    """The penalised likelihood of some comparisons.

    Parameters are the strengths, then the intercept, then the nudge's coefficient.
    """

    def __init__(
        self, first: IntArray, second: IntArray, nudge: FloatArray, won: FloatArray,
        values: int, l2: float,
    ) -> None:  # fmt: skip
        self.nudge, self.won, self.values = nudge, won, values
        self.size = values + 2
        keys, self.pair = np.unique(first * values + second, return_inverse=True)
        self.x = _differences(keys // values, keys % values, values)
        self.xt = self.x.T.tocsr()
        self.penalty = np.full(self.size, l2)
        self.penalty[-2:] = L2_TERMS

    def logits(self, at: FloatArray) -> FloatArray:
        """Logit that value 1 is favored, one a comparison; linear in the parameters."""
        differences = (self.x @ at[:-2])[self.pair]
        return np.asarray(differences + at[-2] + at[-1] * self.nudge, dtype=float)

    def gathered(self, per_comparison: FloatArray) -> FloatArray:
        """The transpose of `logits`: one number a comparison, summed into the parameters."""
        by_pair = np.bincount(self.pair, per_comparison, self.x.shape[0])
        terms = [per_comparison.sum(), per_comparison @ self.nudge]
        return np.concatenate([self.xt @ by_pair, terms])

    def loss(self, at: FloatArray, logits: FloatArray) -> float:
        # log(1 + e^z) in the form that neither overflows nor needs the slow logaddexp.
        soft = np.log1p(np.exp(-np.abs(logits))).sum() + np.maximum(logits, 0).sum()
        fit_part = soft - self.won @ logits
        return float(fit_part + 0.5 * (self.penalty @ np.square(at)))

    def weights(self, logits: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Weights p (1 - p) and residuals p - won, one a comparison."""
        p = 1 / (1 + np.exp(-np.clip(logits, -700, 700)))
        return p * (1 - p), p - self.won


class Hessian:
    """The curvature of a problem at some weights, as a product with directions."""

    def __init__(self, problem: Problem, weights: FloatArray) -> None:
        self.problem = problem
        self.by_pair = np.bincount(problem.pair, weights, problem.x.shape[0])
        leaning = weights * problem.nudge
        # Rows of the intercept and of the nudge: what they share with every parameter.
        self.constant, self.nudged = problem.gathered(weights), problem.gathered(leaning)
        squares = abs(problem.xt) @ self.by_pair
        self.diagonal = problem.penalty + np.concatenate(
            [squares, [self.constant[-2], self.nudged[-1]]]
        )

    def __matmul__(self, direction: FloatArray) -> FloatArray:
        problem = self.problem
        strengths = problem.xt @ (self.by_pair * (problem.x @ direction[:-2]))
        strengths += direction[-2] * self.constant[:-2] + direction[-1] * self.nudged[:-2]
        terms = [self.constant @ direction, self.nudged @ direction]
        return np.concatenate([strengths, terms]) + problem.penalty * direction


def _differences(first: IntArray, second: IntArray, values: int) -> Any:
    """Sparse rows, one a pair: +1 at value 1, -1 at value 2."""
    from scipy.sparse import csr_array

    pairs = len(first)
    cells = np.tile([1.0, -1.0], pairs)
    indices = np.stack([first, second], axis=1).ravel().astype(np.int32)
    pointers = np.arange(0, 2 * pairs + 1, 2, dtype=np.int32)
    return csr_array((cells, indices, pointers), shape=(pairs, values))


def newton(problem: Problem, at: FloatArray) -> tuple[FloatArray, int]:
    """Minimise from `at`: Newton steps, halved where the loss would grow. Gives the steps too."""
    logits = problem.logits(at)
    loss = problem.loss(at, logits)
    enough = _TOLERANCE * max(1.0, len(problem.won) / problem.size)
    for step in range(_STEPS):
        weights, residuals = problem.weights(logits)
        gradient = problem.gathered(residuals) + problem.penalty * at
        size = float(np.abs(gradient).max())
        if size < enough:
            return at, step
        down = solve(Hessian(problem, weights), -gradient, min(0.1, np.sqrt(size)))
        moved, along = at + down, problem.logits(down)
        scale = 1.0
        while (new := problem.loss(moved, logits + scale * along)) > loss and scale > 1e-9:
            scale /= 2
            moved = at + scale * down
        at, logits, loss = moved, logits + scale * along, new
    return at, _STEPS


def solve(hessian: Hessian, target: FloatArray, tolerance: float) -> FloatArray:
    """Hessian x = target to a relative residual, by conjugate gradients with its diagonal."""
    inverse = 1 / hessian.diagonal
    x, residual = np.zeros(len(target)), target.copy()
    scaled = inverse * residual
    direction, power = scaled.copy(), float(residual @ scaled)
    goal = tolerance**2 * float(target @ target)
    for _ in range(10 * len(target)):
        if float(residual @ residual) <= goal:
            break
        curved = hessian @ direction
        length = power / float(direction @ curved)
        x += length * direction
        residual -= length * curved
        scaled = inverse * residual
        power, before = float(residual @ scaled), power
        direction = scaled + power / before * direction
    return x


def nudge_terms(nudge: FloatArray, won: FloatArray) -> tuple[float, float]:
    """The logistic regression `a + b * nudge` for nudges of -1, 0 and 1, from three counts."""
    level = np.array([-1.0, 0.0, 1.0])
    at = nudge.astype(int) + 1
    count, wins = np.bincount(at, minlength=3), np.bincount(at, won, 3)
    terms = np.zeros(2)
    x = np.column_stack([np.ones(3), level])
    for _ in range(_STEPS):
        p = 1 / (1 + np.exp(-(x @ terms)))
        gradient = x.T @ (wins - count * p) - L2_TERMS * terms
        curved = x.T @ (x * (count * p * (1 - p))[:, None]) + L2_TERMS * np.eye(2)
        step = np.linalg.solve(curved, gradient)
        # The likelihood is flat far out: no step may overshoot into where it can't come back.
        terms = terms + np.clip(step, -2, 2)
        if np.abs(step).max() < _TOLERANCE:
            break
    return float(terms[0]), float(terms[1])
