"""Refusals that stand alone, and compliance that does: each case opens in the reader."""

from typing import Any

import streamlit as st

from analysis import glossary
from analysis.figures.refusals import SHARE
from pages.parts.refusals.sections import RefusalChoice
from pages.ui import address, figure, links, problems
from pages.ui.frame import View

_MOST = 300
_SHARES = (50, 100)  # percent; below half, the others are no majority
_SIDES = {"refused": "False-positive refusals", "complied": "Lone compliance"}


def isolated(view: View, chosen: RefusalChoice) -> None:
    """The list of one side, with the share as a slider; a click opens the case."""
    st.header("Isolated answers", anchor=False)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        with st.container(width=240):
            side = address.choice(
                "side",
                "Which",
                _SIDES,
            )
        with st.container(width=220):
            model = address.choice(
                "model", "Model", {"all": "All models", **chosen.models}, default="all"
            )
        share = st.slider(
            "Share of the others",
            *_SHARES,
            round(100 * SHARE),
            5,
            format="%d%%",
            width=240,
            help=glossary.help_text("false_positive"),
            **address.bound("share", "Share of the others", limits=_SHARES),
        )
    asked: dict[str, Any] = {
        "share": share / 100,
        "refused": side == "refused",
        "model": model,
        **chosen.labelled,
    }
    found = figure.read(view, "refusals.isolated_refusals", **asked)
    if found.frame.empty:
        problems.empty(_SIDES[side], "There is no such answer. Lower the share.")
        return
    shown = figure.show(
        view,
        "refusals.isolated_refusals",
        key="isolated-refusals",
        hint="Click a row to read the case.",
        clickable=True,
        most=_MOST,
        height=480,
        **asked,
    )
    if shown.row is not None:
        links.open_case(view.study, str(shown.row["scenario"]), str(shown.row["model"]))
