"""The clauses that need work: which, of which kind, and the judges' arguments over them; and what
changed between two versions."""

import streamlit as st

from pages.ui import (
    cited,
    clause_list,
    clause_one,
    clause_rivals,
    near_parts,
    problems,
    version_numbers,
    version_parts,
)
from pages.ui import clause_parts as parts
from pages.ui.frame import View, page


def needs_work(view: View) -> None:
    """The clauses of the spec in use, by what judges made of them."""
    found = cited.find(view)
    if found is None:
        near_parts.browse(view)
        return
    parts.worst(found)
    clause_list.listed(view, found)
    clause_rivals.rivals(view, found)
    anchor = clause_one.one(view, found)
    near_parts.of_clause(view, found.spec, anchor)
    parts.small_print(found)


def two_versions(view: View) -> None:
    """What changed between two versions, and how the numbers differ."""
    found = version_parts.find(view)
    if found is None:
        return
    version_parts.answer(found)
    rows = version_parts.listed(view, found)
    version_parts.one(found, rows)
    version_numbers.show(view, found)


with page(
    "Clauses",
    "Where the spec itself fails: clauses that judges read in opposite ways, or set against each "
    "other.",
) as view:
    tabs = st.tabs(
        ["What needs work", "Two versions"], key="clauses", on_change="rerun", bind="query-params"
    )
    for tab, show in zip(tabs, (needs_work, two_versions), strict=True):
        if tab.open:
            with tab, problems.shown():
                show(view)
