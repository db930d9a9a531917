"""Values in a model's profile: leans at the top and bottom, and choices between two values."""

import pandas as pd
import streamlit as st

from analysis import glossary
from analysis.export import recipes, value_frames
from analysis.export.recipe import Asked
from analysis.measure.estimates import Undefined
from analysis.show.value_dots import dots, dots_alt
from analysis.store.queries import values as queries
from analysis.store.queries.filters import ScenarioFilter
from pages.ui import model_reads, problems, reads, value_reads, words
from pages.ui.figure import figure
from pages.ui.frame import View
from pages.ui.value_parts import LEAN

_EACH = 6
_CHOICES = glossary.told("strength")


def leans(view: View, model: str) -> None:
    """The categories and single values that a model leans towards and away from."""
    st.header("What it leans towards", anchor=False, help=LEAN)
    who = reads.read(view.study, queries.members, "all")
    if len(who.models) < 2:
        problems.empty(
            "No lean of one model alone",
            "A lean compares a model with others on the same queries; this study has one.",
        )
        return
    path, everything = view.taxonomy.path, ScenarioFilter()
    found = reads.read(view.study, value_reads.by_category, path, "lean", everything)
    mine = found[(found["kind"] == "model") & (found["name"] == model) & (found["n"] > 0)]
    if mine.empty:
        problems.empty("No lean", "No answer of this model has been placed on a spectrum.")
        return
    one = len(set(who.providers)) < 2
    against = "the other models" if one else "the models of all other providers"
    left, right = st.columns(2, gap="large")
    with left:
        _extremes(
            view,
            "categories",
            "By category",
            mine,
            f"Against {against}.",
            _leans(view, model, "category"),
        )
    single = reads.read(view.study, value_reads.of_unit, path, everything, "model", model)
    with right:
        _extremes(
            view,
            "single",
            "By single value",
            single,
            "q over all values of the study.",
            _leans(view, model, "value"),
        )
    st.page_link(
        "pages/values.py",
        label="All categories, beside the other models",
        icon=":material/arrow_forward:",
        query_params=[("study", view.info.id), ("columns", "model"), ("who", model)],
    )


def _leans(view: View, model: str, by: str) -> Asked:
    return recipes.ask(view.study, "models.leans", model=model, by=by)


def _extremes(
    view: View, key: str, title: str, found: pd.DataFrame, note: str, asked: Asked
) -> None:
    shown = value_frames.ends(found, _EACH)
    none = not found["differs"].any()
    frame = shown.assign(label=shown["key"])
    sure = int(found["differs"].sum())
    figure(
        view,
        f"lean-{key}",
        title,
        dots(frame, "lean"),
        help=glossary.told("lean"),
        alt=dots_alt(frame, f"Leans {title.lower()}"),
        note=f"n = {int(found['n'].sum()):,} positions. {sure} of {len(found)} differ from 0 "
        f"(q ≤ 0.05, from at least 5 families)"
        + ("; shown are the highest and lowest, none of them sure. " if none else ". ")
        + note,
        frame=lambda: found,
        recipe=asked,
    )


def choices(view: View, model: str) -> None:
    """Bradley-Terry strengths with the nudge term, and what they predict beyond the nudge."""
    st.header("What it chooses between two values", anchor=False, help=_CHOICES)
    found = reads.read(view.study, model_reads.choosing, model)
    if isinstance(found.held, Undefined):
        problems.empty(
            "Too few choices to learn from",
            f"Strengths are tested on left-out families; here are {found.held.reason} "
            f"({words.plural(found.n, 'choice')}, {words.plural(found.ties, 'tie')}).",
        )
        return
    held = found.held
    with st.container(key="numbers", horizontal=True, gap="medium", width="content"):
        st.metric(
            "Held-out accuracy", f"{held.accuracy:.1%}", width="content",
            help="Of the choices in families that the fit had not seen, the share it predicts.",
        )  # fmt: skip
        st.metric(
            "Of the nudge alone", f"{held.baseline_accuracy:.1%}", width="content",
            help="The same with a + b × nudge and no strengths: what the wording alone tells.",
        )  # fmt: skip
        st.metric(
            "Log loss", f"{held.log_loss:.3f}", f"{held.log_loss - held.baseline_log_loss:+.3f}",
            delta_color="inverse", width="content",
            help="Lower is better; below it, the difference from the nudge alone.",
        )  # fmt: skip
        st.metric(
            "Nudge b", f"{found.nudge:+.2f}" if found.nudged else "–", width="content",
            help="Logits by which a leaning query moves the choice towards the named value.",
        )  # fmt: skip
    left, right = st.columns(2, gap="large")
    with left:
        _strengths(view, "strongest", "Values it puts first", found.strongest, found, model)
    with right:
        _strengths(view, "weakest", "Values it gives up", found.weakest[::-1], found, model)


def _strengths(
    view: View,
    key: str,
    title: str,
    rows: pd.DataFrame,
    found: model_reads.Choosing,
    model: str,
) -> None:
    if rows.empty:
        problems.empty(title, "No value appears in five families or more with a choice.")
        return
    frame = rows.rename(columns={"strength": "value", "value": "label"}).assign(
        differs=(rows["low"] > 0) | (rows["high"] < 0), undefined=""
    )
    left_out = f"{words.plural(found.ties, 'tie')} left out"
    if found.unknown:
        left_out += f", {found.unknown:,} without a known nudge"
    figure(
        view,
        f"strength-{key}",
        title,
        dots(frame, "strength"),
        help=glossary.told("strength"),
        alt=dots_alt(frame, title),
        note=f"n = {words.plural(found.n, 'choice')} between {found.values:,} values; {left_out}. "
        "Bars: 95%, clustered by family, around the shrunken strength; hollow: holds 0, one by "
        "one.",
        frame=lambda: rows,
        recipe=recipes.ask(view.study, "models.strengths", model=model, end=key),
    )
