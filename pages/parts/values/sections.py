"""The sections of the Values page: what is shown, the heatmap, the paper's patterns."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
import streamlit as st

from analysis import glossary
from analysis.figures import making_words
from analysis.figures.frames.values import unit_labels
from analysis.figures.inputs import plain_filter
from analysis.figures.values import MEASURES
from analysis.measure.paper import value_patterns
from analysis.measure.values import LEANS
from analysis.queries import values as queries
from analysis.queries.filters import ScenarioFilter
from analysis.report import from_figure, sentences
from analysis.report import values as section
from analysis.vocabulary import Nudge
from pages.ui import (
    address,
    assets,
    clicks,
    figure,
    filters,
    problems,
    reads,
    ui_text,
)
from pages.ui.frame import View

LEAN = glossary.help_text("lean")
_WORDINGS = {
    "all": "All wordings",
    "neutral": "Neutral only",
    "nudged": "Leaning only",
}
_NUDGES = {
    "all": (),
    "neutral": (Nudge.NEUTRAL.value,),
    "nudged": (Nudge.VALUE1.value, Nudge.VALUE2.value),
}
_STYLE = assets.FOLDER / "values.css"
_WIDE = 6  # more columns than this and the details go below


@dataclass(frozen=True)
class ValueChoice:
    """What the controls say: columns of providers or models, the measure, the scenarios."""

    kind: str
    measure: str
    flt: ScenarioFilter
    columns: Mapping[str, str]  # name -> label, of the kind
    members: queries.Members
    cells: pd.DataFrame  # of `values.by_category`

    @property
    def asked(self) -> dict[str, Any]:
        """What every figure of the page is asked with."""
        return {"measure": self.measure, "filter": plain_filter(self.flt)}


def choose(view: View) -> ValueChoice | None:
    """The controls; None (with a sentence) where there is no position at all."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        model_set = filters.choose_models(view)
        who = reads.read(view.study, queries.members, model_set)
        several = len(set(who.providers)) > 1
        kinds = {"provider": "Providers", "model": "Models"} if several else {"model": "Models"}
        with st.container(width=150):
            kind = address.choice("columns", "Columns", kinds)
        with st.container(width=190):
            measure = address.choice("measure", "Measure", MEASURES, help=LEAN)
        with st.container(width=170):
            wording = address.choice("wording", "Queries", _WORDINGS, help=ui_text.NUDGE)
    flt = ScenarioFilter(model_set=model_set, nudges=_NUDGES[wording])
    return _checked(
        view, ValueChoice(kind, measure, flt, unit_labels(who, kind), who, pd.DataFrame())
    )


def _checked(view: View, chosen: ValueChoice) -> ValueChoice | None:
    """The choice with its numbers, if there are any; sentences about what is not there."""
    if len(chosen.members.models) < 2 and chosen.measure in LEANS:
        problems.note(
            "One model alone has no lean",
            "A lean compares a model with others on the same queries, and this set has only one. "
            "Its mean positions are shown instead.",
        )
        chosen = replace(chosen, measure="raw")
    cells = cells_of(view, chosen)
    if cells.empty or not cells["n"].any():
        problems.empty(
            "No positions to compare",
            "None of these models' answers to these queries has a position on a value, so nothing "
            "can be said about values. You can still read the answers and refusals.",
        )
        return None
    if len(chosen.members.models) > 1 and len(set(chosen.members.providers)) < 2:
        problems.note(
            "One provider: its models are compared with each other",
            "A lean is measured against other providers. This set has none, so each model is "
            "compared with its siblings instead.",
        )
    return replace(chosen, cells=cells)


def cells_of(view: View, chosen: ValueChoice, measure: str = "") -> pd.DataFrame:
    """The numbers of the heatmap, of the chosen measure or another one."""
    asked = chosen.asked | ({"measure": measure} if measure else {})
    return figure.read(view, "values.by_category", kind=chosen.kind, **asked).frame


def answer(chosen: ValueChoice) -> None:
    """The page in a sentence or a few: which leans may be told, or what is ruled out."""
    if chosen.measure != "lean" or chosen.kind != "provider":
        return
    cells = section.cells_by_name(chosen.cells.rename(columns={"category": "key"}), "provider")
    if "undefined" not in cells:
        st.markdown(" ".join(sentences.leans(cells, chosen.columns)))


def layout(chosen: ValueChoice) -> list[Any]:
    """Two places: beside each other for few columns, else one below the other."""
    if len(chosen.columns) <= _WIDE:
        return list(st.columns([5, 4], gap="large"))
    return [st.container(), st.container()]


def heatmap(view: View, chosen: ValueChoice) -> None:
    """The heatmap; a click on a cell chooses what the details are about."""
    if set(chosen.cells.loc[chosen.cells["n"] > 0, "category"]) == {queries.UNCATEGORISED}:
        problems.note(
            "The taxonomy in use has none of this study's values",
            f"“{view.taxonomy.name}” lists none of them, so they are all shown as “uncategorised”. "
            "Load the taxonomy that this study was made with on the Data page.",
        )
    st.html(_STYLE)
    least = 250 + 46 * len(chosen.columns)  # px, so that every number has room in its cell
    st.html(f"<style>:root {{ --heatmap-least: {least}px }}</style>")
    with st.container(key="value-heatmap"):
        figure.show(
            view,
            "values.by_category",
            key="values",
            hint="Click a cell for the models, values and scenarios behind it.",
            on_select=clicks.into_address("values", "cat", "who"),
            kind=chosen.kind,
            **chosen.asked,
        )


def followed(view: View, chosen: ValueChoice) -> None:
    """A warning where leans over all wordings point the other way on neutral queries alone, or from
    the model's own level."""
    if chosen.measure not in LEANS or chosen.flt.nudges:
        return
    rows = reads.read(view.study, section.turned, view.taxonomy.path, chosen.flt)
    problems.turned([r for r in rows if r["kind"] == chosen.kind], chosen.columns)


def published(view: View, chosen: ValueChoice) -> None:
    """The paper's patterns beside this study's leans, in direction only."""
    if not value_patterns.about(chosen.members.providers):
        problems.no_models_of_the_paper("The paper's value patterns", simulated=view.info.simulated)
        return
    flt = plain_filter(chosen.flt)
    found = figure.read(view, "values.published", filter=flt).frame
    st.markdown(sentences.value_patterns(from_figure.entries(found)))
    figure.show(view, "values.published", key="published", filter=flt)


def small_print(view: View, chosen: ValueChoice) -> None:
    """Which taxonomy, what did not join, and what positions can't say."""
    known, lacking = reads.read(view.study, queries.joined, view.taxonomy.path)
    sentences = [
        f"Taxonomy “{view.taxonomy.name}”: it lists {known:,} of this study's values and lacks "
        f"{lacking:,}" + (", shown as “uncategorised”." if lacking else "."),
        "Intervals are 95%, clustered by family, and take the models as fixed: they say how these "
        "models would do on other families of queries, not how other models would do.",
        "A lean leaves the model's own provider out of the comparison. Answers without a position, "
        "or with no other provider's position to compare with, are left out; nothing is imputed. "
        "Where a study has several answers per query, only the first counts.",
        *making_words.caveats(view.info),
    ]
    if "other" in chosen.members.providers:
        sentences.append(
            "Models that are not in the registry are grouped as provider “Other” and are not "
            "compared with each other."
        )
    with st.container(key="small-print", gap="xsmall"):
        for sentence in sentences:
            st.text(sentence)
