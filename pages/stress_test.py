"""Plan a stress test, know its price, launch it, watch it, and load what it stored."""

import streamlit as st

from pages.ui import problems, stress_plan, stress_runs, stress_watch, url
from pages.ui.frame import page

with page(
    "Stress test",
    "From a taxonomy and a spec to a study: plan, price, launch, watch, load. The simulator needs "
    "no key and costs nothing.",
    needs_study=False,
) as view:
    run = url.get("run")
    if run:
        stress_watch.show(view, run)
    else:
        tabs = st.tabs(["New run", "Runs"], key="stress", on_change="rerun", bind="query-params")
        for tab, show in zip(tabs, (stress_plan.show, stress_runs.show), strict=True):
            if tab.open:
                with tab, problems.shown():
                    show(view)
