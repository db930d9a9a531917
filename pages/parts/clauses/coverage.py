"""What is tested of the spec: the whole of it as a picture and a list, and one clause of it."""

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from analysis.figures.spec_coverage import STATES, in_a_sentence, summary
from analysis.measure.clauses import FEW_CASES, UNTESTED
from analysis.number_text import counted
from analysis.parse.specs.clause import Spec
from pages.ui import address, clause_box, clicks, figure, links, near, problems
from pages.ui.frame import View

_ALL = "all"
_PART = "covered-clause"


def show(view: View) -> None:
    """The sentence, the picture beside one clause, and the list."""
    spec = view.spec
    if not spec.clauses:
        problems.empty(
            "The text of this spec is not here",
            f"Its clauses are not known: load {spec.name} {spec.version} on the Data page.",
        )
        return
    if not near.linked(view, spec):
        return
    rows = figure.read(view, "spec_coverage.clauses").frame
    st.text(in_a_sentence(summary(rows)))
    if not view.info.judgements:
        st.text("No answer of this study was judged, so every clause is untested.")
    left, right = st.columns([6, 5], gap="large")
    with left:
        figure.show(
            view,
            "spec_coverage.picture",
            key="spec-picture",
            hint="Click a clause to read what tests it.",
            on_select=clicks.into_address("spec-picture", "covered"),
        )
    with right, clicks.part_in_view(_PART, "covered"):
        _one(view, spec, rows)
    _listed(view)


def _one(view: View, spec: Spec, rows: pd.DataFrame) -> None:
    """One clause: its state in numbers, and what to do about it."""
    options = {str(r["clause"]): str(r["title"]) for r in rows.to_dict("records")}
    first = rows[rows["rule"] & (rows["state"] == UNTESTED)]
    anchor = address.choice(
        "covered",
        "Clause",
        options,
        default=str(first["clause"].iloc[0]) if len(first) else next(iter(options)),
    )
    row = rows[rows["clause"] == anchor].to_dict("records")[0]
    above = f"{row['path']} · " if row["path"] else ""
    st.text(f"{above}#{anchor}" + (f" · {row['authority']}" if row["authority"] else ""))
    st.text(in_words(row))
    with st.container(horizontal=True, gap="small"):
        _steps(view, row)
    clause = next(c for c in spec.clauses if c.anchor == anchor)
    with st.container(border=True, height=260):
        clause_box.show(clause, "covered-clause")


def in_words(row: Mapping[object, object]) -> str:
    """What tests a clause, in a few sentences."""
    n = {name: int(str(row[name])) for name in ("queries", "families", "judgements", "labels")}
    close = int(str(row["near"]))
    high = int(str(row["near_high"]))
    if row["state"] == UNTESTED:
        words = "Untested: no judge cites it." if row["rule"] else "A heading: no judge cites it."
    else:
        few = " That is too few to say much." * (row["state"] == FEW_CASES)
        words = (
            f"{counted(n['judgements'], 'judgement')} cite it, on answers to "
            f"{counted(n['queries'], 'query')} of {counted(n['families'], 'family')}."
            f"{few}"
        )
    people = f" People labelled {counted(n['labels'], 'answer')} about it." * (n["labels"] > 0)
    near_by = (
        f" {counted(close, 'query')} near it by text similarity, {high:,} of them with high D."
        if close
        else " No query is near it by text similarity."
    )
    return words + people + near_by


def _steps(view: View, row: Mapping[object, object]) -> None:
    """Write tests, read the case that judges make, or read what is near."""
    anchor = str(row["clause"])
    links.page(
        view.info,
        "stress_test",
        "Write tests for this clause",
        icon=":material/add_task:",
        template="clause-pair",
        tested=anchor,
        help="Opens a plan whose queries set this clause against another: price first, then "
        "launch.",
    )
    if row["state"] != UNTESTED:
        links.page(view.info, "clauses", "Read its case", clause=anchor)
    if int(str(row["near"])):
        links.page(
            view.info,
            "stress_test",
            "Have near queries judged",
            icon=":material/gavel:",
            near=anchor,
            template="re-judge",
        )


def _listed(view: View) -> None:
    """Every clause in reading order, or those of one state; a row chooses the clause above."""
    options = {_ALL: "All", **{s: s.capitalize() for s in STATES}}
    with st.container(width=230):
        state = address.choice("tested_state", "State", options)
    shown = figure.show(
        view,
        "spec_coverage.clauses",
        key="spec-coverage",
        hint="Click a row to read what tests the clause.",
        clickable=True,
        height=520,
        state="" if state == _ALL else state,
    )
    if shown.row is not None:
        address.keep("covered", str(shown.row["clause"]))
        clicks.bring_into_view(_PART)
        st.rerun()
