"""D, the disagreement of models about one query, from where their answers stand.

The larger population standard deviation (0..3) of the two values' positions (0..6); the first
replicate of each model counts. Source: Zhang et al. 2025, arXiv:2510.07686v2.
"""

import math
from collections.abc import Sequence

from pipeline.records import Placement


def spread(positions: Sequence[int]) -> tuple[int, int]:
    """(n, n S2 - S1^2): the population variance is the second over n squared, in integers."""
    total, squares = sum(positions), sum(p * p for p in positions)
    return len(positions), len(positions) * squares - total * total


def disagreement(placed: Sequence[Placement]) -> float | None:
    """D of one scenario; None with fewer than two models."""
    return spread_of([(p.value1, p.value2) for p in placed if p.replicate == 0])


def spread_of(places: Sequence[tuple[int, int]]) -> float | None:
    """D of the places (value 1, value 2) of one scenario's answers; None with fewer than two."""
    if len(places) < 2:
        return None
    spreads = [spread([place[v] for place in places]) for v in (0, 1)]
    return max(math.sqrt(s) / n for n, s in spreads)


def at_least(placed: Sequence[Placement], threshold: float) -> bool:
    """Whether D reaches a threshold, compared in integers where the threshold is a decimal."""
    first = [p for p in placed if p.replicate == 0]
    if len(first) < 2:
        return False
    scaled = round(threshold * 1_000)
    pairs = (spread([p.value1 for p in first]), spread([p.value2 for p in first]))
    return any(s * 1_000_000 >= scaled * scaled * n * n for n, s in pairs)
