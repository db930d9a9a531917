"""Errors and empty states, shown in one way everywhere and never as a traceback."""

import logging
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import streamlit as st

from analysis.errors import FaultlineError
from analysis.report import sentences
from analysis.text_safety import spelled
from pages.ui.address import session

_LOG = logging.getLogger("faultline")


@contextmanager
def shown(*, pressed: bool = False) -> Iterator[None]:
    """Show what goes wrong inside as a sentence. Streamlit's own control flow passes through.

    `pressed` for what a press sets off: it may run before the page begins, and its box needs a
    name that no box of the page will take.
    """
    try:
        yield
    except FaultlineError as error:
        _box("problem", ":material/error:", "That didn't work", str(error), pressed)
    except Exception:
        number = secrets.token_hex(3)
        _LOG.exception("error %s", number)
        _box(
            "problem",
            ":material/error:",
            "Something went wrong here",
            "The rest of Faultline still works. For details, see the server's log, "
            f"error {number}.",
            pressed,
        )


def problem(title: str, sentence: str) -> None:
    """One box: a fixed title, and a sentence that may carry data and is therefore plain text."""
    _box("problem", ":material/error:", title, sentence)


def empty(title: str, sentence: str) -> None:
    """The designed nothing: what is not here, why, and what to do."""
    _box("empty", ":material/inbox:", title, sentence)


def no_models_of_the_paper(heading: str, *, simulated: bool) -> None:
    """In place of a comparison with the paper, where a study has none of its models."""
    st.header(heading, anchor=False)
    empty(
        "None of the paper's models here",
        "The paper's patterns are about Anthropic, OpenAI, Google and xAI; this study has no "
        "models of theirs." + (" Its models are fictional." if simulated else ""),
    )


def note(title: str, sentence: str) -> None:
    """Something a reader must keep in mind all the time on this page."""
    _box("note", ":material/info:", title, sentence)


def turned(rows: Sequence[Mapping[str, Any]], labels: Mapping[str, str]) -> None:
    """A warning of leans that nudges may explain; nothing where there are none."""
    if text := sentences.turned(rows, labels):
        _box("note", ":material/info:", "Not every lean is a preference", text, escaped=True)


def _box(
    kind: str, icon: str, title: str, sentence: str, pressed: bool = False, escaped: bool = False
) -> None:
    """`escaped`: the sentence is Markdown whose names from data are escaped."""
    count = session.get("_boxes", 0)
    session["_boxes"] = count + 1
    with st.container(key=f"box-{kind}-{'pressed-' * pressed}{count}", gap=None):
        st.markdown(f"{icon} **{title}**")
        if escaped:
            st.markdown(sentence)
        else:
            st.text(spelled(sentence))
