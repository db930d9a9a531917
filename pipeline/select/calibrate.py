"""The distance at which two queries count as one, measured for an embedder on given queries.

Near duplicates are planted: some of the queries are written once more in another dress, asking
for the same. The distance that best sets them apart from what should stay, the other queries of
a family, is the default of an embedder that has no measured one.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, pairwise

import numpy as np
import numpy.typing as npt

from analysis.vocabulary import Perturbation
from pipeline.simulator import simulator as sim

PROBES = 60  # queries that are written once more
DRESSES = (Perturbation.TONE.value, Perturbation.LANGUAGE.value)
"""Kinds that add nothing to what is asked."""
RATIO = 2.0  # weighted to plain, as the paper's 0.8 to its 0.4
Distances = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Stops:
    """Distances between unit vectors below which a query counts as served already."""

    plain: float
    weighted: float


@dataclass(frozen=True)
class Calibration:
    """A measured distance: `near`, the share of planted near duplicates below it (1 is best);
    `apart`, the share of pairs that should stay below it (0 is best); how many of each."""

    distance: float
    near: float
    apart: float
    n_near: int
    n_apart: int

    @property
    def stops(self) -> Stops:
        return Stops(self.distance, RATIO * self.distance)


@dataclass(frozen=True)
class Probes:
    """What to measure on: queries and planted ones; `near` and `apart` are pairs of their
    places in `texts`."""

    texts: tuple[str, ...]
    near: tuple[tuple[int, int], ...]
    apart: tuple[tuple[int, int], ...]


def planted(queries: Sequence[str], families: Sequence[str]) -> Probes:
    """Probes over queries with their families: the same queries, the same probes."""
    count = min(PROBES, len(queries))
    chosen = [i * len(queries) // count for i in range(count)]
    members: dict[str, list[int]] = defaultdict(list)
    for row, family in enumerate(families):
        members[family].append(row)
    near = [
        (queries[row], sim.perturb(queries[row], dress, "calibration"))
        for row in chosen
        for dress in DRESSES
    ]
    apart = [
        (queries[row], queries[other])
        for row in chosen
        for other in members[families[row]]
        if queries[other] != queries[row]
    ]
    if not apart:  # one query a family: then any other one should stay
        apart = [(queries[row], queries[other]) for row, other in pairwise(chosen)]
    texts = {text: i for i, text in enumerate(dict.fromkeys(chain(*near, *apart)))}
    return Probes(
        tuple(texts),
        tuple((texts[one], texts[other]) for one, other in near),
        tuple((texts[one], texts[other]) for one, other in apart),
    )


def calibrated(near: Distances, apart: Distances) -> Calibration:
    """The distance with the most near duplicates below it and the fewest others.

    Among equally good ones the smallest, which leaves least out. Without pairs to set apart it is
    the one below which 95% of the near duplicates lie; without near duplicates it is 0, and
    nothing is left out.
    """
    if len(near) == 0:
        return Calibration(0.0, 1.0, 0.0, 0, len(apart))
    if len(apart) == 0:
        distance = float(np.quantile(near, 0.95)) + 1e-9
        return Calibration(distance, float((near < distance).mean()), 0.0, len(near), 0)
    seen = np.unique(np.concatenate([near, apart]))
    edges = np.concatenate([[0.0], (seen[:-1] + seen[1:]) / 2, [seen[-1] + 1e-9]])
    gain = np.array([(near < edge).mean() - (apart < edge).mean() for edge in edges])
    distance = float(edges[int(np.argmax(gain))])
    return Calibration(
        distance,
        float((near < distance).mean()),
        float((apart < distance).mean()),
        len(near),
        len(apart),
    )
