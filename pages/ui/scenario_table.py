"""The scenarios that the filter leaves: a page of a hundred, without any answer."""

import math

import pandas as pd
import streamlit as st

from analysis import glossary
from analysis.export import recipes
from analysis.export.inputs import plain_filter
from analysis.export.recipe import Asked
from analysis.store.queries import scenarios
from pages.ui import problems, reads, url, words
from pages.ui.figure import table
from pages.ui.filters import Chosen
from pages.ui.frame import View

ROWS = 100
_TALL, _ROW = 580, 36  # pixels
_BY_COLUMN = {"disagreement": "disagreement", "value1": "value1", "value2": "value2"}


def show(view: View, chosen: Chosen) -> None:
    """The table of one page; a click on a row opens the scenario, one on a heading sorts."""
    total = reads.read(view.study, scenarios.count, chosen.flt, chosen.taxonomy)
    if not total:
        problems.empty(
            "No scenario fits",
            "Nothing in this study matches all of these filters. Widen the range of D, or clear "
            "some of the filters.",
        )
        return
    slot = st.container(gap="small")
    page = _pages(math.ceil(total / ROWS))
    offset = (page - 1) * ROWS
    rows = reads.read(
        view.study, scenarios.page, chosen.flt, limit=ROWS, offset=offset, **chosen.order
    )
    with slot:
        _table(view, chosen, rows, offset, total)


def _pages(count: int) -> int:
    if count < 2:
        return 1
    if int(st.session_state.get("page", 1)) > count:
        st.session_state["page"] = 1
    with st.container(horizontal_alignment="center"):
        return st.pagination(count, key="page", bind="query-params")


def _table(view: View, chosen: Chosen, rows: pd.DataFrame, offset: int, total: int) -> None:
    shown = rows[
        ["disagreement", "query", "value1", "value2", "nudge", "models", "generator"]
    ].copy()
    key = f"table-{st.session_state.get('_table', 0)}"
    asked = _all(view, chosen)
    table(
        view,
        "scenarios",
        f"{words.plural(total, 'scenario')}",
        shown,
        {
            "disagreement": st.column_config.ProgressColumn(
                "D", format="%.3f", min_value=0, max_value=3, width=95, help=words.D,
                color="primary", pinned=True,
            ),
            "query": st.column_config.TextColumn("Query", width=340),
            "value1": st.column_config.TextColumn("Value 1", width=140),
            "value2": st.column_config.TextColumn("Value 2", width=140),
            "nudge": st.column_config.TextColumn("Nudge", width=75, help=words.NUDGE),
            "models": st.column_config.NumberColumn(
                "Models", width=65, help="Models with a position on either value."
            ),
            "generator": st.column_config.TextColumn("Generator", width=80),
        },
        help=glossary.told("scenario"),
        alt="Scenarios that the filters leave, in the chosen order",
        note=f"Rows {offset + 1:,} to {offset + len(rows):,} of {total:,}. Click a row to read "
        "it, a heading to sort by it.",
        frame=lambda: reads.read(view.study, recipes.compute, asked),
        recipe=asked,
        grid_key=key,
        height=min(_TALL, _ROW * (len(rows) + 1) + 3),
        row_height=_ROW,
        placeholder="–",
        on_select=lambda: _selected(key, list(rows["scenario"])),
        selection_mode=["single-cell", "single-column"],
    )  # fmt: skip


def _all(view: View, chosen: Chosen) -> Asked:
    """What the files hold: all that the filter leaves, up to a bound."""
    return recipes.ask(
        view.study, "scenarios.listed", filter=plain_filter(chosen.flt), sort=chosen.sort,
        descending=chosen.descending,
    )  # fmt: skip


def _selected(key: str, ids: list[str]) -> None:
    picked = st.session_state[key].selection
    st.session_state["_table"] = st.session_state.get("_table", 0) + 1  # forget the selection
    if picked.cells:
        url.put("scenario", ids[picked.cells[0][0]])
    elif picked.columns:
        _sort_by(str(picked.columns[0]))


def _sort_by(column: str) -> None:
    order = _BY_COLUMN.get(column)
    if order is None:
        return
    if order == "disagreement" and url.get("sort") in ("", "disagreement"):
        order = "agreement"
    url.keep("sort", order)
    st.session_state["page"] = 1
