"""Slides on the page: one finding at a time, as large as the screen allows, nothing around it."""

import copy
from dataclasses import dataclass, replace
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from analysis.decks import findings, prose
from analysis.decks.findings import Drawn
from analysis.store.annotations.reports import SECTION, Report
from analysis.text_safety import literal
from pages.parts.findings import reading
from pages.ui import address, problems
from pages.ui.address import session
from pages.ui.assets import component

_MOST_ROWS = 10
_LEAST = 0.85  # of the usual letters, where there are many rows
_PHONE = 700
_KEYS, _SCREEN = "present-keys", "_screen"
_MOST_PARTS = 200  # annotations and traces, never a series of numbers
_NOTES = "_slide_notes"
_FULL = '<button type="button">Full screen</button>'


def present(report: Report, drawn: list[Drawn]) -> None:
    """One finding a slide. Arrow keys, Page Up and Page Down walk, Escape ends."""
    reading.style()
    shown = findings.on_slides(drawn)
    count = len(shown) + 1
    at = _slide(count)
    found = shown[at - 1] if at else None
    with st.container(key="slide", gap="small"):
        if found is None:
            _cover(report, shown)
        else:
            _on_slide(found)
    if session.get(_NOTES):
        with st.container(key="slide-notes", border=True):
            st.text(_notes(found))
    _bar(at, count)


def _bar(at: int, count: int) -> None:
    with st.container(key="slide-bar", horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            "Previous",
            key="slide-back",
            shortcut="Left",
            disabled=at == 0,
            on_click=_go,
            args=(at - 1,),
        )
        st.text(f"{at + 1} of {count}")
        st.button(
            "Next",
            key="slide-next",
            shortcut="Right",
            disabled=at == count - 1,
            on_click=_go,
            args=(at + 1,),
        )
        st.button("Notes", key="slide-notes-on", shortcut="N", on_click=_toggle_notes)
        with st.container(width="content", key="slide-full"):
            component("faultline_present", _FULL, "buttons.css", "present.js")(
                key=_KEYS,
                data={"known": session.get(_SCREEN, "")},
                default={"screen": ""},
                on_screen_change=_measured,
            )
        st.button("End", key="slide-end", shortcut="Escape", on_click=_end)


def _measured() -> None:
    """Remember how large the screen is; browsers say it once, and when it changes."""
    size = str(session[_KEYS].get("screen") or "")
    wide, _, high = size.partition("x")
    if wide.isdecimal() and high.isdecimal():
        session[_SCREEN] = size


@dataclass(frozen=True)
class ScreenSize:
    """What a screen has for a chart: pixels of height, and how much larger its letters are."""

    width: int
    height: int

    @property
    def larger(self) -> float:
        """As in findings.css: a screen of 1280 x 800 shows letters 1.2 times as large."""
        if self.width < _PHONE:
            return 1.0
        return min(max(min(self.width / 1070, self.height / 620), 1.0), 3.5)

    def chart(self, *, beside: bool) -> int:
        """Pixels that title, words, note and buttons leave."""
        if self.width < _PHONE:
            return 640 if beside else 420
        taken = (120, 62) if beside else (165, 95)
        return max(round(self.height - taken[0] - taken[1] * self.larger), 300)


def screen_size() -> ScreenSize:
    """The screen of this visitor, a laptop's until the browser has said."""
    wide, _, high = str(session.get(_SCREEN, "1280x800")).partition("x")
    return ScreenSize(int(wide), int(high))


def _slide(count: int) -> int:
    asked = address.get("slide")
    address.check_bound(address.parameter("slide"), [asked], "Slide", limits=(1, count))
    at = int(asked) - 1 if asked.isdecimal() else 0
    return min(max(at, 0), count - 1)


def _go(to: int) -> None:
    address.put("slide", str(to + 1))
    address.forget_missed("slide")


def _toggle_notes() -> None:
    session[_NOTES] = not session.get(_NOTES)


def _end() -> None:
    address.put("slide", None)
    address.put("look", None)


def _notes(found: Drawn | None) -> str:
    if found is None:
        return "Write each finding's speaker notes under Edit; they appear here."
    said = [found.finding.notes] if found.finding.notes.strip() else []
    said += [findings.citation(found.facts)] if found.facts is not None else []
    return "\n\n".join(said) or "No notes on this one."


def _cover(report: Report, drawn: list[Drawn]) -> None:
    facts = [d.facts for d in drawn if d.facts is not None]
    st.html(f'<h1 class="fl-cover">{prose.line(report.title)}</h1>')
    once = {f.content_hash: f"{f.study} · content {f.content_hash[:12]}" for f in facts}
    for line in once.values():
        st.text(line)
    if any(f.simulated for f in facts):
        st.badge(
            "simulated data, no real model answered", icon=":material/science:", color="orange"
        )


def _on_slide(found: Drawn) -> None:
    finding = found.finding
    if finding.kind == SECTION:
        st.html(f'<h1 class="fl-cover">{prose.line(found.title)}</h1>')
        reading.words(finding.text)
        return
    st.html(f'<h2 class="fl-slide">{prose.line(found.title)}</h2>')
    if found.figure is None:
        _told(found)
    elif found.tall and (finding.text.strip() or found.quote):
        with st.container(key="slide-beside"):
            left, right = st.columns([2, 3], gap="large")
            with left:
                _said(found)
            with right:
                _chart(found)
    else:
        _said(found)
        _chart(found)
    if found.facts is not None:
        st.caption(literal(found.note))


def _said(found: Drawn) -> None:
    reading.words(found.finding.text)
    if found.quote:
        with st.container(key=f"quote-{found.finding.id}"):
            st.text(found.quote)


def _chart(found: Drawn) -> None:
    with st.container(key=f"slide-chart-{found.finding.id}"):
        if found.figure is not None:
            made = replace(found, figure=enlarged(found, screen_size()))
            reading.chart(made, f"slide-{found.finding.id}")


def enlarged(found: Drawn, screen: ScreenSize) -> go.Figure:
    """A copy of a finding's chart as high as its slide, its letters to be read across a room; in a
    chart of many rows they grow no more than the rows do."""
    figure = go.Figure(found.figure)
    own = int(figure.layout.height or 400)
    beside = found.tall and bool(found.finding.text.strip() or found.quote)
    height = screen.chart(beside=beside)
    rows = height / own if found.tall else screen.larger
    larger = min(screen.larger, max(rows, _LEAST))
    body = copy.deepcopy(figure.to_plotly_json())
    _grow(body, larger)
    return _lettered(go.Figure(body), round(12 * larger)).update_layout(height=height)


def _lettered(figure: go.Figure, size: int) -> go.Figure:
    """The page's theme sizes the letters of axes and legends where the figure does not."""
    for axis in (*figure.select_xaxes(), *figure.select_yaxes()):
        axis.tickfont.size = axis.tickfont.size or size
        axis.title.font.size = axis.title.font.size or size
    return figure.update_layout(
        font_size=size, legend_font_size=figure.layout.legend.font.size or size
    )


def _grow(part: Any, larger: float) -> None:
    """Every size of letters that a figure sets by itself."""
    for name, held in part.items() if isinstance(part, dict) else enumerate(part):
        fonts = isinstance(held, dict) and str(name).endswith("font")
        if fonts and isinstance(held.get("size"), int | float):
            held["size"] = round(held["size"] * larger)
        if isinstance(held, dict) or (isinstance(held, list | tuple) and len(held) < _MOST_PARTS):
            _grow(held, larger)


def _told(found: Drawn) -> None:
    """Words alone, large; or a table below them; or why there is none."""
    if found.facts is None:
        with st.container(key="slide-words"):
            reading.words(found.finding.text)
        if found.problem:
            problems.empty("This finding can't be shown", found.problem)
    elif found.table is not None:
        reading.words(found.finding.text)
        reading.rows_of(found.table, _MOST_ROWS, found.title)
