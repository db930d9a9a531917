"""The reader: one scenario with its query, its siblings, its positions and its answers."""

from typing import Any

import pandas as pd
import streamlit as st

from analysis.errors import FaultlineError
from analysis.export import recipes
from analysis.measure import disagreement as measure
from analysis.show import disagreement, positions
from analysis.store.queries import cases, scenarios
from analysis.store.queries.cases import ScenarioRow
from analysis.store.queries.filters import set_members
from analysis.store.schema import Nudge
from pages.ui import (
    answers,
    near_parts,
    neighbours,
    problems,
    reader_people,
    reads,
    selection,
    url,
    words,
)
from pages.ui.assets import component
from pages.ui.figure import figure
from pages.ui.filters import Chosen
from pages.ui.frame import View

_LINK = """<div class="row"><button type="button">Copy link</button>
<div role="status"></div></div>
"""


def show(view: View, chosen: Chosen, scenario: str) -> bool:
    """Draw the reader; False (with a sentence) where this study has no such scenario."""
    row = reads.read(view.study, cases.one, scenario)
    if row is None:
        problems.problem(
            "That scenario is not in this study",
            f"The link names “{scenario}”. Choose one below, or another study above.",
        )
        return False
    _bar(view, chosen, scenario)
    found = _of_set(view, chosen, reads.read(view.study, cases.positions, scenario))
    whole = measure.disagreement(found)
    family = reads.read(view.study, cases.siblings, row.family, str(chosen.flt.model_set))
    _query(row, _d_in_words(row, family, found, whole))
    _siblings(family, row)
    near_parts.of_query(view, scenario)
    neighbours.show(view, scenario)
    reader_people.notes(view, row)
    _pictures(view, row, found, whole)
    answers.show(view, row, reads.read(view.study, cases.positions, scenario))
    return True


def _of_set(view: View, chosen: Chosen, found: pd.DataFrame) -> pd.DataFrame:
    _, members = set_members(view.study, chosen.flt.model_set)
    return found[found["model"].isin(members)].reset_index(drop=True)


def _open(scenario: str | None) -> None:
    url.put("scenario", scenario)


def _bar(view: View, chosen: Chosen, scenario: str) -> None:
    """Back to the list, previous and next (also by the keys K and J), and the link."""
    place = reads.read(view.study, scenarios.around, chosen.flt, scenario, **chosen.order)
    with st.container(key="reader-bar", horizontal=True, vertical_alignment="center"):
        st.button("List", icon=":material/arrow_back:", on_click=_open, args=(None,), shortcut="L")
        for label, target, icon, letter in (
            ("Previous", place.previous, ":material/chevron_left:", "K"),
            ("Next", place.next, ":material/chevron_right:", "J"),
        ):
            st.button(
                label,
                icon=icon,
                on_click=_open,
                args=(target,),
                disabled=target is None,
                shortcut=letter,
                key=f"go-{label.lower()}",
            )
        if place.index is None:
            st.text(f"Not among the {place.total:,} that the filters leave")
        else:
            st.text(f"{place.index + 1:,} of {place.total:,}")
        reader_people.pin(view, scenario)
        with st.container(width=120):
            component("faultline_link", _LINK, "buttons.css", "link.js")(key="copy-link")


def _d_in_words(
    row: ScenarioRow, family: pd.DataFrame, found: pd.DataFrame, whole: float | None
) -> str:
    """D from the positions, or the one that the source states where it has no positions."""
    if whole is not None:
        models = int(found[list(measure.VALUES)].notna().any(axis=1).sum())
        return f"D {whole:.3f} over {words.plural(models, 'model')}"
    stated = family.loc[family["scenario"] == row.scenario, "disagreement"].dropna()
    return f"D {stated.iloc[0]:.3f}, as the source states it" if len(stated) else "no D"


def _query(row: ScenarioRow, d: str) -> None:
    with st.container(key="pair", gap=None):
        st.text(f"{row.value1}  ↔  {row.value2}")
    facts = [
        d,
        f"nudge: {row.nudge}" if row.nudge else "no nudge",
        f"family {row.family}",
        *([f"rank {row.rank:,}"] if row.rank is not None else []),
        *([f"written by {row.generator}"] if row.generator else []),
    ]
    with st.container(key="query-facts"):
        st.text(" · ".join(facts))
    with st.container(key="query"):
        st.text(row.query)


def _siblings(found: pd.DataFrame, row: ScenarioRow) -> None:
    """The other wordings of the family, each with its D (of a set that the study keeps)."""
    if len(found) < 2:
        st.caption("This study has no other wording of this family.", help=words.NUDGE)
        return
    with st.container(key="siblings", horizontal=True, vertical_alignment="center"):
        st.caption("The same choice, worded", width="content", help=words.NUDGE)
        for number, sibling in enumerate(found.to_dict("records")):
            here = sibling["scenario"] == row.scenario
            st.button(
                _wording(sibling, number),
                key=f"sibling-{number}",
                type="primary" if here else "secondary",
                on_click=_open,
                args=(sibling["scenario"],),
            )


def _wording(sibling: dict[Any, Any], number: int) -> str:
    names = {
        Nudge.NEUTRAL: "neutrally",
        Nudge.VALUE1: "towards value 1",
        Nudge.VALUE2: "towards value 2",
    }
    name = next((v for k, v in names.items() if k == sibling["nudge"]), f"variant {number + 1}")
    kind = str(sibling["scenario"]).partition("~")[2]
    if kind:  # a variant of that query, named as runs name it
        name += f", {words.VARIANTS.get(kind, kind).lower()}"
    d = sibling["disagreement"]
    return f"{name}, D {d:.2f}" if isinstance(d, float) and not pd.isna(d) else name


def _rubric(view: View, row: ScenarioRow) -> pd.DataFrame:
    """The spectrums' words; none where the files that hold them are gone (the answers say so)."""
    try:
        return reads.read(view.study, cases.rubric, row.scenario)
    except FaultlineError:
        return pd.DataFrame(columns=["value_no", "position", "strategy"])


def _pictures(view: View, row: ScenarioRow, found: pd.DataFrame, whole: float | None) -> None:
    if whole is None:
        problems.empty(
            "No positions to compare",
            "Fewer than two of the chosen models have a position on either value here.",
        )
        return
    wide, narrow = st.columns([3, 2], gap="large")
    n = f"n = {words.plural(len(found), 'model')}"
    missing = int(found[list(measure.VALUES)].isna().any(axis=1).sum())
    note = n + (f", {missing} without one of the two positions." if missing else ".")
    values = (row.value1, row.value2)
    rubric = _rubric(view, row)
    same = {"scenario": row.scenario, "models": ",".join(found["model"])}
    with wide:
        figure(
            view,
            "positions",
            "Where each model stands",
            positions.dots(found, values, rubric),
            alt=positions.dots_alt(found, values),
            note=f"{note} {selection.PER_FAMILY}",
            frame=lambda: found,
            help=f"{words.SPECTRUM} Hover over a dot for the rubric's words, where there are any.",
            recipe=recipes.ask(view.study, "scenarios.positions", **same),
        )
    with narrow:
        without = measure.leave_one_out(found)
        figure(
            view,
            "leave-one-out",
            "Without each model",
            disagreement.leave_one_out(without, whole),
            alt=f"D without each model in turn, between {without['d'].min():.2f} and "
            f"{without['d'].max():.2f}; {whole:.2f} with all.",
            note=f"D with all: {whole:.3f}. Lowest without one: {without['d'].min():.3f}.",
            frame=lambda: without,
            help=words.LEAVE_ONE_OUT,
            recipe=recipes.ask(view.study, "scenarios.without_each", **same),
        )
