"""A finding as the looks show it, and the look that is read from top to bottom."""

from pathlib import Path

import streamlit as st

from analysis.decks import findings, prose
from analysis.decks.findings import Drawn
from analysis.files.display_table import DisplayTable
from analysis.store.annotations.reports import SECTION, Report
from analysis.text_safety import escaped, literal
from pages.ui import links, problems
from pages.ui.figure import CHART_CONFIG

_STYLE = Path(__file__).parent / "findings.css"
_MOST_ROWS = 25


def chart_or_table(drawn: Drawn, key: str) -> None:
    """A finding's picture, or its table, or the sentence that says why there is none."""
    if drawn.problem:
        problems.empty("This finding can't be shown", drawn.problem)
        return
    if drawn.quote:
        with st.container(key=f"quote-{key}"):
            st.text(drawn.quote)
    if drawn.figure is not None:
        with st.container(key=f"{'broad' if drawn.tall else 'chart'}-of-{key}"):
            chart(drawn, key)
    elif drawn.table is not None:
        rows_of(drawn.table, _MOST_ROWS, drawn.title)
    if drawn.facts is not None:
        st.caption(literal(drawn.note))


def chart(drawn: Drawn, key: str) -> None:
    """The picture alone."""
    if drawn.figure is not None:
        st.plotly_chart(drawn.figure, key=f"chart-{key}", alt=drawn.alt, config=CHART_CONFIG)


def rows_of(table: DisplayTable, most: int, title: str) -> None:
    """The first rows as plain text under their headings, all of it escaped."""
    rows = [table.headings, *table.rows[:most]]
    made = "".join(_row(r, table.right, "td" if n else "th") for n, r in enumerate(rows))
    more = f"<p>The first {most} of {len(table.rows):,} rows.</p>" * (len(table.rows) > most)
    label = f'role="region" tabindex="0" aria-label="{escaped(title)}"'
    st.html(f'<div class="fl-table" {label}><table>{made}</table></div>{more}')


def _row(cells: tuple[str, ...], right: tuple[bool, ...], tag: str) -> str:
    marks = (' class="right"' * r for r in right)
    made = (f"<{tag}{m}>{escaped(c)}</{tag}>" for c, m in zip(cells, marks, strict=True))
    return f"<tr>{''.join(made)}</tr>"


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
            links.back(finding, f"place-{finding.id}", disabled=bool(found.problem))
