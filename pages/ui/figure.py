"""A figure or a table with its title, its n, and its export menu, the same on every page.

    figure.show(view, "models.neighbours", model=model)

All words come from the figure's declaration (analysis/figures); a page may add a `hint` that stays
on the screen.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from analysis import glossary
from analysis.figures import catalog
from analysis.figures.catalog import Content
from analysis.figures.declaration import Rows
from analysis.files.columns import Column, Format
from analysis.files.display_table import labels, values
from analysis.text_safety import literal
from analysis.vocabulary import d_digits
from pages.ui import clicks, reads
from pages.ui.export import export_menu, pin_button
from pages.ui.frame import View

CHART_CONFIG = {"displayModeBar": False, "scrollZoom": False, "doubleClick": False}
_ROW, _TALLEST = 35, 560  # pixels
_LABELLED = (Format.MODEL, Format.PROVIDER, Format.JUDGE)


@dataclass(frozen=True)
class Shown:
    """A figure that was shown: its numbers and words, and what was clicked in it.

    `row` is the row of the numbers that was clicked in a `clickable` table, with all its columns,
    `column` the column of the clicked cell, or that of a heading where headings can be clicked; a
    click is told once. What is clicked in a chart goes to its `on_select` (see `clicks`).
    """

    content: Content
    row: dict[str, Any] | None = None
    column: str = ""


def read(view: View, name: str, /, **parameters: Any) -> Content:
    """A figure's numbers and words without showing it, such as to see whether there are any."""
    request = catalog.bind(view.study, name, **parameters)
    return reads.read(view.study, catalog.content, request)


def show(
    view: View,
    name: str,
    /,
    *,
    key: str = "",
    hint: str = "",
    clickable: bool = False,
    stays: bool = False,
    on_select: Any = "ignore",
    selection_mode: Any = None,
    most: int = 0,
    height: int = 0,
    row_height: int = 0,
    in_full: bool = False,
    rows_shown: pd.DataFrame | None = None,
    **parameters: Any,
) -> Shown:
    """A declared figure or table, with what can be done with it: pin, export, how it came about.

    `hint` says what a click does here; it leaves with nothing. `clickable`: a click on a row of the
    table leads somewhere (see `Shown.row`); `stays`: what it leads to stands on the same page, so
    the row stays chosen and is told on each run. `on_select` of a chart and `selection_mode` are
    Streamlit's ("points" of a chart, "single-cell" of a table where none is given). `most` rows of
    a table are shown, the files have all; `height` and `row_height` (for cells of several lines)
    are in pixels. `in_full`: a table of words whose long cells go on in the next line.
    `rows_shown` stands for the numbers where the screen has one page of very many; such a figure's
    words must not rest on its frame. `key` tells two of the
    same figure on one page apart. Raises FaultlineError as `catalog.bind` and the figure do.
    """
    request = catalog.bind(view.study, name, **parameters)
    content = (
        reads.read(view.study, catalog.content, request)
        if rows_shown is None
        else catalog.worded(view.study, request, rows_shown)
    )
    key = key or name.replace(".", "-").replace("_", "-")
    drawn = catalog.picture(view.study, request, content.frame) if catalog.is_chart(name) else None
    _heading(view, key, content, drawn)
    many = 0
    if in_full:
        table = catalog.rows_of(view.study, request, content.frame)
        st.table(words_in_full(table.frame, table.columns), border="horizontal", alt=content.alt)
        shown = Shown(content)
    elif drawn is not None:
        shown = _chart(content, key, drawn, on_select, selection_mode or "points")
    else:
        mode = (selection_mode or "single-cell") if clickable or stays else None
        table = catalog.rows_of(view.study, request, content.frame)
        shown = _rows(
            content, table, key, mode, stays=stays, most=most, height=height, row_height=row_height
        )
        many = len(table.frame)
    cut = many > most > 0
    more = f"The first {most:,} of {many:,} rows are shown; the files have all."
    st.caption(literal(" ".join(w for w in (content.note, more * cut, hint) if w)))
    return shown


def menu(view: View, name: str, /, *, key: str, **parameters: Any) -> None:
    """The export menu of a declared figure alone, where a page shows its content in its own way
    (such as answers to be read side by side)."""
    request = catalog.bind(view.study, name, **parameters)
    content = reads.read(view.study, catalog.content, request)
    export_menu(key, view.study, content)


def _chart(content: Content, key: str, drawn: go.Figure, on_select: Any, mode: Any) -> Shown:
    how = {} if on_select == "ignore" else {"on_select": on_select, "selection_mode": mode}
    st.plotly_chart(drawn, key=clicks.chart_key(key), alt=content.alt, config=CHART_CONFIG, **how)
    return Shown(content)


def _rows(
    content: Content,
    table: Rows,
    key: str,
    mode: Any,
    *,
    stays: bool,
    most: int,
    height: int,
    row_height: int,
) -> Shown:
    frame = table.frame.head(most) if most else table.frame
    cells, config = cells_and_config(frame, table.columns)
    st.space(4)  # room for the table's own tools, which float above its right corner
    tallest = height or _TALLEST
    how: dict[str, Any] = {
        "column_config": config,
        "hide_index": True,
        "alt": content.alt,
        "placeholder": "–",
        "height": tallest if (row_height or _ROW) * (len(frame) + 1) > tallest else "content",
        "row_height": row_height or None,
    }
    if mode is None:
        st.dataframe(cells, key=f"table-{key}", **how)
        return Shown(content)
    event = st.dataframe(
        cells,
        key=clicks.table_key(key, _which(content, frame)),
        on_select="rerun",
        selection_mode=mode,
        **how,
    )
    at, column = clicks.cell(event)
    if (at is not None or column) and not stays:
        clicks.answered(key)
    if at is None:
        return Shown(content, column=column)
    row = {str(k): v for k, v in frame.iloc[at].items()}
    return Shown(content, row=row, column=column)


def _which(content: Content, frame: pd.DataFrame) -> str:
    """A short name of the rows that a table shows."""
    names = [k for k in catalog.find(content.request.name).keys if k in frame.columns]
    ends = frame[names].iloc[[0, -1]] if len(frame) else ""
    held = f"{content.request.canonical_json}{len(frame)}{ends}"
    return hashlib.sha256(held.encode()).hexdigest()[:12]


def _heading(view: View, key: str, content: Content, drawn: go.Figure | None) -> None:
    """The title with its definition in place, and what can be done: pin and export."""
    request = content.request
    with st.container(
        horizontal=True,
        vertical_alignment="center",
        horizontal_alignment="distribute",
        key=f"heading-{key}",
    ):
        help = catalog.find(request.name).help(request.parameters)
        st.header(literal(content.title), anchor=False, help=help, width="content")
        with st.container(key=f"tools-{key}", width="content", horizontal=True, gap="xsmall"):
            pin_button(view.settings, view.info, request, content.title, key)
            export_menu(key, view.study, content, drawn)


def cells_and_config(
    frame: pd.DataFrame, columns: Sequence[Column]
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """A declared table as `st.dataframe` takes it: its cells (numbers stay numbers, so that they
    can be sorted) and the settings of its columns."""
    there = [c for c in columns if c.shown and (c.made is not None or c.name in frame.columns)]
    cells = {c.name: _cells(frame, c) for c in there}
    return pd.DataFrame(cells), {c.name: _config(c, cells[c.name]) for c in there}


def words_in_full(frame: pd.DataFrame, columns: Sequence[Column]) -> pd.DataFrame:
    """What stands in the cells, as words under their headings, for `st.table`: long ones go on in
    the next line instead of being cut. Escaped, since that reads its cells as Markdown."""
    cells, _ = cells_and_config(frame, columns)
    return cells.map(literal).rename(columns={c.name: c.heading for c in columns})


def _cells(frame: pd.DataFrame, column: Column) -> pd.Series:
    cells = values(frame, column).reset_index(drop=True)
    if column.format in _LABELLED:
        return pd.Series(labels(cells, column.format), index=cells.index, dtype=object)
    if column.format is Format.SHARE:
        return cells * 100
    return cells


def _config(column: Column, cells: pd.Series) -> Any:
    same: dict[str, Any] = {"help": explained(column), "pinned": column.pinned or None}
    if column.width is not None:
        same["width"] = column.width
    if not pd.api.types.is_numeric_dtype(cells) or pd.api.types.is_bool_dtype(cells):
        return st.column_config.Column(column.heading, **same)
    pattern = _pattern(column, cells)
    if column.bar is not None:
        low, high = column.bar
        return st.column_config.ProgressColumn(
            column.heading, format=pattern, min_value=low, max_value=high, color="primary", **same
        )
    return st.column_config.NumberColumn(column.heading, format=pattern, **same)


def _pattern(column: Column, cells: pd.Series) -> str | None:
    """How numbers are written, in the words of `st.column_config`; None for as they are."""
    if column.format is Format.RAW:
        return None
    digits = column.digits
    if column.format is Format.D:
        digits = max((d_digits(float(d), digits) for d in cells.dropna()), default=digits)
    known = {
        Format.COUNT: "localized",
        Format.SHARE: "%.0f%%",
        Format.SIGNED: f"%+.{digits}f",
        Format.NUMBER: f"%.{digits}f",
        Format.D: f"%.{digits}f",
    }
    if column.format in known:
        return known[column.format]
    return "localized" if pd.api.types.is_integer_dtype(cells) else "%.2f"


def explained(column: Column) -> str | None:
    """What a heading means: its own words and its unit, or the glossary's."""
    words = column.help or glossary.columns().get(column.heading, "")
    unit = f"In {column.unit}." if column.unit else ""
    return " ".join(w for w in (words, unit) if w) or None
