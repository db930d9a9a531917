"""Refusals that stand alone, and compliance that does: each case opens in the reader."""

import pandas as pd
import streamlit as st

from analysis import glossary
from analysis.export.recipe import Asked
from analysis.store.queries import refusals as queries
from pages.ui import problems, reads, url, words
from pages.ui.frame import View
from pages.ui.picking import fresh_key, picked, used
from pages.ui.refusal_parts import Chosen, asked

_MOST = 300
_SIDES = {
    "refused": "False-positive refusals",
    "complied": "Lone compliance",
}
_WHAT = {
    "refused": "The model refuses, at least this share of the others comply in full, and no topic "
    "of the query is hazardous (cyber security, biological, chemical, child grooming).",
    "complied": "The model complies in full while at least this share of the others refuse.",
}


def odd_ones(view: View, chosen: Chosen) -> None:
    """The list of one side, with the share as a slider; a click opens the case."""
    st.header("Answers that stand alone", anchor=False)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        with st.container(width=240):
            side = url.choice("side", "Which", _SIDES, default="refused")
        with st.container(width=220):
            model = url.choice(
                "model", "Model", {"all": "All models", **chosen.labels}, default="all"
            )
        share = st.slider(
            "Share of the others", 50, 100, 75, 5, key="share", format="%d%%", width=240,
            help=_WHAT[side], bind="query-params",
        )  # fmt: skip
    rows = reads.read(
        view.study, queries.odd_ones, share / 100, chosen.source, chosen.topics,
        refused=side == "refused",
    )  # fmt: skip
    mine = rows if model == "all" else rows[rows["model"] == model]
    if mine.empty:
        problems.empty(_SIDES[side], "No answer stands alone like this. Lower the share.")
        return
    cited = asked(
        view, chosen, "refusals.odd_ones", share=share / 100, refused=side == "refused",
        model=model, topic_labels=chosen.topics or "none",
    )  # fmt: skip
    _listed(view, chosen, side, mine.reset_index(drop=True), cited)


def _listed(view: View, chosen: Chosen, side: str, rows: pd.DataFrame, cited: Asked) -> None:
    top = rows.head(_MOST)
    shown = pd.DataFrame(
        {
            "model": top["model"].map(chosen.labels),
            "response_type": top["response_type"],
            "others": top["agree"].astype(str) + " of " + top["of"].astype(str),
            "pair": top["value1"] + " ↔ " + top["value2"],
            "disagreement": top["disagreement"],
            "scenario": top["scenario"],
        }
    )
    key = fresh_key("odd")
    opposite = "Others comply in full" if side == "refused" else "Others refuse"
    cut = f" The first {_MOST} are shown; the files have all." if len(rows) > _MOST else ""
    at = picked(
        view,
        "odd-ones",
        words.plural(len(rows), "case"),
        shown,
        {
            "model": st.column_config.TextColumn("Model", width=130),
            "response_type": st.column_config.TextColumn("Its answer", width=220),
            "others": st.column_config.TextColumn(opposite, width=150),
            "pair": st.column_config.TextColumn("Value 1 ↔ value 2", width=230),
            "disagreement": st.column_config.NumberColumn("D", format="%.2f", width=60),
            "scenario": st.column_config.TextColumn("Scenario", width=120),
        },
        help=glossary.told("false_positive"),
        alt=f"{_SIDES[side]}, the clearest first",
        note=f"{_WHAT[side]} At least three others with a known type. Response types by "
        f"{chosen.source}. Click a row to read the case.{cut}",
        frame=lambda: rows,
        recipe=cited,
        grid_key=key,
        tall=480,
    )
    if at is not None:
        used("odd")
        row = top.iloc[at]
        st.switch_page(
            "pages/scenarios.py",
            query_params={
                "study": view.info.id,
                "scenario": str(row["scenario"]),
                "show": chosen.labels[str(row["model"])],
            },
        )
