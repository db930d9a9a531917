"""Judges pair by pair: the matrix, two judges' decisions against each other, and a cell's cases."""

import pandas as pd
import streamlit as st

from analysis import glossary
from analysis.export import judge_frames as frames
from analysis.export.recipe import Asked
from analysis.measure.agreement_confusion import asked_apart
from analysis.show import judges as pictures
from pages.ui import problems, url, words
from pages.ui.figure import figure
from pages.ui.frame import View
from pages.ui.judged import (
    CODED,
    Judged,
    asked,
    computed,
    labels,
    read_case,
)
from pages.ui.picking import fresh_key, picked, used

KAPPA = glossary.told("agreement")
_CASES = "confusion-cases"
_MOST = 300


def matrix(view: View, judged: Judged) -> None:
    """Cohen's kappa and raw agreement of each pair; a click chooses the pair below."""
    how = {"coding": judged.coding, "without": judged.without, "over": judged.over}
    recipe = asked(view, "judges.pairs", **how)
    rows = frames.pairs(judged.found, judged.coding)
    figure(
        view,
        "judge-pairs",
        "Pair by pair",
        pictures.matrix(rows, judged.labels),
        alt=pictures.matrix_alt(rows, judged.labels),
        note="Cohen's kappa and the share of the same verdict over what both decided. "
        f"{CODED[judged.coding]} Click a cell for the pair's decisions below.",
        frame=lambda: rows,
        help=KAPPA,
        recipe=recipe,
        on_select=_pair_clicked,
        selection_mode="points",
    )


def _pair_clicked() -> None:
    points = st.session_state["figure-judge-pairs"].selection.points
    if points:
        url.keep("pair", "|".join(map(str, points[0]["customdata"][:2])))


def two(view: View, judged: Judged) -> None:
    """What two judges decide on the same answers; a cell opens its cases."""
    pairs = {f"{a}|{b}": f"{judged.labels[a]} and {judged.labels[b]}" for a, b in
             judged.binary.pairs}  # fmt: skip
    if not pairs:
        return
    left, right = st.columns([5, 6], gap="large")
    with left:
        slot = st.container(width=300)
        with slot:
            chosen = url.choice("pair", "Two judges", pairs, default=next(iter(pairs)))
        judge, other = chosen.split("|")
        cells = _confusion(view, judged, judge, other)
    with right:
        _cell(view, judged, judge, other, cells)


def _confusion(view: View, judged: Judged, judge: str, other: str) -> pd.DataFrame:
    recipe = asked(view, "judges.confusion", judge=judge, other=other)
    cells = computed(view, recipe)
    apart = asked_apart(judged.frame, judge, other)
    left = f" {apart:,} answers that only one was asked about are left out." if apart else ""
    names = judged.labels[judge], judged.labels[other]
    figure(
        view,
        "judge-confusion",
        "Two judges on the same answers",
        pictures.confusion(cells, *names),
        help=glossary.told("confusion"),
        alt=pictures.confusion_alt(cells, *names),
        note=f"n = {int(cells['answers'].sum()):,} answers.{left} Framed: both decide alike. No "
        "decision: none was given, or in other words. Click a cell for its answers.",
        frame=lambda: cells,
        recipe=recipe,
        on_select=_cell_clicked,
        selection_mode="points",
    )
    return cells


def _cell_clicked() -> None:
    points = st.session_state["figure-judge-confusion"].selection.points
    if points:
        url.keep("cell", "|".join(map(str, points[0]["customdata"][:2])))


def _cell(view: View, judged: Judged, judge: str, other: str, cells: pd.DataFrame) -> None:
    """The answers of one cell; one opens in the reader."""
    held = cells[cells["answers"] > 0]
    if held.empty:
        problems.empty(
            "No answer in common", "These two judges were never asked about the same answer."
        )
        return
    options = {
        f"{r['decision']}|{r['other_decision']}": f"{judged.labels[judge]}: {r['decision']}, "
        f"{judged.labels[other]}: {r['other_decision']} ({r['answers']:,})"
        for r in held.to_dict("records")
    }
    with st.container(width=460):
        chosen = url.choice("cell", "Their decisions", options, default=_default(held))
    one, two_ = chosen.split("|")
    recipe = asked(
        view, "judges.confusion_cases", judge=judge, other=other, decision=one, other_decision=two_
    )
    _cases(view, computed(view, recipe), recipe)


def _default(held: pd.DataFrame) -> str:
    """The larger of the two cells with opposite verdicts, or else the largest of all."""
    opposite = held[
        (held["decision"] != held["other_decision"])
        & held["decision"].isin(["compliant", "non-compliant"])
        & held["other_decision"].isin(["compliant", "non-compliant"])
    ]
    among = opposite if len(opposite) else held
    row = among.iloc[int(among["answers"].to_numpy().argmax())]
    return f"{row['decision']}|{row['other_decision']}"


def _cases(view: View, rows: pd.DataFrame, recipe: Asked) -> None:
    shown = rows.head(_MOST).assign(model=labels(view, rows["model"].head(_MOST)))
    key = fresh_key(_CASES, recipe.held)
    cut = f", the {_MOST} with the highest D shown" if len(rows) > _MOST else ""
    at = picked(
        view,
        "judge-confusion-cases",
        words.plural(len(rows), "answer"),
        shown[["scenario", "model", "d", "topic"]],
        {
            "scenario": st.column_config.TextColumn("Scenario", width=130),
            "model": st.column_config.TextColumn("Model", width=150),
            "d": st.column_config.NumberColumn("D", format="%.2f", width=60, help=words.D),
            "topic": st.column_config.TextColumn("Topic", width=150),
        },
        help=glossary.told("confusion"),
        alt="Answers in the chosen cell of the two judges' decisions",
        note=f"n = {len(rows):,}{cut}. Click a row to read the answer with all verdicts.",
        frame=lambda: rows,
        recipe=recipe,
        grid_key=key,
        tall=360,
    )
    if at is not None:
        used(_CASES)
        read_case(view, str(rows["scenario"].iloc[at]), str(rows["model"].iloc[at]))
