"""The order of a report at a glance: a small table to edit places, titles and slides in."""

from dataclasses import replace

import pandas as pd
import streamlit as st

from analysis.decks.findings import Drawn
from analysis.store.annotations import reports
from analysis.store.annotations.reports import Report
from pages.parts.findings import state
from pages.parts.findings.state import Open
from pages.ui.acting import Right, acts
from pages.ui.address import session

_ROW = 35
_MOST = 480  # pixels


def arrange(opened: Open, drawn: list[Drawn]) -> None:
    """One row a finding: its place, whether it stands on a slide, its title."""
    on = sum(d.finding.slide for d in drawn)
    label = f"Arrange ({len(drawn)} findings, {on} on slides)"
    with st.expander(label, icon=":material/reorder:", key="arrange"):
        st.caption(
            "Type another place to move a finding; untick what should stay off the slides. It "
            "stays in the report, the page and the PDF."
        )
        key = f"arranged-{opened.report.version}"  # a fresh table after every change
        st.data_editor(
            _rows(drawn),
            key=key,
            hide_index=True,
            height=min(_ROW * (len(drawn) + 1) + 3, _MOST),
            disabled=["kind"],
            on_change=_edited,
            args=(opened, key),
            column_config={
                "place": st.column_config.NumberColumn(
                    "Place",
                    min_value=1,
                    max_value=len(drawn),
                    step=1,
                    width=70,
                    required=True,
                    help="1 is the first; the others move down.",
                ),
                "slide": st.column_config.CheckboxColumn("On a slide", width=90),
                "title": st.column_config.TextColumn("Title", max_chars=reports.MOST_TITLE),
                "kind": st.column_config.TextColumn("Kind", width=90),
            },
            alt="The findings of this report: place, whether on a slide, title, kind",
        )


def _rows(drawn: list[Drawn]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "place": range(1, len(drawn) + 1),
            "slide": [d.finding.slide for d in drawn],
            "title": [d.title for d in drawn],
            "kind": [d.finding.kind for d in drawn],
        }
    )


@acts(Right.CONTRIBUTE)
def _edited(opened: Open, key: str) -> None:
    changes: dict[int, dict[str, object]] = session[key]["edited_rows"]
    findings = opened.report.findings

    def change(report: Report) -> Report:
        for row, cells in changes.items():
            report = _applied(report, findings[row].id, cells)
        return report

    state.apply(opened, change, "arranged the findings")


def _applied(report: Report, finding_id: str, cells: dict[str, object]) -> Report:
    at = next((i for i, f in enumerate(report.findings) if f.id == finding_id), None)
    if at is None:
        return report
    made = report.findings[at]
    if isinstance(cells.get("slide"), bool):
        made = replace(made, slide=bool(cells["slide"]))
    if isinstance(cells.get("title"), str):
        made = replace(made, title=str(cells["title"]))
    report = reports.changed(report, made)
    place = cells.get("place")
    moved = isinstance(place, int | float) and not isinstance(place, bool)
    return reports.moved(report, finding_id, int(str(place)) - 1 - at) if moved else report
