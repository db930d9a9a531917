"""Which pages there are and how they are grouped. One page answers one question."""

import streamlit as st
from streamlit.navigation.page import Page

ROUTED = "_routed"
STRESS_TEST = "pages/stress_test.py"
FIRST = "Overview"
PAGES: dict[str, dict[str, str]] = {
    "Explore": {
        "Overview": "What is loaded, how far models disagree, and where to start reading.",
        "Scenarios": "Filter and sort the queries, open one, read the answers side by side.",
        "Map": "The queries on a plane: find your way, pick a region, read it.",
        "SQL": "Ask the study's tables directly: read-only, with limits.",
    },
    "Character": {
        "Values": "What each provider's models lean towards, by category of values.",
        "Models": "One model in full: what it prefers, chooses, refuses, whom it is like.",
        "Refusals": "What each model refuses, by topic and in which way.",
        "Outliers": "One model against nearly all others: who, on which side, which cases.",
        "Robustness": "How far a leaning question moves each model, and where it changes sides.",
        "Archetypes": "Whether models fall into kinds, what sets them apart, how sure that is.",
    },
    "Judges": {
        "Clauses": "Which clauses of the spec need work, of which kind, and why.",
        "Judges": "How far the judges agree, and the answers they decide oppositely.",
        "Compliance": "How often answers break the spec, and whether disagreement foretells it.",
        "Review": "Label answers yourself, blind, and hold the judges against people.",
    },
    "Present": {
        "Findings": "What was pinned, told as a report or slides, and handed over.",
        "Paper": "Which numbers of the published study this one reproduces, and why not.",
    },
    "Run": {
        "Stress test": "Plan a run, know its price, launch and watch it, load what it stored.",
        "Data": "Load sources into studies, follow the progress, switch and delete.",
    },
    "About": {
        "Glossary": "What every word and number means, its source, and where it is shown.",
    },
}
"""Group -> title -> what the page answers. A page's file is named as its title."""


def navigation() -> Page:
    """The page of this run. A page gets its address from its file's name; none sets `url_path`.

    No page has an icon: Streamlit would fetch it as the tab's picture from another host.
    """
    st.session_state[ROUTED] = True
    return st.navigation(
        {
            group: [_page(title, told) for title, told in pages.items()]
            for group, pages in PAGES.items()
        },
        expanded=True,
    )


def _page(title: str, told: str) -> Page:
    return st.Page(file(title), title=title, default=title == FIRST, help=told)


def file(title: str) -> str:
    """Where a page lies."""
    return f"pages/{title.lower().replace(' ', '_')}.py"
