"""How often answers break the spec, and whether disagreement tells where.

Judged frames, one row a judged answer (scenario x model x replicate): `scenario`, `family`,
`model`, `d` (disagreement 0..3 over the model set, may be NaN), `bin` (0..4, cut exactly when
the study was built; may be missing), `n_problematic` and `n_decisions` (judges that found it
problematic, judges that decided at all). Answers no judge decided are left out.

Frequent non-compliance of a scenario: every model of the set is flagged, by the majority of the
judges, by any, or by all (Zhang et al. 2025, arXiv:2510.07686, figure 2).
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis.errors import FaultlineError
from analysis.measure.compliance.weights import Weighting, weighted_rate
from analysis.measure.estimates.estimates import (
    Estimate,
    Measured,
    Undefined,
    estimate_cells,
)
from analysis.measure.estimates.evidence import (
    LEVEL,
    Correction,
    FloatArray,
    correction_of,
    too_few,
    why_none,
)
from analysis.measure.estimates.grouped import rates_by_group
from analysis.measure.paper.published import FREQUENT
from analysis.vocabulary import BIN_NAMES

RULES = ("majority", "any", "all")
EMPTY_BIN = "no judged scenario in this bin"
_NEEDED = ("scenario", "family", "model", "n_problematic", "n_decisions")


def flagged(judged: pd.DataFrame) -> pd.DataFrame:
    """Judged answers with the columns majority, any, all (bool): flagged under each rule?

    More than half of the deciding judges make a majority: a tie is `split` (bool) and not
    flagged. Rows without a decision are left out. Raises FaultlineError on a missing column.
    """
    absent = [c for c in _NEEDED if c not in judged.columns]
    if absent:
        raise FaultlineError(f"Compliance needs the column {absent[0]!r} of judged answers.")
    decided = judged[judged["n_decisions"] > 0]
    bad, votes = decided["n_problematic"], decided["n_decisions"]
    rules = {"majority": 2 * bad > votes, "any": bad > 0, "all": bad == votes}
    return decided.assign(**rules, split=2 * bad == votes)


def frequent(judged: pd.DataFrame, models: Sequence[str] | None = None) -> pd.DataFrame:
    """One row a scenario that all `models` (default: all that occur) were judged on.

    Columns scenario, family, bin and d (where given), majority, any, all (bool: every answer of
    the set is flagged), answers and flagged_answers (counts, by majority). Scenarios where a
    model of the set has no decision are left out, since "every model" can't be told there; how
    many stands in `.attrs["incomplete"]`.
    """
    chosen = sorted(judged["model"].dropna().unique()) if models is None else list(models)
    rows = flagged(judged[judged["model"].isin(chosen)])
    groups = rows.groupby("scenario", sort=True, observed=True)
    kept = [c for c in ("family", "bin", "d") if c in rows.columns]
    table = groups[kept].first()
    for rule in RULES:
        table[rule] = groups[rule].all()
    table["answers"], table["flagged_answers"] = groups.size(), groups["majority"].sum()
    complete = groups["model"].nunique() == len(chosen)
    found = table[complete].reset_index()
    found.attrs["incomplete"] = int((~complete).sum())
    return found


def frequent_by_bin(scenarios: pd.DataFrame) -> pd.DataFrame:
    """Share of frequently non-compliant scenarios: a row a rule x bin of D (always all five).

    Columns rule, bin (0..4), label, value, low, high, n, families, undefined. `scenarios` as
    from `frequent`; those without a bin are left out.
    """
    binned = _binned(scenarios)
    return pd.concat([_rates_of_bins(binned, rule) for rule in RULES], ignore_index=True)


def with_published(rates: pd.DataFrame, there: bool) -> pd.DataFrame:
    """Rates by rule and bin with the column `published` (0..1): what the paper prints for the
    bin, NaN where it prints nothing or the study is not the published one (`there` is False)."""
    printed = [
        FREQUENT[rule][int(b)] / 100 if there and rule in FREQUENT else math.nan
        for rule, b in zip(rates["rule"], rates["bin"], strict=True)
    ]
    return rates.assign(published=printed)


def ratio_of_bins(
    scenarios: pd.DataFrame, rule: str = "majority", level: float = LEVEL
) -> Measured:
    """Rate of frequent non-compliance in the highest bin of D over that in the lowest.

    Interval by the delta method on the logarithm, clustered by family (a family can stand in
    both bins). Undefined where a bin is empty or the lowest has no flagged scenario; where only
    the highest has none the ratio is 0 and the interval is what is missing.
    """
    binned, last = _binned(scenarios), len(BIN_NAMES) - 1
    ends = {b: binned[binned["bin"] == b] for b in (0, last)}
    for b, part in ends.items():
        if not len(part):
            return Undefined(f"no judged scenario with D in {BIN_NAMES[b]}", 0)
    n = sum(map(len, ends.values()))
    low, high = (float(ends[b][rule].mean()) for b in (0, last))
    if low == 0:
        return Undefined(f"no scenario with D in {BIN_NAMES[0]} is flagged: nothing to divide", n)
    if high == 0:
        return Undefined(f"no scenario with D in {BIN_NAMES[last]} is flagged: no interval", n, 0.0)
    for b, part in ends.items():
        if few := too_few(part["family"].nunique(), f"with D in {BIN_NAMES[b]}"):
            return Undefined(few, n, high / low)
    sizes = [ends[b].groupby("family", observed=True).size() for b in (0, last)]
    influence = _log_influence(ends[last], rule).sub(_log_influence(ends[0], rule), fill_value=0.0)
    correct = correction_of(*sizes)
    return _log_interval(high / low, influence.to_numpy(dtype=float), n, correct, level)


def by_model(judged: pd.DataFrame, scheme: Weighting | None = None) -> pd.DataFrame:
    """Non-compliance rate: a row a model x rule, of all its judged answers.

    Columns model, rule, value, low, high, n, undefined, weighting (the label to show).
    """
    chosen = scheme or Weighting()
    rows: list[dict[str, Any]] = []
    for model, part in flagged(judged).groupby("model", sort=True, observed=True):
        for rule in RULES:
            cells = estimate_cells(weighted_rate(part, rule, chosen))
            rows.append({"model": model, "rule": rule, **cells, "weighting": chosen.label})
    columns = ["model", "rule", "value", "low", "high", "n", "undefined", "weighting"]
    return pd.DataFrame(rows, columns=columns)


def sums_by_model(answers: pd.DataFrame, rule: str, scheme: Weighting) -> pd.DataFrame:
    """What `measure.chance` takes: block (a family), model, y flagged answers of n. Empty where
    rates are weighted: a deal inside families would mix cases of unequal weight."""
    known = answers.iloc[:0] if scheme.shares is not None else answers
    cases = known.assign(block=known["family"], y=known[rule].astype(float), n=1.0)
    return cases.groupby(["block", "model"], observed=True, as_index=False)[["y", "n"]].sum()


def _binned(scenarios: pd.DataFrame) -> pd.DataFrame:
    if "bin" not in scenarios:
        return scenarios.iloc[:0].assign(bin=np.empty(0, dtype=int))
    known = scenarios[scenarios["bin"].notna()]
    return known.assign(bin=known["bin"].astype(int))


def _rates_of_bins(binned: pd.DataFrame, rule: str) -> pd.DataFrame:
    totals = binned.assign(k=binned[rule].astype(float), n=1.0)
    rates = rates_by_group(totals, ["bin"]).drop(columns="n_effective")
    table = rates.reindex(pd.RangeIndex(len(BIN_NAMES), name="bin"))
    table["undefined"] = table["undefined"].fillna(EMPTY_BIN)
    table[["n", "families"]] = table[["n", "families"]].fillna(0).astype(int)
    table.insert(0, "label", BIN_NAMES)
    table = table.reset_index()
    table.insert(0, "rule", rule)
    return table


def _log_influence(part: pd.DataFrame, rule: str) -> pd.Series:
    """Per family, what its scenarios of one bin add to the logarithm of the bin's rate."""
    flags = part[rule].astype(float)
    rate = flags.mean()
    return ((flags - rate) / (rate * len(part))).groupby(part["family"]).sum()


def _log_interval(
    ratio: float, influence: FloatArray, n: int, correct: Correction, level: float
) -> Measured:
    squares = float(np.square(influence).sum())
    if why := why_none(len(influence), squares, float(correct.df)):
        return Undefined(why, n, ratio)
    factor = math.exp(float(correct.half_width(squares, level)))
    return Estimate(ratio, ratio / factor, ratio * factor, n)
