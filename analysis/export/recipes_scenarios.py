"""Recipes of scenarios: all that a filter leaves, and one of them in full."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from analysis.errors import FaultlineError
from analysis.export import inputs
from analysis.export.recipe import recipe
from analysis.export.recipes_disagreement import D
from analysis.measure import disagreement
from analysis.store.queries import cases, scenarios
from analysis.store.queries.filters import set_members
from analysis.store.study import OpenStudy

MOST = 50_000
_EVERYTHING: dict[str, Any] = {}


def _left(study: OpenStudy, frame: pd.DataFrame, parameters: Mapping[str, Any]) -> str:
    cut = f" The first {MOST:,} that fit." if len(frame) == MOST else ""
    return f"n = {len(frame):,} of {study.info.scenarios:,} scenarios.{cut}"


@recipe(
    "scenarios.listed",
    title="Scenarios",
    definition=f"Scenarios that the filter leaves, with their disagreement. {D} Queries are cut "
    f"after {scenarios.EXCERPT} characters.",
    keys=("scenario",),
    note=_left,
)
def listed(
    study: OpenStudy,
    *,
    filter: Mapping[str, Any] = _EVERYTHING,
    sort: str = "disagreement",
    descending: bool = True,
    taxonomy: str = "",
    limit: int = MOST,
) -> pd.DataFrame:
    """Scenarios in the chosen order, without answers; columns as `queries.scenarios.page`."""
    return scenarios.page(
        study,
        inputs.scenario_filter(filter),
        sort=sort,
        descending=descending,
        limit=limit,
        offset=0,
        taxonomy=inputs.taxonomy(study, taxonomy),
    )


def _of_models(study: OpenStudy, frame: pd.DataFrame, parameters: Mapping[str, Any]) -> str:
    missing = int(frame[list(disagreement.VALUES)].isna().any(axis=1).sum())
    out = f", {missing} without one of the two positions" if missing else ""
    return f"n = {len(frame)} models{out}."


@recipe(
    "scenarios.positions",
    title="Where each model stands",
    definition="The position of each model's answer on the two values of one scenario, 0 (extreme "
    "oppose) to 6 (extreme favor). The rubric is written per family: compare inside a scenario.",
    keys=("model",),
    note=_of_models,
)
def positions(study: OpenStudy, *, scenario: str = "", models: str = "all") -> pd.DataFrame:
    """One row a model: model, label, provider, value1_position, value2_position, …"""
    found = cases.positions(study, _known(study, scenario).scenario)
    _, members = set_members(study, models)
    return found[found["model"].isin(members)].reset_index(drop=True)


@recipe(
    "scenarios.without_each",
    title="Without each model",
    definition=f"D of one scenario computed again without each model in turn; `change` is D "
    f"without it minus D of all. {D}",
    keys=("model",),
    note=_of_models,
)
def without_each(study: OpenStudy, *, scenario: str = "", models: str = "all") -> pd.DataFrame:
    """One row a model with a position: as `positions`, with d and change."""
    return disagreement.leave_one_out(positions(study, scenario=scenario, models=models))


@recipe(
    "scenarios.answers",
    title="Answers to one scenario",
    definition="Every model's answer to one query, word by word.",
    keys=("model", "replicate"),
    note=lambda study, frame, parameters: f"n = {len(frame)} answers.",
)
def answers(study: OpenStudy, *, scenario: str = "") -> pd.DataFrame:
    """One row an answer: model, replicate, text, scenario, query."""
    row = _known(study, scenario)
    return cases.answers(study, row.scenario).assign(scenario=row.scenario, query=row.query)


def _known(study: OpenStudy, scenario: str) -> cases.ScenarioRow:
    row = cases.one(study, scenario)
    if row is None:
        raise FaultlineError(f"The study “{study.info.id}” has no scenario “{scenario}”.")
    return row
