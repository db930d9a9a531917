"""Errors and empty states, shown in one way everywhere and never as a traceback."""

import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from analysis.errors import FaultlineError

_LOG = logging.getLogger("faultline")


@contextmanager
def shown() -> Iterator[None]:
    """Show what goes wrong inside as a sentence. Streamlit's own control flow passes through."""
    try:
        yield
    except FaultlineError as error:
        problem("This did not work", str(error))
    except Exception:
        number = secrets.token_hex(3)
        _LOG.exception("error %s", number)
        problem(
            "Something went wrong here",
            "The rest of the program still works. The server's log tells more under "
            f"error {number}.",
        )


def problem(title: str, sentence: str) -> None:
    """One box: a fixed title, and a sentence that may carry data and is therefore plain text."""
    _box("problem", ":material/error:", title, sentence)


def empty(title: str, sentence: str) -> None:
    """The designed nothing: what is not here, why, and what to do."""
    _box("empty", ":material/inbox:", title, sentence)


def note(title: str, sentence: str) -> None:
    """Something a reader must keep in mind all the time on this page."""
    _box("note", ":material/info:", title, sentence)


def _box(kind: str, icon: str, title: str, sentence: str) -> None:
    count = st.session_state.get("_boxes", 0)
    st.session_state["_boxes"] = count + 1
    with st.container(key=f"box-{kind}-{count}", gap=None):
        st.markdown(f"{icon} **{title}**")
        st.text(sentence)
