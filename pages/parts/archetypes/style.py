"""How answers are written, for the Archetypes page: measured at once, or offered as a job."""

import streamlit as st

from analysis.load.style import AT_ONCE, measure_style
from analysis.queries import archetypes as queries
from analysis.queries.answers import count_answers
from pages.ui import problems, reads
from pages.ui.acting import Right, acts
from pages.ui.frame import View
from pages.ui.jobs import over_study


def measure(view: View) -> None:
    """Measure how answers are written: at once where it takes seconds, on request else."""
    if queries.is_styled(view.study):
        return
    answers = reads.read(view.study, count_answers)
    if not answers:
        return
    if answers <= AT_ONCE:
        with st.spinner("Measuring writing style, a few seconds…"), problems.shown():
            measure_style(view.study)
        return
    problems.note(
        "Writing style has not been measured",
        f"Length, hedging and variety of words take one pass over {answers:,} answers, a few "
        "minutes on this machine. Until then clusters rest on leans and refusals alone.",
    )
    if st.button("Measure it now", key="measure-style"):
        _start(view)


@acts(Right.OPERATE)
def _start(view: View) -> None:
    over_study(view.info, view.settings, "Style", measure_style)
