"""Which pages there are and how they are grouped. One page answers one question."""

import streamlit as st
from streamlit.navigation.page import Page

from pages.ui.address import session

ROUTED = "_routed"
STRESS_TEST = "pages/stress_test.py"
FIRST = "Overview"
PAGES: dict[str, dict[str, str]] = {
    "Explore": {
        "Overview": "What is loaded, how far models disagree, and where to start reading.",
        "Scenarios": "Filter and sort the queries, open one, read the answers side by side.",
        "Compare": "What differs between two studies (dates, specs, judges) or two models.",
        "Map": "All queries on a map, similar ones close together: pick a region and read it.",
        "SQL": "Ask the study's tables directly: read-only, with limits.",
    },
    "Character": {
        "Values": "What each provider's models lean towards, by category of values.",
        "Models": "One model in full: what it prefers, chooses, refuses, and most similar models.",
        "Refusals": "What each model refuses, by topic and in which way.",
        "Outliers": "One model against nearly all others: who, on which side, which cases.",
        "Robustness": "How far a leaning question moves each model, and where it changes sides.",
        "Archetypes": "Whether models fall into clusters, what sets them apart, how sure that is.",
    },
    "Judges": {
        "Clauses": "Which clauses of the spec need work, of which kind, and why.",
        "Criteria": "What would satisfy each clause, and what each model makes of it.",
        "Judges": "How far the judges agree, and the answers on which their decisions differ.",
        "Compliance": "How often answers break the spec, and whether disagreement predicts it.",
        "Review": "Label answers yourself, blind, and compare the judges with people.",
    },
    "Present": {
        "Findings": "Turn what you pinned into a report or slides, and share it.",
        "Paper": "Which of the paper's numbers this study reproduces, and why the others differ.",
    },
    "Run": {
        "Stress test": "Plan a run, see its price, launch and watch it, and load its results.",
        "Data": "Load sources into studies, follow the progress, switch and delete.",
    },
    "About": {
        "Glossary": "What each term and number means, where it comes from and where it is shown.",
    },
}
"""Group -> title -> what the page answers. A page's file is named as its title."""


def navigation() -> Page:
    """The page of this run. A page gets its address from its file's name; none sets `url_path`.

    No page has an icon: Streamlit would fetch it as the tab's picture from another host.
    """
    session[ROUTED] = True
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
