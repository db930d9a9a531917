"""The Glossary page: find a term, read it, go to the page that shows it."""

from collections.abc import Sequence

import streamlit as st

from analysis import glossary
from analysis.glossary import Term
from analysis.number_text import counted
from pages.ui import address, links, problems, tour
from pages.ui.frame import View


def search() -> Sequence[Term]:
    """The terms that hold what was asked for; all where nothing was."""
    known = glossary.terms()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        asked = st.text_input(
            "Find a term",
            placeholder="kappa, lean, family …",
            **address.bound("term", "Find a term"),
            width=320,
        )
        tour.again()
    word = asked.strip().casefold()
    found = sorted((t for t in known if t.holds(word)), key=lambda t: word not in t.term.casefold())
    if not found:
        problems.empty("No such term", f"No term mentions “{asked}”. Try part of the word.")
    elif len(found) == len(known):
        st.text(
            f"{len(known)} terms. Every page shows the same definitions, behind the "
            "question mark beside a number."
        )
    else:
        st.text(f"{counted(len(found), 'term')} of {len(known)}.")
    return found


def listed(view: View, found: Sequence[Term]) -> None:
    """Terms by group, each with its definition, formula, source and pages."""
    for group, held in glossary.groups(found).items():
        st.header(group, anchor=False)
        for term in held:
            _one(view, term)


def _one(view: View, term: Term) -> None:
    with st.container(key=f"term-{term.id}", gap="xsmall"):
        st.subheader(term.term, anchor=term.id)
        formula = f"\n\n`{term.formula}`" if term.formula else ""
        st.markdown(f"{term.definition}{formula}")
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            st.caption(f"Source: {term.source}", width="content")
            for page in term.pages:
                _link(view, page)


def _link(view: View, page: str) -> None:
    links.page(view.info if view.opened else None, page, glossary.title(page))
