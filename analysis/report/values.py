"""Section `values`: leans by provider and model, and how well Bradley-Terry predicts choices."""

import math
from typing import Any

import pandas as pd

from analysis.measure import bradley_terry as bt
from analysis.measure import values as measure
from analysis.measure.estimates import Undefined
from analysis.report.context import Context
from analysis.store.queries import value_choices, values


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
        "by_provider": _leans(found, "provider"),
        "by_model": _leans(found, "model"),
        "uncategorised": int(apart),
    }


def _leans(found: pd.DataFrame, kind: str) -> dict[str, Any]:
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
    held = bt.held_out(c, whole=bt.fit(c))
    if isinstance(held, Undefined):
        return {"undefined": f"because of {held.reason}", "n": held.n}
    return {
        "accuracy": _number(held.accuracy),
        "baseline_accuracy": _number(held.baseline_accuracy),
        "log_loss": _number(held.log_loss),
        "n": held.n,
    }


def _number(value: float) -> float:
    return round(float(value), 6)
