"""The clauses that need work: which, of which kind, and the judges' arguments over them; what is
tested of the spec; what changed between two versions; and drafts of a better one."""

import streamlit as st

from pages.parts.clauses import (
    clause_data,
    clause_table,
    competing,
    coverage,
    one_clause,
    repair,
    version_numbers,
    versions,
)
from pages.parts.clauses import worst as parts
from pages.ui import address, near, problems
from pages.ui.frame import View, page

_TABS = ("What needs work", "What is tested", "Two versions", repair.TAB)


def needs_work(view: View) -> None:
    """The clauses of the spec in use, by what judges made of them."""
    found = clause_data.find(view)
    if found is None:
        near.browse(view)
        return
    parts.worst(view, found)
    clause_table.listed(view, found)
    competing.rivals(view, found.models)
    anchor = one_clause.one(view, found)
    near.of_clause(view, found.spec, anchor)
    parts.small_print(found)


def two_versions(view: View) -> None:
    """What changed between two versions, and how the numbers differ."""
    found = versions.find(view)
    if found is None:
        return
    if not found.same:
        versions.answer(found)
        rows = versions.listed(view, found)
        versions.one(found, rows)
    version_numbers.show(view, found)


with page("Clauses") as view:
    tabs = st.tabs(_TABS, **address.bound("clauses", "Tab", among=_TABS))
    for tab, show in zip(tabs, (needs_work, coverage.show, two_versions, repair.show), strict=True):
        if tab.open:
            with tab, problems.shown():
                show(view)
