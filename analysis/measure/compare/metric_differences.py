"""Two sides compared: every metric with its difference, and one q-value over all of them."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from analysis.measure.estimates.estimates import Estimate, Measured, Undefined, q_values
from analysis.measure.estimates.paired import Paired
from analysis.vocabulary import SIGNIFICANT


@dataclass(frozen=True)
class Metric:
    """One number of both sides, the difference B - A and its q-value (Benjamini-Hochberg over all
    metrics of the comparison; NaN where nothing is tested). Where the sides hold the same content,
    the difference is 0 as a fact, `same`, and nothing is estimated."""

    name: str
    a: Measured
    b: Measured
    difference: Measured
    p: float = math.nan
    q: float = math.nan
    n: int = 0
    families: int = 0
    same: bool = False

    @property
    def differs(self) -> bool:
        return self.q <= SIGNIFICANT

    @property
    def group(self) -> str:
        return self.name.partition(".")[0]


@dataclass(frozen=True)
class Comparison:
    """All metrics of A and B by name, in their order, over the `matched` queries of `families`."""

    a: str
    b: str
    identical: bool
    matched: int
    by_words: int
    only_a: int
    only_b: int
    families: int
    metrics: Mapping[str, Metric]

    def by_evidence(self) -> list[Metric]:
        """The surest difference first; what could not be tested last."""
        return sorted(self.metrics.values(), key=_evidence)


def _evidence(metric: Metric) -> tuple[bool, float, str]:
    unknown = math.isnan(metric.p)
    return unknown, 0.0 if unknown else metric.p, metric.name


def metrics(found: Iterable[tuple[str, Paired]], *, identical: bool) -> dict[str, Metric]:
    """Name -> metric, with q over all of them."""
    rows = [_metric(name, one, identical) for name, one in found]
    q = q_values([r.p for r in rows])
    return {r.name: replace(r, q=float(x)) for r, x in zip(rows, q, strict=True)}


def _metric(name: str, one: Paired, identical: bool) -> Metric:
    if identical and isinstance(one.b, Estimate | Undefined) and one.n:
        nothing = Undefined("the two hold the same content", one.n, 0.0)
        return Metric(name, one.b, one.b, nothing, n=one.n, families=one.families, same=True)
    return Metric(name, one.a, one.b, one.difference, one.p, n=one.n, families=one.families)
