"""The filter that pages share: its widgets, its place in the address, and what it means.

Every widget here stands in the address under a short name (d, q, nudge, value, category, topic,
refused_by, near, generator, models, sort), so a link opens on the same scenarios.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from analysis.measure.near import rules
from analysis.parse.clause import Spec
from analysis.store import selections
from analysis.store.queries import near, overview
from analysis.store.queries.filters import FULL_RANGE, ScenarioFilter
from analysis.store.schema import HIGH
from analysis.store.specs import read_spec, spec_key
from pages.ui import model_sets, problems, reads, url, words
from pages.ui.frame import View

SORTS: Mapping[str, tuple[str, str, bool]] = {
    "disagreement": ("Most disagreement first", "disagreement", True),
    "agreement": ("Least disagreement first", "disagreement", False),
    "rank": ("Rank in the source", "rank", False),
    "value1": ("Value 1, A to Z", "value1", False),
    "value2": ("Value 2, A to Z", "value2", False),
}
_LISTS = ("nudge", "generator", "category", "value", "topic", "refused_by", "near")


@dataclass(frozen=True)
class Chosen:
    """What the widgets say: the filter, the order, and the taxonomy's file for categories."""

    flt: ScenarioFilter
    sort: str
    descending: bool
    taxonomy: Path

    @property
    def order(self) -> dict[str, Any]:
        return {"sort": self.sort, "descending": self.descending, "taxonomy": self.taxonomy}


def choose(view: View, *, folded: bool = False) -> Chosen:
    """Draw the widgets, folded away where a case is being read, and read them."""
    if st.session_state.pop("_reset_filters", False):
        _clear()
    facets = reads.read(view.study, overview.facets, view.taxonomy.path)
    place = st.expander("Filters and order", icon=":material/tune:") if folded else st.container()
    with (
        place,
        st.container(key="filters", horizontal=True, vertical_alignment="bottom", gap="small"),
    ):
        model_set = model_sets.choose(view)
        with st.container(key="filter-d", width=150):
            low, high = _range()
        with st.container(key="filter-text", width=170):
            text = st.text_input(
                "Words in the query",
                key="q",
                type="search",
                placeholder="Search queries",
                bind="query-params",
                on_change=_first_page,
            )
        with st.container(key="filter-sort", width=190):
            order = url.choice(
                "sort",
                "Order",
                {k: v[0] for k, v in SORTS.items()},
                default="disagreement",
                on_change=_first_page,
            )
        spec = read_spec(view.settings)
        quick = view.info.scenarios <= near.AT_ONCE or near.is_linked(view.study, spec)
        clauses = [c.anchor for c in rules(spec.clauses)] if quick else []
        _unknown(spec, clauses)
        lists = _more({k: list(v["name"]) for k, v in facets.items()} | {"near": clauses})
    flt = ScenarioFilter(
        model_set=model_set, d_min=low, d_max=high, text=text or "", picked=_picked(view),
        near_spec=spec_key(spec) if lists["near"] else "", **_named(lists),
    )  # fmt: skip
    _, sort, descending = SORTS[order]
    return Chosen(flt, sort, descending, view.taxonomy.path)


def _unknown(spec: Spec, clauses: list[str]) -> None:
    """Say so where a link names a clause of another spec than the one in use."""
    missing = [c for c in st.query_params.get_all("near") if c and c not in clauses]
    if missing and clauses:
        problems.note(
            "The filter “near a clause” was left out",
            f"The link names #{missing[0]}, which {spec.name} {spec.version} does not have. Choose "
            "the spec that has it on the Data page.",
        )


def _picked(view: View) -> str:
    """The selection by hand that the address names, with a way to let it go."""
    key = url.get("picked")
    if not key:
        return ""
    count = len(selections.find(view.settings, key))
    with st.container(key="picked", horizontal=True, vertical_alignment="center"):
        st.text(f"Only the {words.plural(count, 'scenario')} picked on the map")
        st.button("Show all again", icon=":material/close:", on_click=_let_go, key="let-go")
    return key


def _let_go() -> None:
    url.put("picked", None)
    _first_page()


def _named(lists: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    plural = {"category": "categories", "refused_by": "refused_by", "near": "near"}
    return {plural.get(k, f"{k}s"): v for k, v in lists.items()}


def _range() -> tuple[float, float]:
    found = st.slider(
        "Disagreement D",
        *FULL_RANGE,
        FULL_RANGE,
        0.1,
        key="d",
        format="%.1f",
        help=f"{words.D} The line between low and high is {HIGH}.",
        bind="query-params",
        on_change=_first_page,
    )
    return float(found[0]), float(found[1])


def _more(facets: Mapping[str, list[str]]) -> dict[str, tuple[str, ...]]:
    """The lists, in a popover whose label says how many of them are in use."""
    used = sum(1 for name in _LISTS if st.session_state.get(name) or url.get(name))
    label = f"More ({used})" if used else "More"
    found: dict[str, tuple[str, ...]] = {}
    with st.popover(label, icon=":material/tune:", key="more-filters", width="content"):
        found["nudge"] = _list("Nudge", "nudge", facets["nudges"], words.NUDGE)
        found["category"] = _list(
            "Category of a value",
            "category",
            facets.get("categories", []),
            "Second level of the value taxonomy in use.",
        )
        found["value"] = _list(
            "Value", "value", facets["values"], "Scenarios where either value is one of these."
        )
        found["generator"] = _list(
            "Generator", "generator", facets["generators"], "The model that wrote the query."
        )
        found["topic"] = _list("Topic", "topic", facets["topics"], "Where a labeller gave one.")
        found["refused_by"] = _list(
            "Refused by",
            "refused_by",
            facets["refused_by"],
            "Queries that one of these models refused, where a labeller told response types.",
        )
        found["near"] = _list(
            "Near a clause", "near", facets["near"],
            "Queries whose text is like one of these clauses of the spec in use; nobody judged "
            "them by it.",
        )  # fmt: skip
        st.button("Clear all filters", on_click=_clear, icon=":material/filter_alt_off:")
    return found


def _list(label: str, key: str, options: list[str], help: str) -> tuple[str, ...]:
    """A multiselect over names of the data, which it shows as plain text."""
    held = [v for v in st.session_state.get(key, []) if v in options]
    if key in st.session_state and held != list(st.session_state[key]):
        st.session_state[key] = held  # names that the study before had and this one has not
    picked = st.multiselect(
        label,
        options,
        key=key,
        help=help,
        disabled=not options,
        placeholder="Any" if options else "Not known in this study",
        bind="query-params",
        on_change=_first_page,
    )
    return tuple(str(p) for p in picked)


def _first_page() -> None:
    st.session_state["page"] = 1


def _clear() -> None:
    for name in _LISTS:
        st.session_state[name] = []
    st.session_state["d"] = FULL_RANGE
    st.session_state["q"] = ""
    _first_page()
