"""Quality gaps: scenarios where all judged answers pass, and yet lie far apart."""

import streamlit as st

from analysis.figures import inputs
from analysis.measure.conflicts import quality_gap as measure
from analysis.number_text import counted
from analysis.queries import compliance as queries
from pages.ui import address, figure, links, problems, reads, ui_text
from pages.ui.frame import View

_MOST = 300
_APART = (1, 6)


def gaps(view: View, models: str) -> None:
    """The list, widest first; a click opens the two answers farthest apart."""
    with st.container(horizontal=True, gap="large"):
        types = st.slider(
            "Response types apart, of 6",
            *_APART,
            measure.TYPE_GAP,
            width=240,
            help="From full compliance (0) to complete rejection (6).",
            **address.bound("type-gap", "Response types apart", limits=_APART),
        )
        positions = st.slider(
            "Positions apart, of 6",
            *_APART,
            measure.POSITION_GAP,
            width=240,
            help=ui_text.SPECTRUM,
            **address.bound("position-gap", "Positions apart", limits=_APART),
        )
    found = figure.read(
        view, "compliance.gaps", type_gap=types, position_gap=positions, models=models
    )
    source = inputs.label_source(found.request.parameters["labels"])
    if found.frame.empty:
        _none(view, source)
        return
    shown = figure.show(
        view,
        "compliance.gaps",
        key="compliance-gaps",
        hint="Click a row to read the two answers farthest apart.",
        clickable=True,
        most=_MOST,
        height=420,
        type_gap=types,
        position_gap=positions,
        models=models,
    )
    if shown.row is not None:
        answers = reads.read(view.study, queries.answers, source)
        two = measure.farthest(shown.row, answers)
        links.open_case(view.study, str(shown.row["scenario"]), *two)


def _none(view: View, source: str | None) -> None:
    passing = measure.all_pass(reads.read(view.study, queries.answers, source))
    problems.empty(
        "No quality gap",
        f"All judged answers pass in {counted(passing, 'scenario')}, and in none of them do "
        "they lie this far apart."
        if passing
        else "There is no scenario with two or more judged answers that all pass.",
    )
