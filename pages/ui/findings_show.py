"""The two looks that are read: a report to scroll, and slides to walk through by arrow keys."""

from pathlib import Path

import plotly.graph_objects as go
import streamlit as st

from analysis.export import findings, prose
from analysis.export.findings import Drawn
from analysis.markup import literal
from analysis.store.reports import SECTION, Report
from pages.ui import problems, url

_CONFIG = {"displayModeBar": False, "scrollZoom": False, "doubleClick": False}
_STYLE = Path(__file__).parent / "findings.css"
_FIT, _FIT_BELOW = 540, 420  # pixels of a chart on a slide of 720, alone and below its words


def chart_or_table(drawn: Drawn, key: str, height: int | None = None) -> None:
    """A finding's picture, or its table, or the sentence that says why there is none. `height`
    (pixels) makes a picture fit."""
    if drawn.problem:
        problems.empty("This finding can't be shown", drawn.problem)
        return
    if drawn.quote:
        with st.container(key=f"quote-{key}"):
            st.text(drawn.quote)
    if drawn.figure is not None and drawn.facts is not None:
        alt = f"{drawn.facts.title}. {drawn.facts.note}"
        picture = drawn.figure
        if height is not None:
            picture = go.Figure(picture).update_layout(height=height)
        with st.container(key=f"{'broad' if _is_tall(drawn) else 'chart'}-of-{key}"):
            st.plotly_chart(picture, key=f"chart-{key}", alt=alt, config=_CONFIG)
    elif drawn.frame is not None and drawn.facts is not None:
        alt = f"Table: {drawn.facts.title}"
        st.dataframe(
            drawn.frame, hide_index=True, alt=alt, height=min(400, 36 * len(drawn.frame) + 40)
        )
    if drawn.facts is not None:
        st.caption(literal(drawn.facts.note))


def _is_tall(drawn: Drawn) -> bool:
    """Whether a chart has many rows; such a one keeps its width and scrolls on a phone."""
    return drawn.figure is not None and int(drawn.figure.layout.height or 0) > 560


def words(text: str) -> None:
    """A paragraph that somebody wrote: Markdown without anything live."""
    if text.strip():
        st.html(f'<div class="fl-words">{prose.html_of(text)}</div>')


def style() -> None:
    """The style sheet of all looks."""
    st.html(_STYLE)


def read(report: Report, drawn: list[Drawn]) -> None:
    """The report from top to bottom."""
    style()
    with st.container(key="report-read"):
        st.html(f'<h2 class="fl-report">{prose.line(report.title)}</h2>')
        for found in drawn:
            _finding(found)


def _finding(found: Drawn) -> None:
    finding = found.finding
    if finding.kind == SECTION:
        st.html(f'<h3 class="fl-part">{prose.line(found.title)}</h3>')
        words(finding.text)
        return
    st.html(f'<h3 class="fl-finding">{prose.line(found.title)}</h3>')
    words(finding.text)
    if finding.drawn:
        chart_or_table(found, key=f"read-{finding.id}")
    if found.facts is not None:
        with st.expander("Where this comes from"):
            st.text(findings.citation(found.facts))
            st.code("python -m analysis figures", language=None)


def present(report: Report, drawn: list[Drawn]) -> None:
    """One finding a slide, large and without anything around it."""
    style()
    count = len(drawn) + 1
    at = _slide(count)
    with st.container(key="slide"):
        if at == 0:
            _cover(report, drawn)
        else:
            _on_slide(drawn[at - 1])
    with st.container(key="slide-bar", horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            "Previous", key="slide-back", shortcut="Left", disabled=at == 0, on_click=_go,
            args=(at - 1,),
        )  # fmt: skip
        st.text(f"{at + 1} of {count}")
        st.button(
            "Next", key="slide-next", shortcut="Right", disabled=at == count - 1, on_click=_go,
            args=(at + 1,),
        )  # fmt: skip
        st.button("End", key="slide-end", shortcut="Escape", on_click=_end)


def _slide(count: int) -> int:
    asked = url.get("slide")
    at = int(asked) - 1 if asked.isdecimal() else 0
    return min(max(at, 0), count - 1)


def _go(to: int) -> None:
    url.put("slide", str(to + 1))


def _end() -> None:
    url.put("slide", None)
    url.keep("look", "edit")


def _cover(report: Report, drawn: list[Drawn]) -> None:
    facts = [d.facts for d in drawn if d.facts is not None]
    st.html(f'<h1 class="fl-cover">{prose.line(report.title)}</h1>')
    once = {f.content_hash: f"{f.study} · content {f.content_hash[:12]}" for f in facts}
    for line in once.values():
        st.text(line)
    if any(f.simulated for f in facts):
        st.badge("simulated data, fictional models", icon=":material/science:", color="orange")


def _on_slide(found: Drawn) -> None:
    st.html(f'<h2 class="fl-slide">{prose.line(found.title)}</h2>')
    finding = found.finding
    tall = _is_tall(found)
    if tall and finding.text.strip():
        left, right = st.columns([1, 2], gap="large")
        with left:
            words(finding.text)
        with right:
            chart_or_table(found, key=f"slide-{finding.id}", height=_FIT)
        return
    words(finding.text)
    if finding.drawn:
        chart_or_table(found, key=f"slide-{finding.id}", height=_FIT if tall else _FIT_BELOW)
