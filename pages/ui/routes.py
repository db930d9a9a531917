"""Which pages there are and how they are grouped. One page answers one question."""

import streamlit as st
from streamlit.navigation.page import Page

from pages.ui.address import session

ROUTED = "_routed"
FIRST = "Overview"
PAGES: dict[str, dict[str, str]] = {
    "Explore": {
        "Overview": (
            "What this study holds, how far its models disagree, and where to start reading."
        ),
        "Scenarios": (
            "Every query of the study. Narrow them down, then open one to read how the models "
            "answered."
        ),
        "Compare": (
            "Two studies, or two models, on the queries that both have: what matched, what "
            "differs, how sure that is, and the cases behind it."
        ),
        "Map": (
            "The queries on a plane; similar wordings lie close together. Draw around some to "
            "read them."
        ),
        "SQL": (
            "Ask the study's tables directly. Read-only: nothing that runs here can change a study."
        ),
    },
    "Character": {
        "Values": (
            "Which values each provider's models lean towards, against all others on the same "
            "queries."
        ),
        "Models": (
            "One model in full: what it prefers, chooses and refuses, and which models are "
            "most similar."
        ),
        "Refusals": "How often each model refuses, on which topics and in which way.",
        "Outliers": (
            "Answers that lie far from nearly all others on a value: which models give them, "
            "on which side, and every case."
        ),
        "Robustness": "How far a leaning query moves a model from its position on the neutral one.",
        "Archetypes": (
            "Do models fall into clusters by what they lean towards, how they refuse and how "
            "they write?"
        ),
    },
    "Judges": {
        "Clauses": (
            "Where the spec itself falls short: clauses that judges read in opposite ways, or "
            "play off against each other."
        ),
        "Criteria": (
            "Clauses made measurable: what would satisfy each, fully or partly, and what "
            "every model makes of it."
        ),
        "Judges": (
            "Models that check answers against the spec: how far they agree, and where they don't."
        ),
        "Compliance": (
            "How often judges find that answers break the spec, and whether disagreement "
            "predicts it."
        ),
        "Review": "Read answers and label them yourself, before you see what the judges said.",
    },
    "Present": {
        "Findings": "Collect what you found, say what it means, and hand it over with its sources.",
        "Paper": (
            "Every number that the published study prints, beside the same number computed "
            "from this one."
        ),
    },
    "Run": {
        "Stress test": (
            "From a taxonomy and a spec to a study: plan, price, launch, watch, load. The "
            "simulator needs no key and costs nothing."
        ),
        "Data": "Load sources into studies and follow the progress; switch, inspect and delete.",
    },
    "About": {
        "Glossary": (
            "What every word and number here means, where it comes from, and which page shows it."
        ),
    },
}
"""Group -> title -> what the page answers, as it stands in the navigation and under the title. A
page's file is named as its title."""


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


def purpose(title: str) -> str:
    """What the page of this title answers."""
    return next(pages[title] for pages in PAGES.values() if title in pages)


def file(title: str) -> str:
    """Where a page lies."""
    return f"pages/{title.lower().replace(' ', '_')}.py"
