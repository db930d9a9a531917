"""How many cases a trial needs: before it is paid for, and after it showed nothing.

The usual normal formula for the difference of two rates, told cautiously: old and new verdicts of
a case are taken as independent (they go together, so fewer cases do), and the test as the hardest
of all that the trial makes (Bonferroni; Benjamini-Hochberg asks for less). What a family has in
common cancels in a paired difference, so families do not enter; fewer than a dozen make the
intervals wider than this says, and fewer than five give none (`estimates.evidence`).
"""

import math
from dataclasses import dataclass

from analysis.measure.estimates.estimates import Estimate, quantile
from analysis.vocabulary import POWER, SIGNIFICANT

CHANGES = (0.05, 0.1, 0.2)
"""Sizes of a change that a plan tells the number of cases for, as shares of the cases."""


@dataclass(frozen=True)
class Power:
    """What a group of `cases` in `families` can show of a rate that is `rate` now: how many cases
    see a change of each size of `CHANGES`, and the `smallest` change that these see (None: not
    even the largest that is possible)."""

    rate: float
    cases: int
    families: int
    needed: dict[float, int]
    smallest: float | None


def power(rate: float, cases: int, families: int, tests: int) -> Power:
    """For a group of cases of which a share `rate` has the conflict now, and so many tests."""
    needed = {size: cases_for_change(rate, size, tests) for size in CHANGES}
    steps = (i / 100 for i in range(1, 101))
    seen = (s for s in steps if s <= _largest(rate) and cases_for_change(rate, s, tests) <= cases)
    return Power(rate, cases, families, needed, next(seen, None))


def cases_for_change(rate: float, change: float, tests: int) -> int:
    """Cases that see a rate fall (or rise, where it can't fall so far) by `change`."""
    size = min(change, _largest(rate))
    then = rate - size if rate >= size else rate + size
    spread = rate * (1 - rate) + then * (1 - then)
    return max(1, math.ceil(spread * (_factor(tests) / size) ** 2))


def more_needed(found: Estimate, change: float, tests: int) -> int:
    """Cases like those of a paired difference `found` that would see one of `change`."""
    error = (found.high - found.low) / 2 / quantile()
    return math.ceil(found.n * (_factor(tests) * error / change) ** 2)


def _largest(rate: float) -> float:
    return max(rate, 1 - rate)


def _factor(tests: int) -> float:
    return quantile(level=1 - SIGNIFICANT / max(1, tests)) + quantile(level=2 * POWER - 1)
