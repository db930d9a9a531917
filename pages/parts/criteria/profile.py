"""What each model makes of each criterion: the profile, one criterion, the answers behind it."""

from dataclasses import dataclass

import streamlit as st

from analysis import glossary
from analysis.figures.criteria import KINDS, WORDS
from analysis.figures.frames import criteria as frames
from analysis.figures.frames.values import unit_labels
from analysis.measure.criteria import ALL
from analysis.queries import criteria as queries
from analysis.queries import values as value_queries
from analysis.vocabulary import GRADES
from pages.ui import address, clicks, figure, links, problems, reads
from pages.ui.frame import View

_PART = "criteria-answers"
_MOST = 300
_CHOICE = 250  # pixels


@dataclass(frozen=True)
class Picked:
    """The grade that the cells show, of which kind of query ("" for all), by which grader."""

    grade: str
    kind: str
    grader: str


def show(view: View) -> None:
    """The profile of the study's models; the way to one where there is none."""
    who = reads.read(view.study, queries.graders)
    if not who:
        _nothing(view)
        return
    picked = _choose(view, who)
    figure.show(
        view,
        "criteria.profile",
        key="criteria-profile",
        hint="Click a cell for that criterion and the model's answers.",
        on_select=clicks.for_next_run("criteria-profile"),
        grade=picked.grade,
        kind=picked.kind,
        grader=picked.grader,
    )
    cell = clicks.take("criteria-profile")
    if cell:
        clause, model = cell
        address.keep("criterion", clause)
        address.keep("model", model)
        clicks.bring_into_view(_PART)
        st.rerun()
    clause = _criterion(view)
    figure.show(
        view,
        "criteria.grades",
        key="criteria-grades",
        clause=clause,
        kind=picked.kind,
        grader=picked.grader,
    )
    figure.show(
        view,
        "criteria.kinds",
        key="criteria-kinds",
        clause=clause,
        grade=picked.grade,
        grader=picked.grader,
    )
    _answers(view, clause, picked)


def _nothing(view: View) -> None:
    asked = (
        "A criterion, its queries and a rubric come first: draft some on the tab Criteria, edit "
    )
    problems.empty(
        "No answer of this study was graded by criteria",
        f"{asked}them, and run them. The simulator does it in seconds and costs nothing.",
    )


def _choose(view: View, who: list[str]) -> Picked:
    """Which grade the cells show, of which queries, by whom."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        with st.container(width=_CHOICE):
            grade = address.choice(
                "grade",
                "Share of answers",
                {g: WORDS[g].capitalize() for g in GRADES},
                help=glossary.help_text("grade"),
            )
        with st.container(width=_CHOICE):
            kinds = {"all": "All queries", **{k: w.capitalize() for k, w in KINDS.items()}}
            kind = address.choice("probe", "Queries", kinds, help=glossary.help_text("criterion"))
        grader = who[0]
        if len(who) > 1:
            with st.container(width=_CHOICE):
                grader = address.choice("grader", "Graded by", {w: w for w in who})
    return Picked(grade, "" if kind == "all" else kind, grader)


def _criterion(view: View) -> str:
    """One criterion, with its words; "" for all of them."""
    titles = reads.read(view.study, frames.titles)
    options = {ALL: "All criteria", **titles} if len(titles) > 1 else dict(titles)
    with clicks.part_in_view(_PART, "criterion"), st.container(width=420):
        clause = address.choice("criterion", "Criterion in detail", options)
    if clause == ALL:
        return ""
    rows = figure.read(view, "criteria.listed").frame
    row = rows[rows["clause"] == clause].to_dict("records")[0]
    with st.container(border=True, gap="xsmall"):
        for grade in GRADES[:-1]:
            st.text(f"{WORDS[grade].capitalize()}: {row[f'for_{grade}']}")
    return clause


def _answers(view: View, clause: str, picked: Picked) -> None:
    """The answers of one model, or of all; a click opens the case."""
    labels = unit_labels(reads.read(view.study, value_queries.members), "model")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        with st.container(width=_CHOICE):
            model = address.choice("model", "Model", {"all": "All models", **labels}, default="all")
        with st.container(width=_CHOICE):
            options = {"all": "All grades", **{g: WORDS[g].capitalize() for g in GRADES}}
            grade = address.choice("graded", "Answers graded", options)
    shown = figure.show(
        view,
        "criteria.answers",
        key="criteria-answers",
        hint="Click a row to read the answer.",
        clickable=True,
        most=_MOST,
        height=480,
        clause=clause,
        model="" if model == "all" else model,
        grade="" if grade == "all" else grade,
        kind=picked.kind,
        grader=picked.grader,
    )
    if shown.row is not None:
        links.open_case(view.study, str(shown.row["scenario"]), str(shown.row["model"]))
