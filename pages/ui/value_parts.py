"""The sections of the Values page: what is shown, the heatmap, the paper's patterns."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from analysis import glossary
from analysis.export import recipes
from analysis.export.inputs import plain_filter
from analysis.export.recipe import Asked
from analysis.export.recipes_values import MEASURES as _MEASURES
from analysis.measure import published as printed
from analysis.measure import values_published
from analysis.measure.values import MIN_FAMILIES
from analysis.registry import registry
from analysis.show import values as pictures
from analysis.store.queries import values as queries
from analysis.store.queries.filters import ScenarioFilter
from pages.ui import model_sets, problems, reads, selection, url, value_reads, words
from pages.ui.figure import figure, table
from pages.ui.frame import View

LEAN = glossary.told("lean")
_WORDINGS = {
    "all": "All wordings", "neutral": "Neutral only", "nudged": "Leaning only",
}  # fmt: skip
_NUDGES = {"all": (), "neutral": ("neutral",), "nudged": ("value1", "value2")}
_STYLE = Path(__file__).parent / "values.css"
_WIDE = 6  # more columns than this and the details go below


@dataclass(frozen=True)
class Chosen:
    """What the controls say: columns of providers or models, the measure, the scenarios."""

    kind: str
    measure: str
    flt: ScenarioFilter
    columns: Mapping[str, str]  # name -> label, of the kind
    members: queries.Members
    cells: pd.DataFrame  # estimates of both kinds

    @property
    def mine(self) -> pd.DataFrame:
        return self.cells[self.cells["kind"] == self.kind]


def labels(who: queries.Members, kind: str) -> dict[str, str]:
    """Name -> label of the models or providers of a set."""
    if kind == "model":
        return {m: registry().model(m).label for m in who.models}
    return {p: registry().provider(p).label for p in dict.fromkeys(who.providers)}


def choose(view: View) -> Chosen | None:
    """The controls; None (with a sentence) where there is no position at all."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        model_set = model_sets.choose(view)
        who = reads.read(view.study, queries.members, model_set)
        several = len(set(who.providers)) > 1
        kinds = {"provider": "Providers", "model": "Models"} if several else {"model": "Models"}
        with st.container(width=150):
            kind = url.choice("columns", "Columns", kinds, default=next(iter(kinds)))
        with st.container(width=190):
            measure = url.choice("measure", "Number", _MEASURES, default="lean", help=LEAN)
        with st.container(width=170):
            wording = url.choice("wording", "Queries", _WORDINGS, default="all", help=words.NUDGE)
    flt = ScenarioFilter(model_set=model_set, nudges=_NUDGES[wording])
    return _checked(view, Chosen(kind, measure, flt, labels(who, kind), who, pd.DataFrame()))


def _checked(view: View, asked: Chosen) -> Chosen | None:
    """The choice with its numbers, if there are any; sentences about what is not there."""
    path = view.taxonomy.path
    measure = asked.measure
    if len(asked.members.models) < 2 and measure == "lean":
        problems.note(
            "One model alone has no lean",
            "A lean compares a model with others on the same queries, and this set has one. Its "
            "raw mean positions are shown instead.",
        )
        measure = "raw"
    cells = reads.read(view.study, value_reads.by_category, path, measure, asked.flt)
    if cells.empty or not cells["n"].sum():
        problems.empty(
            "No positions to compare",
            "No answer of these models to these queries has been placed on a spectrum, so there "
            "is nothing to say about values. Refusals and answers can still be read.",
        )
        return None
    if len(asked.members.models) > 1 and len(set(asked.members.providers)) < 2:
        problems.note(
            "One provider: its models are compared with each other",
            "Leans need other providers as a baseline. Here the baseline is the other models of "
            "the set, so a lean says how a model differs from its siblings.",
        )
    return Chosen(asked.kind, measure, asked.flt, asked.columns, asked.members, cells)


def asked(view: View, chosen: Chosen, name: str, /, **more: Any) -> Asked:
    """A recipe of values with the page's measure and filter."""
    parameters = {"measure": chosen.measure, "filter": plain_filter(chosen.flt), **more}
    return recipes.ask(view.study, name, **parameters)


def layout(chosen: Chosen) -> list[Any]:
    """Two places: beside each other for few columns, else one below the other."""
    if len(chosen.columns) <= _WIDE:
        return list(st.columns([5, 4], gap="large"))
    return [st.container(), st.container()]


def heatmap(view: View, chosen: Chosen) -> None:
    """The heatmap; a click on a cell chooses what the details are about."""
    rows = reads.read(view.study, queries.categories, view.taxonomy.path)
    rows = rows[rows["category"].isin(chosen.mine.loc[chosen.mine["n"] > 0, "key"])]
    if set(rows["category"]) == {queries.UNCATEGORISED}:
        problems.note(
            "No value of this study is in the taxonomy in use",
            f"“{view.taxonomy.name}” knows none of them, so all stand together as "
            "“uncategorised”. Load the taxonomy that this study was made with on the Data page.",
        )
    st.html(_STYLE)
    least = 250 + 46 * len(chosen.columns)  # px, so that every number has room in its cell
    st.html(f"<style>:root {{ --heatmap-least: {least}px }}</style>")
    with st.container(key="value-heatmap"):
        figure(
            view,
            "values",
            f"{_MEASURES[chosen.measure]} by category of values",
            pictures.heatmap(chosen.mine, rows, chosen.columns, chosen.measure),
            alt=pictures.heatmap_alt(chosen.mine, chosen.columns, chosen.measure),
            note=_note(view, chosen, rows),
            frame=lambda: chosen.mine.rename(columns={"key": "category"}),
            help=LEAN,
            recipe=asked(view, chosen, "values.by_category", kind=chosen.kind),
            on_select=_clicked,
            selection_mode="points",
        )


def _clicked() -> None:
    points = st.session_state["figure-values"].selection.points
    if points:
        category, name = points[0]["customdata"][:2]
        url.keep("cat", str(category))
        url.keep("who", str(name))


def _note(view: View, chosen: Chosen, rows: pd.DataFrame) -> str:
    mine = chosen.mine
    n = int(mine.loc[mine["n"] > 0, "n"].sum())
    sure, all_of_them = int(mine["differs"].sum()), int(mine["q"].notna().sum())
    return (
        f"n = {n:,} positions. Click a cell for the models, values and scenarios behind it. Pale, "
        f"with the number in brackets: the lean does not differ from 0 (q > 0.05 after "
        f"Benjamini-Hochberg over {all_of_them:,} cells, or fewer than {MIN_FAMILIES} families); "
        f"{sure:,} differ."
    )


def published(view: View, chosen: Chosen) -> None:
    """The paper's patterns beside this study's leans, in direction only."""
    if not set(chosen.members.providers) & set(printed.TENDENCIES):
        st.header("The paper's published patterns", anchor=False)
        problems.empty(
            "Nothing to compare",
            "The paper speaks of Anthropic, OpenAI, Google and xAI; this study has models of "
            "none of them." + (" Its models are fictional." if view.info.simulated else ""),
        )
        return
    lean = reads.read(view.study, value_reads.by_category, view.taxonomy.path, "lean", chosen.flt)
    found = values_published.compared(lean)
    shown = pd.DataFrame(
        {
            "provider": [registry().provider(p).label for p in found["provider"]],
            "category": found["category"],
            "verdict": found["verdict"],
            "lean": found["value"],
            "low": found["low"],
            "high": found["high"],
            "n": found["n"],
        }
    )
    table(
        view,
        "published",
        "The paper's published patterns, in direction",
        shown,
        {
            "provider": "Provider",
            "category": st.column_config.TextColumn("The paper sees more of", width="medium"),
            "verdict": "This study",
            "lean": st.column_config.NumberColumn("Lean here", format="%+.2f", help=LEAN),
            "low": st.column_config.NumberColumn("95% from", format="%+.2f"),
            "high": st.column_config.NumberColumn("to", format="%+.2f"),
            "n": st.column_config.NumberColumn("Positions", format="localized"),
        },
        help=glossary.told("published_values"),
        alt="Published value patterns and whether this study's leans agree",
        note="The paper counts values exhibited in free text, a label that is not in the dataset: "
        "its figure can't be recomputed, only compared in direction. Agrees: the lean is above 0 "
        "(q ≤ 0.05); disagrees: below 0; else too little data. Published as mixed, so not "
        f"compared: {', '.join(printed.MIXED)}. Source: Zhang et al. 2025, "
        "arXiv:2510.07686.",
        placeholder="–",
        recipe=recipes.ask(view.study, "values.published", filter=plain_filter(chosen.flt)),
    )


def small_print(view: View, chosen: Chosen) -> None:
    """Which taxonomy, what did not join, and what positions can't say."""
    rows = reads.read(view.study, queries.categories, view.taxonomy.path)
    apart = int(rows.loc[rows["category"] == queries.UNCATEGORISED, "values"].sum())
    known = int(rows["values"].sum()) - apart
    sentences = [
        f"Values are read with the taxonomy “{view.taxonomy.name}”: {known:,} values of this study "
        f"join, {apart:,} do not" + (" and are shown as “uncategorised”." if apart else "."),
        "Intervals are 95%, clustered by family, and take the models as fixed: they speak of these "
        "models over families of queries, not of models a provider might release.",
        "A lean's baseline leaves out the model's own provider. A response without a position, or "
        "with no other provider's beside it, is left out; nothing is imputed. First answers only, "
        "where a study has replicates.",
        *selection.caveats(view.info),
    ]
    if "other" in chosen.members.providers:
        sentences.append(
            "Models that the registry does not list stand together as provider “Other”, and are "
            "not compared with each other."
        )
    with st.container(key="small-print", gap="xsmall"):
        for sentence in sentences:
            st.text(sentence)
