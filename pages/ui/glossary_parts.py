"""The Glossary page: find a term, read it, go to the page that shows it."""

from collections.abc import Sequence

import streamlit as st

from analysis import glossary
from analysis.glossary import Term
from pages.ui import problems, tour, words
from pages.ui.frame import View


def search() -> Sequence[Term]:
    """The terms that hold what was asked for; all where nothing was."""
    known = glossary.terms()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        asked = st.text_input(
            "Find a term", key="term", placeholder="kappa, lean, family …", bind="query-params",
            width=320,
        )  # fmt: skip
        tour.again()
    word = asked.strip().casefold()
    found = sorted((t for t in known if t.holds(word)), key=lambda t: word not in t.term.casefold())
    if not found:
        problems.empty("No such term", f"Nothing here speaks of “{asked}”. Try a part of it.")
    elif len(found) == len(known):
        st.text(
            f"{len(known)} terms. The same definitions stand in place on every page, behind the "
            "question mark beside a number."
        )
    else:
        st.text(f"{words.plural(len(found), 'term')} of {len(known)}.")
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
    study = [("study", view.info.id)] if view.opened else []
    st.page_link(
        f"pages/{page}.py",
        label=glossary.title(page),
        icon=":material/arrow_forward:",
        query_params=study,
        width="content",
    )
