"""Draw a figure without a browser: from its name, its parameters and a study."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from analysis.figures import catalog
from analysis.figures.provenance import facts_of
from analysis.figures.recording import recorded
from analysis.files.facts import Facts
from analysis.store.study import OpenStudy


def draw(
    name: str, parameters: Mapping[str, Any], study: OpenStudy
) -> tuple[go.Figure, pd.DataFrame, Facts]:
    """A figure, the numbers behind it, and its facts.

    Raises UnknownFigureError for a name that no figure has, FaultlineError for parameters that it
    has not, or that this study can't serve.
    """
    figure, content, facts = drawn(name, parameters, study)
    return figure, content.frame, facts


def drawn(
    name: str, parameters: Mapping[str, Any], study: OpenStudy
) -> tuple[go.Figure, catalog.Content, Facts]:
    """As `draw`, with the words too. Raises as `draw` does."""
    request = catalog.bind(study, name, **parameters)
    with recorded(study) as (listening, queries):
        frame = catalog.compute(listening, request)
        queries_run = [*queries]
        # Words and chart read through the same study: what was computed already is not read again.
        content = catalog.worded(listening, request, frame)
        figure = catalog.picture(listening, request, frame)
    return figure, content, facts_of(study, content, queries_run)
