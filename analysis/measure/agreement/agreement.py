"""How far judges agree about the same answers: every coefficient, with intervals over families.

Fleiss' kappa, Gwet's AC1, Krippendorff's alpha (nominal) and raw agreement over all judges;
Cohen's kappa, raw agreement and the confusion matrix per pair; flag rate per judge. At one
judge error rate kappa falls with prevalence, so `prevalence` always stands beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.measure.agreement import coefficients
from analysis.measure.agreement.ratings import CODINGS, Ratings, ratings, recoded, without
from analysis.measure.agreement.spread import Spread, spread, weighted_sums
from analysis.measure.estimates.estimates import (
    Measured,
    Undefined,
    estimate_cells,
    rate_by_family,
)
from analysis.measure.estimates.evidence import FloatArray

ONE_JUDGE = "one judge only"
NO_OVERLAP = "no answer was decided by two judges"
NO_DECISIONS = "no judge decided anything"
ONE_LABEL = "one label only, so there was nothing for the judges to tell apart"
CHANCE_CORRECTED = {
    "fleiss_kappa": coefficients.fleiss_kappa,
    "gwet_ac1": coefficients.gwet_ac1,
    "krippendorff_alpha": coefficients.krippendorff_alpha,
}
MEASURES = (*CHANCE_CORRECTED, "raw_agreement")


@dataclass(frozen=True)
class PairAgreement:
    """Two judges over the items both decided. `confusion` (C, C): items, rows the first judge."""

    agreement: Measured
    cohen_kappa: Measured
    confusion: FloatArray


@dataclass(frozen=True)
class Agreement:
    """All coefficients under one coding, over the `items` with two decisions or more and the
    `families` that hold them.

    `prevalence` is the mean share of problematic decisions of items with any decision, 0..1.
    Pairs are keyed (judge, judge) in the order of the judges.
    """

    coding: str
    judges: tuple[str, ...]
    items: int
    families: int
    prevalence: Measured
    fleiss_kappa: Measured
    gwet_ac1: Measured
    krippendorff_alpha: Measured
    raw_agreement: Measured
    pairs: dict[tuple[str, str], PairAgreement]

    def measures(self) -> dict[str, Measured]:
        return {name: getattr(self, name) for name in MEASURES}


def agreements(rated: Ratings, codings: Sequence[str] = tuple(CODINGS)) -> dict[str, Agreement]:
    """Coding -> Agreement. Works for 0 judges up."""
    return {coding: agreement(rated, coding) for coding in codings}


def agreement(rated: Ratings, coding: str) -> Agreement:
    """All coefficients under one coding, "binary" or "three_way"."""
    features = _features(rated, coding)
    sums = _family_sums(rated, features, rated.items * rated.weight)
    counts = sums if not rated.weighted else _family_sums(rated, features, rated.items)
    return _agreement(rated, coding, sums, counts)


def flag_rates(rated: Ratings) -> dict[str, Measured]:
    """Judge -> share problematic of its own decisions, at the families' effective n."""
    return {judge: _flag_rate(rated, j) for j, judge in enumerate(rated.judges)}


def leave_one_out(rated: Ratings, coding: str) -> dict[str, Agreement]:
    """Judge -> the agreement of the others."""
    return {judge: agreement(without(rated, judge), coding) for judge in rated.judges}


def agreement_by(
    frame: pd.DataFrame,
    by: str,
    judges: Sequence[str],
    coding: str = "binary",
    items: str | None = None,
    weight: str | None = None,
) -> pd.DataFrame:
    """Agreement in every slice (a bin of D, a model, a clause, a topic): a row a slice x measure.

    `frame` as for `ratings`, with a column `by`; an item may stand in several slices. Columns:
    `by`, measure, value, low, high, n (items), undefined (the reason, else ""), prevalence,
    families. Slices come sorted, missing ones left out.
    """
    rows: list[dict[str, Any]] = []
    for name, part in frame.groupby(by, observed=True, sort=True):
        found = agreement(ratings(part, judges, items=items, weight=weight), coding)
        context = {
            "prevalence": estimate_cells(found.prevalence)["value"],
            "families": found.families,
        }
        rows += [
            {by: name, "measure": measure, **estimate_cells(estimate), **context}
            for measure, estimate in found.measures().items()
        ]
    empty = [by, "measure", "value", "low", "high", "n", "undefined", "prevalence", "families"]
    return pd.DataFrame(rows, columns=empty)


def _features(rated: Ratings, coding: str) -> FloatArray:
    return coefficients.item_features(recoded(rated.patterns, coding), len(CODINGS[coding]))


def _family_sums(rated: Ratings, features: FloatArray, weights: FloatArray) -> FloatArray:
    return weighted_sums(rated.family, rated.pattern, weights, rated.families, features)


def _agreement(rated: Ratings, coding: str, sums: FloatArray, counts: FloatArray) -> Agreement:
    shape = (len(rated.judges), len(CODINGS[coding]))
    spreads = spread(sums, *shape)
    counted = coefficients.unpack(counts.sum(axis=0), *shape)
    families, items = int((counts[:, 0] > 0).sum()), round(float(counted.items))
    nothing = _no_items(len(rated.judges), items)
    kappas = {
        name: spreads.interval(function, None, items, nothing or ONE_LABEL)
        for name, function in CHANCE_CORRECTED.items()
    }
    each = coefficients.unpack(sums, *shape)
    rated_items = round(float(counted.rated))
    flagged = each.rated - each.shares[:, 0]
    return Agreement(
        coding=coding,
        judges=rated.judges,
        items=items,
        families=families,
        prevalence=_rate(flagged, each.rated, rated_items, NO_DECISIONS),
        **kappas,
        raw_agreement=_rate(each.agreeing, each.items, items, nothing),
        pairs=_pairs(rated, spreads, counted, each),
    )


def _rate(part: FloatArray, whole: FloatArray, n: int, reason: str) -> Measured:
    return rate_by_family(part, whole, n) if n else Undefined(reason)


def _no_items(judges: int, items: int) -> str:
    """Why nothing at all can be said, or "" where something can."""
    if judges < 2:
        return ONE_JUDGE if judges else "no judge"
    return "" if items else NO_OVERLAP


def _pairs(
    rated: Ratings, spreads: Spread, counted: coefficients.Sums, each: coefficients.Sums
) -> dict[tuple[str, str], PairAgreement]:
    found = {}
    for m, (a, b) in enumerate(coefficients.judge_pairs(len(rated.judges))):
        names = (rated.judges[a], rated.judges[b])
        confusion, own = counted.confusion[m], each.confusion[:, m]
        n, reason = round(float(confusion.sum())), _pair_reason(names, counted.confusion[m])
        alike = np.trace(own, axis1=-2, axis2=-1)
        found[names] = PairAgreement(
            _rate(alike, own.sum(axis=(-2, -1)), n, reason),
            spreads.interval(coefficients.cohen_kappa, m, n, reason),
            confusion,
        )
    return found


def _pair_reason(names: tuple[str, str], confusion: FloatArray) -> str:
    if confusion.sum() == 0:
        return "the two judges decided no answer in common"
    constant = [
        name
        for name, margin in zip(names, (confusion.sum(axis=1), confusion.sum(axis=0)), strict=True)
        if (margin > 0).sum() == 1
    ]
    return f"{' and '.join(constant)} gave one label only" if constant else NO_OVERLAP


def _flag_rate(rated: Ratings, j: int) -> Measured:
    codes = rated.patterns[rated.pattern, j]
    weights = rated.items * rated.weight
    decided = np.bincount(rated.family, weights * (codes >= 0), minlength=rated.families)
    flagged = np.bincount(rated.family, weights * (codes > 0), minlength=rated.families)
    cases = round(float(rated.items[codes >= 0].sum()))
    found = rate_by_family(flagged, decided, cases)
    return Undefined("this judge decided nothing") if cases == 0 else found
