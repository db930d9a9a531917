"""How answers are written, for the Archetypes page: measured at once, or offered as a job."""

import streamlit as st

from analysis.load.style import AT_ONCE, measure_style
from analysis.queries import archetypes as queries
from analysis.queries.answers import count_answers
from analysis.settings import Settings
from analysis.store.build.sources import Cancelled, Report
from analysis.store.study import StudyInfo, open_study
from pages.ui import links, problems, reads
from pages.ui.acting import Right, acts
from pages.ui.frame import View
from pages.ui.jobs import jobs


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
    info, settings = view.info, view.settings
    jobs().start(f"Style of {info.title}", lambda r, c: _measure(info, settings, r, c))
    links.go(info, "data")


def _measure(
    info: StudyInfo, settings: Settings, report: Report, cancelled: Cancelled
) -> StudyInfo:
    study = open_study(settings, info.id)
    try:
        measure_style(study, report, cancelled)
    finally:
        study.close()
    return info
