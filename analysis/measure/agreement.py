"""How far judges agree about the same answers: every coefficient, with family-bootstrap intervals.

Fleiss' kappa, Gwet's AC1, Krippendorff's alpha (nominal) and raw agreement over all judges;
Cohen's kappa, raw agreement and the confusion matrix per pair; flag rate per judge. At one
judge error rate kappa falls with prevalence, so `prevalence` always stands beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.measure import agreement_coefficients as coefficients
from analysis.measure.agreement_bootstrap import (
    RESAMPLES,
    percentile_interval,
    resampled,
    weighted_sums,
)
from analysis.measure.agreement_ratings import CODINGS, Ratings, ratings, recoded, without
from analysis.measure.estimates import (
    FloatArray,
    Measured,
    Undefined,
    estimate_cells,
    rate_by_family,
)

SEED = 11
"""Of the resamples, the same on every page and in every report."""
ONE_JUDGE = "one judge only"
NO_OVERLAP = "no answer was decided by two judges"
NO_DECISIONS = "no judge decided anything"
ONE_LABEL = "one label only, so agreement by chance would be complete"
MEASURES = {
    "fleiss_kappa": coefficients.fleiss_kappa,
    "gwet_ac1": coefficients.gwet_ac1,
    "krippendorff_alpha": coefficients.krippendorff_alpha,
    "raw_agreement": coefficients.raw_agreement,
}


@dataclass(frozen=True)
class PairAgreement:
    """Two judges over the items both decided. `confusion` (C, C): items, rows the first judge."""

    agreement: Measured
    cohen_kappa: Measured
    confusion: FloatArray

    def to_json(self) -> dict[str, Any]:
        return {
            "agreement": self.agreement.to_json(),
            "cohen_kappa": self.cohen_kappa.to_json(),
        }


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

    def to_json(self) -> dict[str, Any]:
        found = {name: measure.to_json() for name, measure in self.measures().items()}
        return {"items": self.items, **found}


def agreements(
    rated: Ratings,
    rng: np.random.Generator,
    codings: Sequence[str] = tuple(CODINGS),
    resamples: int = RESAMPLES,
) -> dict[str, Agreement]:
    """Coding -> Agreement, all from the same resamples of the families. Works for 0 judges up."""
    blocks = [_features(rated, coding) for coding in codings]
    stacked = np.concatenate(blocks, axis=1)
    sums = _family_sums(rated, stacked, rated.items * rated.weight)
    draws = resampled(sums, resamples, rng)
    counts = _family_sums(rated, stacked, rated.items)
    found, start = {}, 0
    for coding, block in zip(codings, blocks, strict=True):
        part = slice(start, start := start + block.shape[1])
        found[coding] = _agreement(rated, coding, sums[:, part], draws[:, part], counts[:, part])
    return found


def agreement(
    rated: Ratings, coding: str, rng: np.random.Generator, resamples: int = RESAMPLES
) -> Agreement:
    """All coefficients under one coding, "binary" or "three_way"."""
    return agreements(rated, rng, [coding], resamples)[coding]


def flag_rates(rated: Ratings) -> dict[str, Measured]:
    """Judge -> share problematic of its own decisions, Wilson at the families' effective n."""
    return {judge: _flag_rate(rated, j) for j, judge in enumerate(rated.judges)}


def leave_one_out(
    rated: Ratings, coding: str, rng: np.random.Generator, resamples: int = RESAMPLES
) -> dict[str, Agreement]:
    """Judge -> the agreement of the others."""
    return {
        judge: agreement(without(rated, judge), coding, rng, resamples) for judge in rated.judges
    }


def agreement_by(
    frame: pd.DataFrame,
    by: str,
    judges: Sequence[str],
    rng: np.random.Generator,
    coding: str = "binary",
    items: str | None = None,
    weight: str | None = None,
    resamples: int = RESAMPLES,
) -> pd.DataFrame:
    """Agreement in every slice (a bin of D, a model, a clause, a topic): a row a slice x measure.

    `frame` as for `ratings`, with a column `by`; an item may stand in several slices. Columns:
    `by`, measure, value, low, high, n (items), undefined (the reason, else ""), prevalence,
    families. Slices come sorted, missing ones left out.
    """
    rows: list[dict[str, Any]] = []
    for name, part in frame.groupby(by, observed=True, sort=True):
        found = agreement(ratings(part, judges, items=items, weight=weight), coding, rng, resamples)
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


def agreement_section(
    rated: Ratings, rng: np.random.Generator, resamples: int = RESAMPLES
) -> dict[str, Any]:
    """The section `agreement` of a report: both codings, pairs (binary) and flag rates."""
    if len(rated.judges) < 2:
        return {"undefined": ONE_JUDGE if rated.judges else "no judge"}
    found = agreements(rated, rng, resamples=resamples)
    pairs = {"|".join(key): pair.to_json() for key, pair in found["binary"].pairs.items()}
    rates = {judge: rate.to_json() for judge, rate in flag_rates(rated).items()}
    codings = {coding: measured.to_json() for coding, measured in found.items()}
    return {**codings, "pairs": pairs, "flag_rates": rates}


def _features(rated: Ratings, coding: str) -> FloatArray:
    return coefficients.item_features(recoded(rated.patterns, coding), len(CODINGS[coding]))


def _family_sums(rated: Ratings, features: FloatArray, weights: FloatArray) -> FloatArray:
    return weighted_sums(rated.family, rated.pattern, weights, rated.families, features)


def _agreement(
    rated: Ratings, coding: str, sums: FloatArray, draws: FloatArray, counts: FloatArray
) -> Agreement:
    shape = (len(rated.judges), len(CODINGS[coding]))
    point = coefficients.unpack(sums.sum(axis=0), *shape)
    drawn = coefficients.unpack(draws, *shape)
    counted = coefficients.unpack(counts.sum(axis=0), *shape)
    families, items = int((counts[:, 0] > 0).sum()), round(float(counted.items))
    nothing = _no_items(len(rated.judges), items)
    one_label = nothing or ONE_LABEL

    def measure(name: str, reason: str) -> Measured:
        function = MEASURES[name]
        return _measured(float(function(point)), function(drawn), families, items, reason)

    share = coefficients.prevalence
    rated_families, rated_items = int((counts[:, 1] > 0).sum()), round(float(counted.rated))
    return Agreement(
        coding=coding,
        judges=rated.judges,
        items=items,
        families=families,
        prevalence=_measured(
            float(share(point)), share(drawn), rated_families, rated_items, NO_DECISIONS
        ),
        fleiss_kappa=measure("fleiss_kappa", one_label),
        gwet_ac1=measure("gwet_ac1", one_label),
        krippendorff_alpha=measure("krippendorff_alpha", one_label),
        raw_agreement=measure("raw_agreement", nothing),
        pairs=_pairs(rated, point, drawn, counted, counts),
    )


def _no_items(judges: int, items: int) -> str:
    """Why nothing at all can be said, or "" where something can."""
    if judges < 2:
        return ONE_JUDGE if judges else "no judge"
    return "" if items else NO_OVERLAP


def _measured(value: float, draws: FloatArray, families: int, n: int, reason: str) -> Measured:
    if np.isnan(value):
        return Undefined(reason, n)
    return percentile_interval(value, draws, families, n)


def _pairs(
    rated: Ratings,
    point: coefficients.Sums,
    drawn: coefficients.Sums,
    counted: coefficients.Sums,
    counts: FloatArray,
) -> dict[tuple[str, str], PairAgreement]:
    shares, kappas = coefficients.pair_agreement(point), coefficients.cohen_kappa(point)
    drawn_shares, drawn_kappas = coefficients.pair_agreement(drawn), coefficients.cohen_kappa(drawn)
    categories = counted.confusion.shape[-1]
    per_family = coefficients.unpack(counts, len(rated.judges), categories).confusion
    found = {}
    for m, (a, b) in enumerate(coefficients.judge_pairs(len(rated.judges))):
        names = (rated.judges[a], rated.judges[b])
        confusion = counted.confusion[m]
        n, families = round(float(confusion.sum())), int((per_family[:, m].sum((-2, -1)) > 0).sum())
        reason = _pair_reason(names, confusion)
        found[names] = PairAgreement(
            _measured(float(shares[m]), drawn_shares[:, m], families, n, reason),
            _measured(float(kappas[m]), drawn_kappas[:, m], families, n, reason),
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
