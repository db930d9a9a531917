"""The sections of the Paper page: the answer, shares, every number, and verdicts by part."""

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from analysis import glossary
from analysis.figures.frames.paper_bases import papers_data
from analysis.measure.paper import comparison as measure
from analysis.measure.paper.numbers import sections
from analysis.number_text import counted
from pages.ui import address, figure, problems, ui_text
from pages.ui.frame import View

VERDICT = glossary.help_text("verdict")
_EVERY = "all"


@dataclass(frozen=True)
class PaperChoice:
    """The rows shown: of one section and one verdict, or of all."""

    section: str
    verdict: str
    rows: pd.DataFrame


def find(view: View) -> pd.DataFrame:
    """Every printed number with this study's."""
    return figure.read(view, "paper.numbers").frame


def answer(view: View, frame: pd.DataFrame) -> None:
    """The page in a sentence; and, where it is so, that this is not the paper's data."""
    if not papers_data(view.info):
        why = (
            "This study is simulated and its models are fictional."
            if view.info.simulated
            else "None of this study's models is in the paper."
        )
        problems.note(
            "This is not the paper's data",
            f"{why} Its numbers stand beside the printed ones to show the form of the comparison; "
            "none of them reproduces or contradicts the paper.",
        )
    parts = [f"{count} {_PHRASES[v]}" for v, count in measure.by_verdict(frame).items()]
    few = frame.loc[frame["verdict"] == measure.TOO_FEW, "why"]
    counted = f"Of {len(frame)} printed numbers, {ui_text.listed(parts)}."
    st.text(" ".join([counted, *few.unique()[:2]]))


_PHRASES = {
    measure.REPRODUCED: "are reproduced",
    measure.DIFFERS: "differ",
    measure.TOO_FEW: "have too few cases here",
    measure.NOT_COMPUTABLE: "can't be computed from this data",
    measure.OTHER_DATA: "have a counterpart of the same form",
}


def choose(frame: pd.DataFrame) -> PaperChoice:
    """One section, one verdict, or all."""
    there = measure.by_verdict(frame)
    with st.container(horizontal=True, gap="small"):
        with st.container(width=230):
            section = address.choice(
                "part",
                "Part of the paper",
                {_EVERY: "All parts", **{s: s for s in sections()}},
                default=_EVERY,
            )
        with st.container(width=200):
            verdict = address.choice(
                "verdict",
                "Verdict",
                {_EVERY: "All", **{v: v.capitalize() for v in there}},
                default=_EVERY,
                help=VERDICT,
            )
    rows = frame
    if section != _EVERY:
        rows = rows[rows["section"] == section]
    if verdict != _EVERY:
        rows = rows[rows["verdict"] == verdict]
    return PaperChoice(section, verdict, rows)


def shares(view: View, chosen: PaperChoice) -> None:
    """Printed and computed percentages in one picture, where there are any."""
    found = figure.read(view, "paper.shares", section=chosen.section, verdict=chosen.verdict)
    if not found.frame.empty:
        figure.show(
            view,
            "paper.shares",
            key="paper-shares",
            section=chosen.section,
            verdict=chosen.verdict,
        )


def listed(view: View, chosen: PaperChoice) -> None:
    """Every number with its verdict and the reason."""
    if chosen.rows.empty:
        problems.empty("No such number", "No printed number of this part has this verdict here.")
        return
    figure.show(
        view,
        "paper.numbers",
        key="paper-numbers",
        height=700,
        section=chosen.section,
        verdict=chosen.verdict,
    )
    _reasons(chosen.rows)


def _reasons(rows: pd.DataFrame) -> None:
    """The reasons in full, since a cell cuts them off."""
    with st.container(key="small-print", gap="xsmall"):
        for why, count in measure.reasons(rows).items():
            st.text(f"{counted(count, 'number')}: {why}")


def by_section(view: View) -> None:
    """How many numbers of each part have which verdict."""
    figure.show(view, "paper.parts", key="paper-sections")


def small_print(view: View) -> None:
    """What every comparison rests on."""
    taxonomy = view.taxonomy
    with st.container(key="small-print-paper", gap="xsmall"):
        st.caption(
            f"Values are read with the taxonomy “{taxonomy.name}”. A share is reproduced within "
            "one percentage point, kappa within 0.02, an outlier count within 2%, a size exactly. "
            f"{ui_text.TEXT_LEFT}"
        )
