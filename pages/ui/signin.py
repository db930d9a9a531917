"""Signing in with the organisation's own accounts, where the server has been given any (OIDC).

Nothing is shown where no `[auth]` section stands in `.streamlit/secrets.toml`, as on a machine of
one's own. `FAULTLINE_LOGIN=required` shows nothing else to anybody who has not signed in; without
it everybody reads, and signing in tells who may start runs (`runners`).
"""

import os

import streamlit as st

VARIABLE = "FAULTLINE_LOGIN"
REQUIRED = "required"


def show() -> None:
    """The button, in the navigation's column; ends the page for strangers where that is asked."""
    configured = st.user.get("is_logged_in") is not None
    if st.user.get("is_logged_in"):
        with st.sidebar:
            st.text(str(st.user.get("email") or st.user.get("name") or "Signed in"))
            st.button("Sign out", icon=":material/logout:", on_click=st.logout, key="sign-out")
    elif os.environ.get(VARIABLE, "").strip().lower() == REQUIRED and not st.user.get("email"):
        st.title("Faultline", anchor=False)
        st.text(_why(configured))
        _button(configured)
        st.stop()
    else:
        with st.sidebar:
            _button(configured)


def _button(configured: bool) -> None:
    if configured:
        st.button("Sign in", icon=":material/login:", on_click=st.login, key="sign-in")


def _why(configured: bool) -> str:
    if configured:
        return "Sign in to read the studies here."
    return (
        f"This server asks for a login ({VARIABLE}) and has no accounts to ask: add an [auth] "
        "section to .streamlit/secrets.toml, as docs/deployment.md says."
    )
