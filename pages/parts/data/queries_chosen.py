"""The question how the queries of a source were chosen, for who knows."""

import streamlit as st

from analysis.parse.making import Selection

_LABELS = {
    Selection.UNKNOWN: "I don't know",
    Selection.ALL: "All of them, whatever their disagreement",
    Selection.HIGH: "Only queries that models disagreed on",
    Selection.STRATA: "A set number from each bin of disagreement",
}


def ask(key: str) -> Selection | None:
    """What the person says; None for not knowing. The study keeps it as their word."""
    picked = st.selectbox(
        "How its queries were chosen",
        list(_LABELS),
        format_func=_LABELS.__getitem__,
        key=key,
        help="Only where this is known can pages say which queries a rate is about.",
    )
    return None if picked in (None, Selection.UNKNOWN) else picked
