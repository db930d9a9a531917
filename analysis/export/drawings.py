"""The pictures of recipes: name -> function(study, parameters, frame) -> figure.

The frame is the recipe's own. A recipe without a picture here is a table.
"""

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from analysis.export import inputs, value_frames
from analysis.export.drawings_judged import JUDGED
from analysis.export.drawings_kinds import KINDS
from analysis.export.paper_bases import is_published_split
from analysis.measure import published
from analysis.registry import registry
from analysis.show import (
    disagreement,
    model_dots,
    outliers,
    paper,
    positions,
    refusals,
    robustness,
    value_dots,
    values,
)
from analysis.store.queries import cases
from analysis.store.queries import values as value_queries
from analysis.store.study import OpenStudy

Drawing = Callable[[OpenStudy, Mapping[str, Any], pd.DataFrame], go.Figure]
_SINGLE = 14  # single values in one picture
_ENDS = 6  # leans at either end


def _histogram(study: OpenStudy, asked: Mapping[str, Any], frame: pd.DataFrame) -> go.Figure:
    return disagreement.histogram(frame)


def _by_category(study: OpenStudy, asked: Mapping[str, Any], frame: pd.DataFrame) -> go.Figure:
    cells = frame.rename(columns={"category": "key"})
    known = value_queries.categories(study, inputs.taxonomy(study, asked["taxonomy"]))
    rows = known[known["category"].isin(cells.loc[cells["n"] > 0, "key"])]
    who = value_queries.members(study, inputs.scenario_filter(asked["filter"]).model_set)
    return values.heatmap(cells, rows, columns(who, asked["kind"]), asked["measure"])


def columns(who: value_queries.Members, kind: str) -> dict[str, str]:
    """Name -> label of the models or providers of a set."""
    if kind == "model":
        return {m: registry().model(m).label for m in who.models}
    return {p: registry().provider(p).label for p in dict.fromkeys(who.providers)}


def _models(study: OpenStudy, asked: Mapping[str, Any], frame: pd.DataFrame) -> go.Figure:
    return value_dots.dots(frame, asked["measure"])


def _single(study: OpenStudy, asked: Mapping[str, Any], frame: pd.DataFrame) -> go.Figure:
    most = frame.sort_values("n", ascending=False).head(_SINGLE)
    rows = most.sort_values("value", ascending=False).assign(label=lambda f: f["value_name"])
    return value_dots.dots(rows, asked["measure"])


def _bars(study: OpenStudy, asked: Mapping[str, Any], frame: pd.DataFrame) -> go.Figure:
    return outliers.bars(frame, published.OUTLIERS if is_published_split(study.info) else None)


def _neighbours(study: OpenStudy, asked: Mapping[str, Any], frame: pd.DataFrame) -> go.Figure:
    rows = frame.dropna(subset=["value"]).assign(
        label=lambda f: [registry().model(str(m)).label for m in f["model"]], differs=True, q=0.0
    )
    return value_dots.dots(rows, "distance")


def _leans(study: OpenStudy, asked: Mapping[str, Any], frame: pd.DataFrame) -> go.Figure:
    rows = value_frames.ends(frame, _ENDS)
    return value_dots.dots(rows.assign(label=rows["key"]), "lean")


def _strengths(study: OpenStudy, asked: Mapping[str, Any], frame: pd.DataFrame) -> go.Figure:
    rows = frame.rename(columns={"strength": "value", "value": "label"}).assign(
        differs=(frame["low"] > 0) | (frame["high"] < 0), undefined=""
    )
    return value_dots.dots(rows, "strength")


def _positions(study: OpenStudy, asked: Mapping[str, Any], frame: pd.DataFrame) -> go.Figure:
    row = cases.one(study, asked["scenario"])
    values_of = ("", "") if row is None else (row.value1, row.value2)
    return positions.dots(frame, values_of)


def _without_each(study: OpenStudy, asked: Mapping[str, Any], frame: pd.DataFrame) -> go.Figure:
    whole = float((frame["d"] - frame["change"]).dropna().max())
    return disagreement.leave_one_out(frame, whole)


def _dots_on(axis: str) -> Drawing:
    axes = {"shift": robustness.SHIFT, "flip": robustness.FLIP, "swing": robustness.SWING}
    return lambda study, asked, frame: model_dots.dots(
        frame, axes[axis] if axis in axes else robustness.VARIANT_AXES[asked["number"]]
    )


def _shifts_of(study: OpenStudy, asked: Mapping[str, Any], frame: pd.DataFrame) -> go.Figure:
    return robustness.distribution(frame, registry().model(asked["model"]).label)


def _refusals(study: OpenStudy, asked: Mapping[str, Any], frame: pd.DataFrame) -> go.Figure:
    who = value_queries.members(study)
    return refusals.heatmap(frame, columns(who, asked["rows"]))


def _types(study: OpenStudy, asked: Mapping[str, Any], frame: pd.DataFrame) -> go.Figure:
    return refusals.types(frame, columns(value_queries.members(study), "model"))


def _paper(study: OpenStudy, asked: Mapping[str, Any], frame: pd.DataFrame) -> go.Figure:
    return paper.shares(frame)


DRAWINGS: dict[str, Drawing] = {
    **JUDGED,
    **KINDS,
    "disagreement.histogram": _histogram,
    "models.leans": _leans,
    "models.neighbours": _neighbours,
    "models.strengths": _strengths,
    "outliers.bars": _bars,
    "paper.shares": _paper,
    "refusals.by_topic": _refusals,
    "refusals.types": _types,
    "robustness.flip": _dots_on("flip"),
    "robustness.shift": _dots_on("shift"),
    "robustness.shifts_of": _shifts_of,
    "robustness.swing": _dots_on("swing"),
    "robustness.variants": _dots_on("variant"),
    "scenarios.positions": _positions,
    "scenarios.without_each": _without_each,
    "values.by_category": _by_category,
    "values.models": _models,
    "values.single": _single,
}
