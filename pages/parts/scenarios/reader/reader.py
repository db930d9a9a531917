"""The reader: one scenario with its query, its siblings, its positions and its answers."""

from typing import Any

import pandas as pd
import streamlit as st

from analysis.measure import disagreement as measure
from analysis.measure import label_words
from analysis.measure.robustness import VARIANTS
from analysis.number_text import counted
from analysis.queries import cases, scenarios
from analysis.queries.cases import ScenarioRow
from analysis.queries.filters import set_members
from analysis.text_safety import contained, literal
from analysis.vocabulary import Nudge, d_text
from pages.parts.scenarios.reader import answers, clause_cases, neighbours, people
from pages.ui import address, figure, long_text, near, problems, reads, ui_text
from pages.ui.assets import component
from pages.ui.filters import FilterChoice
from pages.ui.frame import View

_LINK = """<div class="row"><button type="button">Copy link</button>
<div role="status"></div></div>
"""


def show(view: View, chosen: FilterChoice, scenario: str) -> bool:
    """Draw the reader; False (with a sentence) where this study has no such scenario."""
    row = reads.read(view.study, cases.one, scenario)
    if row is None:
        problems.problem(
            "Scenario not found",
            f"This study has no scenario “{scenario}”. Choose one below, or another study above.",
        )
        return False
    _bar(view, chosen, scenario)
    clause_cases.bar(view, scenario)
    found = _of_set(view, chosen, reads.read(view.study, cases.positions, scenario))
    whole = measure.disagreement(found)
    family = reads.read(view.study, cases.siblings, row.family, str(chosen.flt.model_set))
    _query(row, _d_in_words(row, family, found, whole))
    _topics(view, row)
    _siblings(family, row)
    near.of_query(view, scenario)
    neighbours.show(view, scenario)
    people.notes(view, row)
    _pictures(view, chosen, row, whole)
    answers.show(view, row, reads.read(view.study, cases.positions, scenario))
    return True


def _of_set(view: View, chosen: FilterChoice, found: pd.DataFrame) -> pd.DataFrame:
    _, members = set_members(view.study, chosen.flt.model_set)
    return found[found["model"].isin(members)].reset_index(drop=True)


def _open(scenario: str | None) -> None:
    address.put("scenario", scenario)


def _bar(view: View, chosen: FilterChoice, scenario: str) -> None:
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
            st.text(f"Not among the {place.total:,} that match the filters")
        else:
            st.text(f"{place.index + 1:,} of {place.total:,}")
        people.pin(view, scenario)
        with st.container(width=120):
            component("faultline_link", _LINK, "buttons.css", "link.js")(key="copy-link")


def _d_in_words(
    row: ScenarioRow, family: pd.DataFrame, found: pd.DataFrame, whole: float | None
) -> str:
    """D from the positions, or the one that the source states where it has no positions."""
    if whole is not None:
        models = measure.placed_models(found)
        return f"D {d_text(whole, 3)} over {counted(models, 'model')}"
    stated = family.loc[family["scenario"] == row.scenario, "disagreement"].dropna()
    return f"D {d_text(stated.iloc[0], 3)}, as the source states it" if len(stated) else "no D"


def _query(row: ScenarioRow, d: str) -> None:
    with st.container(key="pair", gap=None):
        st.text(ui_text.pair(row.value1, row.value2))
    facts = [
        d,
        f"nudge: {ui_text.named(row.nudge)}" if row.nudge else "no nudge",
        f"family {ui_text.named(row.family)}",
        *([f"rank {row.rank:,}"] if row.rank is not None else []),
        *([f"written by {ui_text.named(row.generator)}"] if row.generator else []),
    ]
    with st.container(key="query-facts"):
        st.text(" · ".join(facts))
    with st.container(key="query"):
        long_text.show(row.query, "query")


def _topics(view: View, row: ScenarioRow) -> None:
    """What the query touches, by each labeller, with the words that decided it where it can tell
    them."""
    found = reads.read(view.study, cases.topics, row.scenario)
    for source, rows in found.groupby("source", sort=False):
        words = label_words.of_topics(str(source), row.query)
        topics = [_topic(str(topic), words.get(str(topic), ())) for topic in rows["topic"]]
        st.caption(literal(f"Topics by {contained(str(source))}: {'; '.join(topics)}"))


def _topic(topic: str, words: tuple[str, ...]) -> str:
    quoted = ", ".join(f"“{contained(word)}”" for word in words)
    return f"{contained(topic)} ({quoted})" if quoted else contained(topic)


def _siblings(found: pd.DataFrame, row: ScenarioRow) -> None:
    """The other wordings of the family, each with its D (of a set that the study keeps)."""
    if len(found) < 2:
        st.caption("This study has no other wording of this family.", help=ui_text.NUDGE)
        return
    with st.container(key="siblings", horizontal=True, vertical_alignment="center"):
        st.caption("The same choice, worded", width="content", help=ui_text.NUDGE)
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
        name += f", {VARIANTS.get(kind, kind).lower()}"
    d = sibling["disagreement"]
    return f"{name}, D {d_text(d)}" if isinstance(d, float) and not pd.isna(d) else name


def _pictures(view: View, chosen: FilterChoice, row: ScenarioRow, whole: float | None) -> None:
    if whole is None:
        problems.empty(
            "No positions to compare",
            "Fewer than two of the chosen models have a position on either value here.",
        )
        return
    wide, narrow = st.columns([3, 2], gap="large")
    compared = chosen.flt.model_set
    models = compared if isinstance(compared, str) else ",".join(compared)
    with wide:
        figure.show(
            view,
            "scenarios.positions",
            key="positions",
            hint="Hover over a dot for the rubric's wording, if it has one.",
            scenario=row.scenario,
            models=models,
        )
    with narrow:
        figure.show(
            view,
            "scenarios.without_each",
            key="leave-one-out",
            scenario=row.scenario,
            models=models,
        )
