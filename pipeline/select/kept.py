"""What a selection keeps: plain k-center for near duplicates, weighted for hard cases."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.records import Scenario
from pipeline.select.kcenter import Centers, Grid
from pipeline.select.kcenter import select as greedy


@dataclass(frozen=True)
class SelectionResult:
    """What a selection kept: scenario ids in the order of choice, each with its distance.

    `distance` is Euclidean between unit vectors (0..2) to the nearest one kept before, None for
    the first; `radius` is how far the worst served query is, times its weight.
    """

    scenarios: tuple[str, ...]
    distance: tuple[float | None, ...]
    radius: float
    of: int


def keep(
    scenarios: Sequence[Scenario],
    points: Grid,
    weights: Mapping[str, float] | None = None,
    *,
    stop: float,
    most: int | None = None,
) -> SelectionResult:
    """Without weights none kept is nearer than `stop` to another one kept.

    With weights (scenario -> weight, such as its D) distances count times the weight. A scenario
    without one has weight 0: it is never kept, because nothing says that it is hard.
    """
    if weights is None:
        return _kept(scenarios, greedy(points, keep=most, stop=stop))
    heavy = np.asarray([weights.get(s.scenario, 0.0) for s in scenarios])
    if not heavy.any():
        return SelectionResult((), (), 0.0, len(scenarios))
    return _kept(scenarios, greedy(points, weights=heavy, keep=most, stop=stop))


def _kept(scenarios: Sequence[Scenario], chosen: Centers) -> SelectionResult:
    return SelectionResult(
        scenarios=tuple(scenarios[i].scenario for i in chosen.order),
        distance=tuple(float(d) if np.isfinite(d) else None for d in chosen.distance),
        radius=chosen.radius,
        of=len(scenarios),
    )
