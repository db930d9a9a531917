"""Answers that one judge passes and another fails; one opens with the reasonings side by side."""

import streamlit as st

from analysis import glossary
from pages.ui import problems, reasonings, words
from pages.ui.frame import View
from pages.ui.judged import Judged, asked, computed, labels
from pages.ui.picking import picked

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
        model=labels(view, rows["model"]),
        pair=rows["value1"] + " ↔ " + rows["value2"],
    )[["scenario", "model", "compliant", "non_compliant", "ambiguous", "d", "pair"]]
    cut = f"the first {_MOST} shown; " if len(found) > _MOST else ""
    at = picked(
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
        tall=380,
    )
    row = rows.iloc[at or 0]
    reasonings.side_by_side(view, str(row["scenario"]), str(row["model"]))
