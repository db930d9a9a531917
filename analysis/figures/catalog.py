"""The door to all figures: find one, bind its parameters, compute it, see the queries behind it.

    request = catalog.bind(study, "values.by_category", filter={"nudges": ["neutral"]})
    frame = catalog.compute(study, request)
    content = catalog.content(study, request)   # the numbers with their title, note and alt

`names()` lists them. A page shows `content`, a file names the figure, `verify` computes it again:
one declaration behind all three.
"""

from dataclasses import dataclass
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from analysis.figures import (  # noqa: F401 (importing a noun's module enters its figures)
    archetypes,
    clauses,
    compare,
    compliance,
    criteria,
    disagreement,
    filter_words,
    inputs,
    judges,
    map,
    models,
    near,
    outliers,
    paper,
    people,
    refusals,
    robustness,
    scenarios,
    spec_coverage,
    sql,
    studies,
    trials,
    values,
    versions,
)
from analysis.figures.declaration import (
    EARLIER,
    FIGURES,
    Figure,
    FigureRequest,
    Rows,
    UnknownFigureError,
    Words,
    settle,
)
from analysis.figures.recording import Query, recorded
from analysis.files import columns, sheet
from analysis.files.columns import Column
from analysis.files.display_table import DisplayTable, display_table
from analysis.store.study import OpenStudy


@dataclass(frozen=True)
class Content:
    """A figure of one study, computed: its numbers and the words that go with them everywhere."""

    request: FigureRequest
    frame: pd.DataFrame
    title: str
    note: str
    alt: str


def names() -> list[str]:
    """Every figure that can be asked for, by noun."""
    return sorted(FIGURES)


def find(name: str) -> Figure:
    """One figure, also by a name that it had before. Raises UnknownFigureError that lists what
    there is."""
    if not is_known(name):
        raise UnknownFigureError(f"There is no figure “{name}”. Figures: {', '.join(names())}.")
    return FIGURES[EARLIER.get(name, name)]


def is_known(name: str) -> bool:
    """Whether this version of the program has a figure of that name, or had it under that name."""
    return EARLIER.get(name, name) in FIGURES


def bind(study: OpenStudy, name: str, /, **parameters: Any) -> FigureRequest:
    """A figure with all its parameters settled: the defaults, the taxonomy and labels in use."""
    return settle(find(name), study, parameters)


def compute(study: OpenStudy, request: FigureRequest) -> pd.DataFrame:
    """The numbers behind a figure."""
    return find(request.name).answer(_judged(study, request), request.parameters)


def _judged(study: OpenStudy, request: FigureRequest) -> OpenStudy:
    """The study as it was drawn and judged where the figure names that."""
    return inputs.under_spec(inputs.as_drawn(study, request.parameters), request.parameters)


def compute_with_queries(
    study: OpenStudy, request: FigureRequest
) -> tuple[pd.DataFrame, list[Query]]:
    """The numbers behind a figure, and the queries that gave them."""
    with recorded(study) as (listening, queries):
        return compute(listening, request), queries


def content(study: OpenStudy, request: FigureRequest) -> Content:
    """The numbers behind a figure with its words."""
    return worded(study, request, compute(study, request))


def worded(study: OpenStudy, request: FigureRequest, frame: pd.DataFrame) -> Content:
    """Numbers that were computed already, with their words."""
    found, parameters = find(request.name), request.parameters
    study = _judged(study, request)

    def said(words: Words) -> str:
        return words if isinstance(words, str) else words(study, frame, parameters)

    title = filter_words.titled(study, said(found.title), parameters)
    drawn = inputs.draw_words(study, found.name)
    parts = (said(found.note), drawn, inputs.spec_words(study, parameters))
    note = " ".join(w for w in parts if w)
    alt = said(found.alt) if len(frame) else ""
    return Content(request, frame, title, note, alt or f"{title}. {note}")


def is_chart(name: str) -> bool:
    """Whether a figure has a chart; without one it is a table."""
    return find(name).draw is not None


def picture(study: OpenStudy, request: FigureRequest, frame: pd.DataFrame) -> go.Figure:
    """The chart of a figure's numbers; a figure without a chart, or without rows, is a table."""
    found = find(request.name)
    if frame.empty or found.draw is None:
        return sheet.table(table_of(study, request, frame))
    return found.draw(_judged(study, request), frame, request.parameters)


def columns_of(name: str, frame: pd.DataFrame) -> list[Column]:
    """The columns of a figure's numbers."""
    return columns.of(find(name).columns, frame)


def rows_of(study: OpenStudy, request: FigureRequest, frame: pd.DataFrame) -> Rows:
    """The rows and columns of a figure's table, as people read them."""
    found = find(request.name)
    if found.table is None or frame.empty:
        return Rows(frame, columns_of(request.name, frame))
    return found.table(_judged(study, request), frame, request.parameters)


def table_of(study: OpenStudy, request: FigureRequest, frame: pd.DataFrame) -> DisplayTable:
    """The same as texts, for slides and pictures."""
    rows = rows_of(study, request, frame)
    return display_table(rows.frame, rows.columns)
