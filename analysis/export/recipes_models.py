"""Recipes of one model: what it leans towards, what it chooses, whom it is like."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from analysis.errors import FaultlineError
from analysis.export import inputs, model_frames, value_frames
from analysis.export.recipe import recipe
from analysis.export.recipes_values import LEAN
from analysis.registry import registry
from analysis.store.queries.filters import ScenarioFilter
from analysis.store.study import OpenStudy

CHOICES = (
    "Bradley-Terry: logit P(value 1 favored) = a + strength of value 1 - strength of value 2 + "
    "b * nudge. A value is favored where the answer stands higher on its spectrum; ties are left "
    "out. Strengths sum to 0 and are shrunk towards it (L2); values seen in fewer than five "
    "families are fitted, not listed. Intervals are 95%, clustered by family."
)
_LEVELS = {"category": "category", "value": "single value"}
_ENDS = {"strongest": "Values it puts first", "weakest": "Values it gives up"}


def _label(parameters: Mapping[str, Any]) -> str:
    return registry().model(str(parameters["model"])).label


def _positions(study: OpenStudy, frame: pd.DataFrame, parameters: Mapping[str, Any]) -> str:
    return (
        f"n = {int(frame['n'].sum()):,} positions, taxonomy {parameters['taxonomy']}. "
        f"{int(frame['differs'].sum())} of {len(frame)} differ from 0."
    )


@recipe(
    "models.leans",
    title=lambda p: f"What {_label(p)} leans towards, by {_LEVELS.get(p['by'], p['by'])}",
    definition=f"The leans of one model, by category or by single value. {LEAN}",
    keys=("key",),
    note=_positions,
)
def leans(
    study: OpenStudy, *, model: str = "", by: str = "category", taxonomy: str = ""
) -> pd.DataFrame:
    """One row a category or value: key, kind, name, value (-6..6), low, high, n, families, q …"""
    _known("grouping", by, tuple(_LEVELS))
    path, everything = inputs.taxonomy(study, taxonomy), ScenarioFilter()
    if by == "value":
        return value_frames.of_unit(study, path, everything, "model", model)
    cells = value_frames.by_category(study, path, "lean", everything)
    mine = (cells["kind"] == "model") & (cells["name"] == model) & (cells["n"] > 0)
    return cells[mine].reset_index(drop=True)


def _choices(study: OpenStudy, frame: pd.DataFrame, parameters: Mapping[str, Any]) -> str:
    n = int(frame["n"].sum()) if len(frame) else 0
    return f"n = {n:,} choices that involve one of these {len(frame)} values."


@recipe(
    "models.strengths",
    title=lambda p: f"{_ENDS.get(p['end'], p['end'])}: {_label(p)}",
    definition=CHOICES,
    keys=("value",),
    note=_choices,
)
def strengths(study: OpenStudy, *, model: str = "", end: str = "strongest") -> pd.DataFrame:
    """One row a value, the strongest first: value, strength (logits), low, high, n, families."""
    _known("end", end, tuple(_ENDS))
    found = model_frames.choosing(study, model)
    return found.strongest if end == "strongest" else found.weakest[::-1].reset_index(drop=True)


def _compared(study: OpenStudy, frame: pd.DataFrame, parameters: Mapping[str, Any]) -> str:
    low, high = (int(x) for x in (frame["n"].min(), frame["n"].max())) if len(frame) else (0, 0)
    return f"n = {low:,} to {high:,} positions a model."


@recipe(
    "models.neighbours",
    title=lambda p: f"Whom {_label(p)} is like",
    definition="Mean distance between one model's positions and every other model's, on the same "
    "value of the same query (0 to 6), nearest first. Intervals are 95%, clustered by family.",
    keys=("model",),
    note=_compared,
)
def neighbours(study: OpenStudy, *, model: str = "") -> pd.DataFrame:
    """Other models: model, provider, value (0..6), low, high, n, families, undefined."""
    return model_frames.neighbours(study, model)


def _known(what: str, word: str, words: tuple[str, ...]) -> None:
    if word not in words:
        raise FaultlineError(f"Models know no {what} “{word}”. Use one of {', '.join(words)}.")
