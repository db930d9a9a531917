"""The spec that the judgements rest on, and the clauses of it that need work most."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from analysis import glossary
from analysis.figures import clause_words
from analysis.figures.frames import clauses as frames
from analysis.store import labels, study_specs
from analysis.store.library.library import EMBEDDED_NAME
from analysis.store.study_specs import JudgedSet
from pages.ui import links, problems, reads, ui_text
from pages.ui.frame import View

MOST = 3
AT_ONCE = 20_000
"""Judgements whose reasonings are read here; of more, the Clauses page tells (that takes minutes,
and nobody waits for it before they can see what a study holds)."""


def neediest(view: View) -> None:
    """Name and version of the spec, and three clauses with the kind of trouble, each one click
    from its case; what to do where nothing was judged."""
    with problems.shown():
        one = study_specs.chosen(view.study)
        st.header("The spec", anchor=False, help=glossary.help_text("needs_work"))
        if not view.info.judgements:
            _unjudged(view, _named(one))
            return
        st.text(f"Judged under {_named(one)}{', assumed' * one.assumed}.")
        if not one.digest:
            st.text(study_specs.words(view.study))
        elif view.info.judgements > AT_ONCE:
            links.page(view.info, "clauses", "Find the clauses that need work")
        else:
            _clauses(view, one.key)


def _named(one: JudgedSet) -> str:
    """The spec in a sentence: name and version, or that it is the one which is always here."""
    if one.name == EMBEDDED_NAME:
        return f"the small spec that comes with Faultline (“{one.name}”, version {one.version})"
    return f"{one.name}, version {one.version}" if one.version else one.name


def _unjudged(view: View, spec: str) -> None:
    st.text(
        f"No answer of this study was judged, so it says nothing of a spec yet. Have the answers "
        f"judged under {spec}, or see which of its clauses the queries are near."
    )
    with st.container(horizontal=True):
        links.page(
            view.info,
            "stress_test",
            "Have them judged",
            icon=":material/gavel:",
            template="re-judge",
        )
        links.page(view.info, "clauses", "Clauses near the queries")


def _clauses(view: View, key: str) -> None:
    sources = reads.read(view.study, labels.sources, "response_types")
    with st.spinner(ui_text.FINDING_CITATIONS):
        table = reads.read(view.study, frames.measured, key, next(iter(sources), None))
    if table.empty:
        st.text("No judge's reasoning names a clause of it.")
        links.page(view.info, "clauses", "See what judges name instead")
        return
    standing = table[table["stands_out"]]
    if standing.empty:
        st.text("No clause stands out from the others; these rank first, as leads to read.")
    titles = {c.anchor: c.title for c in view.spec.clauses}
    top = (table if standing.empty else standing).head(MOST).to_dict("records")
    for column, row in zip(st.columns(MOST), top, strict=False):
        with column, st.container(border=True, gap="xsmall", height="stretch"):
            _clause(view, row, titles)


def _clause(view: View, row: Mapping[Any, Any], titles: Mapping[str, str]) -> None:
    anchor = str(row["clause"])
    st.text(titles.get(anchor, anchor))
    st.markdown(f"**{str(row['kind']).capitalize()}**", help=clause_words.KINDS[str(row["kind"])])
    st.text(f"{clause_words.reason(row, titles)} From {clause_words.evidence_in_words(row)}.")
    links.page(view.info, "clauses", "Read its case", behind=True, clause=anchor)
