"""What was pinned, arranged and told: edited, read as a report, shown as slides, handed over."""

import streamlit as st

from pages.ui import (
    findings_bar,
    findings_edit,
    findings_present,
    findings_show,
    findings_state,
    problems,
)
from pages.ui.frame import page

with page(
    "Findings",
    "Collect what you found, say what it means, and hand it over with its sources.",
) as view:
    bar = st.container(key="report-bar", horizontal=True, vertical_alignment="bottom", gap="small")
    with bar, st.container(width=340):
        opened = findings_state.choose(view)
    if opened is None:
        problems.empty(
            "No report yet",
            "Draft one from this study, or pin figures on any page (the pin beside Export) and "
            "begin your own.",
        )
        findings_bar.new(view, first=True)
        findings_bar.deleted(view)
    else:
        drawn = findings_state.drawn(view, opened.report)
        with bar:
            look = findings_bar.look()
            findings_bar.tools(opened, drawn)
            findings_bar.new(view)
            findings_bar.deleted(view)
        findings_bar.stale(opened, drawn)
        if look == "present":
            findings_present.present(opened.report, drawn)
        elif look == "report":
            findings_show.read(opened.report, drawn)
        else:
            findings_edit.edit(opened, drawn)
