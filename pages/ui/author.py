"""Who is at the screen: the signed-in person, or the name that somebody typed."""

import streamlit as st

from analysis.store.reviews import MOST_NAME
from pages.ui import url

ANYBODY = "somebody"
_NAME = "by"


def signed_in() -> str | None:
    """The address of the person who signed in, where the server asks for that."""
    user = st.user
    if getattr(user, "is_logged_in", False):
        return str(user.get("email") or user.get("name") or "") or None
    return None


def known() -> str | None:
    """The person's name, if they signed in or gave one."""
    return signed_in() or url.get(_NAME) or url.kept(_NAME) or None


def ask(place: str, *, again: bool = False) -> str | None:
    """The name under which labels are kept; None until there is one.

    It stands in the address, so a bookmark remembers it. Where the name is known nothing is asked,
    unless `again`. `place` keeps two fields on one page apart.
    """
    now = known()
    if signed_in() or (now and not again):
        return now
    key = f"by-{place}"
    if key not in st.session_state:
        st.session_state[key] = now or ""

    def changed() -> None:
        url.keep(_NAME, str(st.session_state[key]).strip()[:MOST_NAME])

    st.text_input(
        "Your name",
        key=key,
        on_change=changed,
        max_chars=MOST_NAME,
        placeholder="So that labels of two people stay apart",
        width=280,
    )
    return known()


def name() -> str:
    """The name to sign with where none has to be given."""
    return known() or ANYBODY
