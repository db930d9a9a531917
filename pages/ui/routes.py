"""Which pages there are and how they are grouped. One page answers one question."""

import streamlit as st
from streamlit.navigation.page import Page

ROUTED = "_routed"
STRESS_TEST = "pages/stress_test.py"


def navigation() -> Page:
    """The page of this run. A page gets its address from its file's name; none sets `url_path`.

    No page has an icon: Streamlit would fetch it as the tab's picture from another host.
    """
    st.session_state[ROUTED] = True
    return st.navigation(
        {
            "Explore": [
                st.Page(
                    "pages/overview.py",
                    title="Overview",
                    default=True,
                    help="What is loaded, how far models disagree, and where to start reading.",
                ),
                st.Page(
                    "pages/scenarios.py",
                    title="Scenarios",
                    help="Filter and sort the queries, open one, read the answers side by side.",
                ),
                st.Page(
                    "pages/map.py",
                    title="Map",
                    help="The queries on a plane: find your way, pick a region, read it.",
                ),
                st.Page(
                    "pages/sql.py",
                    title="SQL",
                    help="Ask the study's tables directly: read-only, with limits.",
                ),
            ],
            "Character": [
                st.Page(
                    "pages/values.py",
                    title="Values",
                    help="What each provider's models lean towards, by category of values.",
                ),
                st.Page(
                    "pages/models.py",
                    title="Models",
                    help="One model in full: what it prefers, chooses, refuses, whom it is like.",
                ),
                st.Page(
                    "pages/refusals.py",
                    title="Refusals",
                    help="What each model refuses, by topic and in which way.",
                ),
                st.Page(
                    "pages/outliers.py",
                    title="Outliers",
                    help="One model against nearly all others: who, on which side, which cases.",
                ),
                st.Page(
                    "pages/robustness.py",
                    title="Robustness",
                    help="How far a leaning question moves each model, and where it changes sides.",
                ),
                st.Page(
                    "pages/archetypes.py",
                    title="Archetypes",
                    help="Whether models fall into kinds, what sets them apart, how sure that is.",
                ),
            ],
            "Judges": [
                st.Page(
                    "pages/clauses.py",
                    title="Clauses",
                    help="Which clauses of the spec need work, of which kind, and why.",
                ),
                st.Page(
                    "pages/judges.py",
                    title="Judges",
                    help="How far the judges agree, and the answers they decide oppositely.",
                ),
                st.Page(
                    "pages/compliance.py",
                    title="Compliance",
                    help="How often answers break the spec, and whether disagreement foretells it.",
                ),
                st.Page(
                    "pages/review.py",
                    title="Review",
                    help="Label answers yourself, blind, and hold the judges against people.",
                ),
            ],
            "Present": [
                st.Page(
                    "pages/findings.py",
                    title="Findings",
                    help="What was pinned, told as a report or slides, and handed over.",
                ),
                st.Page(
                    "pages/paper.py",
                    title="Paper",
                    help="Which numbers of the published study this one reproduces, and why not.",
                ),
            ],
            "Run": [
                st.Page(
                    STRESS_TEST,
                    title="Stress test",
                    help="Plan a run, know its price, launch and watch it, load what it stored.",
                ),
                st.Page(
                    "pages/data.py",
                    title="Data",
                    help="Load sources into studies, follow the progress, switch and delete.",
                ),
            ],
            "About": [
                st.Page(
                    "pages/glossary.py",
                    title="Glossary",
                    help="What every word and number means, its source, and where it is shown.",
                ),
            ],
        },
        expanded=True,
    )
