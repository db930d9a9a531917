"""Newton's method on a sparse design, each step by conjugate gradients: no dense matrix is made.

With thousands of values a factorised Hessian would fill in; its product with a direction costs
two passes over the comparisons, and a diagonal preconditioner settles it in a dozen of them.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from analysis.measure.estimates import FloatArray

L2_TERMS = 0.01  # on intercept and nudge: keeps them finite where the nudge decides every choice
_STEPS = 50
_TOLERANCE = 1e-6


class Problem:
    """The penalised likelihood of some comparisons: sparse design, outcomes, penalties."""

    def __init__(
        self,
        first: npt.NDArray[np.int64],
        second: npt.NDArray[np.int64],
        nudge: FloatArray,
        won: FloatArray,
        values: int,
        l2: float,
    ) -> None:
        self.x = _design(first, second, nudge, values)
        self.xt = self.x.T.tocsr()
        self.squares = self.xt.multiply(self.xt)
        self.won = won
        self.size = self.x.shape[1]
        self.penalty = np.full(self.size, l2)
        self.penalty[-2:] = L2_TERMS

    def loss(self, at: FloatArray, logits: FloatArray) -> float:
        fit_part = np.logaddexp(0, logits).sum() - self.won @ logits
        return float(fit_part + 0.5 * (self.penalty @ np.square(at)))

    def at(self, logits: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Weights p (1 - p) and residuals p - won, one a comparison."""
        p = 1 / (1 + np.exp(-np.clip(logits, -700, 700)))
        return p * (1 - p), p - self.won

    def diagonal(self, weights: FloatArray) -> FloatArray:
        return np.asarray(self.squares @ weights + self.penalty, dtype=float)

    def curve(self, weights: FloatArray, direction: FloatArray) -> FloatArray:
        """The Hessian times a direction."""
        product = self.xt @ (weights * (self.x @ direction))
        return np.asarray(product + self.penalty * direction, dtype=float)


def _design(
    first: npt.NDArray[np.int64], second: npt.NDArray[np.int64], nudge: FloatArray, values: int
) -> Any:
    """Sparse rows: +1 at value 1, -1 at value 2, 1 for the intercept, the nudge."""
    from scipy.sparse import csr_array

    n = len(nudge)
    ones = np.ones(n)
    columns = [np.full(n, values), np.full(n, values + 1)]
    cells = [ones, nudge]
    if values:
        columns, cells = [first, second, *columns], [ones, -ones, *cells]
    width = len(cells)
    indices = np.stack(columns, axis=1).ravel().astype(np.int32)
    pointers = np.arange(0, width * n + 1, width, dtype=np.int32)
    return csr_array((np.stack(cells, axis=1).ravel(), indices, pointers), shape=(n, values + 2))


def newton(problem: Problem, at: FloatArray) -> tuple[FloatArray, int]:
    """Minimise: Newton steps, halved where the loss would grow."""
    logits = problem.x @ at
    loss = problem.loss(at, logits)
    for step in range(_STEPS):
        weights, residuals = problem.at(logits)
        gradient = problem.xt @ residuals + problem.penalty * at
        size = float(np.abs(gradient).max())
        if size < _TOLERANCE * max(1.0, len(problem.won) / problem.size):
            return at, step
        down = conjugate_gradients(problem, weights, -gradient, min(0.1, np.sqrt(size)))
        moved, along = at + down, problem.x @ down
        scale = 1.0
        while (new := problem.loss(moved, logits + scale * along)) > loss and scale > 1e-9:
            scale /= 2
            moved = at + scale * down
        at, logits, loss = moved, logits + scale * along, new
    return at, _STEPS


def conjugate_gradients(
    problem: Problem, weights: FloatArray, target: FloatArray, tolerance: float
) -> FloatArray:
    """Solve Hessian x = target to a relative residual, preconditioned by the diagonal."""
    inverse = 1 / problem.diagonal(weights)
    x, residual = np.zeros(problem.size), target.copy()
    scaled = inverse * residual
    direction, power = scaled.copy(), float(residual @ scaled)
    goal = tolerance**2 * float(target @ target)
    for _ in range(10 * problem.size):
        if float(residual @ residual) <= goal:
            break
        curved = problem.curve(weights, direction)
        length = power / float(direction @ curved)
        x += length * direction
        residual -= length * curved
        scaled = inverse * residual
        power, before = float(residual @ scaled), power
        direction = scaled + power / before * direction
    return x
