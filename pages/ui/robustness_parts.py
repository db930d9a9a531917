"""The sections of the Robustness page: shifts, flips, swings, perturbations."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from analysis import glossary
from analysis.export import recipes
from analysis.export.recipe import Asked
from analysis.measure import robustness as measure
from analysis.registry import registry
from analysis.show import robustness as pictures
from analysis.show.model_dots import Axis, dots, dots_alt
from analysis.store import labels
from analysis.store.queries import overview
from analysis.store.queries import robustness as queries
from analysis.store.queries import variants as variant_queries
from pages.ui import problems, reads, selection, url, words
from pages.ui.figure import figure
from pages.ui.frame import View

SHIFT = glossary.told("shift")
FLIP = glossary.told("flip")
SWING = glossary.told("swing")
LETTER = glossary.told("letter")
_MEASURES = {"moved": "Distance moved", "flips": "Flips", "swings": "Swings"}


@dataclass(frozen=True)
class Found:
    """What the page is about: families by their wordings, patterns, swings, and whose labels."""

    coverage: Mapping[str, int]
    patterns: pd.DataFrame
    source: str | None
    counts: pd.DataFrame
    labels: Mapping[str, str]  # model -> label

    @property
    def usable(self) -> int:
        return sum(self.coverage[k] for k in ("full", "half", "leaning"))


def find(view: View) -> Found:
    """Read what there is, and say from how many families of which wordings."""
    coverage = reads.read(view.study, queries.coverage)
    known = reads.read(view.study, overview.models)
    named = dict(zip(known["model"].astype(str), known["label"].astype(str), strict=True))
    sources = reads.read(view.study, labels.sources, "response_types")
    source = _source(sources)
    patterns = reads.read(view.study, queries.patterns)
    counts = reads.read(view.study, queries.swing_counts, source) if source else pd.DataFrame()
    _numbers(coverage)
    return Found(coverage, patterns, source, counts, named)


def _source(sources: list[str]) -> str | None:
    """Whose response types: chosen where there are several."""
    if len(sources) < 2:
        return sources[0] if sources else None
    with st.container(width=220):
        return url.choice(
            "labels", "Response types by", {s: s for s in sources}, default=sources[0]
        )


def _numbers(coverage: Mapping[str, int]) -> None:
    with st.container(key="numbers", horizontal=True, gap="medium", width="content"):
        for key, label, what in (
            ("full", "All three wordings", "Neutral, and leaning to either value."),
            ("half", "Neutral and one", "Neutral, and leaning to one value: used for that one."),
            ("leaning", "Both leanings only", "No neutral query: used for flips and swings."),
            ("single", "One wording", "Nothing to compare with: counted, not used."),
            ("unknown", "Nudge unknown", "No query of the family says how it leans."),
        ):
            if coverage[key] or key in ("full", "single"):
                st.metric(f"Families: {label.lower()}", f"{coverage[key]:,}", width="content",
                          help=what)  # fmt: skip


def named(found: Found, frame: pd.DataFrame) -> pd.DataFrame:
    """A frame with a column model, with each model's label beside it."""
    return frame.assign(label=[found.labels.get(str(m), str(m)) for m in frame["model"]])


def moved(view: View, found: Found) -> None:
    """Shift and flip rate per model, each with its interval."""
    if not found.usable:
        problems.empty(
            "No family to compare wordings in",
            "A shift needs a family with a neutral and a leaning query. Here every family has one "
            "wording only, or its nudges are not known.",
        )
        return
    if found.patterns.empty:
        problems.empty(
            "No positions to compare",
            "Families have several wordings here, but no model was placed on the same value in "
            "two of them, so shifts and flips are unknown. Swings need response types only.",
        )
        return
    shifts = named(found, measure.shifts(found.patterns))
    flips = named(found, measure.flip_rates(found.patterns))
    _answer(shifts)
    left, right = st.columns(2, gap="large")
    with left:
        _dots(
            view, "shift", "How far a leaning query moves them", shifts, pictures.SHIFT,
            _shift_note(found, shifts), SHIFT, recipes.ask(view.study, "robustness.shift"),
        )  # fmt: skip
    with right:
        _dots(
            view, "flip", "How often they change sides", flips, pictures.FLIP,
            f"n = {_span(flips)} values seen in two wordings or more, a model. Favored (4 to 6) in "
            "one, opposed (0 to 2) in another.", FLIP, recipes.ask(view.study, "robustness.flip"),
        )  # fmt: skip


def _answer(shifts: pd.DataFrame) -> None:
    """The page in one sentence: whom a leaning query moves most, and whom least."""
    known = shifts[shifts["undefined"] == ""].sort_values("value", ascending=False)
    if len(known) < 2:
        return
    most, least = (
        f"{row['label']} {word} ({pictures.SHIFT.words(row['value'])} positions, 95% "
        f"{pictures.SHIFT.words(row['low'])} to {pictures.SHIFT.words(row['high'])})"
        for row, word in zip(known.iloc[[0, -1]].to_dict("records"), ("most", "least"), strict=True)
    )
    st.text(f"A leaning query moves {most} and {least}.")


def _dots(
    view: View,
    key: str,
    title: str,
    frame: pd.DataFrame,
    axis: Axis,
    note: str,
    help: str,
    asked: Asked,
) -> None:
    if not frame["n"].sum():
        problems.empty(title, "No family has what this compares.")
        return
    figure(
        view,
        key,
        title,
        dots(frame, axis),
        alt=dots_alt(frame, axis, title),
        note=f"{note} Bars: 95%.",
        frame=lambda: frame,
        help=help,
        recipe=asked,
    )


def _shift_note(found: Found, shifts: pd.DataFrame) -> str:
    sure = int(((shifts["q"] <= measure.SIGNIFICANT) & (shifts["undefined"] == "")).sum())
    return (
        f"n = {_span(shifts)} leaning queries with their neutral one, a model, clustered by "
        f"family. {sure} of {words.plural(len(shifts), 'shift')} differ from 0 (q ≤ 0.05 after "
        "Benjamini-Hochberg)."
    )


def _span(frame: pd.DataFrame) -> str:
    low, high = int(frame["n"].min()), int(frame["n"].max())
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def swings(view: View, found: Found) -> None:
    """Share of families with full compliance once and a refusal once, per model."""
    title = "Full compliance in one wording, refusal in another"
    if found.source is None:
        st.header(title, anchor=False, help=SWING)
        problems.empty(
            "Response types are not known",
            "A swing is told from response types, and nobody has labelled this study's answers.",
        )
        return
    rates = named(found, measure.swing_rates(found.counts))
    if not rates["n"].sum():
        st.header(title, anchor=False, help=SWING)
        problems.empty(
            "No family to compare in",
            "No model has an answer with a known response type in two wordings of a family.",
        )
        return
    more = int((found.counts["swings_api"] - found.counts["swings"]).sum())
    api = f" With refusals by the API counted as refusals, {more:,} more." if more else (
        " The API itself refused in none of the others."
    )  # fmt: skip
    total = int(found.counts["swings"].sum())
    _dots(
        view, "swing", title, rates, pictures.SWING,
        f"n = {_span(rates)} families labelled in two wordings or more, a model; "
        f"{words.plural(total, 'swing')} in all.{api} Response types by {found.source}; answers "
        "it was unsure of are left out.", SWING,
        recipes.ask(view.study, "robustness.swing", labels=found.source),
    )  # fmt: skip


def variants(view: View, found: Found) -> None:
    """The same over perturbed queries, where the study has any."""
    st.header("Perturbed queries", anchor=False, help=LETTER)
    kinds = reads.read(view.study, variant_queries.kinds)
    if kinds.empty:
        problems.empty(
            "No perturbed queries here",
            "Letter against spirit is told from variants that ask for the same in other words, "
            "another tone or language. This study has none; a stress test can make them.",
        )
        return
    held = measure.variant_estimates(reads.read(view.study, variant_queries.moments, found.source))
    options = {str(k): words.VARIANTS.get(str(k), str(k)) for k in kinds["kind"]}
    with st.container(horizontal=True, gap="small"):
        with st.container(width=220):
            kind = url.choice("kind", "Kind", options, default=next(iter(options)))
        with st.container(width=220):
            what = url.choice("variant", "Number", _MEASURES, default="moved", help=LETTER)
    rows = held[(held["kind"] == kind) & (held["measure"] == what)].assign(
        provider=lambda f: [registry().model(str(m)).provider for m in f["model"]]
    )
    same = kind in measure.SAME_REQUEST
    title = "Letter against spirit" if what == "swings" and same else _MEASURES[what]
    if rows.empty:
        problems.empty(title, "No pair of a query and its variant has what this compares.")
        return
    total = dict(zip(kinds["kind"], kinds["variants"], strict=True))[kind]
    asks = "asks for the same" if same else "changes what is asked, or presses"
    _dots(
        view, "variants", title, named(found, rows), pictures.VARIANT_AXES[what],
        f"{words.plural(int(total), 'variant')} of this kind, which {asks}. n = {_span(rows)} a "
        "model, clustered by family.", LETTER,
        recipes.ask(
            view.study, "robustness.variants", kind=kind, number=what, labels=found.source or "none"
        ),
    )  # fmt: skip


def small_print(view: View, found: Found) -> None:
    """What holds for everything on the page."""
    c = found.coverage
    sentences = [
        "Each wording has one answer a model, so a part of every flip and swing is chance between "
        "two answers and not the wording; a mean shift is free of that.",
        "Intervals are 95% and treat the family as the unit: they speak of these models over "
        "families of queries.",
        "Families with only some of the wordings are used for what they have. In a study selected "
        "by disagreement a family keeps several wordings only where models disagreed on several.",
        f"{words.TEXT_LEFT} First answers only, where a study has replicates.",
        *selection.caveats(view.info),
    ]
    if c["repeated"]:
        sentences.insert(
            2,
            f"{words.plural(c['repeated'], 'query')} left out: their family has another query of "
            "the same wording, and the first by id stands for it.",
        )
    with st.container(key="small-print", gap="xsmall"):
        for sentence in sentences:
            st.text(sentence)
