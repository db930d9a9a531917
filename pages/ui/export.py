"""What can be done with every figure and table: the pin, which sets it aside for the Findings page,
and the export menu: pictures, a page, the data, and how it was computed.

Pictures are drawn by the browser. They are sheets of their own (analysis.files.sheet), not
photographs of the screen: white, titled, with the n, the study's hash and whether it is simulated,
in the pixels and in the file. Its data come from the figure's declaration and can be verified
afterwards, so that file, page and command line can't drift apart.
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

from analysis.figures import catalog
from analysis.figures.catalog import Content
from analysis.figures.declaration import FigureRequest
from analysis.figures.provenance import facts_of
from analysis.files import html as pages
from analysis.files import sheet, tables
from analysis.files.facts import Facts
from analysis.settings import Settings
from analysis.store.annotations import pins
from analysis.store.study import OpenStudy, StudyInfo
from pages.ui import address, links, person, problems, reads
from pages.ui.acting import Right, acts
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


def _read(study: OpenStudy, request: FigureRequest) -> tuple[Facts, pd.DataFrame]:
    """A figure's facts and numbers, with the queries that gave them."""
    rows, queries = reads.read(study, catalog.compute_with_queries, request)
    content = catalog.worded(study, request, rows)
    return facts_of(study, content, queries, permalink=_permalink()), rows


def _permalink() -> str:
    query = address.query()
    base = str(st.context.url or "").split("?")[0]
    return f"{base}?{query}" if query else base


@cache
def _plotly_script() -> str:
    """Where this server serves Plotly's script: the copy inside the installed package."""
    folder = Path(plotly.__file__).parent / "package_data"
    return f"component/{declare_component('plotly_script', path=folder).name}/plotly.min.js"


@st.fragment
def export_menu(
    key: str, study: OpenStudy, content: Content, drawn: go.Figure | None = None
) -> None:
    """The menu of one figure, or of one table where nothing is drawn.

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
        facts, rows = _read(study, content.request)
        table = catalog.picture(study, content.request, rows) if drawn is None else drawn
        _pictures(key, facts, table)
        _files(key, facts, rows, drawn)
        _how(facts)


def _pictures(key: str, facts: Facts, figure: go.Figure) -> None:
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
        (
            "Data (Parquet)",
            "parquet",
            "application/vnd.apache.parquet",
            lambda: tables.parquet(frame, facts),
        ),
        ("Table (Markdown)", "md", "text/markdown", lambda: tables.markdown(frame, facts)),
    )
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
            ("n and exclusions", facts.note),
            ("Source of the method", facts.method),
            ("Study", f"{facts.study} ({facts.study_id}), content {facts.content_hash}"),
            ("How it was made", facts.made),
            ("Program", f"Faultline {facts.version}"),
        ):
            if words:
                st.caption(heading)
                st.text(words)
        if facts.recipe:
            st.caption("Verify or reproduce it on the command line")
            st.code(
                f"python -m analysis verify FILE\n{facts.command}", language=None, wrap_lines=True
            )
        for number, query in enumerate(facts.queries):
            st.caption(f"Query {number + 1} of {len(facts.queries)}")
            more = "\n…" * (len(query) > _MOST_SHOWN)
            st.code(query[:_MOST_SHOWN] + more, language="sql", wrap_lines=True)


def pin_button(
    settings: Settings, info: StudyInfo, request: FigureRequest, title: str, key: str
) -> None:
    """A quiet button; what was pinned already moves to the top of the list."""
    st.button(
        "Pin",
        key=f"pin-{key}",
        icon=":material/keep:",
        type="tertiary",
        help="Saves this figure, with its filters, for a report on Findings.",
        on_click=_pin,
        args=(settings, _pin_of(info, request, title)),
    )


def _pin_of(info: StudyInfo, request: FigureRequest, title: str) -> dict[str, object]:
    return {
        "kind": pins.FIGURE,
        "study": info.id,
        "content_hash": info.content_hash,
        "recipe": request.name,
        "params": request.parameters,
        "title": title,
        "address": links.here(),
    }


@acts(Right.CONTRIBUTE)
def _pin(settings: Settings, body: dict[str, object]) -> None:
    with problems.shown():
        pins.pin(settings, body, person.signature())
        st.toast("Pinned. You will find it on the Findings page.", icon=":material/keep:")
