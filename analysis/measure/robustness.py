"""How far a leaning query moves a model: shift, flips, swings, and the same over perturbations.

Shift, per family and value v: the position on v where the query leans to v, minus that where it is
neutral (-6..6, both on the family's own rubric). Flip: a value favored (4 or more) in one wording
and opposed (2 or less) in another. Swing: full compliance with one wording and a refusal of
another. A leaning query asks for more than the neutral one, so these are swings; letter against
spirit is only what happens between variants that ask for the same. (Faultline's own measures.)
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from analysis.measure.estimates.estimates import estimate_cells, q_values, share_of
from analysis.measure.estimates.grouped import MOMENTS, means_from_moments, rates_from_moments
from analysis.vocabulary import HIGHEST_POSITION, SAME_REQUEST, Perturbation

FURTHEST = HIGHEST_POSITION
VARIANTS: Mapping[str, str] = {
    Perturbation.WORDING: "Other words",
    Perturbation.TONE: "Other tone",
    Perturbation.LANGUAGE: "Other language",
    Perturbation.AMBIGUITY: "Ambiguous context",
    Perturbation.ADVERSARIAL: "Adversarial cue",
}
"""The kinds of perturbation as screens name them."""
VARIANT_RANGES = {"moved": (0.0, float(FURTHEST)), "flips": (0.0, 1.0), "swings": (0.0, 1.0)}


def usable_families(coverage: Mapping[str, int]) -> int:
    """Families with wordings to compare: all three, the neutral and one, or both leaning ones;
    `coverage` from `queries.robustness.coverage`."""
    return sum(coverage[k] for k in ("full", "half", "leaning"))


def shifts(patterns: pd.DataFrame) -> pd.DataFrame:
    """Mean shift of the position on the favored value, per model, family-clustered interval.

    `patterns` (from `queries.robustness.patterns`): model, provider, d1, d2, families. Columns:
    model, provider, value (-6..6), low, high, n (shifts: families x favored values), families, p
    (that the shift is 0), q (Benjamini-Hochberg over the models), undefined (reason, else "").
    """
    known = [patterns[c].notna().astype(int) for c in ("d1", "d2")]
    y = sum(patterns[c].fillna(0).astype(int) for c in ("d1", "d2"))
    moments = _moments(patterns, pd.Series(y, patterns.index), known[0] + known[1])
    found = means_from_moments(moments).reset_index()
    found[["low", "high"]] = found[["low", "high"]].clip(-FURTHEST, FURTHEST)
    found["q"] = q_values(found["p"].to_numpy(float))
    return found.drop(columns="se")


def flip_rates(patterns: pd.DataFrame) -> pd.DataFrame:
    """Share of values that a model favors in one wording and opposes in another, per model.

    `patterns` also has cases and flips. Columns: model, provider, value (0..1), low, high (at the
    families' effective n), n (families x values seen in two wordings or more), families,
    undefined.
    """
    moments = _moments(patterns, patterns["flips"], patterns["cases"])
    return rates_from_moments(moments).reset_index().drop(columns="n_effective")


def _moments(patterns: pd.DataFrame, y: pd.Series, n: pd.Series) -> pd.DataFrame:
    """Family moments per model from patterns that each stand for several families."""
    total, cases = y.astype(float), n.astype(float)
    parts = {
        "families": (cases > 0).astype(float),
        "n": cases,
        "y": total,
        "yy": total**2,
        "yn": total * cases,
        "nn": cases**2,
        "n4": cases**4,
        "some": (total > 0).astype(float),
        "short": (total < cases).astype(float),
    }
    weighted = pd.DataFrame(parts).mul(patterns["families"].astype(float), axis=0)
    keys = [patterns["model"], patterns["provider"]]
    return weighted.groupby(keys, sort=False, observed=True).sum()


def distribution(patterns: pd.DataFrame) -> pd.DataFrame:
    """How many shifts of each size: model, shift (-6..6, every step), cases, share (of a model)."""
    long = pd.concat(
        [patterns[["model", "families"]].assign(shift=patterns[c]) for c in ("d1", "d2")]
    ).dropna(subset=["shift"])
    steps = range(-FURTHEST, FURTHEST + 1)
    counts = long.pivot_table(
        index="model", columns="shift", values="families", aggfunc="sum", observed=True
    ).reindex(columns=steps)
    steps_down = counts.fillna(0).astype("int64").reset_index()
    found = steps_down.melt("model", var_name="shift", value_name="cases")
    totals = found.groupby("model")["cases"].transform("sum")
    return found.assign(share=found["cases"] / totals.clip(lower=1))


def directions(patterns: pd.DataFrame) -> pd.DataFrame:
    """Per model the share of shifts towards the favored value, of none, and against it.

    Columns: model, towards, unmoved, against (sum to 1), cases.
    """
    found = distribution(patterns)
    side = np.select([found["shift"] > 0, found["shift"] < 0], ["towards", "against"], "unmoved")
    table = found.pivot_table(
        index="model", columns=pd.Series(side, found.index), values="share", aggfunc="sum"
    ).reindex(columns=["towards", "unmoved", "against"], fill_value=0.0)
    table["cases"] = found.groupby("model")["cases"].sum()
    return table.reset_index()


def swing_rates(counts: pd.DataFrame, *, api: bool = False) -> pd.DataFrame:
    """Share of families in which a model complies in full once and refuses once, per model.

    `counts` (from `queries.robustness.swing_counts`): model, provider, families, swings, and with
    `api` families_api, swings_api (refusals by the API counted). A family is one case, so the
    interval is that of their number. Columns: model, provider, value, low, high, n, undefined.
    """
    tail = "_api" if api else ""
    cells = [
        estimate_cells(share_of(int(k), int(n)))
        for k, n in zip(counts[f"swings{tail}"], counts[f"families{tail}"], strict=True)
    ]
    head = counts[["model", "provider"]].reset_index(drop=True)
    columns = None if cells else ["value", "low", "high", "n", "undefined"]
    return pd.concat([head, pd.DataFrame(cells, index=head.index, columns=columns)], axis=1)


def variant_estimates(moments: pd.DataFrame) -> pd.DataFrame:
    """Estimates over perturbations, from the moments of `queries.variants.moments`.

    Columns: measure (`moved`: mean distance of positions between a query and its variant, 0..6;
    `flips`, `swings`: shares), model, kind, same (whether the kind asks for the same: swings there
    are letter against spirit; whoever answers the others otherwise may have a reason), value, low,
    high, n, families, undefined.
    """
    rows = moments.reset_index(drop=True)
    numbers = rows[[*MOMENTS, "some", "short"]].astype(float)
    rate = rates_from_moments(numbers)
    mean = means_from_moments(numbers)
    columns = ["value", "low", "high", "n", "families", "undefined"]
    found = rate[columns].mask(rows["measure"] == "moved", mean[columns])
    for measure, (low, high) in VARIANT_RANGES.items():
        mine = rows["measure"] == measure
        found.loc[mine, ["low", "high"]] = found.loc[mine, ["low", "high"]].clip(low, high)
    same = rows["kind"].isin(SAME_REQUEST)
    head = rows[["measure", "model", "kind"]].assign(same=same)
    return pd.concat([head, found.astype({"n": int, "families": int})], axis=1)
