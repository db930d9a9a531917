"""Stage select: near duplicates out before answers are paid for, hard cases kept after scoring."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.kcenter import Grid, Selection
from pipeline.kcenter import select as greedy
from pipeline.records import Placement, Scenario


@dataclass(frozen=True)
class Kept:
    """What a selection kept: scenario ids in the order of choice, each with its distance.

    `distance` is Euclidean between unit vectors (0..2) to the nearest one kept before, None for
    the first; `radius` is how far the worst served query is, times its weight.
    """

    scenarios: tuple[str, ...]
    distance: tuple[float | None, ...]
    radius: float
    of: int


def dedupe(
    scenarios: Sequence[Scenario], points: Grid, *, stop: float, keep: int | None = None
) -> Kept:
    """Plain k-center over queries: none kept is nearer than `stop` to another one kept."""
    return _kept(scenarios, greedy(points, keep=keep, stop=stop))


def hard_cases(
    scenarios: Sequence[Scenario],
    points: Grid,
    weights: Mapping[str, float],
    *,
    stop: float,
    keep: int | None = None,
) -> Kept:
    """Disagreement-weighted k-center, weight = D. A scenario without a D has weight 0: it is
    never kept, because nothing says that it is hard."""
    heavy = np.asarray([weights.get(s.scenario, 0.0) for s in scenarios])
    if not heavy.any():
        return Kept((), (), 0.0, len(scenarios))
    return _kept(scenarios, greedy(points, weights=heavy, keep=keep, stop=stop))


def _kept(scenarios: Sequence[Scenario], chosen: Selection) -> Kept:
    return Kept(
        scenarios=tuple(scenarios[i].scenario for i in chosen.order),
        distance=tuple(float(d) if np.isfinite(d) else None for d in chosen.distance),
        radius=chosen.radius,
        of=len(scenarios),
    )


def spread(positions: Sequence[int]) -> tuple[int, int]:
    """(n, n S2 - S1^2): the population variance is the second over n squared, in integers."""
    total, squares = sum(positions), sum(p * p for p in positions)
    return len(positions), len(positions) * squares - total * total


def disagreement(placed: Sequence[Placement]) -> float | None:
    """D of one scenario: the larger population standard deviation (0..3) of its two values.

    None with fewer than two models. Source: Zhang et al. 2025, arXiv:2510.07686v2.
    """
    return spread_of([(p.value1, p.value2) for p in placed if p.replicate == 0])


def spread_of(places: Sequence[tuple[int, int]]) -> float | None:
    """D of the places (value 1, value 2) of one scenario's answers; None with fewer than two."""
    if len(places) < 2:
        return None
    spreads = [spread([place[v] for place in places]) for v in (0, 1)]
    return max(float(np.sqrt(s)) / n for n, s in spreads)


def at_least(placed: Sequence[Placement], threshold: float) -> bool:
    """Whether D reaches a threshold, compared in integers where the threshold is a decimal."""
    first = [p for p in placed if p.replicate == 0]
    if len(first) < 2:
        return False
    scaled = round(threshold * 1_000)
    pairs = (spread([p.value1 for p in first]), spread([p.value2 for p in first]))
    return any(s * 1_000_000 >= scaled * scaled * n * n for n, s in pairs)
