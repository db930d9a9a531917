"""Clauses that claim the same answers: a matrix of pairs, the list, and the answers of one pair."""

import pandas as pd
import streamlit as st

from pages.parts.clauses import repair
from pages.ui import address, clicks, figure, links, problems
from pages.ui.frame import View

_MOST = 300
_PART = "rival-cases"


def rivals(view: View, models: str) -> None:
    """The matrix and the list beside it; a cell or a row chooses the pair below."""
    pairs = figure.read(view, "clauses.rivals").frame
    if pairs.empty:
        problems.empty(
            "No two clauses claim the same answer",
            "On no answer do two judges decide oppositely while citing no clause in common.",
        )
        return
    left, right = st.columns([6, 5], gap="large")
    with left:
        figure.show(
            view,
            "clauses.rivals",
            key="clause-rivals",
            hint="Click a cell for its answers.",
            on_select=clicks.into_address("clause-rivals", "rivals"),
        )
    with right:
        row = figure.show(
            view,
            "clauses.rival_list",
            key="clause-pairs",
            hint="Click a row for its answers.",
            clickable=True,
            height=400,
        ).row
        if row is not None:
            address.keep("rivals", f"{row['clause']}|{row['other']}")
            clicks.bring_into_view(_PART)
            st.rerun()
    with clicks.part_in_view(_PART, "rivals"):
        _cases(view, pairs, models)


def _cases(view: View, pairs: pd.DataFrame, models: str) -> None:
    """The answers that one pair of clauses both claims; one opens in the reader."""
    options = {
        f"{r['clause']}|{r['other']}": f"{r['title']} against {r['other_title']} ({r['answers']:,})"
        for r in pairs.to_dict("records")
    }
    with st.container(width=620):
        chosen = address.choice("rivals", "Two clauses", options)
    clause, other = chosen.split("|")
    repair.way(clause, other)
    row = figure.show(
        view,
        "clauses.rival_cases",
        key="clause-rival-cases",
        hint="Click a row to read the answer.",
        clickable=True,
        most=_MOST,
        height=300,
        clause=clause,
        other=other,
        models=models,
    ).row
    if row is not None:
        links.open_case(view.study, str(row["scenario"]), str(row["model"]))
