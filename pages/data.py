"""Sources into studies, and the taxonomies and specs that all studies are read with."""

import streamlit as st

from pages.ui import data_load, data_specs, data_studies, data_taxonomies, job_strip, problems
from pages.ui.frame import page

SECTIONS = {
    "Studies": data_studies.show,
    "Load": data_load.show,
    "Taxonomies": data_taxonomies.show,
    "Specs": data_specs.show,
}

with page(
    "Data",
    "Load sources into studies and follow the progress; switch, inspect and delete.",
    needs_study=False,
) as view:
    job_strip.show()
    tabs = st.tabs(list(SECTIONS), key="section", on_change="rerun", bind="query-params")
    for tab, show in zip(tabs, SECTIONS.values(), strict=True):
        if tab.open:
            with tab, problems.shown():
                show(view)
