"""Draw a figure without a browser: from a recipe's name, its parameters and a study."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from analysis.export import recipes, sheet
from analysis.export.drawings import DRAWINGS
from analysis.export.facts import Facts
from analysis.export.provenance import facts_of
from analysis.export.recipe import Asked
from analysis.store.study import OpenStudy


def draw(
    recipe: str, parameters: Mapping[str, Any], study: OpenStudy
) -> tuple[go.Figure, pd.DataFrame, Facts]:
    """A figure, the numbers behind it, and its facts.

    Raises UnknownFigureError for a name that no recipe has, FaultlineError for parameters that it
    has not, or that this study can't serve.
    """
    asked = recipes.ask(study, recipe, **parameters)
    frame, queries = recipes.worked(study, asked)
    return picture(study, asked, frame), frame, facts_of(study, asked, frame, queries)


def picture(study: OpenStudy, asked: Asked, frame: pd.DataFrame) -> go.Figure:
    """The chart of a recipe's numbers; a recipe without a chart, or without rows, is a table."""
    drawing = DRAWINGS.get(asked.name)
    if drawing is None or frame.empty:
        return sheet.table(frame)
    return drawing(study, asked.parameters, frame)


def is_chart(recipe: str) -> bool:
    """Whether a recipe has a chart; without one it is a table."""
    return recipe in DRAWINGS
