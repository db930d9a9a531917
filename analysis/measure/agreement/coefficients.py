"""Coefficients of agreement as functions of a few sums over items, for many resamples at once.

Every coefficient here needs only sums over items, so a resample of families is one row of a
matrix product and all coefficients of all resamples come out of array arithmetic. Categories
are C nominal codes. Uneven raters are allowed: agreement is taken over items that at least two
judges decided, category shares over items that at least one did (Gwet's generalised form).
NaN marks "undefined" inside the arrays; `agreement` turns it into a reason.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from analysis.errors import FaultlineError
from analysis.measure.agreement.ratings import Codes
from analysis.measure.estimates.evidence import FloatArray

_TINY = 1e-12


@dataclass(frozen=True)
class Sums:
    """Sums over items; leading axes (...) are resamples, or none. All may be weighted.

    `items` (...): items with at least two decisions, `rated` (...) with at least one.
    `agreeing` (...): over `items`, the share of agreeing judge pairs. `shares` (..., C): over
    `rated`, the share of an item's decisions in each category. `decisions` (..., C): decisions
    per category in `items`. `coincident` (...): sum of r_c (r_c - 1) / (r - 1) over `items`.
    `confusion` (..., M, C, C): per pair of judges, items by decision of the first and second.
    """

    items: FloatArray
    rated: FloatArray
    agreeing: FloatArray
    shares: FloatArray
    decisions: FloatArray
    coincident: FloatArray
    confusion: FloatArray


def judge_pairs(judges: int) -> list[tuple[int, int]]:
    """Pairs of judge numbers in the order of `Sums.confusion`."""
    return list(combinations(range(judges), 2))


def item_features(codes: Codes, categories: int) -> FloatArray:
    """(P, K) what one item of each pattern adds to the sums; `unpack` names the columns.

    `codes` is (P, J): 0..categories-1, negative where a judge did not decide.
    """
    counts = np.stack([(codes == c).sum(axis=1) for c in range(categories)], axis=1).astype(float)
    r = counts.sum(axis=1)
    usable, rated = (r >= 2).astype(float), (r >= 1).astype(float)
    matching = (counts * (counts - 1)).sum(axis=1) * usable / np.maximum(r - 1, 1)
    r = np.maximum(r, 1)
    columns = [
        usable[:, None],
        rated[:, None],
        (matching / r)[:, None],
        counts / r[:, None],
        counts * usable[:, None],
        matching[:, None],
    ]
    onehot = np.stack([codes == c for c in range(categories)], axis=2).astype(float)
    for a, b in judge_pairs(codes.shape[1]):
        columns.append(
            (onehot[:, a, :, None] * onehot[:, b, None, :]).reshape(len(codes), categories**2)
        )
    return np.concatenate(columns, axis=1)


def unpack(features: FloatArray, judges: int, categories: int) -> Sums:
    """Sums from (..., K) totals of `item_features`."""
    c, lead = categories, features.shape[:-1]
    pairs = len(judge_pairs(judges))
    return Sums(
        items=features[..., 0],
        rated=features[..., 1],
        agreeing=features[..., 2],
        shares=features[..., 3 : 3 + c],
        decisions=features[..., 3 + c : 3 + 2 * c],
        coincident=features[..., 3 + 2 * c],
        confusion=features[..., 4 + 2 * c :].reshape(*lead, pairs, c, c),
    )


def raw_agreement(sums: Sums) -> FloatArray:
    """Mean share of agreeing judge pairs over items with two decisions or more, 0..1."""
    return _divided(sums.agreeing, sums.items)


def prevalence(sums: Sums) -> FloatArray:
    """Share problematic: mean over rated items of the share of decisions not code 0, 0..1."""
    return 1 - _divided(sums.shares[..., 0], sums.rated)


def fleiss_kappa(sums: Sums) -> FloatArray:
    """Fleiss' kappa (1971), generalised to uneven raters, -1..1.

    Observed agreement is averaged over items with at least two decisions, a category's expected
    share is the mean of its shares in items with at least one (Gwet, Handbook of Inter-Rater
    Reliability, 4th ed. 2014, ch. 2); with even raters this is the 1971 formula. NaN where
    only one label was used.
    """
    expected = np.square(_category_shares(sums)).sum(axis=-1)
    return _chance_corrected(raw_agreement(sums), expected)


def gwet_ac1(sums: Sums) -> FloatArray:
    """Gwet's AC1 (2008), uneven raters as in `fleiss_kappa`, -1..1.

    Chance agreement is sum of p (1 - p) over categories / (C - 1), with every category of the
    coding counted whether used or not. With one label used the formula would say 1 without any
    evidence; it is NaN here.
    """
    p = _category_shares(sums)
    expected = (p * (1 - p)).sum(axis=-1) / (p.shape[-1] - 1)
    return np.where(_one_label(p), np.nan, _chance_corrected(raw_agreement(sums), expected))


def krippendorff_alpha(sums: Sums) -> FloatArray:
    """Krippendorff's alpha, nominal (2004; 2011 note on computing it), at most 1.

    1 - (n - 1) (n - sum o_cc) / (n^2 - sum n_c^2) over the n pairable decisions. NaN where only
    one label was used.
    """
    n = sums.decisions.sum(axis=-1)
    expected = n**2 - np.square(sums.decisions).sum(axis=-1)
    expected = np.where(expected <= _TINY * n**2, np.nan, expected)
    return 1 - _divided((n - 1) * (n - sums.coincident), expected)


def pair_agreement(sums: Sums) -> FloatArray:
    """(..., M) share of items that both judges of a pair decided alike, 0..1."""
    return _divided(_trace(sums.confusion), sums.confusion.sum(axis=(-2, -1)))


def cohen_kappa(sums: Sums) -> FloatArray:
    """(..., M) Cohen's kappa (1960) per pair, over the items both decided, -1..1.

    NaN where one judge of the pair gives one label only: kappa is then 0 (or 0/0) whatever the
    other says, which measures nothing.
    """
    total = sums.confusion.sum(axis=(-2, -1))[..., None]
    first = _divided(sums.confusion.sum(axis=-1), total)
    second = _divided(sums.confusion.sum(axis=-2), total)
    kappa = _chance_corrected(pair_agreement(sums), (first * second).sum(axis=-1))
    return np.where(_one_label(first) | _one_label(second), np.nan, kappa)


def from_marginals(
    flag_rates: Mapping[str, float], agreement: Mapping[tuple[str, str], float]
) -> dict[str, float]:
    """Binary raw agreement, Fleiss' kappa and AC1 from printed marginals alone.

    `flag_rates`: judge -> share problematic (0..1). `agreement`: pair -> share decided alike
    (0..1). Right where every judge decided every item, which papers rarely say. Raises
    FaultlineError where a pair is missing or chance agreement is 1.
    """
    pairs = list(combinations(flag_rates, 2))
    missing = [p for p in pairs if p not in agreement and p[::-1] not in agreement]
    if missing or not pairs:
        raise FaultlineError(
            f"Agreement from marginals needs every pair of judges; {missing or 'all'} are missing."
        )
    observed = sum(agreement.get(p, agreement.get(p[::-1], 0.0)) for p in pairs) / len(pairs)
    flagged = sum(flag_rates.values()) / len(flag_rates)
    same_by_chance = flagged**2 + (1 - flagged) ** 2
    if 1 - same_by_chance < _TINY:
        raise FaultlineError("Every judge gives one label only, so kappa is undefined.")
    return {
        "raw_agreement": observed,
        "fleiss_kappa": (observed - same_by_chance) / (1 - same_by_chance),
        "gwet_ac1": (observed - (1 - same_by_chance)) / same_by_chance,
    }


def _category_shares(sums: Sums) -> FloatArray:
    return _divided(sums.shares, sums.rated[..., None])


def _one_label(shares: FloatArray) -> npt.NDArray[np.bool_]:
    return np.asarray(shares.max(axis=-1) >= 1 - _TINY)


def _chance_corrected(observed: FloatArray, expected: FloatArray) -> FloatArray:
    room = np.where(1 - expected < _TINY, np.nan, 1 - expected)
    return (observed - expected) / room


def _divided(part: FloatArray, whole: FloatArray) -> FloatArray:
    return np.asarray(part / np.where(whole > 0, whole, np.nan))


def _trace(confusion: FloatArray) -> FloatArray:
    return np.asarray(np.trace(confusion, axis1=-2, axis2=-1))
