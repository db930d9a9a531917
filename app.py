"""Faultline's dashboard: `streamlit run app.py`.

This file only routes. The server imports it, once, to check the settings that guard it and for the
door that every request passes, and runs it as a script for every visit.
"""

import streamlit as st

from pages.ui import door, person
from pages.ui.routes import navigation

if __name__ == "__main__":
    navigation().run()
else:
    person.check_settings()
    app = st.App(__file__, middleware=door.MIDDLEWARE, lifespan=door.lifespan)
