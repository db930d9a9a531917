"""Behind one cell: the models on that category, the single values inside it, the scenarios."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from analysis.figures.phrases import NUDGES
from analysis.measure import values as measure
from analysis.queries import values as queries
from analysis.queries.scenarios import EXCERPT
from analysis.vocabulary import with_minus
from pages.parts.values.sections import ValueChoice, cells_of
from pages.ui import address, figure, links, problems, reads, ui_text
from pages.ui.frame import View

_CASES = 6


def show(view: View, chosen: ValueChoice) -> tuple[str, str] | None:
    """One category and one provider or model, chosen here or by a click: the models on it and
    the values inside it. Gives what was chosen, where there is a number."""
    there = chosen.cells[chosen.cells["n"] > 0]
    known = reads.read(view.study, queries.categories, view.taxonomy.path)
    names = [str(c) for c in known["category"] if c in set(there["category"])]
    first = measure.strongest(there)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        with st.container(width=300):
            category = address.choice("cat", "Category", {c: c for c in names}, default=first[0])
        with st.container(width=190):
            label = "Provider" if chosen.kind == "provider" else "Model"
            who = address.choice("who", label, chosen.columns, default=first[1])
    if there[(there["category"] == category) & (there["name"] == who)].empty:
        problems.empty(
            "No number for this cell",
            f"No answer of {chosen.columns[who]} has a position on a value in “{category}”.",
        )
        return None
    figure.show(view, "values.models", key="value-models", category=category, **chosen.asked)
    figure.show(
        view,
        "values.single",
        key="value-values",
        category=category,
        kind=chosen.kind,
        name=who,
        **chosen.asked,
    )
    return category, who


def drivers(view: View, chosen: ValueChoice, category: str, who: str) -> None:
    """The scenarios where they lean most, in the direction of the cell."""
    if len(chosen.members.models) < 2:
        return
    towards = _towards(view, chosen, category, who)
    pairs = zip(chosen.members.models, chosen.members.providers, strict=True)
    mine = tuple(m for m, p in pairs if who == (m if chosen.kind == "model" else p))
    found = reads.read(
        view.study,
        queries.drivers,
        view.taxonomy.path,
        mine,
        category,
        flt=chosen.flt,
        highest=towards,
        limit=_CASES,
    )
    st.header("Scenarios behind it", anchor=False)
    with st.container(key="driver-facts"):
        st.text(
            f"Where {chosen.columns[who]} leans most {'towards' if towards else 'away from'} a "
            f"value in “{category}”, one scenario per family. The number is the lean there."
        )
    for i, row in enumerate(found.to_dict("records")):
        _case(view, i, row)


def _towards(view: View, chosen: ValueChoice, category: str, who: str) -> bool:
    lean = cells_of(view, chosen, "lean")
    mine = lean[(lean["category"] == category) & (lean["name"] == who)]
    return bool(mine["value"].fillna(0).ge(0).all())


def _case(view: View, number: int, row: Mapping[Any, Any]) -> None:
    with st.container(
        key=f"entry-v{number}", horizontal=True, vertical_alignment="center", gap="small"
    ):
        st.text(with_minus(f"{row['lean']:+.1f}"), width=48)
        with st.container(key=f"said-v{number}", gap=None):
            query = str(row["query"])
            st.text(query + "…" * (len(query) == EXCERPT))
            place = f"position {row['position']:.1f} on “{ui_text.named(row['value'])}”"
            pair = f"{ui_text.named(row['value1'])} ↔ {ui_text.named(row['value2'])}"
            st.text(f"{place} · {pair} · {NUDGES.get(row['nudge'], 'no nudge')}")
        links.case(view.info, str(row["scenario"]))
