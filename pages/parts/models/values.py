"""Values in a model's profile: leans at the top and bottom, and choices between two values."""

import streamlit as st

from analysis import glossary
from analysis.figures import phrases
from analysis.figures.frames.models import choosing
from analysis.figures.models import LEANS
from analysis.measure.estimates.estimates import Measured, Undefined
from analysis.number_text import counted
from analysis.queries import values as queries
from analysis.queries.filters import ScenarioFilter
from analysis.registry import registry
from analysis.report import values as section
from analysis.vocabulary import LEAST_FAMILIES, with_minus
from pages.ui import address, figure, links, problems, reads
from pages.ui.frame import View

_CHOICES = glossary.help_text("strength")


def leans(view: View, model: str) -> None:
    """The categories and single values that a model leans towards and away from."""
    who = reads.read(view.study, queries.members, "all")
    if len(who.models) < 2:
        _no_leans(
            "No lean of one model alone",
            "A lean compares a model with others on the same queries; this study has one.",
        )
        return
    if figure.read(view, "models.leans", model=model).frame.empty:
        _no_leans("No lean", "No answer of this model has been placed on a spectrum.")
        return
    with st.container(width=260):
        lean = address.choice("lean", "Lean", LEANS, help=glossary.help_text("own_lean"))
    left, right = st.columns(2, gap="large")
    with left:
        figure.show(view, "models.leans", key="lean-categories", model=model, lean=lean)
    with right:
        figure.show(view, "models.leans", key="lean-single", model=model, by="value", lean=lean)
    rows = reads.read(view.study, section.turned, view.taxonomy.path, ScenarioFilter())
    mine = [r for r in rows if (r["kind"], r["name"]) == ("model", model)]
    problems.turned(mine, {model: registry().model(model).label})
    label = "All categories, beside the other models"
    links.page(view.info, "values", label, columns="model", who=model)


def _no_leans(title: str, why: str) -> None:
    st.header("What it leans towards", anchor=False, help=glossary.help_text("lean"))
    problems.empty(title, why)


def choices(view: View, model: str) -> None:
    """Bradley-Terry strengths with the nudge term, and what they predict beyond the nudge."""
    st.header("What it chooses between two values", anchor=False, help=_CHOICES)
    found = reads.read(view.study, choosing, model)
    if isinstance(found.held_out, Undefined):
        problems.empty(
            "Too few choices to learn from",
            f"Strengths are tested on left-out families; here are {found.held_out.reason} "
            f"({counted(found.n, 'choice')}, {counted(found.ties, 'tie')}).",
        )
        return
    held_out = found.held_out
    with st.container(key="numbers", horizontal=True, gap="medium", width="content"):
        st.metric(
            "Held-out accuracy",
            f"{held_out.accuracy:.1%}",
            width="content",
            help="Of the choices in families that the fit had not seen, the share it predicts.",
        )
        st.metric(
            "Of the nudge alone",
            f"{held_out.baseline_accuracy:.1%}",
            width="content",
            help="The same without strengths (a + b × nudge): what the wording alone predicts.",
        )
        st.metric(
            "Log loss",
            f"{held_out.log_loss:.3f}",
            f"{held_out.log_loss - held_out.baseline_log_loss:+.3f}",
            delta_color="inverse",
            width="content",
            help="Lower is better; below it, the difference from the nudge alone.",
        )
        st.metric(
            "Nudge b",
            with_minus(f"{found.nudge:+.2f}") if found.nudged else "–",
            width="content",
            help="Logits by which a leaning query moves the choice towards the named value.",
        )
    if not held_out.better:
        st.text(
            "No better than the wording alone: on left-out families the strengths predict "
            f"{_gained(held_out.gain)} than the nudge does. Read them as what happened, not as "
            "what the model prefers."
        )
    left, right = st.columns(2, gap="large")
    with left:
        _strengths(view, model, "strongest")
    with right:
        _strengths(view, model, "weakest")


def _gained(gain: Measured) -> str:
    if isinstance(gain, Undefined):
        return f"no more choices, as far as can be told ({gain.reason}),"
    return f"{phrases.in_points(gain)} more choices"


def _strengths(view: View, model: str, end: str) -> None:
    found = figure.read(view, "models.strengths", model=model, end=end)
    if found.frame.empty:
        problems.empty(
            found.title, f"No value appears in {LEAST_FAMILIES} families or more with a choice."
        )
        return
    figure.show(view, "models.strengths", key=f"strength-{end}", model=model, end=end)
