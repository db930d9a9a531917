"""Section `values`: leans by provider and model, and how well Bradley-Terry predicts choices."""

import math
from typing import Any

import pandas as pd

from analysis.measure import values as measure
from analysis.measure.bradley_terry import strengths as bt
from analysis.measure.estimates.estimates import Undefined
from analysis.queries import value_choices, values
from analysis.report.context import Context


def section(context: Context) -> dict[str, Any]:
    """Taxonomy, leans per provider and model by category, values that do not join (distinct
    names), and per model the held-out accuracy of Bradley-Terry beside that of the nudge alone."""
    found = leans(context)
    return found if "undefined" in found else {**found, "bradley_terry": _bradley_terry(context)}


def leans(context: Context) -> dict[str, Any]:
    """The section without Bradley-Terry, whose fits take most of its time."""
    study, path = context.study, context.taxonomy.path
    raw = values.sums(study, path, measure="raw")
    if not raw["n"].sum():
        return {"undefined": "because no answer of this study has a position"}
    found = measure.estimates(values.sums(study, path))
    joined = values.categories(study, path)
    apart = joined.loc[joined["category"] == values.UNCATEGORISED, "values"].sum()
    return {
        "taxonomy": context.taxonomy.name,
        "by_provider": cells_by_name(found, "provider"),
        "by_model": cells_by_name(found, "model"),
        "uncategorised": int(apart),
    }


def cells_by_name(found: pd.DataFrame, kind: str) -> dict[str, Any]:
    """Name -> category -> lean with its interval, n and q, from `measure.values.estimates`."""
    mine = found[found["kind"] == kind]
    if not mine["n"].sum():
        return {"undefined": "because no answer can be compared with another model's"}
    cells: dict[str, Any] = {}
    for row in mine.to_dict("records"):
        cells.setdefault(str(row["name"]), {})[str(row["key"])] = _cell(row)
    return cells


def _cell(row: dict[Any, Any]) -> dict[str, Any]:
    if row["undefined"]:
        return {"undefined": f"because of {row['undefined']}", "n": int(row["n"])}
    return {
        "lean": _number(row["value"]),
        "low": _number(row["low"]),
        "high": _number(row["high"]),
        "n": int(row["n"]),
        "q": None if math.isnan(row["q"]) else float(row["q"]),
    }


def _bradley_terry(context: Context) -> dict[str, Any]:
    chosen = value_choices.choices(context.study)
    return {model: _predicted(chosen, model) for model in chosen.favored}


def _predicted(chosen: value_choices.Choices, model: str) -> dict[str, Any]:
    c = bt.comparisons(
        chosen.values,
        chosen.first,
        chosen.second,
        chosen.nudge,
        chosen.favored[model],
        chosen.family,
    )
    tested = bt.held_out(c, whole=bt.fit(c))
    if isinstance(tested, Undefined):
        return {"undefined": f"because of {tested.reason}", "n": tested.n}
    return {
        "accuracy": _number(tested.accuracy),
        "baseline_accuracy": _number(tested.baseline_accuracy),
        "log_loss": _number(tested.log_loss),
        "n": tested.n,
    }


def _number(value: float) -> float:
    return round(float(value), 6)
