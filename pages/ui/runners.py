"""Who may start, stop and pay for runs: asked in one place, on the server's side.

`FAULTLINE_RUNNERS` lists the e-mail addresses of those who may (by comma), as `st.login` knows
them; without it everybody who reaches the page may, which is right on a machine of one's own.
"""

import os

import streamlit as st

from analysis.errors import FaultlineError

VARIABLE = "FAULTLINE_RUNNERS"


def check() -> None:
    """Raises FaultlineError where the person at the page may not start or stop runs."""
    listed = {e.strip().lower() for e in os.environ.get(VARIABLE, "").split(",") if e.strip()}
    if listed and _who() not in listed:
        raise FaultlineError(
            "You may look at runs here, not start or stop them. Ask whoever runs this server to "
            f"add your address to {VARIABLE}."
        )


def _who() -> str:
    try:
        return str(st.user.get("email") or "").lower()
    except Exception:  # nobody is logged in, or no login is set up
        return ""
