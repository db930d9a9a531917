"""Every cited clause with the parts of its rank; filters by authority, section and kind."""

import pandas as pd
import streamlit as st

from analysis import glossary
from pages.ui import near_parts, url
from pages.ui.cited import Cited, value
from pages.ui.frame import View
from pages.ui.judged import asked, computed
from pages.ui.picking import fresh_key, picked, used

NEEDS = glossary.told("needs_work")
_GAPS = f"{glossary.told('quality_gap')} No part of the rank."
_ALL = "all"
_KEY = "clauses"


def listed(view: View, cited: Cited) -> None:
    """The list; a click on a row opens the clause below."""
    rows, linked = _filtered(cited), near_parts.counts(view, cited.spec)
    shown = pd.DataFrame(
        {
            "title": rows["title"],
            "needs_work": rows["needs_work"],
            "kind": rows["kind"],
            "cited": rows["cited"],
            "near": [linked.get(str(c), 0) for c in rows["clause"]] if linked else None,
            "violated": [value(v) for v in rows["violated"]],
            "kappa": [value(v) for v in rows["kappa"]],
            "prevalence": rows["prevalence"],
            "interpretive": rows["interpretive"],
            "activation": rows["activation"],
            "rival": [cited.title(r) if isinstance(r, str) else "" for r in rows["rival"]],
            "gaps": rows["quality_gaps"],
            "d": rows["mean_d"],
        }
    )
    key = fresh_key(_KEY, *rows["clause"])
    recipe = asked(view, "clauses.listed", labels=cited.source or "none")
    at = picked(
        view,
        "clauses",
        "All cited clauses",
        shown,
        _columns(),
        alt="Cited clauses, the one that needs work most first",
        note=f"{len(shown)} of {len(cited.spec.clauses)} clauses of {cited.spec.name} "
        f"{cited.spec.version} are cited. Never compare kappas without the share flagged beside. "
        "Click a row for its text, cases and arguments. The files have every clause, with the "
        "three parts of needs work.",
        frame=lambda: computed(view, recipe),
        help=glossary.told("cited"),
        recipe=recipe,
        grid_key=key,
        tall=460,
    )
    if at is not None:
        used(_KEY)
        url.keep("clause", str(rows["clause"].iloc[at]))
        st.rerun()


def _filtered(cited: Cited) -> pd.DataFrame:
    rows = cited.table.assign(
        title=[cited.title(c) for c in cited.table["clause"]],
        authority=[cited.clauses[str(c)].authority or "–" for c in cited.table["clause"]],
        section=[cited.title(cited.clauses[str(c)].section) for c in cited.table["clause"]],
    )
    with st.container(horizontal=True, gap="medium"):
        for name, label in (("authority", "Authority"), ("section", "Section"), ("kind", "Kind")):
            options = {_ALL: "All", **{str(v): str(v) for v in sorted(set(rows[name].astype(str)))}}
            with st.container(width=230):
                picked = url.choice(name, label, options, default=_ALL)
            rows = rows if picked == _ALL else rows[rows[name] == picked]
    return rows


def _columns() -> dict[str, object]:
    number, words = st.column_config.NumberColumn, st.column_config.TextColumn
    return {
        "title": words("Clause", width=210, pinned=True),
        "needs_work": st.column_config.ProgressColumn(
            "Needs work", format="%.2f", min_value=0, max_value=0.5, width=95, help=NEEDS
        ),
        "kind": words("Kind", width=125),
        "cited": number("Cited", width=60, help="Answers on which a judge invokes it."),
        "near": number("Near, not cited", width=110, help=near_parts.NEAR),
        "violated": number("Violated", format="percent", width=75),
        "kappa": number("Kappa", format="%.2f", width=65, help="Fleiss, binary, on its cases."),
        "prevalence": number("Flagged", format="percent", width=70),
        "interpretive": number("Interpretive", width=90),
        "activation": number("Activation", width=85),
        "rival": words("Most often against", width=180),
        "gaps": number("Quality gaps", width=90, help=_GAPS),
        "d": number("Mean D", format="%.2f", width=70),
    }
