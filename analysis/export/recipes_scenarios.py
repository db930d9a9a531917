"""Recipes of scenarios: all that a filter leaves, in order."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from analysis.export import inputs
from analysis.export.recipe import recipe
from analysis.export.recipes_disagreement import D
from analysis.store.queries import scenarios
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
