"""Intervals of coefficients of agreement, from the sums of every family.

A kappa is 1 - D / E, the disagreement seen over that expected by chance. Where little is flagged E
depends on few families, and resampling them covers far too seldom (83% at a prevalence of 5%). So
each family is left out once (jackknife, Efron 1981), on the scale log(1 - kappa), where the spread
is even; and each end is taken as if half a family more had been seen, one that speaks for that end:
flagged by all judges for the upper, flagged by every other one for the lower. That half family
fades as families come in. `docs/coverage.md` has how often it covers.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.measure.agreement.coefficients import Sums, item_features, unpack
from analysis.measure.estimates.estimates import Estimate, Measured, Undefined
from analysis.measure.estimates.evidence import (
    LEVEL,
    NO_SPREAD,
    FloatArray,
    correction_of,
    too_few,
    why_none,
)

UNSEEN = 0.5
"""Families' worth of answers added at either end."""
LOST = "undefined without one of the families"
Coefficient = Callable[[Sums], FloatArray]


def weighted_sums(
    family: npt.NDArray[np.int64],
    rows: npt.NDArray[np.int64],
    weights: FloatArray,
    families: int,
    features: FloatArray,
) -> FloatArray:
    """(families, K): entry i adds `weights[i] * features[rows[i]]` to its family."""
    from scipy.sparse import csr_array

    counts = csr_array((weights, (family, rows)), shape=(families, len(features)))
    return np.asarray(counts @ features, dtype=float)


@dataclass(frozen=True)
class Spread:
    """All that intervals of the coefficients rest on.

    `each` are sums per family (only families with an item that two judges decided), `point` their
    total, `without` the totals with each family left out; `agreed` and `split` the totals with
    half a family more, at either end.
    """

    each: Sums
    point: Sums
    without: Sums
    agreed: Sums
    split: Sums

    def interval(
        self,
        coefficient: Coefficient,
        pair: int | None,
        n: int,
        reason: str,
        level: float = LEVEL,
    ) -> Measured:
        """One coefficient (of a pair of judges by its number) over n items; `reason` why it would
        be undefined as a number."""

        def at(sums: Sums) -> FloatArray:
            found = coefficient(sums)
            return found if pair is None else found[..., pair]

        value = float(at(self.point))
        if np.isnan(value):
            return Undefined(reason, n)
        sizes, labels = self._matching(pair)
        for few in _sides(labels):
            return Undefined(few, n, value)
        with np.errstate(divide="ignore", invalid="ignore"):
            centre, upper, lower = (
                float(np.log(1 - at(s))) for s in (self.point, self.agreed, self.split)
            )
            without = np.log(1 - at(self.without)[sizes > 0])
        if not np.isfinite(centre):
            return Undefined(NO_SPREAD, n, value)
        if not np.isfinite(without).all():
            return Undefined(LOST, n, value)
        families, correct = len(without), correction_of(sizes)
        squares = float(np.square(without - without.mean()).sum() * (families - 1) / families)
        if why := why_none(families, squares if squares > 1e-20 else 0.0, float(correct.df)):
            return Undefined(why, n, value)
        half = float(correct.quantile(level)) * np.sqrt(squares)
        low = 1 - np.exp(np.nanmax([centre, lower]) + half)
        high = 1 - np.exp(np.nanmin([centre, upper]) - half)
        return Estimate(value, max(float(low), -1.0), min(float(high), 1.0), n)

    def _matching(self, pair: int | None) -> tuple[FloatArray, FloatArray]:
        """Items per family, and decisions per family and label (families, C)."""
        if pair is None:
            return self.each.items, self.each.decisions
        confusion = self.each.confusion[:, pair]
        return confusion.sum(axis=(-2, -1)), confusion.sum(axis=-1) + confusion.sum(axis=-2)


def _sides(labels: FloatArray) -> list[str]:
    """Why the labels are too few families': those with the commonest label, those with another."""
    common = labels.sum(axis=0).argmax()
    with_it = int((labels[:, common] > 0).sum())
    other = int((labels.sum(axis=1) - labels[:, common] > 1e-12).sum())
    every = int((labels.sum(axis=1) > 0).sum())
    found = [
        too_few(every),
        too_few(other, "with the rarer label"),
        too_few(with_it, "with the commoner label"),
    ]
    return [why for why in found if why]


def spread(sums: FloatArray, judges: int, categories: int) -> Spread:
    """From (families, K) sums of `coefficients.item_features`, weighted where items are."""
    known = sums[sums[:, 0] > 0]
    total = sums.sum(axis=0)
    shape = (judges, categories)
    size = float(known[:, 0].mean()) if len(known) else 0.0
    agreed, split = _unseen(unpack(total, *shape), *shape)
    return Spread(
        each=unpack(known, *shape),
        point=unpack(total, *shape),
        without=unpack(total - known, *shape),
        agreed=unpack(total + UNSEEN * size * agreed, *shape),
        split=unpack(total + UNSEEN * size * split, *shape),
    )


def _unseen(point: Sums, judges: int, categories: int) -> tuple[FloatArray, FloatArray]:
    """What one item adds that all judges give the rarest label, and one on which they part."""
    shares = point.shares / max(float(point.rated), 1e-300)
    common = int(shares.argmax())
    used = np.where(shares > 0, shares, np.inf)
    used[common] = np.inf
    rare = int(used.argmin()) if np.isfinite(used).any() else (common + 1) % categories
    one = np.where(np.eye(judges, dtype=bool), rare, common)
    rest = np.where(np.eye(judges, dtype=bool), common, rare)
    parted = item_features(np.concatenate([one, rest]).astype(np.int8), categories)
    agreed = item_features(np.full((1, judges), rare, dtype=np.int8), categories)
    return agreed[0], parted.mean(axis=0)
