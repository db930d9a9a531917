"""What would satisfy each clause, the queries that test it, and what each model makes of it."""

import streamlit as st

from pages.parts.criteria import editing, profile
from pages.ui import address, problems
from pages.ui.frame import page

_TABS = ("Profile", "Criteria")

with page("Criteria") as view:
    tabs = st.tabs(_TABS, **address.bound("criteria", "Tab", among=_TABS))
    for tab, show in zip(tabs, (profile.show, editing.show), strict=True):
        if tab.open:
            with tab, problems.shown():
                show(view)
