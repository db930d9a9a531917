"""One export menu for every figure and table: pictures, a page, the data, and how it was computed.

Pictures are drawn by the browser. They are sheets of their own (analysis.export.sheet), not
photographs of the screen: white, titled, with the n, the study's hash and whether it is simulated,
in the pixels and in the file. A figure with a recipe can be verified afterwards; its data come from
the recipe, so that file, page and command line can't drift apart.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import plotly
import plotly.graph_objects as go
import streamlit as st
from streamlit.components.v1 import declare_component

from analysis.export import pages, recipes, sheet, tables
from analysis.export.facts import Facts
from analysis.export.provenance import facts_of, with_data
from analysis.export.recipe import Asked
from analysis.store.study import OpenStudy
from pages.ui import problems, reads, url
from pages.ui.assets import component

_OPTIONS = "".join(f'<option value="{k}">{s.label}</option>' for k, s in sheet.SIZES.items())
_HTML = f"""<div class="row">
<label>Size of picture <select>{_OPTIONS}</select></label>
<div class="pair"><button type="button" data-format="png">Picture (PNG)</button>
<button type="button" data-format="svg">Picture (SVG)</button></div>
<div role="status"></div></div>
"""
_WIDE = 400  # pixels: whatever is inside wraps, the menu does not jump
_MOST_SHOWN = 4_000  # characters of a query on the screen; files hold all of it


def _read(
    facts: Facts,
    frame: Callable[[], pd.DataFrame],
    study: OpenStudy | None,
    recipe: Asked | None,
) -> tuple[Facts, pd.DataFrame]:
    """The facts with their numbers, and the numbers: the recipe's where there is one."""
    if study is None or recipe is None:
        rows = frame()
        return with_data(replace(facts, permalink=_permalink()), rows), rows
    rows, queries = reads.read(study, recipes.worked, recipe)
    known = facts_of(
        study, recipe, rows, queries,
        title=facts.title, note=facts.note, permalink=_permalink(),
    )  # fmt: skip
    return known, rows


def _permalink() -> str:
    asked = url.query()
    base = str(st.context.url or "").split("?")[0]
    return f"{base}?{asked}" if asked else base


@cache
def _plotly_script() -> str:
    """Where this server serves Plotly's script: the copy inside the installed package."""
    folder = Path(plotly.__file__).parent / "package_data"
    return f"component/{declare_component('plotly_script', path=folder).name}/plotly.min.js"


@st.fragment
def export_menu(
    key: str,
    facts: Facts,
    frame: Callable[[], pd.DataFrame],
    figure: go.Figure | None = None,
    *,
    study: OpenStudy | None = None,
    recipe: Asked | None = None,
) -> None:
    """The menu of one figure, or of one table where there is no figure.

    The data are read only when somebody opens it, so that they may be more than the screen shows.
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
    with menu, st.container(width=_WIDE, gap="small"), problems.shown():
        known, rows = _read(facts, frame, study, recipe)
        _pictures(key, known, figure, rows)
        _files(key, known, rows, figure)
        _how(known)


def _pictures(key: str, facts: Facts, drawn: go.Figure | None, frame: pd.DataFrame) -> None:
    figure = drawn if drawn is not None else sheet.table(frame)
    sizes = {}
    for size in sheet.SIZES:
        layout, scale = sheet.layout(figure, facts, size)
        sizes[size] = {
            "layout": {k: v for k, v in layout.items() if k != "template"},
            "scale": scale,
        }
    data: dict[str, Any] = {
        "figure": sheet.sheet(figure, facts).to_json(),
        "sizes": sizes,
        "stem": facts.stem,
        "facts": facts.embedded(),
        "plotly": _plotly_script(),
    }
    component("faultline_pictures", _HTML, "buttons.css", "export.js")(
        key=f"pictures-{key}", data=data
    )


def _files(key: str, facts: Facts, frame: pd.DataFrame, drawn: go.Figure | None) -> None:
    def page() -> bytes:
        return pages.page(facts, frame, drawn.to_json() if drawn is not None else None)

    files: tuple[tuple[str, str, str, Callable[[], bytes]], ...] = (
        ("Page (HTML)", "html", "text/html", page),
        ("Data (CSV)", "csv", "text/csv", lambda: tables.csv(frame, facts)),
        ("Data with facts (ZIP)", "zip", "application/zip", lambda: tables.zipped(frame, facts)),
        ("Data (Parquet)", "parquet", "application/vnd.apache.parquet",
         lambda: tables.parquet(frame, facts)),
        ("Table (Markdown)", "md", "text/markdown", lambda: tables.markdown(frame, facts)),
    )  # fmt: skip
    places = [*st.columns(2, gap="small"), *st.columns(2, gap="small"), st.container()]
    for place, (label, ending, mime, made) in zip(places, files, strict=True):
        place.download_button(
            label,
            made,
            f"{facts.stem}.{ending}",
            mime,
            key=f"{ending}-{key}",
            on_click="ignore",
            width="stretch",
        )


def _how(facts: Facts) -> None:
    """The link to this view, and how its numbers come about."""
    st.caption("Link to this view")
    st.code(facts.permalink, language=None, wrap_lines=True)
    with st.expander("How this was computed"):
        for heading, words in (
            ("Definition", facts.definition),
            ("Filters and parameters", facts.filters),
            ("n and what was left out", facts.note),
            ("Source of the method", facts.method),
            ("Study", f"{facts.study} ({facts.study_id}), content {facts.content_hash}"),
            ("Program", f"Faultline {facts.version}"),
        ):
            if words:
                st.caption(heading)
                st.text(words)
        if facts.recipe:
            st.caption("Check a file of it, or make one, at the command line")
            st.code(f"python -m analysis verify FILE\n{_command(facts)}", language=None,
                    wrap_lines=True)  # fmt: skip
        for number, query in enumerate(facts.queries):
            st.caption(f"Query {number + 1} of {len(facts.queries)}")
            more = "\n…" * (len(query) > _MOST_SHOWN)
            st.code(query[:_MOST_SHOWN] + more, language="sql", wrap_lines=True)


def _command(facts: Facts) -> str:
    return f"python -m analysis figure {facts.study_id} {facts.recipe} --out {facts.stem}.png"
