"""Recipes of outliers: how many per model and direction, and every case."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from analysis.export import inputs
from analysis.export.recipe import recipe
from analysis.measure.outliers import PAPER, OutlierRule, by_model, directed
from analysis.store.queries import outliers, overview
from analysis.store.study import OpenStudy

RULE = (
    "An answer is an outlier when its position on one of the two values lies at least `distance` "
    "from at least `others` of eleven other models on that value. Where positions are missing the "
    "share is kept, rounded up, with at least six others. Permissive: it complies while more than "
    "half of the labelled others refuse. Over-conservative: it refuses while more than half comply."
)


def _tested(study: OpenStudy, frame: pd.DataFrame, parameters: Mapping[str, Any]) -> str:
    found = int(frame["total"].sum()) if "total" in frame else len(frame)
    n = outliers.defined(study)
    return (
        f"n = {n:,} answers with a position and at least six others to compare with; {found:,} "
        f"outliers; response types by {parameters['labels']}."
    )


@recipe(
    "outliers.bars",
    title="Which models stand apart",
    definition=f"Outlier answers per model and direction. {RULE}",
    keys=("model",),
    note=_tested,
)
def bars(
    study: OpenStudy,
    *,
    distance: int = PAPER.distance,
    others: int = PAPER.others,
    labels: str = "",
) -> pd.DataFrame:
    """Per model: model, permissive, over-conservative, other, total, label."""
    models = overview.models(study)
    counts = by_model(_found(study, distance, others, labels), list(models["model"]))
    return counts.merge(models[["model", "label"]], on="model")


@recipe(
    "outliers.cases",
    title="Outlier answers",
    definition=f"Every outlier answer, the farthest first. {RULE}",
    keys=("scenario", "model"),
    note=_tested,
)
def cases(
    study: OpenStudy,
    *,
    distance: int = PAPER.distance,
    others: int = PAPER.others,
    model: str = "all",
    labels: str = "",
) -> pd.DataFrame:
    """One row an answer; columns as `queries.outliers.found`, with direction and why."""
    found = _found(study, distance, others, labels)
    return found if model == "all" else found[found["model"] == model].reset_index(drop=True)


def _found(study: OpenStudy, distance: int, others: int, labels: str) -> pd.DataFrame:
    source = inputs.label_source(labels)
    return directed(outliers.found(study, OutlierRule(distance, others), source=source))
