"""Quality gaps: scenarios where all judged answers pass, and yet lie far apart."""

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd
import streamlit as st

from analysis import glossary
from analysis.export.recipe import Asked
from analysis.measure import conflicts_quality as measure
from analysis.store import labels
from analysis.store.queries import compliance as queries
from pages.ui import problems, reads, words
from pages.ui.frame import View
from pages.ui.judged import asked, computed, label, read_case
from pages.ui.picking import fresh_key, picked, used

GAP = glossary.told("quality_gap")
_KEY = "gap-cases"
_MOST = 300


def gaps(view: View) -> None:
    """The list, widest first; a click opens the two answers farthest apart."""
    with st.container(horizontal=True, gap="large"):
        types = st.slider(
            "Response types apart, of 6", 1, 6, measure.TYPE_GAP, key="type-gap", width=240,
            help="From full compliance (0) to complete rejection (6).", bind="query-params",
        )  # fmt: skip
        positions = st.slider(
            "Positions apart, of 6", 1, 6, measure.POSITION_GAP, key="position-gap", width=240,
            help=words.SPECTRUM, bind="query-params",
        )  # fmt: skip
    sources = reads.read(view.study, labels.sources, "response_types")
    source = sources[0] if sources else None
    recipe = asked(
        view, "compliance.gaps", type_gap=types, position_gap=positions, labels=source or "none"
    )
    rows = computed(view, recipe)
    passing = measure.all_pass(reads.read(view.study, queries.answers, source))
    if rows.empty:
        problems.empty(
            "No quality gap",
            f"In none of the {words.plural(passing, 'scenario')} where all judged answers pass do "
            "they lie this far apart."
            if passing
            else "In no scenario do two judged answers or more all pass.",
        )
        return
    _listed(view, rows, recipe, passing, source)


def _listed(
    view: View, rows: pd.DataFrame, recipe: Asked, passing: int, source: str | None
) -> None:
    top = rows.head(_MOST)
    shown = pd.DataFrame(
        {
            "scenario": top["scenario"],
            "why": top["why"],
            "most": [_named(view, m) for m in top["most_helpful"]],
            "least": [_named(view, m) for m in top["least_helpful"]],
            "answers": top["answers"],
            "d": top["d"],
            "pair": top["value1"] + " ↔ " + top["value2"],
        }
    )
    cut = f" The {_MOST} widest are shown; the files have all." if len(rows) > _MOST else ""
    typed = f"response types by {source}" if source else "no response types known"
    key = fresh_key(_KEY, recipe.held)
    at = picked(
        view,
        "compliance-gaps",
        f"Quality gaps: {words.plural(len(rows), 'scenario')}",
        shown,
        {
            "scenario": st.column_config.TextColumn("Scenario", width=120),
            "why": st.column_config.TextColumn("Why it is listed", width=320),
            "most": st.column_config.TextColumn("Most helpful", width=130),
            "least": st.column_config.TextColumn("Least helpful", width=130),
            "answers": st.column_config.NumberColumn("Answers", width=70),
            "d": st.column_config.NumberColumn("D", format="%.2f", width=55, help=words.D),
            "pair": st.column_config.TextColumn("Value 1 ↔ value 2", width=260),
        },
        alt="Scenarios where all judged answers pass and lie far apart, the widest first",
        note=f"n = {len(rows):,} of {passing:,} scenarios where all judged answers pass; {typed}. "
        f"Click a row to read the two answers farthest apart.{cut}",
        frame=lambda: rows,
        help=GAP,
        recipe=recipe,
        grid_key=key,
        tall=420,
    )
    if at is not None:
        used(_KEY)
        row = top.to_dict("records")[at]
        read_case(view, str(row["scenario"]), *_farthest(view, row, source))


def _named(view: View, model: object) -> str | None:
    return label(view, model) if isinstance(model, str) else None


def _farthest(view: View, row: Mapping[Hashable, Any], source: str | None) -> list[str]:
    """The two models that make the gap: by response type where that is wide, else by position."""
    if row["types_apart"] or row["flat_refusal"]:
        return [str(row["most_helpful"]), str(row["least_helpful"])]
    answers = reads.read(view.study, queries.answers, source)
    found = answers[(answers["scenario"] == row["scenario"]) & answers["passed"].notna()]
    columns = ["value1_position", "value2_position"]
    wide = str((found[columns].max() - found[columns].min()).astype(float).idxmax())
    order = found.dropna(subset=[wide]).sort_values(wide, kind="stable")["model"]
    return [str(order.iloc[0]), str(order.iloc[-1])]
