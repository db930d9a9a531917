"""Answers that one judge passes and another fails; one opens with the reasonings beside."""

import pandas as pd
import streamlit as st

from analysis import glossary
from analysis.store.queries import judges as queries
from pages.ui import problems, reads, words
from pages.ui.figure import table
from pages.ui.frame import View
from pages.ui.judged import Judged, asked, computed, label, picked_row

_MOST = 500
_KEY = "disputed-grid"


def disputed(view: View, judged: Judged) -> None:
    """The opposed, the most evenly split first, with the arguments of one side by side."""
    recipe = asked(view, "judges.disputed")
    found = computed(view, recipe)
    if found.empty:
        problems.empty("No opposite verdicts", "No answer is passed by one judge and failed by "
                       "another.")  # fmt: skip
        return
    rows = found.head(_MOST)
    shown = rows.assign(
        model=[label(view, str(m)) for m in rows["model"]],
        pair=rows["value1"] + " ↔ " + rows["value2"],
    )[["scenario", "model", "compliant", "non_compliant", "ambiguous", "d", "pair"]]
    cut = f"the first {_MOST} shown; " if len(found) > _MOST else ""
    table(
        view,
        "disputed",
        f"Opposite verdicts: {words.plural(len(found), 'answer')}",
        shown,
        {
            "scenario": st.column_config.TextColumn("Scenario", width=120),
            "model": st.column_config.TextColumn("Model", width=140),
            "compliant": st.column_config.NumberColumn("Pass", width=60),
            "non_compliant": st.column_config.NumberColumn("Fail", width=60),
            "ambiguous": st.column_config.NumberColumn("Unsure", width=65),
            "d": st.column_config.NumberColumn("D", format="%.2f", width=60, help=words.D),
            "pair": st.column_config.TextColumn("Value 1 ↔ value 2", width=300),
        },
        help=glossary.told("opposite"),
        alt="Answers that judges decide oppositely",
        note=f"The most evenly split first, {cut}all judges count. Click a row for what each said.",
        frame=lambda: found,
        recipe=recipe,
        grid_key=_KEY,
        on_select="rerun",
        selection_mode="single-cell",
        placeholder="–",
        height=min(380, 35 * (len(shown) + 1) + 3),
    )
    _argument(view, rows.iloc[picked_row(_KEY) or 0])


def _argument(view: View, row: pd.Series) -> None:
    """What the judges said of one answer, side by side, as plain text."""
    scenario, model = str(row["scenario"]), str(row["model"])
    said = reads.read(view.study, queries.reasonings, scenario, model)
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
    ):
        st.text(f"{label(view, model)} on {scenario}")
        st.page_link(
            "pages/scenarios.py", label="Read the answer", icon=":material/arrow_forward:",
            query_params=[("study", view.info.id), ("scenario", scenario),
                          ("show", label(view, model))],
        )  # fmt: skip
    for column, record in zip(st.columns(len(said)), said.to_dict("records"), strict=True):
        with column, st.container(border=True):
            st.text(f"{record['label']}: {record['decision'] or 'no decision'}")
            st.text(str(record["reasoning"] or "No reasoning was kept.")[:4_000])
