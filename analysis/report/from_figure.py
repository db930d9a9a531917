"""Sections that say what a figure says: read from its numbers, never composed again."""

import math
from collections.abc import Callable
from typing import Any

import pandas as pd

from analysis.figures import catalog
from analysis.report.context import Context


def by(name: str, key: str) -> Callable[[Context], dict[str, Any]]:
    """A section `{key's value: {value, low, high, n}}` over the rows of the figure `name`.

    The figure's frame has the columns value, low, high, n and undefined. A row without an interval
    is `{"undefined": "because ...", "n": n}`.
    """

    def section(context: Context) -> dict[str, Any]:
        frame = catalog.compute(context.study, catalog.bind(context.study, name))
        return {str(row[key]): cell(row) for row in frame.to_dict("records")}

    return section


def patterns(context: Context, name: str) -> list[dict[str, Any]]:
    """A section of the paper's patterns, one entry a row of the figure `name`, JSON-ready; what was
    not tested is None."""
    return entries(catalog.compute(context.study, catalog.bind(context.study, name)))


def entries(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a figure of patterns, with None for what is not known and counts as integers."""
    counted = frame.assign(n=frame["n"].fillna(0).astype(int)).astype(object)
    return [
        {str(k): v for k, v in row.items()}
        for row in counted.where(counted.notna(), None).to_dict("records")
    ]


def cell(row: dict[Any, Any]) -> dict[str, Any]:
    """One estimate of a frame, JSON-ready."""
    if row["undefined"]:
        return {"undefined": f"because of {row['undefined']}", "n": int(row["n"])}
    return {k: float(row[k]) for k in ("value", "low", "high")} | {"n": int(row["n"])}


def chance(row: dict[Any, Any]) -> dict[str, Any]:
    """Between which numbers all models would lie if they answered alike (low, high), and the ranks
    that are open to this one (`measure.chance`), JSON-ready."""
    if math.isnan(row["chance_low"]):
        return {"undefined": "because too few families have two models or more to deal among"}
    return {
        "low": round(float(row["chance_low"]), 6),
        "high": round(float(row["chance_high"]), 6),
        "ranks": [int(row["rank_low"]), int(row["rank_high"])],
    }
