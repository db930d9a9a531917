"""The sections of the Judges page: the coefficients first, who judged, what holds for all."""

import streamlit as st

from analysis.figures.frames.paper_bases import is_judged_split
from analysis.figures.phrases import in_words
from analysis.measure.estimates.estimates import Estimate, Undefined
from pages.parts.judges import pairs
from pages.ui import figure, links, problems
from pages.ui.frame import View
from pages.ui.judges import JudgeData


def agreement_of_all(view: View, judged: JudgeData) -> None:
    """The coefficients in both codings, said first in a sentence."""
    binary = judged.binary
    names = ", ".join(judged.labels.values())
    if len(judged.judges) < 2:
        problems.empty(
            "One judge only",
            f"Agreement needs at least two judges. {names} flags {_flags_alone(view, judged)} of "
            "answers.",
        )
        return
    st.text(
        f"{len(judged.judges)} judges ({names}) give the same verdict on "
        f"{in_words(binary.raw_agreement, '{:.0%}')} of answers, from {binary.items:,} that two or "
        f"more decided; Fleiss' kappa "
        f"{in_words(binary.fleiss_kappa)}, AC1 {in_words(binary.gwet_ac1)}; they flag "
        f"{in_words(binary.prevalence, '{:.0%}')} on average."
    )
    st.caption(
        "The same verdict: both flag an answer, or neither does. Numbers are "
        f"{judged.population_words}."
    )
    left, right = st.columns(2, gap="large")
    with left:
        figure.show(
            view,
            "judges.agreement",
            key="agreement",
            without=judged.without,
            over=judged.population,
            models=judged.models,
        )
    with right:
        pairs.matrix(view, judged)


def _flags_alone(view: View, judged: JudgeData) -> str:
    found = figure.read(
        view, "judges.who", without=judged.without, over=judged.population, models=judged.models
    )
    row = found.frame.to_dict("records")[0]
    if row["undefined"]:
        return in_words(Undefined(str(row["undefined"])))
    rate = Estimate(row["value"], row["low"], row["high"], int(row["decided"]))
    return in_words(rate, "{:.0%}")


def who(view: View, judged: JudgeData) -> None:
    """Each judge with what it decided, how often it flags, and what could not be read."""
    figure.show(
        view,
        "judges.who",
        key="judges",
        without=judged.without,
        over=judged.population,
        models=judged.models,
    )
    if judged.known["unknown"].any():
        figure.show(view, "judges.unparsable", key="unparsable")


def small_print(view: View, judged: JudgeData) -> None:
    """What holds for everything here."""
    sentences = [
        "Intervals are 95%, over families: they say how the numbers would vary over "
        "other families of queries, with these same judges.",
        "Where a judge gave no decision, or none that can be read, it is counted and left out.",
    ]
    if any(str(n) == n for n in judged.known["note"].dropna()):
        sentences.append(
            "Judges are named as in the data; a note says where the paper's name differs."
        )
    with st.container(key="small-print", gap="xsmall"):
        for sentence in sentences:
            st.text(sentence)
    if is_judged_split(view.info):
        links.page(view.info, "paper", "What the paper says about its judges, beside this study")
