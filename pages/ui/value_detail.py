"""Behind one cell: the models on that category, the single values inside it, the scenarios."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from analysis import glossary
from analysis.show.value_dots import dots, dots_alt
from analysis.store.queries import values as queries
from analysis.store.queries.scenarios import EXCERPT
from pages.ui import problems, reads, url, value_reads, words
from pages.ui.figure import figure
from pages.ui.frame import View
from pages.ui.value_parts import Chosen, asked, labels

_VALUES_SHOWN = 14
_CASES = 6


def show(view: View, chosen: Chosen) -> tuple[str, str] | None:
    """One category and one provider or model, chosen here or by a click: the models on it and
    the values inside it. Gives what was chosen, where there is a number."""
    there = chosen.mine[chosen.mine["n"] > 0]
    known = reads.read(view.study, queries.categories, view.taxonomy.path)
    names = [str(c) for c in known["category"] if c in set(there["key"])]
    first = _strongest(there)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        with st.container(width=300):
            category = url.choice("cat", "Category", {c: c for c in names}, default=first[0])
        with st.container(width=190):
            label = "Provider" if chosen.kind == "provider" else "Model"
            who = url.choice("who", label, chosen.columns, default=first[1])
    cell = there[(there["key"] == category) & (there["name"] == who)]
    if cell.empty:
        problems.empty("Nothing here", "No position of theirs on a value of this category.")
        return None
    _models(view, chosen, category)
    _values(view, chosen, category, who)
    return category, who


def _strongest(there: pd.DataFrame) -> tuple[str, str]:
    """Where to begin: the largest number that differs, else the largest."""
    order = there.assign(size=(there["value"] - there["value"].median()).abs())
    top = order.sort_values(["differs", "size"], ascending=False, kind="stable").iloc[0]
    return str(top["key"]), str(top["name"])


def _models(view: View, chosen: Chosen, category: str) -> None:
    named = labels(chosen.members, "model")
    providers = dict(zip(chosen.members.models, chosen.members.providers, strict=True))
    cells = chosen.cells[(chosen.cells["kind"] == "model") & (chosen.cells["key"] == category)]
    cells = cells[cells["n"] > 0]
    frame = cells.assign(
        label=cells["name"].map(named), provider=cells["name"].map(providers)
    ).sort_values("value", ascending=False)
    figure(
        view,
        "value-models",
        "The models on this category",
        dots(frame, chosen.measure),
        help=glossary.told("lean"),
        alt=dots_alt(frame, "Models on one category"),
        note=f"n = {int(frame['n'].sum()):,} positions. Bars: 95%, clustered by family."
        + " Hollow: not different from 0." * (chosen.measure == "lean"),
        frame=lambda: frame,
        recipe=asked(view, chosen, "values.models", category=category),
    )


def _values(view: View, chosen: Chosen, category: str, who: str) -> None:
    found = reads.read(
        view.study, value_reads.inside, view.taxonomy.path, chosen.measure, chosen.flt, category,
        chosen.kind, who,
    )  # fmt: skip
    order = found.sort_values("n", ascending=False).head(_VALUES_SHOWN)
    frame = order.sort_values("value", ascending=False).assign(label=lambda f: f["key"])
    more = f"the {len(frame)} with most positions of {len(found)}; the CSV has all" * (
        len(found) > len(frame)
    )
    figure(
        view,
        "value-values",
        "The single values inside it",
        dots(frame, chosen.measure),
        help=glossary.told("lean"),
        alt=dots_alt(frame, "Single values of the category"),
        note=f"Of the chosen {'provider' if chosen.kind == 'provider' else 'model'}: "
        f"{more or words.plural(len(found), 'value')}. n = {int(frame['n'].sum()):,} positions.",
        frame=lambda: found.rename(columns={"key": "value_name"}),
        recipe=asked(view, chosen, "values.single", category=category, kind=chosen.kind, name=who),
    )


def drivers(view: View, chosen: Chosen, category: str, who: str) -> None:
    """The scenarios where they lean most, in the direction of the cell."""
    if len(chosen.members.models) < 2:
        return
    towards = _towards(view, chosen, category, who)
    pairs = zip(chosen.members.models, chosen.members.providers, strict=True)
    mine = tuple(m for m, p in pairs if who == (m if chosen.kind == "model" else p))
    found = reads.read(
        view.study, queries.drivers, view.taxonomy.path, mine, category, flt=chosen.flt,
        highest=towards, limit=_CASES,
    )  # fmt: skip
    st.header("Scenarios that drive it", anchor=False)
    with st.container(key="driver-facts"):
        st.text(
            f"Where {chosen.columns[who]} leans {'towards' if towards else 'away from'} a value of "
            f"“{category}” the most, one scenario a family. The number is the lean there."
        )
    for i, row in enumerate(found.to_dict("records")):
        _case(view, i, row)


def _towards(view: View, chosen: Chosen, category: str, who: str) -> bool:
    lean = reads.read(view.study, value_reads.by_category, view.taxonomy.path, "lean", chosen.flt)
    mine = lean[(lean["kind"] == chosen.kind) & (lean["key"] == category) & (lean["name"] == who)]
    return bool(mine["value"].fillna(0).ge(0).all())


def _case(view: View, number: int, row: Mapping[Any, Any]) -> None:
    with st.container(
        key=f"entry-v{number}", horizontal=True, vertical_alignment="center", gap="small"
    ):
        st.text(f"{row['lean']:+.1f}".replace("-", "−"), width=48)
        with st.container(key=f"said-v{number}", gap=None):
            query = str(row["query"])
            st.text(query + "…" * (len(query) == EXCERPT))
            place = f"on “{row['value']}” they stand at {row['position']:.1f}"
            st.text(f"{place} · {row['value1']} ↔ {row['value2']} · {row['nudge'] or 'no nudge'}")
        st.page_link(
            "pages/scenarios.py",
            label="Open",
            icon=":material/arrow_forward:",
            icon_position="right",
            help="",
            query_params=[("study", view.info.id), ("scenario", str(row["scenario"]))],
        )
