"""Judges pair by pair: the matrix, two judges' decisions against each other, and a cell's cases."""

import pandas as pd
import streamlit as st

from analysis.vocabulary import Decision
from pages.ui import address, clicks, figure, links, problems
from pages.ui.frame import View
from pages.ui.judges import JudgeData

_MOST = 300
_OPPOSITE = (Decision.COMPLIANT, Decision.NON_COMPLIANT)


def matrix(view: View, judged: JudgeData) -> None:
    """Cohen's kappa and raw agreement of each pair; a click chooses the pair below."""
    figure.show(
        view,
        "judges.pairs",
        key="judge-pairs",
        hint="Click a cell for what the two judges decide, below.",
        on_select=clicks.into_address("judge-pairs", "pair"),
        coding=judged.coding,
        without=judged.without,
        over=judged.population,
        models=judged.models,
    )


def two(view: View, judged: JudgeData) -> None:
    """What two judges decide on the same answers; a cell opens its cases."""
    pairs = {
        f"{a}|{b}": f"{judged.labels[a]} and {judged.labels[b]}" for a, b in judged.binary.pairs
    }
    if not pairs:
        return
    left, right = st.columns([5, 6], gap="large")
    with left:
        with st.container(width=300):
            chosen = address.choice("pair", "Two judges", pairs)
        judge, other = chosen.split("|")
        cells = figure.show(
            view,
            "judges.confusion",
            key="judge-confusion",
            hint="Click a cell for its answers.",
            on_select=clicks.into_address("judge-confusion", "cell"),
            judge=judge,
            other=other,
        ).content.frame
    with right:
        _cell(view, judged, judge, other, cells)


def _cell(view: View, judged: JudgeData, judge: str, other: str, cells: pd.DataFrame) -> None:
    """The answers of one cell; one opens in the reader."""
    shown = cells[cells["answers"] > 0]
    if shown.empty:
        problems.empty(
            "No answer in common", "These two judges were never asked about the same answer."
        )
        return
    options = {
        f"{r['decision']}|{r['other_decision']}": f"{judged.labels[judge]}: {r['decision']}, "
        f"{judged.labels[other]}: {r['other_decision']} ({r['answers']:,})"
        for r in shown.to_dict("records")
    }
    with st.container(width=460):
        chosen = address.choice("cell", "Their decisions", options, default=_default(shown))
    decision, other_decision = chosen.split("|")
    row = figure.show(
        view,
        "judges.confusion_cases",
        key="judge-confusion-cases",
        hint="Click a row to read the answer with all verdicts.",
        clickable=True,
        most=_MOST,
        height=360,
        judge=judge,
        other=other,
        decision=decision,
        other_decision=other_decision,
        models=judged.models,
    ).row
    if row is not None:
        links.open_case(view.study, str(row["scenario"]), str(row["model"]))


def _default(shown: pd.DataFrame) -> str:
    """The larger of the two cells with opposite verdicts, or else the largest of all."""
    opposite = shown[
        (shown["decision"] != shown["other_decision"])
        & shown["decision"].isin(_OPPOSITE)
        & shown["other_decision"].isin(_OPPOSITE)
    ]
    among = opposite if len(opposite) else shown
    row = among.iloc[int(among["answers"].to_numpy().argmax())]
    return f"{row['decision']}|{row['other_decision']}"
