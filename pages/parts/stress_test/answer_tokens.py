"""How long an answer may be, as somebody asks for it."""

import streamlit as st

from pipeline.stages import respond

_LEAST, _MOST, _STEP = 50, 100_000, 50


def ask(key: str, more: str = "") -> int:
    """The most tokens of an answer; `more` goes on behind the help text."""
    tokens = st.number_input(
        "Tokens an answer",
        _LEAST,
        _MOST,
        respond.RespondPart().max_tokens,
        _STEP,
        width=150,
        key=key,
        help=f"The most that a model may write. {more}".rstrip(),
    )
    return int(tokens)
