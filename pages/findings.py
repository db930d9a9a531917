"""What was pinned, arranged and told: edited, read as a report, shown as slides, handed over."""

import streamlit as st

from pages.parts.findings import edit, present, reading, state, toolbar
from pages.ui import problems
from pages.ui.frame import page

with page("Findings") as view:
    bar = st.container(key="report-bar", horizontal=True, vertical_alignment="bottom", gap="small")
    with bar, st.container(width=340):
        opened = state.choose(view)
    if opened is None:
        problems.empty(
            "No report yet",
            "Draft one from this study, or pin figures on any page (the pin beside Export) and "
            "begin your own.",
        )
        toolbar.new(view, first=True)
        toolbar.deleted(view)
    else:
        drawn = state.drawn(view, opened.report)
        with bar:
            look = toolbar.look()
            toolbar.tools(opened, drawn)
            toolbar.new(view)
            toolbar.deleted(view)
        toolbar.stale(opened, drawn)
        if look == "present":
            present.present(opened.report, drawn)
        elif look == "report":
            reading.read(opened.report, drawn)
        else:
            edit.edit(opened, drawn)
