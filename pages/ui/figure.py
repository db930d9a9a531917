"""A figure or a table with its title, its n, and its export menu, the same on every page."""

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from analysis import glossary
from analysis.export.recipe import Asked
from analysis.markup import literal
from pages.ui import pinning
from pages.ui.export import export_menu
from pages.ui.frame import View

_CONFIG = {"displayModeBar": False, "scrollZoom": False, "doubleClick": False}


def figure(
    view: View,
    key: str,
    title: str,
    drawn: go.Figure,
    *,
    alt: str,
    note: str,
    frame: Callable[[], pd.DataFrame],
    help: str | None = None,
    recipe: Asked | None = None,
    **how: Any,
) -> None:
    """A chart. `note` states the n and what was left out; `frame` is the data behind it.

    With `recipe` (`analysis.export.recipes.ask`) the exported data are the recipe's, and a file of
    it can be verified; `frame` is then what the recipe gives for this view.
    `title` and `note` are plain text: they may carry names from data.
    `how` goes to the chart, such as what happens on a click.
    """
    _heading(view, key, title, note, frame, drawn, help, recipe)
    st.plotly_chart(drawn, key=f"figure-{key}", alt=alt, config=_CONFIG, **how)
    st.caption(literal(note))


def table(
    view: View,
    key: str,
    title: str,
    shown: pd.DataFrame,
    columns: Mapping[str, Any],
    *,
    alt: str,
    note: str,
    frame: Callable[[], pd.DataFrame] | None = None,
    help: str | None = None,
    grid_key: str | None = None,
    recipe: Asked | None = None,
    **how: Any,
) -> None:
    """A table without texts of answers. `frame` is what the files hold where it is more;
    `recipe` as in `figure`. Headings that the glossary knows get its definition."""
    _heading(view, key, title, note, frame or (lambda: shown), None, help, recipe)
    st.space(4)  # room for the table's own tools, which float above its right corner
    st.dataframe(
        shown, column_config=_defined(columns), hide_index=True, alt=alt, key=grid_key, **how
    )
    st.caption(literal(note))


def _defined(columns: Mapping[str, Any]) -> dict[str, Any]:
    """The columns' settings, with a definition behind each heading that has none of its own."""
    known = glossary.columns()
    return {
        name: {**held, "help": known[held["label"]]}
        if isinstance(held, dict) and not held.get("help") and held.get("label") in known
        else held
        for name, held in columns.items()
    }


def _heading(
    view: View,
    key: str,
    title: str,
    note: str,
    frame: Callable[[], pd.DataFrame],
    drawn: go.Figure | None,
    help: str | None,
    recipe: Asked | None,
) -> None:
    with st.container(
        horizontal=True,
        vertical_alignment="center",
        horizontal_alignment="distribute",
        key=f"heading-{key}",
    ):
        st.header(literal(title), anchor=False, help=help, width="content")
        with st.container(key=f"tools-{key}", width="content", horizontal=True, gap="xsmall"):
            if recipe is not None:
                pinning.button(view.settings, view.info, recipe, title, key)
            facts = view.facts(title, note)
            export_menu(key, facts, frame, drawn, study=view.opened, recipe=recipe)
