"""One model on the Robustness page: its shifts, and the families in which it changes sides."""

import streamlit as st

from pages.parts.robustness.sections import RobustnessData
from pages.ui import address, figure, links, problems
from pages.ui.figure import Shown
from pages.ui.frame import View

_MOST, _TALL = 300, 420
_OPEN = "Click a row to read its first query, or the third column to read the second."


def one_model(view: View, found: RobustnessData) -> str | None:
    """The shifts of one model, and its cases, each one click from the reader. Gives the model."""
    if not found.labels:
        return None
    if found.usable:
        st.header("One model", anchor=False)
    with st.container(width=240):
        model = address.choice(
            "model", "Model", found.labels, default=_first(view, found), always=True
        )
    if not found.usable:
        return model
    _shifts(view, model)
    left, right = st.columns(2, gap="large")
    with left:
        _swings(view, found, model)
    with right:
        _flips(view, model)
    return model


def _first(view: View, found: RobustnessData) -> str:
    """Where to begin: the model that leaning queries move most."""
    moved = figure.read(view, "robustness.shift").frame.dropna(subset=["value"])
    if moved.empty:
        return next(iter(found.labels))
    return str(moved.sort_values("value", ascending=False)["model"].iloc[0])


def _shifts(view: View, model: str) -> None:
    if not figure.read(view, "robustness.shifts_of", model=model).frame["cases"].any():
        problems.empty(
            "No shifts for this model",
            "No family has its position on the favored value for both a neutral and a leaning "
            "query.",
        )
        return
    figure.show(view, "robustness.shifts_of", key="shifts", model=model)


def _swings(view: View, found: RobustnessData, model: str) -> None:
    if found.source is None:
        return
    parameters = {"model": model, "labels": found.source}
    cases = figure.read(view, "robustness.swing_cases", **parameters)
    if cases.frame.empty:
        problems.empty(
            cases.title, "It never complies in full with one wording and refuses another."
        )
        return
    shown = figure.show(
        view,
        "robustness.swing_cases",
        key="swing-cases",
        hint=_OPEN,
        clickable=True,
        most=_MOST,
        height=_TALL,
        model=model,
        labels=found.source,
    )
    _open(view, shown, "complied", "refused")


def _flips(view: View, model: str) -> None:
    cases = figure.read(view, "robustness.flip_cases", model=model)
    if cases.frame.empty:
        problems.empty(
            cases.title, "It never favors a value in one wording and opposes it in another."
        )
        return
    shown = figure.show(
        view,
        "robustness.flip_cases",
        key="flip-cases",
        hint=_OPEN,
        clickable=True,
        most=_MOST,
        height=_TALL,
        model=model,
    )
    _open(view, shown, "favored", "opposed")


def letters(view: View, found: RobustnessData, model: str) -> None:
    """Perturbed queries that were answered in the other way, where the study has any."""
    labels = found.source or "none"
    if figure.read(view, "robustness.letter_cases", model=model, labels=labels).frame.empty:
        return
    shown = figure.show(
        view,
        "robustness.letter_cases",
        key="letter-cases",
        hint=_OPEN,
        clickable=True,
        most=_MOST,
        height=_TALL,
        model=model,
        labels=labels,
    )
    _open(view, shown, "complied", "refused")


def _open(view: View, shown: Shown, first: str, second: str) -> None:
    """To the reader, with the query on the side that was clicked."""
    if shown.row is None:
        return
    side = second if shown.column == f"{second}_when" else first
    links.open_case(view.study, str(shown.row[side]), str(shown.row["model"]))
