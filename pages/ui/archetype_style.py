"""How answers are written, for the Archetypes page: measured at once, or offered as a job."""

import streamlit as st

from analysis.load.style import AT_ONCE, measure_style
from analysis.settings import Settings
from analysis.store.queries import archetypes as queries
from analysis.store.queries.answers import count_answers
from analysis.store.sources import Cancelled, Report
from analysis.store.study import StudyInfo, open_study
from pages.ui import problems, reads
from pages.ui.frame import View
from pages.ui.job_strip import jobs


def measure(view: View) -> None:
    """Measure how answers are written: at once where it takes seconds, on request else."""
    if queries.is_styled(view.study):
        return
    answers = reads.read(view.study, count_answers)
    if not answers:
        return
    if answers <= AT_ONCE:
        with st.spinner("Measuring how answers are written, a few seconds…"), problems.shown():
            measure_style(view.study)
        return
    problems.note(
        "How answers are written has not been measured",
        f"Length, hedging and variety of words need one pass over {answers:,} answers, minutes of "
        "work on this machine. Until then kinds go by leans and refusals alone.",
    )
    if st.button("Measure now", key="measure-style"):
        info, settings = view.info, view.settings
        jobs().start(f"Style of {info.title}", lambda r, c: _measure(info, settings, r, c))
        st.switch_page("pages/data.py", query_params={"study": info.id})


def _measure(
    info: StudyInfo, settings: Settings, report: Report, cancelled: Cancelled
) -> StudyInfo:
    study = open_study(settings, info.id)
    try:
        measure_style(study, report, cancelled)
    finally:
        study.close()
    return info
