"""Newton's method on pairs of values, each step by conjugate gradients: no dense matrix is made.

With thousands of values a factorised Hessian would fill in; its product with a direction costs
two passes over the distinct pairs (the nudges of a family share one), and a diagonal
preconditioner settles it in a dozen of them.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from analysis.measure.estimates.evidence import FloatArray

L2_TERMS = 0.01  # on intercept and nudge: keeps them finite where the nudge decides every choice
_STEPS = 50
TOLERANCE = 1e-6
NUDGES = np.array([-1.0, 0.0, 1.0])
IntArray = npt.NDArray[np.int64]


class Cells:
    """Comparisons gathered by nudge (rows: -1, 0, 1) and distinct pair of values (columns).

    Sums over columns that lie side by side are many times faster than over scattered
    comparisons, and folds of the same comparisons are only other counts. `cell` is each
    comparison's place in the flattened table.
    """

    def __init__(self, first: IntArray, second: IntArray, nudge: FloatArray, values: int) -> None:
        keys, pair = np.unique(first * values + second, return_inverse=True)
        self.cell = (nudge.astype(np.int64) + 1) * len(keys) + pair
        self.values, self.shape = values, (len(NUDGES), len(keys))
        self.x = _differences(keys // values, keys % values, values)
        self.xt = self.x.T.tocsr()
        self.degree = abs(self.xt)

    def sums(self, per_comparison: FloatArray) -> FloatArray:
        """Numbers of comparisons summed by cell."""
        size = self.shape[0] * self.shape[1]
        totals = np.bincount(self.cell, per_comparison, size)
        return np.asarray(totals.reshape(self.shape), dtype=float)

    def each(self, table: FloatArray) -> FloatArray:
        """The entry of each comparison's cell."""
        return np.asarray(table.ravel()[self.cell])


class Problem:
    """The penalised likelihood of some comparisons: `n` and `won` of each cell.

    Parameters are the strengths, then the intercept, then the nudge's coefficient.
    """

    def __init__(self, cells: Cells, n: FloatArray, won: FloatArray, l2: float) -> None:
        self.cells, self.n, self.won = cells, n, won
        self.size = cells.values + 2
        self.penalty = np.full(self.size, l2)
        self.penalty[-2:] = L2_TERMS

    def logits(self, at: FloatArray) -> FloatArray:
        """Logit that value 1 is favored, a table of cells; linear in the parameters."""
        return np.asarray((at[-2] + at[-1] * NUDGES)[:, None] + self.cells.x @ at[:-2])

    def gathered(self, table: FloatArray) -> FloatArray:
        """The transpose of `logits`: a table of cells, summed into the parameters."""
        rows = table.sum(axis=1)
        strengths = self.cells.xt @ table.sum(axis=0)
        return np.concatenate([strengths, [rows.sum(), rows @ NUDGES]])

    def loss(self, at: FloatArray, logits: FloatArray) -> float:
        # log(1 + e^z) in the form that neither overflows nor needs the slow logaddexp. No `@` on
        # tables: it wakes threads, which on a busy machine wait for each other.
        soft = np.log1p(np.exp(-np.abs(logits))) + np.maximum(logits, 0)
        fit_part = (self.n * soft - self.won * logits).sum()
        return float(fit_part + 0.5 * (self.penalty @ np.square(at)))

    def weights(self, logits: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Weights n p (1 - p) and residuals n p - won, a table of cells each."""
        p = chances(logits)
        return self.n * p * (1 - p), self.n * p - self.won


def chances(logits: FloatArray) -> FloatArray:
    """The probabilities that belong to logits."""
    return np.asarray(1 / (1 + np.exp(-np.clip(logits, -700, 700))), dtype=float)


class Hessian:
    """The curvature of a problem at some weights, as a product with directions."""

    def __init__(self, problem: Problem, weights: FloatArray) -> None:
        self.problem = problem
        self.by_pair = weights.sum(axis=0)
        leaning = weights * NUDGES[:, None]
        # Rows of the intercept and of the nudge: what they share with every parameter.
        self.constant, self.nudged = problem.gathered(weights), problem.gathered(leaning)
        squares = problem.cells.degree @ self.by_pair
        self.diagonal = problem.penalty + np.concatenate(
            [squares, [self.constant[-2], self.nudged[-1]]]
        )

    def __matmul__(self, direction: FloatArray) -> FloatArray:
        problem, cells = self.problem, self.problem.cells
        strengths = cells.xt @ (self.by_pair * (cells.x @ direction[:-2]))
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


def newton(
    problem: Problem, at: FloatArray, tolerance: float = TOLERANCE
) -> tuple[FloatArray, int]:
    """Minimise from `at`: Newton steps, halved where the loss would grow. Gives the steps too."""
    logits = problem.logits(at)
    loss = problem.loss(at, logits)
    enough = tolerance * max(1.0, problem.n.sum() / problem.size)
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


def nudge_terms(n: FloatArray, won: FloatArray) -> tuple[float, float]:
    """The logistic regression `a + b * nudge` from `won` of `n` at the nudges -1, 0 and 1."""
    terms = np.zeros(2)
    x = np.column_stack([np.ones(3), NUDGES])
    for _ in range(_STEPS):
        p = 1 / (1 + np.exp(-(x @ terms)))
        gradient = x.T @ (won - n * p) - L2_TERMS * terms
        curved = x.T @ (x * (n * p * (1 - p))[:, None]) + L2_TERMS * np.eye(2)
        step = np.linalg.solve(curved, gradient)
        # The likelihood is flat far out: no step may overshoot into where it can't come back.
        terms = terms + np.clip(step, -2, 2)
        if np.abs(step).max() < TOLERANCE:
            break
    return float(terms[0]), float(terms[1])
