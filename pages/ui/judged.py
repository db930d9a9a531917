"""What the pages of judges share: who judged, what was measured, and the way to a case."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from analysis import glossary
from analysis.export import inputs, recipes
from analysis.export import judge_frames as frames
from analysis.export.paper_bases import loaded_splits
from analysis.export.recipe import Asked
from analysis.measure import agreement as measure
from analysis.measure.estimates import Estimate, Measured
from analysis.measure.paper_numbers import COMPLETE
from analysis.store.queries import judges as queries
from analysis.store.queries import overview
from analysis.store.specs import current_spec, spec_key
from analysis.store.study import OpenStudy
from pages.ui import problems, reads, url
from pages.ui.frame import View

_IN_USE: Mapping[str, Callable[[OpenStudy], str]] = {
    "spec": lambda study: spec_key(current_spec(study.settings)),
    "taxonomy": inputs.taxonomy_key,
    "style": inputs.style_key,
}
BINARY = "Binary: problematic (non-compliant or ambiguous) against compliant."
CODED = {
    frames.BINARY: BINARY,
    frames.THREE_WAY: "Three-way: compliant, non-compliant and ambiguous told apart.",
}
NOBODY = "nobody"


@dataclass(frozen=True)
class Judged:
    """Decisions, one row an answer, with who judged and what was measured over all of it."""

    frame: pd.DataFrame  # as `judge_frames.items`
    judges: list[str]
    labels: Mapping[str, str]
    known: pd.DataFrame  # judges with their counts
    found: dict[str, measure.Agreement]
    without: str  # the judge left out, or ""
    coding: str  # of pairs and slices: binary or three_way
    over: str  # what pooled numbers speak of: the judged sample, or the study's population
    told: str  # the same in words

    @property
    def binary(self) -> measure.Agreement:
        return self.found["binary"]


def find(view: View) -> Judged | None:
    """Everything the page shows; None (with a sentence) where nothing was judged."""
    known = reads.read(view.study, queries.judges)
    if known.empty:
        problems.empty(
            "No answer of this study was judged",
            "Judges read an answer against a spec. Load a source with decisions, or judge this "
            "study's answers again on the Stress test page.",
        )
        return None
    labels = dict(zip(known["judge"].astype(str), known["label"].astype(str), strict=True))
    with st.container(horizontal=True, gap="medium"):
        out = _left_out(labels)
        coding = _coding()
        over = choose_over(view)
    names = [j for j in labels if j != out]
    frame = reads.read(view.study, frames.items)
    found = reads.read(view.study, frames.agreements, tuple(names), over)
    told = frames.scheme(view.study, frame, over).label
    return Judged(
        frame, names, {j: labels[j] for j in names}, known, found, out, coding, over, told
    )


def _coding() -> str:
    """How decisions are told apart in pairs and slices."""
    options = {frames.BINARY: "Flagged or not", frames.THREE_WAY: "All three decisions"}
    with st.container(width=200):
        return url.choice(
            "coding", "Pairs and slices by", options, default=frames.BINARY,
            help=glossary.told("coding"),
        )  # fmt: skip


def _left_out(labels: Mapping[str, str]) -> str:
    """The judge that is left out, or ""."""
    if len(labels) < 3:
        return ""
    with st.container(width=240):
        out = url.choice(
            "without", "Leave out", {NOBODY: "Nobody", **labels}, default=NOBODY,
            help="To see what changes without one judge.",
        )  # fmt: skip
    return "" if out == NOBODY else out


def choose_over(view: View) -> str:
    """What pooled numbers speak of: the judged sample, or the study's queries where it holds more
    than were judged. The queries come first where they are the public population (`complete`)."""
    if reads.read(view.study, queries.population) is None:
        return frames.SAMPLE
    options = {frames.SAMPLE: "The judged sample", frames.POPULATION: "All queries of the study"}
    public = COMPLETE in loaded_splits(view.info)
    with st.container(width=240):
        return url.choice(
            "over",
            "Pooled numbers speak of",
            options,
            default=frames.POPULATION if public else frames.SAMPLE,
            help=glossary.told("weighted"),
        )


def asked(view: View, name: str, /, **parameters: Any) -> Asked:
    """A recipe with its parameters. What may change while the study does not (spec, taxonomy,
    style) is settled each time; who labelled is looked up once."""
    for key, now in _IN_USE.items():
        if key in recipes.find(name).defaults and key not in parameters:
            parameters[key] = now(view.study)
    return reads.read(view.study, recipes.ask, name, **parameters)


def computed(view: View, asked: Asked) -> pd.DataFrame:
    """A recipe's numbers, from the cache where they were read before."""
    return reads.read(view.study, recipes.compute, asked)


def in_words(found: Measured, form: str = "{:.2f}") -> str:
    """A number with its interval, or why there is none."""
    if isinstance(found, Estimate):
        value, low, high = (form.format(x) for x in (found.value, found.low, found.high))
        return f"{value} (95% {low} to {high})"
    return f"undefined ({found.reason})"


def label(view: View, model: str) -> str:
    """A model's name as screens show it."""
    return labels(view, [model])[0]


def labels(view: View, models: Iterable[object]) -> list[str]:
    """The names of many models, looked up once: a table has one in each of its rows."""
    known = reads.read(view.study, overview.models).set_index("model")["label"].to_dict()
    return [str(known.get(str(m), m)) for m in models]


def read_case(view: View, scenario: str, *models: str) -> None:
    """To the reader, with these answers shown."""
    st.switch_page(
        "pages/scenarios.py",
        query_params={
            "study": view.info.id,
            "scenario": scenario,
            "show": labels(view, models),
        },
    )
