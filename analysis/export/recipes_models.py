"""Recipes of one model among the others: whom it is like."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from analysis.export.recipe import recipe
from analysis.measure.models import nearest
from analysis.registry import registry
from analysis.store.queries import models
from analysis.store.study import OpenStudy


def _compared(study: OpenStudy, frame: pd.DataFrame, parameters: Mapping[str, Any]) -> str:
    low, high = (int(x) for x in (frame["n"].min(), frame["n"].max())) if len(frame) else (0, 0)
    return f"n = {low:,} to {high:,} positions a model."


@recipe(
    "models.neighbours",
    title=lambda p: f"Whom {registry().model(p['model']).label} is like",
    definition="Mean distance between one model's positions and every other model's, on the same "
    "value of the same query (0 to 6), nearest first. Intervals are 95%, clustered by family.",
    keys=("model",),
    note=_compared,
)
def neighbours(study: OpenStudy, *, model: str = "") -> pd.DataFrame:
    """Other models: model, provider, value (0..6), low, high, n, families, undefined."""
    return nearest(models.distances(study, model))
