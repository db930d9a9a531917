"""Faultline's dashboard. This file only routes: `streamlit run app.py`."""

from pages.ui.routes import navigation

navigation().run()
