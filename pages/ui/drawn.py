"""How a study with a search is read: rates from its uniform share, cases from all of it.

Said in one box on every page, with the way to the other reading; a study without a search shows
nothing of it.
"""

import streamlit as st

from analysis.store import draws
from analysis.store.study import OpenStudy
from analysis.vocabulary import Draw
from pages.ui import address, problems, ui_text

ALL = "all"
_CASES = ("Scenarios", "Map", "SQL", "Review", "Findings", "Data", "Stress test", "Glossary")
"""Pages that list or label cases, or show no study: they read all of it unless the link says so."""


def read(study: OpenStudy, page: str) -> OpenStudy:
    """The study as this page reads it, with the box that says so."""
    wanted = address.get("drawn")
    if wanted and wanted not in (ALL, Draw.UNIFORM.value):
        address.note_missed(
            f"Drawn: {ui_text.named(wanted)} is neither “uniform” nor “all”.", "drawn"
        )
        wanted = ""
    found = study.read(draws.counts)
    if not found or Draw.UNIFORM not in found:
        return study
    reading = wanted or (ALL if page in _CASES else Draw.UNIFORM.value)
    read_so = draws.read_as(study, "" if reading == ALL else reading)
    if page not in ("Findings", "Data", "Stress test", "Glossary"):
        _say(read_so, reading)
    return read_so


def _say(study: OpenStudy, reading: str) -> None:
    title = "Part of this study was drawn by search"
    other = Draw.UNIFORM.value if reading == ALL else ALL
    problems.note(title, draws.words(study))
    st.button(
        "Read the uniform share alone" if reading == ALL else "Read all scenarios",
        key="drawn-other",
        type="tertiary",
        on_click=address.put,
        args=("drawn", other),
    )
