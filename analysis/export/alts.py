"""What a picture says to whoever can't see it: one sentence with its main number, name by name."""

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from analysis.export import inputs, judge_frames
from analysis.export.drawings import columns
from analysis.export.facts import Facts
from analysis.registry import registry
from analysis.show import (
    clauses,
    compliance,
    disagreement,
    judges,
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

Said = Callable[[OpenStudy, Mapping[str, Any], pd.DataFrame], str]


def _values(study: OpenStudy, asked: Mapping[str, Any], frame: pd.DataFrame) -> str:
    cells = frame.rename(columns={"category": "key"})
    who = value_queries.members(study, inputs.scenario_filter(asked["filter"]).model_set)
    return values.heatmap_alt(cells, columns(who, asked["kind"]), asked["measure"])


def _refusals(study: OpenStudy, asked: Mapping[str, Any], frame: pd.DataFrame) -> str:
    return refusals.heatmap_alt(frame, columns(value_queries.members(study), asked["rows"]))


def _types(study: OpenStudy, asked: Mapping[str, Any], frame: pd.DataFrame) -> str:
    return refusals.types_alt(frame, columns(value_queries.members(study), "model"))


def _positions(study: OpenStudy, asked: Mapping[str, Any], frame: pd.DataFrame) -> str:
    row = cases.one(study, asked["scenario"])
    return positions.dots_alt(frame, ("", "") if row is None else (row.value1, row.value2))


def _pairs(study: OpenStudy, asked: Mapping[str, Any], frame: pd.DataFrame) -> str:
    names = judge_frames.names(study, asked["without"])
    return judges.matrix_alt(frame, {j: registry().judge(j).label for j in names})


def _confusion(study: OpenStudy, asked: Mapping[str, Any], frame: pd.DataFrame) -> str:
    first, second = (registry().judge(str(frame[c].iloc[0])).label for c in ("judge", "other"))
    return judges.confusion_alt(frame, first, second)


def _rivals(study: OpenStudy, asked: Mapping[str, Any], frame: pd.DataFrame) -> str:
    titles = dict(zip(frame["clause"], frame["title"], strict=True))
    others = dict(zip(frame["other"], frame["other_title"], strict=True))
    return clauses.rivals_alt(frame, titles | others)


def _along(axis: model_dots.Axis, what: str) -> Said:
    return lambda study, asked, frame: model_dots.dots_alt(frame, axis, what)


SAID: dict[str, Said] = {
    "clauses.rivals": _rivals,
    "compliance.by_bin": lambda study, asked, frame: compliance.bins_alt(frame),
    "disagreement.histogram": lambda study, asked, frame: disagreement.histogram_alt(
        frame, "the chosen models"
    ),
    "judges.agreement": lambda study, asked, frame: judges.coefficients_alt(frame),
    "judges.confusion": _confusion,
    "judges.pairs": _pairs,
    "models.leans": lambda study, asked, frame: value_dots.dots_alt(
        frame.assign(label=frame["key"]), "Leans of the model"
    ),
    "outliers.bars": lambda study, asked, frame: outliers.bars_alt(frame),
    "paper.shares": lambda study, asked, frame: paper.shares_alt(frame),
    "refusals.by_topic": _refusals,
    "refusals.types": _types,
    "robustness.flip": _along(robustness.FLIP, "Flips by model"),
    "robustness.shift": _along(robustness.SHIFT, "Shift by model"),
    "robustness.swing": _along(robustness.SWING, "Swing by model"),
    "scenarios.positions": _positions,
    "values.by_category": _values,
    "values.models": lambda study, asked, frame: value_dots.dots_alt(
        frame, "Models on one category"
    ),
    "values.single": lambda study, asked, frame: value_dots.dots_alt(
        frame.assign(label=frame["value_name"]), "Single values of the category"
    ),
}


def alt(study: OpenStudy, facts: Facts, frame: pd.DataFrame) -> str:
    """One sentence for a reader who can't see a figure: its main number; without one of its own,
    its title and its n."""
    said = SAID.get(facts.recipe)
    if said is None or frame.empty:
        return f"{facts.title}. {facts.note}"
    return said(study, facts.parameters, frame)
