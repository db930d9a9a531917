"""D, the disagreement of models about one query: the formula, in whole numbers.

D = the larger, over the two values, of the population standard deviation of the models' positions
(Zhang et al. 2025, arXiv:2510.07686, as its dataset column `max_pop_std_openai` has it). With n
positions of sum S1 and sum of squares S2 the population variance is (n S2 - S1^2) / n^2, so a
threshold is asked in integers and a tie is a tie. `store.disagreement_sql` is the same in SQL.
Needs no library of tables, since a run reads it, too.
"""

import math
from collections.abc import Iterable, Sequence
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from analysis.vocabulary import BIN_EDGES

Number = TypeVar("Number", int, npt.NDArray[np.int64])
Moments = tuple[int, int]
"""n, and n S2 - S1^2, of the positions on one value."""
_SCALE = 10_000


def spread(n: Number, total: Number, squares: Number) -> Number:
    """n S2 - S1^2: the population variance times n squared; of one query or of an array of them."""
    return n * squares - total * total


def moments(positions: Sequence[int]) -> Moments:
    """What D is made of, for positions (0..6) on one value."""
    n = len(positions)
    return n, spread(n, sum(positions), sum(p * p for p in positions))


def d_of(values: Iterable[Moments]) -> float | None:
    """D (0..3) from the moments of both values; None where neither has two positions."""
    return max((math.sqrt(s) / n for n, s in values if n > 1), default=None)


def squared(threshold: float) -> tuple[int, int]:
    """(a^2, b^2) of a threshold a/b of four decimals: D reaches it where b^2 (n S2 - S1^2) is
    a^2 n^2 or more."""
    a = round(threshold * _SCALE)
    return a * a, _SCALE * _SCALE


def reaches(values: Iterable[Moments], threshold: float) -> bool:
    """Whether D is `threshold` or more, asked exactly; never without two positions on a value."""
    a, b = squared(threshold)
    return any(n > 1 and b * s >= a * n * n for n, s in values)


def bin_of(values: Sequence[Moments]) -> int | None:
    """The bin (0..4, of `vocabulary.BIN_EDGES`) in which D lies; None where there is no D."""
    if d_of(values) is None:
        return None
    return sum(reaches(values, edge) for edge in BIN_EDGES[:-1]) - 1
