"""Which values a new run sets against each other, and how much of it is judged."""

from dataclasses import dataclass, replace

import streamlit as st

from analysis import glossary
from analysis.errors import FaultlineError
from analysis.settings import Settings
from analysis.store.library.library import read_taxonomy
from analysis.vocabulary import D_RANGE
from pages.parts.stress_test import answer_tokens
from pipeline.plan.own_pairs import pairs_of
from pipeline.select.search import (
    LEAST_ROUNDS,
    LEAST_SHARE,
    MOST_ROUNDS,
    MOST_SHARE,
    ROUNDS,
    UNIFORM_SHARE,
)
from pipeline.stages.pairs import SearchPart

_ANY, _CATEGORIES, _OWN = "Any two values", "Values of chosen categories", "My own pairs"


@dataclass(frozen=True)
class PairChoice:
    """Own pairs or the categories to draw from (both empty: any two values of the taxonomy), and
    the search by which pairs are drawn, if any."""

    pairs: tuple[tuple[str, str], ...] = ()
    categories: tuple[str, ...] = ()
    search: SearchPart | None = None


def choose(settings: Settings) -> PairChoice:
    """The choice, and the boxes that go with it. Raises FaultlineError for one left empty."""
    chosen = _chosen(settings)
    return chosen if chosen.pairs else replace(chosen, search=search())


def search() -> SearchPart | None:
    """Whether pairs are drawn by a search, and how; None for a blind draw."""
    on = st.toggle(
        "Search for disagreement",
        key="stress-search",
        help=glossary.help_text("search"),
    )
    if not on:
        return None
    with st.container(horizontal=True, gap="medium"):
        share = st.number_input(
            "Uniform share, %",
            round(100 * LEAST_SHARE),
            round(100 * MOST_SHARE),
            round(100 * UNIFORM_SHARE),
            5,
            width=150,
            key="stress-uniform",
            help=glossary.help_text("uniform_share"),
        )
        rounds = st.number_input(
            "Rounds",
            LEAST_ROUNDS,
            MOST_ROUNDS,
            ROUNDS,
            width=110,
            key="stress-rounds",
            help="The first is the uniform share. Each waits for the scores of the one before.",
        )
    st.caption(
        "The uniform share is drawn first, and every rate comes from it alone. The rest is drawn "
        "where models turn out to disagree: good for finding cases, no ground for rates. The price "
        "is that of a blind draw."
    )
    return SearchPart(rounds=int(rounds), uniform_share=float(share) / 100)


def _chosen(settings: Settings) -> PairChoice:
    way = st.segmented_control(
        "Which values are set against each other",
        [_ANY, _CATEGORIES, _OWN],
        default=_ANY,
        required=True,
        key="stress-pairs-way",
    )
    if way == _CATEGORIES:
        return PairChoice(categories=_categories(settings))
    if way == _OWN:
        text = st.text_area(
            "Own pairs",
            key="stress-pairs",
            placeholder="Honesty, Kindness\nPrivacy, Public safety",
            help="Two values a line, with a comma between them. Each line is one family.",
            width=520,
        )
        return PairChoice(pairs=pairs_of(text, "the box “Own pairs”"))
    return PairChoice()


def _categories(settings: Settings) -> tuple[str, ...]:
    names = sorted(read_taxonomy(settings)["category"].unique())
    chosen = st.multiselect(
        "Categories",
        names,
        key="stress-categories",
        placeholder="Choose categories",
        help="Two different ones are drawn for each pair; one alone pairs its own values.",
        width=520,
    )
    if not chosen:
        raise FaultlineError("No category is chosen: choose at least one under “Categories”.")
    return tuple(chosen)


def judged() -> tuple[float | None, int]:
    """(the least D of a query whose answers are judged, or None for all; tokens of an answer)."""
    with st.container(horizontal=True, gap="medium"):
        least = st.number_input(
            "Judge from D",
            *D_RANGE,
            D_RANGE[0],
            0.25,
            width=150,
            key="stress-least-d",
            help="Only answers to queries with at least this disagreement are judged, which is "
            "where most of the money goes. 0: all answers.",
        )
        tokens = answer_tokens.ask(
            "stress-answer-tokens", "An answer that was cut off counts as truncated."
        )
    return (float(least) or None), tokens
