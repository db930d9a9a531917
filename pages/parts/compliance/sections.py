"""The sections of the Compliance page: by bin of D, how well D predicts it, by model."""

from dataclasses import dataclass

import streamlit as st

from analysis import glossary
from analysis.figures.frames import judged as judged_frames
from analysis.figures.frames import judges as judge_frames
from analysis.figures.phrases import in_words
from analysis.measure.compliance import compliance as measure
from analysis.measure.compliance.weights import weighted_rate
from analysis.measure.estimates.estimates import Measured
from analysis.queries import judges as queries
from analysis.report import compliance as section
from analysis.report import sentences
from pages.ui import figure, links, problems, reads, ui_text
from pages.ui.frame import View
from pages.ui.judges import choose_models, choose_over

_MOST = 300


@dataclass(frozen=True)
class ComplianceData:
    """How many answers were judged, how many are flagged, and how well D tells of it."""

    answers: int
    prediction_sentence: str  # how well D tells of flagged answers, as report and briefing say it
    share: Measured  # flagged by a majority
    models: str  # the set whose D tells of judged answers
    population: str  # what pooled numbers describe: the judged sample, or the study's population
    population_words: str  # the same in words


def find(view: View) -> ComplianceData | None:
    """What was judged; None (with a sentence) where nothing was, or nothing has a D."""
    items = reads.read(view.study, queries.items)
    answers = measure.flagged(items) if len(items) else items
    if not len(answers):
        problems.empty(
            ui_text.UNJUDGED,
            "Load a source with judges' decisions, or have this study's answers judged on the "
            "Stress test page.",
        )
        return None
    with st.container(horizontal=True, gap="medium"):
        models = choose_models(view)
        over = choose_over(view, models)
    answers = measure.flagged(reads.read(view.study, queries.items, None, models))
    by_d = measure.flagged(judged_frames.used_answers(view.study, models))
    if by_d.empty:
        problems.empty(
            "No disagreement to compare with",
            "No judged query has a D over these models: positions of two of them, or one that its "
            "source states.",
        )
        return None
    scheme = judge_frames.scheme(view.study, answers, over, models)
    return ComplianceData(
        len(answers),
        sentences.compliance(reads.read(view.study, section.found, models, over)),
        weighted_rate(answers, "majority", scheme),
        models,
        over,
        scheme.label,
    )


def answer(judged: ComplianceData) -> None:
    """The page in one sentence: is the claim that disagreement predicts violations true here?"""
    st.text(judged.prediction_sentence)
    st.caption(
        f"A majority of the judges flags {in_words(judged.share, '{:.0%}')} of answers, from "
        f"{judged.answers:,} that were judged; the share is {judged.population_words}."
    )


def by_bin(view: View, judged: ComplianceData) -> None:
    """Frequent non-compliance by bin of D, and the ratio of the outer bins."""
    figure.show(view, "compliance.by_bin", key="compliance-bins", models=judged.models)


def prediction(view: View, judged: ComplianceData) -> None:
    """What reading only above a threshold of D would find."""
    figure.show(
        view,
        "compliance.thresholds",
        key="compliance-thresholds",
        hint="The files have the intervals.",
        over=judged.population,
        models=judged.models,
    )


def by_model(view: View, judged: ComplianceData) -> None:
    """Non-compliance per model, with intervals."""
    figure.show(
        view,
        "compliance.models",
        key="compliance-models",
        over=judged.population,
        models=judged.models,
    )


def agreed(view: View, judged: ComplianceData) -> None:
    """Where D is blind: scenarios that models answer alike and that fail all the same."""
    found = figure.read(view, "compliance.agreed", models=judged.models)
    if found.frame.empty:
        st.header(found.title, anchor=False, help=glossary.help_text("agreed_failure"))
        st.text("No judged scenario with a low D is flagged or disputed throughout.")
        return
    shown = figure.show(
        view,
        "compliance.agreed",
        key="compliance-agreed",
        hint="Click a row to read the case.",
        clickable=True,
        most=_MOST,
        height=300,
        models=judged.models,
    )
    if shown.row is not None:
        links.open_case(view.study, str(shown.row["scenario"]))


def small_print(view: View) -> None:
    """What holds for everything here."""
    with st.container(key="small-print", gap="xsmall"):
        st.text(
            "A majority is more than half of the judges that gave a decision; a tie is not flagged."
        )
        st.text(f"Intervals are 95% and clustered by family. {ui_text.TEXT_LEFT}")
