"""Plan a stress test, know its price, launch it, watch it, and load what it stored."""

import streamlit as st

from pages.parts.stress_test import models, new_run, runs, watch
from pages.ui import address, problems
from pages.ui.frame import page

_TABS = ("New run", "Runs", "Models")

with page("Stress test", needs_study=False) as view:
    run = address.get("run")
    if run:
        watch.show(view, run)
    else:
        tabs = st.tabs(_TABS, **address.bound("stress", "Tab", among=_TABS))
        for tab, show in zip(tabs, (new_run.show, runs.show, models.show), strict=True):
            if tab.open:
                with tab, problems.shown():
                    show(view)
