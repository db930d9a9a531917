"""Recipes of the map: every query on the plane, and the groups of high disagreement."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from analysis.errors import FaultlineError
from analysis.export import inputs
from analysis.export.recipe import recipe
from analysis.measure import map as measure
from analysis.store.queries import map as queries
from analysis.store.study import OpenStudy

PLANE = (
    "Vectors of the queries: TF-IDF of words and word pairs, brought down by an SVD; plane: UMAP "
    f"(McInnes, Healy and Melville 2018), cosine, {measure.NEIGHBOURS} neighbours, seed "
    f"{measure.SEED}. Near means similar words, no more: a map is for finding one's way. It is "
    "drawn once and kept; drawn anew on another machine, points may lie elsewhere."
)
BY = ("d", "provider", "topic", "nudge", "generator", "category")
_SOURCE = "Faultline, with UMAP (McInnes, Healy and Melville 2018)"


def _drawn(study: OpenStudy, frame: pd.DataFrame, parameters: Mapping[str, Any]) -> str:
    n = len(frame) if "x" in frame else int(frame["queries"].sum())
    return f"n = {n:,} of {study.info.scenarios:,} queries."


def _checked(study: OpenStudy) -> None:
    if not queries.drawn(study):
        raise FaultlineError(
            f"No map of “{study.info.id}” has been drawn yet: open the Map page and draw it, once."
        )


@recipe(
    "map.points",
    title="Queries on a plane",
    definition=f"Every query with its place, its D and what it can be coloured by. {PLANE}",
    keys=("scenario",),
    note=_drawn,
    source=_SOURCE,
)
def points(
    study: OpenStudy, *, by: str = "d", taxonomy: str = "", topic_labels: str = ""
) -> pd.DataFrame:
    """One row a query, the highest D last; columns as `queries.map.points`."""
    if by not in BY:
        raise FaultlineError(f"The map knows no colour “{by}”. Use one of {', '.join(BY)}.")
    _checked(study)
    source = inputs.label_source(topic_labels)
    return queries.points(study, inputs.taxonomy(study, taxonomy), source)


@recipe(
    "map.groups",
    title="Groups of high disagreement",
    definition="Queries with D of 1.5 or more, grouped by k-means on their vectors and named by "
    "the words whose mean TF-IDF lies furthest above that of the other groups. "
    f"{PLANE}",
    keys=("terms",),
    note=_drawn,
    source=_SOURCE,
)
def groups(study: OpenStudy) -> pd.DataFrame:
    """One row a group: terms, queries, mean and most (D); the largest first."""
    _checked(study)
    return named_groups(queries.points(study))


def named_groups(points: pd.DataFrame) -> pd.DataFrame:
    """The named groups among the points of a map."""
    named = points[(points["cluster"] >= 0) & (points["terms"] != "")]
    found = named.groupby("terms").agg(
        queries=("scenario", "size"), mean=("d", "mean"), most=("d", "max")
    )
    order = found.reset_index().sort_values(["queries", "terms"], ascending=[False, True])
    return order.reset_index(drop=True)
