"""Section `values`: leans by provider and model, and how well Bradley-Terry predicts choices."""

import math
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.figures.frames import values as value_frames
from analysis.measure import values as measure
from analysis.measure.bradley_terry import strengths as bt
from analysis.measure.estimates.estimates import Undefined
from analysis.measure.paper.value_patterns import about
from analysis.queries import value_choices, values
from analysis.queries.filters import ScenarioFilter
from analysis.report import from_figure
from analysis.report.context import Context
from analysis.store.study import OpenStudy


def section(context: Context) -> dict[str, Any]:
    """Taxonomy, leans per provider and model by category, the paper's patterns beside them, values
    that do not join (distinct names), and per model the held-out accuracy of Bradley-Terry beside
    that of the nudge alone."""
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
        "published": _published(context),
        "turned": turned(study, path, ScenarioFilter()),
        "uncategorised": int(apart),
    }


def _published(context: Context) -> list[dict[str, Any]]:
    """The paper's patterns beside this study's leans; empty where it has none of their models."""
    providers = values.members(context.study).providers
    return from_figure.patterns(context, "values.published") if about(providers) else []


def turned(study: OpenStudy, taxonomy: Path, flt: ScenarioFilter) -> list[dict[str, Any]]:
    """Leans that point the other way on neutral wording, or from the model's own level: kind,
    name, category, lean, neutral, own."""
    found = value_frames.turned(study, taxonomy, flt)
    named = found.rename(columns={"key": "category", "value": "lean"}).astype(object)
    columns = ["kind", "name", "category", "lean", "neutral", "own"]
    return [
        {str(k): v for k, v in row.items()}
        for row in named[columns].where(named.notna(), None).to_dict("records")
    ]


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
