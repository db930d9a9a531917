"""Metrics of answers on two sides of the same queries: D, leans, outliers, facts by model.

A side is arrays over the shared queries (rows) and the models that are compared (columns): the same
models at two dates, or one model in the place of another. NaN is what is missing; a metric is over
the cases that both sides have.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.measure.disagreement import spreads
from analysis.measure.estimates.estimates import family_totals
from analysis.measure.estimates.evidence import FloatArray
from analysis.measure.estimates.paired import Paired, paired
from analysis.measure.outliers import PAPER, OutlierRule
from analysis.vocabulary import CLOSE, HIGH_D, OUTLIER_FEWEST

Ints = npt.NDArray[np.int64]
RATES = ("refusals", "outliers", "answered")
MEANS = ("length", "latency", "diversity")


@dataclass(frozen=True)
class Side:
    """Facts of one side: `positions` (queries, models, 2) of 0..6, and `facts` by name of `RATES`
    and `MEANS` (queries, models), all as floats. `stated`: D of the source, where it has one."""

    positions: FloatArray
    facts: Mapping[str, FloatArray]
    stated: FloatArray


def with_stated(
    d: FloatArray, high: FloatArray, stated: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """The same with the source's own D where there are no positions to tell it."""
    given = np.isnan(d) & ~np.isnan(stated)
    is_high = (stated >= HIGH_D - CLOSE).astype(float)
    return np.where(given, stated, d), np.where(given, is_high, high)


def outlying(positions: FloatArray, rule: OutlierRule = PAPER) -> FloatArray:
    """(queries, models) whether an answer lies far from nearly all others on a value, NaN where the
    rule is undefined: no position, or too few others with one."""
    found = np.full(positions.shape[:2], np.nan)
    for v in (0, 1):
        p = positions[:, :, v]
        known = ~np.isnan(p)
        others = known.sum(axis=1, keepdims=True) - 1
        with np.errstate(invalid="ignore"):
            far = np.stack(
                [(np.abs(p - p[:, [m]]) >= rule.distance).sum(axis=1) for m in range(p.shape[1])],
                axis=1,
            )
        is_out = far * rule.of >= rule.others * others
        here = np.where(known & (others >= OUTLIER_FEWEST), is_out, np.nan)
        found = np.fmax(found, here)
    return found


def leans(positions: FloatArray, groups: Sequence[object]) -> FloatArray:
    """(queries, models, 2) each position minus the mean one of the models of all other groups
    (providers); with a single group, of the other models."""
    own = list(groups) if len(set(groups)) > 1 else list(range(len(groups)))
    known = ~np.isnan(positions)
    p = np.where(known, positions, 0.0)
    found = np.full(positions.shape, np.nan)
    for group in dict.fromkeys(own):
        mine = np.array([g == group for g in own])
        count = known[:, ~mine].sum(axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            base = p[:, ~mine].sum(axis=1) / np.where(count > 0, count, np.nan)
        found[:, mine] = positions[:, mine] - base[:, None]
    return found


def leans_beside(positions: FloatArray, model: int, aside: Sequence[bool]) -> FloatArray:
    """(queries, 1, 2) the positions of one model (its column) minus the mean ones of the models
    that are not `aside`."""
    others = ~np.array(aside)
    known = ~np.isnan(positions[:, others])
    count = known.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        total = np.where(known, positions[:, others], 0.0).sum(axis=1)
        base = total / np.where(count > 0, count, np.nan)
    return np.asarray((positions[:, model] - base)[:, None, :], dtype=float)


def by_case(
    a: FloatArray, b: FloatArray, family: Ints, families: int, *, rate: bool = False
) -> Paired:
    """One number over cases that both sides have; entries are cases, `family` theirs."""
    both = ~np.isnan(a) & ~np.isnan(b)
    at = family[both]
    n = family_totals(at, np.ones(len(at)), families)
    sums = [family_totals(at, side[both], families) for side in (a, b)]
    return paired(sums[0], n, sums[1], n, rate=rate)


def disagreement(a: Side, b: Side, family: Ints, families: int) -> Iterator[tuple[str, Paired]]:
    """Mean D and the share of high D."""
    one, other = (with_stated(*spreads(s.positions), s.stated) for s in (a, b))
    yield "mean", by_case(one[0], other[0], family, families)
    yield "high", by_case(one[1], other[1], family, families, rate=True)


def facts(
    a: Side, b: Side, kind: str, models: Sequence[str], family: Ints, families: int
) -> Iterator[tuple[str, Paired]]:
    """One fact of answers (a word of `RATES` or `MEANS`) by model; models are the columns. Models
    of whose answers neither side knows it are left out."""
    for i, model in enumerate(models):
        one, other = a.facts[kind][:, i], b.facts[kind][:, i]
        if not (np.isnan(one).all() and np.isnan(other).all()):
            yield model, by_case(one, other, family, families, rate=kind in RATES)


def leanings(
    sides: tuple[FloatArray, FloatArray],
    providers: Sequence[str],
    categories: Ints,
    names: Sequence[str],
    family: Ints,
    families: int,
) -> Iterator[tuple[str, Paired]]:
    """Lean by provider and category, `provider.category`: the mean over the provider's models,
    each weighing the same. `sides` as from `leans`, `categories` (queries, 2) numbers in `names`.
    """
    size = len(names)
    for provider in dict.fromkeys(providers):
        sums = np.zeros((3, families * size))
        count, members = np.zeros(size), np.zeros(size)
        for m in [i for i, p in enumerate(providers) if p == provider]:
            mine, n = _by_category([s[:, m] for s in sides], categories, family, families, size)
            counts = n.reshape(families, size).sum(axis=0)
            weight = np.tile(1 / np.where(counts > 0, counts, np.inf), families)
            sums += weight * np.stack([*mine, n])
            count, members = count + counts, members + (counts > 0)
        cells = sums.reshape(3, families, size)
        for c, name in enumerate(names):
            if count[c]:
                a, b, n = cells[:, :, c] * (count[c] / members[c])
                yield f"{provider}.{name}", paired(a, n, b, n, cases=round(count[c]))


def _by_category(
    sides: Sequence[FloatArray], categories: Ints, family: Ints, families: int, size: int
) -> tuple[list[FloatArray], FloatArray]:
    """Sums of either side and the number of cases that both have, by family and category."""
    key = family[:, None] * size + categories
    both = ~np.isnan(sides[0]) & ~np.isnan(sides[1]) & (categories >= 0)
    length = families * size
    n = family_totals(key[both], np.ones(int(both.sum())), length)
    return [family_totals(key[both], s[both], length) for s in sides], n
