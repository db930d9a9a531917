"""The sections of the Compare page: the other study, what matched, metrics, cases, making."""

import math
from dataclasses import dataclass

import streamlit as st

from analysis import glossary
from analysis.figures import compare as words
from analysis.figures import inputs
from analysis.figures.frames import compare as frames
from analysis.figures.frames import trend as frames_trend
from analysis.measure.compare.metric_differences import Comparison
from analysis.number_text import counted
from analysis.registry import registry
from analysis.vocabulary import SIGNIFICANT
from pages.ui import address, clicks, figure, links, problems, reads
from pages.ui.frame import View

_MOST_NAMED = 3
_MOST_CASES = 200
_CHOICE, _MODEL = 420, 280  # pixels
_WHOLE = "all"
_PART = "metric-cases"
_PAIRED = glossary.help_text("paired_difference")


@dataclass(frozen=True)
class Sides:
    """What is compared: study A (its key: id@hash) with the study in use, B; or, with `model`, one
    model of B with one of A, which may be the same study."""

    other: str
    model: str = ""
    other_model: str = ""


def choose(view: View) -> Sides | None:
    """The two sides; None, with what to load, where there is nothing to compare with."""
    others = {i.id: i for i in view.studies if i.id != view.info.id}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        with st.container(width=_MODEL):
            labels = {m: registry().model(m).label for m in view.info.models}
            model = address.choice(
                "one_model",
                "Compare",
                {_WHOLE: "The whole study", **labels},
                default=_WHOLE,
                help="All models together, or one model with another one.",
            )
        if model != _WHOLE:
            return _two_models(view, model)
        if others:
            with st.container(width=_CHOICE):
                picked = address.choice(
                    "against",
                    "Study before (A)",
                    {i: info.title for i, info in others.items()},
                    default=_likeliest(view),
                    always=True,
                )
            return Sides(inputs.study_key(others[picked]))
    problems.empty(
        "Nothing to compare with",
        "This is the only study here. Choose one of its models above to compare it with another "
        "one, or load a second study: the same plan run again, the same answers judged by others, "
        "or another wording of the same queries.",
    )
    _ways(view)
    return None


def _two_models(view: View, model: str) -> Sides | None:
    """The study and the model that one model of this study is compared with."""
    known = {view.info.id: view.info} | {i.id: i for i in view.studies}
    with st.container(width=_MODEL):
        picked = address.choice(
            "against",
            "In the study (A)",
            {i: info.title for i, info in known.items()},
            default=view.info.id,
            always=True,
        )
    same = picked == view.info.id
    options = [m for m in known[picked].models if not (same and m == model)]
    if not options:
        problems.empty(
            "No other model", "This study has no other model to compare with: choose another study."
        )
        return None
    with st.container(width=_MODEL):
        other = address.choice(
            "other_model",
            "With the model (A)",
            {m: registry().model(m).label for m in options},
            default=model if model in options else options[0],
        )
    return Sides(inputs.study_key(known[picked]), model, other)


def _likeliest(view: View) -> str:
    """Of the other studies the latest with the same models, else the latest."""
    others = [i for i in view.studies if i.id != view.info.id]
    alike = [i for i in others if set(i.models) & set(view.info.models)]
    return (alike or others)[0].id


def _ways(view: View) -> None:
    with st.container(horizontal=True):
        links.page(view.info, "data", "Load a study")
        links.page(view.info, "stress_test", "Run a stress test")


def _compared(view: View, sides: Sides) -> Comparison:
    taxonomy = inputs.filled(view.study, {"taxonomy": ""})["taxonomy"]
    with st.spinner("Comparing…"):
        found: Comparison = reads.read(
            view.study, frames.between, sides.other, taxonomy, sides.model, sides.other_model
        )
    return found


def summary(view: View, sides: Sides) -> bool:
    """What matched, and what differs in a few sentences; False where nothing can be compared."""
    found = _compared(view, sides)
    tested = [m for m in found.metrics.values() if not math.isnan(m.p)]
    differ = [m for m in found.by_evidence() if m.differs]
    with st.container(key="numbers", horizontal=True, gap="medium", width="content"):
        both = glossary.help_text("scenario")
        st.metric("Queries in both", f"{found.matched:,}", width="content", help=both)
        st.metric("Only in A", f"{found.only_a:,}", width="content", help=both)
        st.metric("Only in B", f"{found.only_b:,}", width="content", help=both)
        if found.matched:
            st.metric("Metrics tested", f"{len(tested):,}", width="content", help=_PAIRED)
            st.metric("That differ", f"{len(differ):,}", width="content", help=_PAIRED)
    if not found.matched:
        problems.empty(
            "The two share no query",
            "Neither ids nor words of their queries agree, so nothing can be compared. Choose "
            "another study, or load two runs of one plan, or judgements of the same answers.",
        )
        _ways(view)
        return False
    if found.by_words:
        st.text(
            f"{counted(found.by_words, 'query')} with other ids "
            f"{'was' if found.by_words == 1 else 'were'} matched by words."
        )
    if found.identical:
        st.text("Both sides hold the same content: nothing differs.")
    elif differ:
        pair = (sides.other_model, sides.model) if sides.model else None
        st.text("\n".join(f"{words.sentence(m, pair)}." for m in differ[:_MOST_NAMED]))
        more = len(differ) - _MOST_NAMED
        if more > 0:
            st.text(f"And {counted(more, 'other metric')}, in the table below.")
    else:
        st.text(
            f"No metric differs by more than chance allows: of {len(tested):,} tested together, "
            f"none has a q-value of {SIGNIFICANT:g} or less."
        )
    return True


def metrics(view: View, sides: Sides) -> None:
    """Every metric, or one kind of them, the surest difference first."""
    found = _compared(view, sides)
    there = dict.fromkeys(m.group for m in found.metrics.values())
    kinds = {"all": "All metrics", **{g: words.GROUPS[g] for g in there}}
    with st.container(width=_CHOICE):
        group = address.choice("metrics", "Kind of metric", kinds, default="all")
    shown = figure.show(
        view,
        "compare.metrics",
        key="compared",
        hint="Click a row to see the cases behind it.",
        clickable=True,
        other=sides.other,
        group="" if group == "all" else group,
        model=sides.model,
        other_model=sides.other_model,
    )
    if shown.row is not None:
        address.keep("metric", str(shown.row["metric"]))
        clicks.bring_into_view(_PART)
        st.rerun()


def in_detail(view: View, sides: Sides) -> str:
    """One metric and the cases behind it; gives the metric. A click on it in the table brings them
    into view, also where they were those of that metric before."""
    with clicks.part_in_view(_PART, "metric"):
        metric = _chosen(view, sides)
        _cases(view, sides, metric)
    return metric


def _chosen(view: View, sides: Sides) -> str:
    """The metric whose cases and course over time are shown; the surest difference by default."""
    surest = _compared(view, sides).by_evidence()
    known = {m.name: words.what(m.name, alone=bool(sides.model)) for m in surest}
    with st.container(width=_CHOICE):
        return address.choice("metric", "Metric in detail", known, default=surest[0].name)


def _cases(view: View, sides: Sides, metric: str) -> None:
    """The cases that differ most, behind one metric; a click opens one."""
    if _compared(view, sides).identical:
        return
    held = figure.read(
        view,
        "compare.cases",
        other=sides.other,
        metric=metric,
        model=sides.model,
        other_model=sides.other_model,
    )
    if held.frame.empty:
        st.text("No case behind this metric differs.")
        return
    shown = figure.show(
        view,
        "compare.cases",
        key="differing",
        hint="Click a row to read the case in this study.",
        clickable=True,
        most=_MOST_CASES,
        other=sides.other,
        metric=metric,
        model=sides.model,
        other_model=sides.other_model,
    )
    if shown.row is not None:
        here = sides.model and sides.other == inputs.study_key(view.info)
        pair = [sides.other_model] if here else []
        model = str(shown.row["model"])
        read = [model, *pair] if model else []
        links.open_case(view.study, str(shown.row["scenario"]), *read)


def made(view: View, sides: Sides) -> None:
    """What differs in how the two were made: run, plan, roles, spec, prompts."""
    if sides.other == inputs.study_key(view.info):
        return
    differs = figure.read(view, "studies.made_differs", other=sides.other)
    if differs.frame.empty:
        st.text("As far as is known, the two were made in the same way.")
        return
    figure.show(view, "studies.made_differs", key="made-differs", other=sides.other)


def trend(view: View, metric: str) -> None:
    """One metric over a series of studies: those of the same plan, or others that are chosen."""
    alike = [k.partition("@")[0] for k in reads.read(view.study, frames_trend.same_plan)]
    with st.container(width=2 * _CHOICE):
        picked = address.choices(
            "series",
            "Series of studies",
            {i.id: i.title for i in view.studies},
            default=alike,
            help="Studies whose runs had a plan of the same title stand here by themselves. They "
            "are shown in the order of their runs.",
        )
    if len(picked) < 2:
        st.text("Choose two studies or more to see the metric over time.")
        return
    infos = frames_trend.in_time([i for i in view.studies if i.id in picked])
    with st.spinner("Comparing each study with the one before…"):
        figure.show(
            view,
            "compare.trend",
            key="trend",
            series=[inputs.study_key(i) for i in infos],
            metric=metric,
        )
