"""The filter that pages share, and the choice of the models that D compares: widgets, place in the
address, and meaning.

Every widget here stands in the address under a short name (d, q, nudge, value, category, topic,
refused_by, near, cited, verdict_of, flagged_by, generator, models, sort), so a link opens on the
same scenarios.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from analysis.number_text import counted
from analysis.parse.specs.clause import rules
from analysis.queries import filters, near, studies
from analysis.queries.filters import VERDICTS, ScenarioFilter
from analysis.store import selections
from analysis.vocabulary import D_RANGE, HIGH_D, OPENAI
from pages.ui import address, reads, ui_text
from pages.ui.address import session
from pages.ui.frame import View

SORTS: Mapping[str, tuple[str, str, bool]] = {
    "disagreement": ("Most disagreement first", "disagreement", True),
    "agreement": ("Least disagreement first", "disagreement", False),
    "rank": ("Rank in the source", "rank", False),
    "value1": ("Value 1, A to Z", "value1", False),
    "value2": ("Value 2, A to Z", "value2", False),
}
_JUDGED = ("cited", "verdict_of", "flagged_by")
_LISTS = (
    "nudge",
    "generator",
    "category",
    "value",
    "topic",
    "refused_by",
    "near",
    "cited",
    "verdict_of",
    "flagged_by",
)
_OWN_SET = "chosen"


@dataclass(frozen=True)
class FilterChoice:
    """What the widgets say: the filter, the order, and the taxonomy's file for categories."""

    flt: ScenarioFilter
    sort: str
    descending: bool
    taxonomy: Path

    @property
    def order(self) -> dict[str, Any]:
        return {"sort": self.sort, "descending": self.descending, "taxonomy": self.taxonomy}


def choose(view: View, *, folded: bool = False) -> FilterChoice:
    """Draw the widgets, folded away where a case is being read, and read them."""
    if session.pop("_reset_filters", False):
        _clear()
    facets = reads.read(view.study, filters.facets, view.taxonomy.path)
    place = st.expander("Filters and order", icon=":material/tune:") if folded else st.container()
    with (
        place,
        st.container(key="filters", horizontal=True, vertical_alignment="bottom", gap="small"),
    ):
        model_set = choose_models(view)
        with st.container(key="filter-d", width=150):
            low, high = _range()
        with st.container(key="filter-text", width=170):
            text = st.text_input(
                "Words in the query",
                type="search",
                placeholder="Search queries",
                **address.bound("q", "Words in the query", then=_first_page),
            )
        with st.container(key="filter-sort", width=190):
            order = address.choice(
                "sort",
                "Order",
                {k: v[0] for k, v in SORTS.items()},
                on_change=_first_page,
            )
        spec = view.spec
        quick = view.info.scenarios <= near.AT_ONCE or near.is_linked(view.study, spec)
        clauses = [c.anchor for c in rules(spec.clauses)] if quick else []
        offered = {k: list(v["name"]) for k, v in facets.items()}
        lists = _more(offered | {"near": clauses} | _of_judges(view, offered["flagged_by"]))
    flt = ScenarioFilter(
        model_set=model_set,
        d_min=low,
        d_max=high,
        text=text or "",
        picked=_picked(view),
        near_spec=view.study.reading.spec if lists["near"] else "",
        judged_spec=view.study.reading.spec if any(map(lists.get, _JUDGED)) else "",
        **_named(lists),
    )
    _, sort, descending = SORTS[order]
    return FilterChoice(flt, sort, descending, view.taxonomy.path)


def _of_judges(view: View, judges: list[str]) -> dict[str, list[str]]:
    """What there is to choose of judges' verdicts; nothing where nobody judged."""
    clauses = [c.anchor for c in view.spec.clauses] if judges else []
    return {"cited": clauses, "verdict_of": list(VERDICTS) if judges else []}


def _picked(view: View) -> str:
    """The selection by hand that the address names, with a way to let it go."""
    key = address.get("picked")
    if not key:
        return ""
    count = len(selections.find(view.settings, key))
    with st.container(key="picked", horizontal=True, vertical_alignment="center"):
        st.text(f"Showing only the {counted(count, 'scenario')} picked on the map")
        st.button("Show all", icon=":material/close:", on_click=_let_go, key="let-go")
    return key


def _let_go() -> None:
    address.put("picked", None)
    _first_page()


def _named(lists: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    plural = {
        "category": "categories",
        "refused_by": "refused_by",
        "near": "near",
        "cited": "cited",
        "verdict_of": "verdicts",
        "flagged_by": "flagged_by",
    }
    return {plural.get(k, f"{k}s"): v for k, v in lists.items()}


def _range() -> tuple[float, float]:
    found = st.slider(
        "Disagreement D",
        *D_RANGE,
        D_RANGE,
        0.1,
        format="%.1f",
        help=f"{ui_text.D} The line between low and high is {HIGH_D}.",
        **address.bound("d", "Disagreement D", limits=D_RANGE, then=_first_page),
    )
    return float(found[0]), float(found[1])


def _more(facets: Mapping[str, list[str]]) -> dict[str, tuple[str, ...]]:
    """The lists, in a popover whose label says how many of them are in use."""
    used = sum(1 for name in _LISTS if session.get(name) or address.get(name))
    label = f"More ({used})" if used else "More"
    found: dict[str, tuple[str, ...]] = {}
    with st.popover(label, icon=":material/tune:", key="more-filters", width="content"):
        found["nudge"] = _list("Nudge", "nudge", facets["nudges"], ui_text.NUDGE)
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
        found["topic"] = _list(
            "Topic", "topic", facets["topics"], "Queries labelled with one of these topics."
        )
        found["refused_by"] = _list(
            "Refused by",
            "refused_by",
            facets["refused_by"],
            "Queries that one of these models refused, where answers are labelled.",
        )
        found["cited"] = _list(
            "Cites a clause",
            "cited",
            facets["cited"],
            "Queries on which a judge's reasoning cites one of these clauses.",
        )
        found["verdict_of"] = _list(
            "Verdict of the judges",
            "verdict_of",
            facets["verdict_of"],
            "Of any of the query's answers. Split: one judge finds it compliant and another "
            "non-compliant.",
        )
        found["flagged_by"] = _list(
            "Flagged by",
            "flagged_by",
            facets["flagged_by"],
            "Queries with an answer that one of these judges flags.",
        )
        found["near"] = _list(
            "Near a clause",
            "near",
            facets["near"],
            "Queries whose text is similar to one of these clauses of the current "
            "spec. They were not judged by it.",
        )
        st.button("Clear all filters", on_click=_clear, icon=":material/filter_alt_off:")
    return found


def _list(label: str, key: str, options: list[str], help: str) -> tuple[str, ...]:
    """A multiselect over names of the data, which it shows as plain text."""
    asked = address.bound(key, label, among=options, then=_first_page)
    chosen = [v for v in session.get(key, []) if v in options]
    if key in session and chosen != list(session[key]):
        session[key] = chosen  # names that the study before had and this one has not
    picked = st.multiselect(
        label,
        options,
        help=help,
        disabled=not options,
        placeholder="Any" if options else "Not known in this study",
        **asked,
    )
    return tuple(str(p) for p in picked)


def _first_page() -> None:
    session["page"] = 1


def _clear() -> None:
    for name in _LISTS:
        session[name] = []
    session["d"] = D_RANGE
    session["q"] = ""
    _first_page()


def model_sets(view: View) -> Mapping[str, str]:
    """Id -> label of the study's sets; all models where it has none."""
    found = reads.read(view.study, studies.sets)
    return dict(zip(found["model_set"], found["label"], strict=True)) or _stated_set(view)


def _stated_set(view: View) -> dict[str, str]:
    """A study of judgements alone may state D over the OpenAI models; other sets have none."""
    if reads.read(view.study, filters.has_rows, OPENAI):
        return {OPENAI: "OpenAI models, D as stated"}
    return {"all": "All models"}


def choose_models(view: View) -> str:
    """The set as an id, or as ids with commas; it stands in the address and is shared by pages."""
    known = model_sets(view)
    several = len(known) > 1 and len(view.info.models) > 2
    options = {**known, _OWN_SET: "Choose models…"} if several else known
    with st.container(key="choose-set", width=200):
        default = next(iter(known))
        picked = address.choice(
            "models",
            "Models compared",
            options,
            default=default,
            help=ui_text.SET,
            on_change=_first_page,
        )
    return _own_models(view, default) if picked == _OWN_SET else picked


def _own_models(view: View, default: str) -> str:
    found = reads.read(view.study, studies.models)
    labels = dict(zip(found["model"], found["label"], strict=True))
    with st.container(key="choose-own", width=360):
        mine = address.choices(
            "with", "These models", labels, default=list(labels)[:2], on_change=_first_page
        )
        if len(mine) < 2:
            st.caption("Choose at least two. Until then, all models are compared.")
            return default
    return ",".join(mine)
