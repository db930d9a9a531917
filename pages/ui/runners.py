"""Who may start, stop and pay for runs, and change what is loaded: asked on the server's side.

`FAULTLINE_RUNNERS` lists the e-mail addresses of those who may (by comma), as `st.login` or a
trusted header tells them; a word that is no address, `nobody`, shuts it for all. Without it
everybody who reaches the page may, which is right on a machine of one's own.
"""

import os

import streamlit as st

from analysis.errors import FaultlineError

VARIABLE = "FAULTLINE_RUNNERS"


def check() -> None:
    """Raises FaultlineError where the person at the page may only read."""
    listed = {e.strip().lower() for e in os.environ.get(VARIABLE, "").split(",") if e.strip()}
    if listed and _who() not in listed:
        raise FaultlineError(
            "You may read here, not start or stop runs or change what is loaded. Sign in, or ask "
            f"whoever runs this server to add your address to {VARIABLE}."
        )


def _who() -> str:
    try:
        if st.user.get("email_verified") is False:  # anybody could have typed that address
            return ""
        return str(st.user.get("email") or "").lower()
    except Exception:  # nobody is logged in, or no login is set up
        return ""
