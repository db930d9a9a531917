"""Tables whose rows lead somewhere when they are clicked."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from pages.ui.figure import table
from pages.ui.frame import View


def picked(
    view: View,
    key: str,
    title: str,
    shown: pd.DataFrame,
    columns: Mapping[str, Any],
    *,
    grid_key: str,
    tall: int,
    **how: Any,
) -> int | None:
    """A table as `figure.table`, at most `tall` pixels high; gives the row that was clicked."""
    table(
        view,
        key,
        title,
        shown,
        columns,
        grid_key=grid_key,
        on_select="rerun",
        selection_mode="single-cell",
        height=min(tall, 35 * (len(shown) + 1) + 3),
        **{"placeholder": "–", **how},
    )
    cells = st.session_state[grid_key].selection.cells
    return int(cells[0][0]) if cells else None


def fresh_key(name: str, *of: object) -> str:
    """A key for a table whose click leads away: another one each time, or coming back would open
    the same row again. `of` is what its rows depend on: a grid whose rows change under it swallows
    the next click."""
    return "-".join([name, str(st.session_state.get(f"_{name}", 0)), *map(str, of)])


def used(name: str) -> None:
    """Forget the click of the table with the key `fresh_key(name)`."""
    st.session_state[f"_{name}"] = st.session_state.get(f"_{name}", 0) + 1
