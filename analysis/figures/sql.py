"""Figures of a reader's own query: its rows, and a chart of them.

The query runs as on the SQL page: one SELECT over the study, read-only, in a process of its own
with limits on rows, bytes, memory and time. So a file of it can be verified without trusting it.
"""

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from analysis.errors import FaultlineError
from analysis.figures import inputs
from analysis.figures.declaration import Parameters, figure
from analysis.files.columns import Column, Format
from analysis.number_text import counted
from analysis.show import sql as charts
from analysis.store.sql_console import console
from analysis.store.sql_console.console import QueryResult
from analysis.store.study import OpenStudy

_CUT = "cut"
_TOLD = 200  # characters of a query in a note


def rows(found: QueryResult) -> pd.DataFrame:
    """The rows of a result, which remember whether there were more."""
    found.frame.attrs[_CUT] = found.cut
    return found.frame


def _run(study: OpenStudy, sql: str) -> pd.DataFrame:
    if len(sql) > console.LONGEST:
        raise FaultlineError(
            f"The query has {len(sql):,} characters; at most {console.LONGEST:,} are run."
        )
    return rows(console.ask(study.info, sql, study.settings).answer())


def _columns(frame: pd.DataFrame) -> Sequence[Column]:
    return [
        Column(str(c), str(c), format=Format.RAW, help="As the query gives it.")
        for c in frame.columns
    ]


def _note(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    more = "; there are more, only the first are kept" if frame.attrs.get(_CUT) else ""
    query = " ".join(p["sql"].split())
    shown = query if len(query) <= _TOLD else query[:_TOLD].rstrip() + "…"
    return f"n = {counted(len(frame), 'row')}{more}. Query: {shown}"


@figure(
    "sql.result",
    title="Result of an SQL query",
    note=_note,
    definition="sql",
    columns=_columns,
)
def result(study: OpenStudy, *, sql: str = "") -> pd.DataFrame:
    """The rows of one SELECT over the study's tables, with the columns that it names."""
    return _run(study, sql)


def _axes(frame: pd.DataFrame, p: Parameters) -> tuple[str, str, str | None]:
    """The columns across, upwards and of the colour: those asked for, or the first column and the
    last with numbers."""
    numbers = charts.numeric(frame)
    if not numbers:
        raise FaultlineError("The result can't be drawn: none of its columns holds numbers.")
    x, y, by = p["x"] or str(frame.columns[0]), p["y"] or numbers[-1], p["by"] or None
    inputs.one_of("column", x, [*map(str, frame.columns)])
    inputs.one_of("column of numbers", y, numbers)
    if by is not None:
        inputs.one_of("column", by, [*map(str, frame.columns)])
    return x, y, by


def _title(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    x, y, by = _axes(frame, p)
    return f"{y} by {x}, coloured by {by}" if by else f"{y} by {x}"


def _alt(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    return f"{p['kind']}: {_title(study, frame, p)}, {counted(len(frame), 'row')}."


def _draw(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> go.Figure:
    return charts.drawn(frame, p["kind"], *_axes(frame, p))


@figure(
    "sql.chart",
    title=_title,
    note=_note,
    definition="sql",
    columns=_columns,
    draw=_draw,
    alt=_alt,
)
def chart(
    study: OpenStudy,
    *,
    sql: str = "",
    kind: str = charts.KINDS[0],
    x: str = "",
    y: str = "",
    by: str = "",
) -> pd.DataFrame:
    """The rows of one SELECT, drawn as bars, a line or points: `x` across, `y` upwards."""
    inputs.one_of("kind of chart", kind, charts.KINDS)
    frame = _run(study, sql)
    _axes(frame, {"x": x, "y": y, "by": by})
    return frame
