"""Section `robustness`: how far a leaning query moves each model."""

from typing import Any

import pandas as pd

from analysis.figures import catalog
from analysis.queries import robustness as queries
from analysis.report.context import Context
from analysis.report.from_figure import chance


def section(context: Context) -> dict[str, Any]:
    """Per model the mean shift towards the favored value, the flip rate, and the families that
    have what the shift compares; models without such a family are undefined, with the reason."""
    study = context.study
    patterns = queries.patterns(study)
    if patterns.empty:
        return {
            "undefined": "because no model was placed on the same value in two wordings of a family"
        }
    shifts, flips = (
        _rows(catalog.compute(study, catalog.bind(study, f"robustness.{name}")))
        for name in ("shift", "flip")
    )
    return {
        model: {
            "shift": _cell(shifts.get(model)),
            "flip_rate": _cell(flips.get(model)),
            "chance": {
                name: chance(rows[model])
                for name, rows in (("shift", shifts), ("flip_rate", flips))
                if model in rows
            },
            "families": int(shifts[model]["families"]) if model in shifts else 0,
        }
        for model in study.info.models
    }


def _rows(frame: pd.DataFrame) -> dict[str, dict[Any, Any]]:
    return {str(row["model"]): row for row in frame.to_dict("records")}


def _cell(row: dict[Any, Any] | None) -> dict[str, Any]:
    if row is None:
        return {"undefined": "because no family has two wordings with its position", "n": 0}
    if row["undefined"]:
        return {"undefined": f"because of {row['undefined']}", "n": int(row["n"])}
    return {k: float(row[k]) for k in ("value", "low", "high")} | {"n": int(row["n"])}
