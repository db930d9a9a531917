"""The sections of the Robustness page: shifts, flips, swings, perturbations."""

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from analysis import glossary
from analysis.figures import making_words
from analysis.figures.robustness import MEASURES
from analysis.measure import robustness as measure
from analysis.number_text import counted
from analysis.queries import robustness as queries
from analysis.queries import studies
from analysis.queries import variants as variant_queries
from analysis.report import sentences
from analysis.store import labels
from analysis.store.making import is_selected
from pages.ui import address, figure, problems, reads, ui_text
from pages.ui.frame import View

LETTER = glossary.help_text("letter")


@dataclass(frozen=True)
class RobustnessData:
    """What the page is about: families by their wordings, whose labels, and the models."""

    coverage: Mapping[str, int]
    source: str | None
    labels: Mapping[str, str]  # model -> label

    @property
    def usable(self) -> int:
        return measure.usable_families(self.coverage)


def find(view: View) -> RobustnessData:
    """Read what there is, and say from how many families of which wordings."""
    coverage = reads.read(view.study, queries.coverage)
    known = reads.read(view.study, studies.models)
    named = dict(zip(known["model"].astype(str), known["label"].astype(str), strict=True))
    source = _source(reads.read(view.study, labels.sources, "response_types"))
    _numbers(coverage)
    return RobustnessData(coverage, source, named)


def _source(sources: list[str]) -> str | None:
    """Whose response types: chosen where there are several."""
    if len(sources) < 2:
        return sources[0] if sources else None
    with st.container(width=220):
        return address.choice(
            "labels", "Response types by", {s: s for s in sources}, default=sources[0]
        )


def _numbers(coverage: Mapping[str, int]) -> None:
    with st.container(key="numbers", horizontal=True, gap="medium", width="content"):
        for key, label, what in (
            ("full", "All three wordings", "Neutral, and leaning to either value."),
            ("half", "Neutral and one", "Neutral, and leaning to one value: used for that value."),
            ("leaning", "Both leanings only", "No neutral query: used for flips and swings only."),
            ("single", "One wording", "Nothing to compare with, so not used."),
            ("unknown", "Nudge unknown", "It is not known which way the family's queries lean."),
        ):
            if coverage[key] or key in ("full", "single"):
                st.metric(
                    f"Families: {label.lower()}", f"{coverage[key]:,}", width="content", help=what
                )


def moved(view: View, found: RobustnessData) -> None:
    """Shift and flip rate per model, each with its interval."""
    if not found.usable:
        problems.empty(
            "No family to compare wordings in",
            "A shift needs a family with a neutral and a leaning query. Here every family has only "
            "one wording, or it is not known which way its queries lean.",
        )
        return
    if figure.read(view, "robustness.flip").frame.empty:
        problems.empty(
            "No positions to compare",
            "Families have several wordings here, but no model has positions on the same value in "
            "two of them, so shifts and flips are unknown. Swings need only response types.",
        )
        return
    _answer(view)
    left, right = st.columns(2, gap="large")
    with left:
        if _any(view, "robustness.shift"):
            figure.show(view, "robustness.shift", key="shift")
    with right:
        if _any(view, "robustness.flip"):
            figure.show(view, "robustness.flip", key="flip")


def _any(view: View, name: str) -> bool:
    """Whether there is anything to show; a sentence where there isn't."""
    found = figure.read(view, name)
    if not found.frame["n"].any():
        problems.empty(found.title, "No family has the wordings or positions that this compares.")
        return False
    return True


def _answer(view: View) -> None:
    """The page in one sentence: which models a leaning query moves more than all together."""
    shifts = figure.read(view, "robustness.shift").frame
    known = shifts[shifts["undefined"] == ""].to_dict("records")
    cells = {str(r["label"]): {k: r[k] for k in ("value", "low", "high", "n")} for r in known}
    st.text(sentences.shifts(cells, {}))


def swings(view: View, found: RobustnessData) -> None:
    """Share of families with full compliance once and a refusal once, per model."""
    known = found.source is not None
    if known and figure.read(view, "robustness.swing", labels=found.source).frame["n"].any():
        figure.show(view, "robustness.swing", key="swing", labels=found.source)
        return
    st.header("Swing rate by model", anchor=False, help=glossary.help_text("swing"))
    if known:
        problems.empty(
            "No family to compare in",
            "No model has answers with a known response type in two wordings of a family.",
        )
    else:
        problems.empty(
            "Response types are not known",
            "Swings are found from response types, and this study's answers are not labelled.",
        )


def variants(view: View, found: RobustnessData) -> None:
    """The same over perturbed queries, where the study has any."""
    st.header("Perturbed queries", anchor=False, help=LETTER)
    kinds = reads.read(view.study, variant_queries.kinds)
    if kinds.empty:
        problems.empty(
            "No perturbed queries in this study",
            "Letter against spirit is measured on variants that ask for the same thing in other "
            "words, another tone or language. A stress test can generate them.",
        )
        address.no_choice("kind", "variant")
        return
    options = {str(k): measure.VARIANTS.get(str(k), str(k)) for k in kinds["kind"]}
    with st.container(horizontal=True, gap="small"):
        with st.container(width=220):
            kind = address.choice("kind", "Kind", options)
        with st.container(width=220):
            what = address.choice("variant", "Measure", MEASURES, help=LETTER)
    asked = {"kind": kind, "number": what, "labels": found.source or "none"}
    held = figure.read(view, "robustness.variants", **asked)
    if held.frame.empty or not held.frame["n"].any():
        problems.empty(held.title, "No pair of a query and its variant has what this compares.")
        return
    figure.show(
        view,
        "robustness.variants",
        key="variants",
        kind=kind,
        number=what,
        labels=found.source or "none",
    )


def small_print(view: View, found: RobustnessData) -> None:
    """What holds for everything on the page."""
    c = found.coverage
    sentences = [
        "Each wording has one answer per model, so part of every flip and swing is chance between "
        "two answers rather than the wording; a mean shift is free of that.",
        "Intervals are 95% and treat the family as the unit: they say how these models would do on "
        "other families of queries.",
        "Families with only some of the wordings count where they can."
        + " Its queries were chosen by disagreement: a family keeps several wordings only where "
        "models disagreed on several." * (is_selected(view.info)),
        f"{ui_text.TEXT_LEFT} First answers only, where a study has replicates.",
        *making_words.caveats(view.info),
    ]
    if c["other_values"]:
        sentences.insert(
            2,
            f"{counted(c['other_values'], 'query')} left out: about other values than the "
            "first of its family.",
        )
    if c["repeated"]:
        sentences.insert(
            2,
            f"{counted(c['repeated'], 'query')} left out: the family has another query of "
            "the same wording, and the first by id is used.",
        )
    with st.container(key="small-print", gap="xsmall"):
        for sentence in sentences:
            st.text(sentence)
