"""One export menu for every figure and table: CSV from here, pictures drawn by the browser.

The picture is a sheet of its own (analysis.show.sheet), not a photograph of the screen: white,
titled, with the n, the study's hash and whether it is simulated, in its pixels and in its
metadata.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import plotly
import plotly.graph_objects as go
import streamlit as st
from streamlit.components.v1 import declare_component

from analysis.show import sheet
from analysis.show.sheet import Facts
from pages.ui.assets import component

_HTML = """<div class="row">
<button type="button" data-format="png">Picture (PNG)</button>
<button type="button" data-format="svg">Picture (SVG)</button>
<div role="status"></div></div>
"""


@cache
def _plotly_script() -> str:
    """Where this server serves Plotly's script: the copy inside the installed package."""
    folder = Path(plotly.__file__).parent / "package_data"
    return f"component/{declare_component('plotly_script', path=folder).name}/plotly.min.js"


@st.fragment
def export_menu(
    key: str, facts: Facts, frame: Callable[[], pd.DataFrame], figure: go.Figure | None = None
) -> None:
    """The menu of one figure, or of one table where there is no figure.

    `frame` is called only when somebody takes the CSV (or a picture of a table), so that it may
    read more than the screen shows.
    """
    menu = st.popover(
        "Export",
        icon=":material/download:",
        type="tertiary",
        key=f"export-{key}",
        on_change="rerun",
    )
    if not menu.open:
        return
    with menu:
        st.download_button(
            "Data (CSV)",
            lambda: sheet.csv(frame(), facts),
            f"{facts.stem}.csv",
            "text/csv",
            key=f"csv-{key}",
            on_click="ignore",
            width="stretch",
        )
        drawn = sheet.sheet(figure if figure is not None else sheet.table(frame()), facts)
        _pictures(key, facts, drawn)


def _pictures(key: str, facts: Facts, drawn: go.Figure) -> None:
    data: dict[str, Any] = {
        "figure": drawn.to_json(),
        "stem": facts.stem,
        "facts": facts.embedded(),
        "plotly": _plotly_script(),
    }
    component("faultline_pictures", _HTML, "buttons.css", "export.js")(
        key=f"pictures-{key}", data=data
    )
