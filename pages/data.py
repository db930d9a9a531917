"""Sources into studies, and the taxonomies and specs that all studies are read with."""

import streamlit as st

from pages.parts.data import load, names, specs, studies, taxonomies
from pages.ui import address, jobs, problems
from pages.ui.frame import page

SECTIONS = {
    "Studies": studies.show,
    "Load": load.show,
    "Names": names.show,
    "Taxonomies": taxonomies.show,
    "Specs": specs.show,
}

with page("Data", needs_study=False) as view:
    jobs.show()
    tabs = st.tabs(list(SECTIONS), **address.bound("section", "Tab", among=list(SECTIONS)))
    for tab, show in zip(tabs, SECTIONS.values(), strict=True):
        if tab.open:
            with tab, problems.shown():
                show(view)
