"""The scenarios that the filter leaves: a page of a hundred, without any answer."""

import math

import pandas as pd
import streamlit as st

from analysis.figures.inputs import plain_filter
from analysis.queries import scenarios
from pages.ui import address, figure, problems, reads
from pages.ui.address import session
from pages.ui.filters import FilterChoice
from pages.ui.frame import View

ROWS = 100
_TO_FIRST = "_to_first_page"
_BY_COLUMN = {"disagreement": "disagreement", "value1": "value1", "value2": "value2"}


def show(view: View, chosen: FilterChoice) -> None:
    """The table of one page; a click on a row opens the scenario, one on a heading sorts."""
    total = reads.read(view.study, scenarios.count, chosen.flt, chosen.taxonomy)
    if not total:
        problems.empty(
            "No matching scenarios",
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
    asked = address.bound("page", "Page", limits=(1, max(count, 1)))
    if count < 2:
        return 1
    if session.pop(_TO_FIRST, False) or int(session.get("page", 1)) > count:
        session["page"] = 1
    with st.container(horizontal_alignment="center"):
        return st.pagination(count, **asked)


def _table(view: View, chosen: FilterChoice, rows: pd.DataFrame, offset: int, total: int) -> None:
    """The files hold all that the filter leaves; the screen one page of it."""
    shown = figure.show(
        view,
        "scenarios.listed",
        key="scenarios",
        hint=f"Rows {offset + 1:,} to {offset + len(rows):,} of {total:,}. Click a row to read it, "
        "a heading to sort by it.",
        selection_mode=["single-cell", "single-column"],
        clickable=True,
        rows_shown=rows,
        filter=plain_filter(chosen.flt),
        sort=chosen.sort,
        descending=chosen.descending,
    )
    if shown.row is not None:
        address.put("scenario", str(shown.row["scenario"]))
        st.rerun()
    elif shown.column:
        _sort_by(shown.column)
        st.rerun()


def _sort_by(column: str) -> None:
    order = _BY_COLUMN.get(column)
    if order is None:
        return
    if order == "disagreement" and address.get("sort") in ("", "disagreement"):
        order = "agreement"
    address.keep("sort", order)
    session[_TO_FIRST] = True
