"""Two people against each other: how far they agree, and the answers on which they differ."""

import streamlit as st

from pages.ui import figure, links
from pages.ui.frame import View

_MOST = 200


def people(view: View) -> None:
    """Agreement of every two people with its interval, and the list to talk over; nothing where no
    two people labelled the same answer."""
    if figure.read(view, "people.between").frame.empty:
        return
    figure.show(view, "people.between", key="people-between")
    if figure.read(view, "people.differences").frame.empty:
        st.text("Nobody differs on an answer that two people labelled.")
        return
    # Folded, since it tells verdicts on answers that the reader may still be handed.
    with st.expander("Where they differ (shows their verdicts)", icon=":material/compare_arrows:"):
        row = figure.show(
            view,
            "people.differences",
            key="people-differences",
            hint="Click a row to read the answer.",
            clickable=True,
            most=_MOST,
            height=320,
        ).row
    if row is not None:
        links.open_case(view.study, str(row["scenario"]), str(row["model"]))
