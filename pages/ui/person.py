"""Who is at the screen: the signed-in person, or the name that they typed.

Where people sign in with their organisation's accounts (OIDC: an `[auth]` section in
`.streamlit/secrets.toml`, or a proxy before this server), labels, notes, pins and reports carry the
name that the sign-in gives. Elsewhere they carry the name that the person typed,
which their browser remembers. A name never stands in the address: a link that somebody sent must
not make anybody speak under another name.

`FAULTLINE_LOGIN=required` shows nothing to anybody who has not signed in; without it everybody
reads, and signing in tells who may act (`acting`).
"""

import sys
from pathlib import Path

import streamlit as st

from analysis import settings
from analysis.errors import FaultlineError
from analysis.settings import LOGIN, Guards, folded
from analysis.store.annotations.annotations import MOST_NAME
from pages.ui import problems
from pages.ui.address import session
from pages.ui.assets import component

ANYBODY = "somebody"
_UNPROVEN = " (unverified)"
_TYPED = "_author"  # what was typed; "" where it was taken away again
_MEMORY = "author-memory"


def guards() -> Guards:
    """Who is let in and who may act. Raises FaultlineError for a setting that is not understood."""
    return settings.guards(secrets=[Path(file) for file in st.get_option("secrets.files") or ()])


def email() -> str:
    """The e-mail address of who signed in, in lower case, or "".

    An address that the provider calls unverified counts as nobody's: anybody could have typed it.
    So does one of which it says anything but yes; many providers say nothing, and vouch for all.
    """
    if _claim("email_verified").lower() not in ("", "true", "1"):
        return ""
    return folded(_claim("email"))


def signed_in() -> str | None:
    """How the signed-in person signs: by e-mail address, else by what the provider calls them.

    What the provider does not vouch for says so, so that nobody can sign as a colleague.
    """
    if email():
        return _claim("email")
    named = _claim("email") or _claim("name") or _claim("preferred_username") or _claim("sub")
    if not named:
        return "somebody signed in" if is_known() else None
    return named + _UNPROVEN if "@" in named else named


def is_known() -> bool:
    """Whether somebody signed in, here or at the proxy before this server."""
    return _claim("is_logged_in").lower() == "true" or bool(_claim("email"))


def has_accounts() -> bool:
    """Whether people can sign in at this server, or a proxy before it names them."""
    return bool(
        st.user.get("is_logged_in") is not None
        or is_known()
        or st.get_option("server.trustedUserHeaders")
    )


def _claim(name: str) -> str:
    value = st.user.get(name)
    return "" if value is None else str(value).strip()


def known_name() -> str | None:
    """The person's name, if they signed in or, where there are no accounts, gave one."""
    if is_known():
        return (signed_in() or "")[:MOST_NAME] or None
    return None if has_accounts() else session.get(_TYPED) or None


def remember_name() -> None:
    """Where there are no accounts, let the browser keep the name and bring it back at a visit."""
    if has_accounts():
        return
    typed = session.get(_TYPED)
    with st.container(key=_MEMORY):
        component("faultline_author", "<span hidden></span>", "buttons.css", "author.js")(
            key=f"{_MEMORY}-of-browser",
            data={"typed": typed or "", "cleared": typed == ""},
            default={"name": ""},
            on_name_change=_brought_back,
        )


def _brought_back() -> None:
    name = str(session[f"{_MEMORY}-of-browser"].get("name") or "").strip()[:MOST_NAME]
    if name and _TYPED not in session:
        session[_TYPED] = name


def ask_name(place: str, *, again: bool = False) -> str | None:
    """The name under which labels are kept; None until there is one.

    Where the name is known nothing is asked, unless `again`. Where people sign in, it says that
    instead. `place` keeps two fields on one page apart.
    """
    if has_accounts():
        if not is_known():
            st.text("Sign in to add labels, notes and pins. They carry your name.")
        return known_name()
    now = known_name()
    if now and not again:
        return now
    key = f"by-{place}"
    session[key] = now or ""  # also where the browser has just brought it back

    def changed() -> None:
        session[_TYPED] = str(session[key]).strip()[:MOST_NAME]

    st.text_input(
        "Your name",
        key=key,
        on_change=changed,
        max_chars=MOST_NAME,
        placeholder="Keeps your labels apart from other people's",
        width=280,
    )
    return known_name()


def signature() -> str:
    """The name to sign with where none has to be given."""
    return known_name() or ANYBODY


def check_settings() -> None:
    """End the start of the server where a setting that guards it is not understood."""
    try:
        guards()
    except FaultlineError as error:
        sys.exit(f"Faultline does not start. {error}")


def stop_where_not_set_up() -> None:
    """End the page, whoever asks, where a setting that guards this server is not understood."""
    try:
        guards()
    except FaultlineError as error:
        st.title("Faultline", anchor=False)
        problems.problem("This server is not set up yet", str(error))
        st.stop()


def show_sign_in() -> None:
    """The button, in the navigation's column; ends the page for strangers where that is asked."""
    configured = st.user.get("is_logged_in") is not None
    if st.user.get("is_logged_in"):
        with st.sidebar:
            st.text(signed_in() or "Signed in")
            st.button("Sign out", icon=":material/logout:", on_click=st.logout, key="sign-out")
    elif guards().login_required and not is_known():
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
        f"This server requires people to sign in ({LOGIN}) but has no way to: add an [auth] "
        "section to .streamlit/secrets.toml, as docs/deployment.md says."
    )
