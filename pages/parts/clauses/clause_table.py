"""Every cited clause with the parts of its rank; filters by authority, section and kind."""

import streamlit as st

from analysis.figures.clauses import NO_AUTHORITY
from pages.parts.clauses import one_clause
from pages.parts.clauses.clause_data import ClauseData
from pages.ui import address, figure, problems
from pages.ui.frame import View

_ALL = "all"
# The figure's parameters by their names in the address.
_KEYS = {"authority": "authority", "section": "clause_section", "kind": "clause_kind"}


def listed(view: View, cited: ClauseData) -> None:
    """The list; a click on a row opens the clause below."""
    chosen = _chosen(cited)
    if figure.read(view, "clauses.listed", models=cited.models, **chosen).frame.empty:
        problems.empty("No clause left", "No cited clause fits all three choices above.")
        return
    shown = figure.show(
        view,
        "clauses.listed",
        key="clauses",
        hint="Click a row for the clause's text, cases and arguments.",
        clickable=True,
        height=460,
        authority=chosen["authority"],
        section=chosen["section"],
        kind=chosen["kind"],
        models=cited.models,
    )
    if shown.row is not None:
        one_clause.open_(str(shown.row["clause"]))
        st.rerun()


def _chosen(cited: ClauseData) -> dict[str, str]:
    """Which clauses are listed, as the figure's parameters: empty for all."""
    clauses = [cited.clauses[str(c)] for c in cited.table["clause"]]
    choices = {
        "authority": ("Authority", {c.authority or NO_AUTHORITY for c in clauses}),
        "section": ("Section", {cited.title(c.section) for c in clauses}),
        "kind": ("Kind", set(cited.table["kind"].astype(str))),
    }
    chosen = {}
    with st.container(horizontal=True, gap="medium"):
        for name, (label, words) in choices.items():
            options = {_ALL: "All", **{w: w for w in sorted(words)}}
            with st.container(width=230):
                word = address.choice(_KEYS[name], label, options)
            chosen[name] = "" if word == _ALL else word
    return chosen
