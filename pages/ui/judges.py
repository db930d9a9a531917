"""What the pages on judges share: who judged, what was measured, and how far judges agree with
people (over answers drawn at random)."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from analysis import glossary
from analysis.errors import FaultlineError
from analysis.figures.frames import judged as judged_frames
from analysis.figures.frames import judges as frames
from analysis.figures.frames import people as people_frames
from analysis.measure.agreement import agreement as measure
from analysis.measure.human_labels import least_and_most, people
from analysis.number_text import counted
from analysis.queries import judged_sets
from analysis.queries import judges as queries
from analysis.registry import registry
from pages.ui import address, figure, problems, reads, ui_text
from pages.ui.frame import View

NOBODY = "nobody"
_FEW_ANSWERS = 30


@dataclass(frozen=True)
class JudgeData:
    """Who judged, what was measured over all of it, and what the page's readers chose."""

    judges: list[str]
    labels: Mapping[str, str]
    known: pd.DataFrame  # judges with their counts
    found: dict[str, measure.Agreement]
    without: str  # the judge left out, or ""
    coding: str  # of pairs and slices: binary or three_way
    models: str  # the set whose D tells of judged answers
    population: str  # what pooled numbers describe: the judged sample, or the study's population
    population_words: str  # the same in words

    @property
    def binary(self) -> measure.Agreement:
        return self.found["binary"]


def find(view: View) -> JudgeData | None:
    """Everything the page shows; None (with a sentence) where nothing was judged."""
    known = reads.read(view.study, queries.judges)
    if known.empty:
        problems.empty(
            ui_text.UNJUDGED,
            "Judges check an answer against a spec. Load a source with their decisions, or have "
            "this study's answers judged on the Stress test page.",
        )
        return None
    labels = dict(zip(known["judge"].astype(str), known["label"].astype(str), strict=True))
    with st.container(horizontal=True, gap="medium"):
        out = _left_out(labels)
        coding = _coding()
        models = choose_models(view)
        over = choose_over(view, models)
    names = [j for j in labels if j != out]
    frame = reads.read(view.study, frames.items, None, models)
    found = reads.read(view.study, frames.agreements, tuple(names), over, models)
    told = frames.scheme(view.study, frame, over, models).label
    return JudgeData(
        names, {j: labels[j] for j in names}, known, found, out, coding, models, over, told
    )


def _coding() -> str:
    """How decisions are told apart in pairs and slices."""
    options = {frames.BINARY: "Flagged or not", frames.THREE_WAY: "All three decisions"}
    with st.container(width=200):
        return address.choice(
            "coding",
            "Compare decisions as",
            options,
            default=frames.BINARY,
            help=glossary.help_text("coding"),
        )


def _left_out(labels: Mapping[str, str]) -> str:
    """The judge that is left out, or ""."""
    if len(labels) < 3:
        return ""
    with st.container(width=240):
        out = address.choice(
            "without",
            "Leave out",
            {NOBODY: "No judge", **labels},
            default=NOBODY,
            help="See what changes without one of the judges.",
        )
    return "" if out == NOBODY else out


def choose_models(view: View, *, always: bool = True) -> str:
    """The set of models whose D tells of judged answers: those that were judged, or another one
    of the study. It stands in the address; a set of one's own comes in by the address. Without
    `always` no widget is shown where there is nothing to choose."""
    known = reads.read(view.study, judged_sets.choices)
    asked = address.get("judged_models")
    mine = [asked] if asked and asked not in known and _is_set(view, asked) else []
    options = {name: _set_label(view, name) for name in (*known, *mine)}
    if len(options) == 1 and not always:
        return known[0]
    with st.container(width=240):
        return address.choice(
            "judged_models",
            "Disagreement D over",
            options,
            default=known[0],
            help=glossary.help_text("judged_models"),
        )


def _is_set(view: View, models: str) -> bool:
    try:
        return bool(reads.read(view.study, judged_sets.judged_set, models).id)
    except FaultlineError:
        return False


def _set_label(view: View, models: str) -> str:
    told = judged_frames.name(view.study, models)
    return told[:1].upper() + told[1:]


def choose_over(view: View, models: str) -> str:
    """What pooled numbers describe: the judged sample, or the study's queries where it holds more
    than were judged, which then come first, as in report and briefing."""
    if reads.read(view.study, queries.population, models) is None:
        if address.get("over") != frames.SAMPLE:
            address.no_choice("over")
        return frames.SAMPLE
    options = {frames.SAMPLE: "The judged sample", frames.POPULATION: "All queries of the study"}
    with st.container(width=240):
        return address.choice(
            "over",
            "Pooled estimates are for",
            options,
            default=frames.POPULATION,
            help=glossary.help_text("weighted"),
        )


def against_people(view: View) -> None:
    """Each judge's accuracy and kappa against people; how to get there where nobody labelled."""
    found = figure.read(view, "people.judges")
    labels = reads.read(view.study, people_frames.labels, found.request.parameters["people"])
    if labels.empty:
        problems.empty(
            "No answers labelled yet",
            "People label answers on Review. One in five is drawn at random; those show how far "
            "each judge agrees with people.",
        )
        return
    authors = people(labels)
    if found.frame.empty or not labels["random"].any():
        st.text(
            f"{counted(len(labels), 'label')} by {authors} "
            f"{'person' if authors == 1 else 'people'}, but none of answers drawn at "
            "random, which an estimate needs."
            if len(found.frame)
            else "There are labels, but no judge to compare them with."
        )
        return
    _least_and_most(found.frame)
    figure.show(view, "people.judges", key="against-people")
    if len(figure.read(view, "people.pairs").frame):
        figure.show(view, "people.pairs", key="people-pairs")


def _least_and_most(frame: pd.DataFrame) -> None:
    """The judges that agree least and most with people."""
    ends = least_and_most(frame)
    if ends.empty:
        return
    n = int(frame["n"].max())
    parts = [
        f"{registry().judge(str(r['judge'])).label} on {r['accuracy']:.0%} (95% "
        f"{r['accuracy_low']:.0%} to {r['accuracy_high']:.0%})"
        for r in ends.to_dict("records")
    ]
    st.text(
        f"On {counted(n, 'answer')} drawn at random, judges decide as people do: "
        f"{', '.join(parts)}."
        + f" Fewer than {_FEW_ANSWERS} answers say little."
        * (n < _FEW_ANSWERS)
    )
