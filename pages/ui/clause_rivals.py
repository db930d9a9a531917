"""Clauses that claim the same case: a matrix of pairs, the list, and the cases of one pair."""

import pandas as pd
import streamlit as st

from analysis import glossary
from analysis.show import clauses as pictures
from analysis.store.queries import judges as queries
from pages.ui import problems, reads, url, words
from pages.ui.cited import Cited
from pages.ui.figure import figure
from pages.ui.frame import View
from pages.ui.judged import asked, computed, label, read_case
from pages.ui.picking import fresh_key, picked, used

_KEY = "rival-cases"
_PAIRS = "clause-pairs"
_MOST = 300
ACTIVATION = glossary.told("activation")


def rivals(view: View, cited: Cited) -> None:
    """The matrix and the list beside it; a cell or a row chooses the pair below."""
    recipe = asked(view, "clauses.rivals")
    pairs = computed(view, recipe)
    if pairs.empty:
        problems.empty(
            "No two clauses claim the same case",
            "Nowhere do two judges decide oppositely with no clause in common.",
        )
        return
    left, right = st.columns([6, 5], gap="large")
    with left:
        cut = len(pictures.chosen(pairs, len(pairs) * 2)) - pictures.MOST
        more = f" {words.plural(cut, 'clause')} with fewer are left out." if cut > 0 else ""
        figure(
            view,
            "clause-rivals",
            "Clauses that claim the same case",
            pictures.rivals(pairs, cited.titles),
            alt=pictures.rivals_alt(pairs, cited.titles),
            note=f"n = {len(pairs):,} pairs of clauses; numbers are answers.{more} The pair needs "
            "precedence. Click a cell for its answers.",
            frame=lambda: pairs,
            help=ACTIVATION,
            recipe=recipe,
            on_select=_clicked,
            selection_mode="points",
        )
    with right:
        _list(view, pairs)
    _cases(view, cited, pairs)


def _clicked() -> None:
    points = st.session_state["figure-clause-rivals"].selection.points
    if points:
        url.keep("rivals", "|".join(map(str, points[0]["customdata"][:2])))


def _list(view: View, pairs: pd.DataFrame) -> None:
    key = fresh_key(_PAIRS)
    recipe = asked(view, "clauses.rivals")
    at = picked(
        view,
        "clause-pairs",
        "The same as a list",
        pairs[["title", "other_title", "answers"]],
        {
            "title": st.column_config.TextColumn("One clause", width=160),
            "other_title": st.column_config.TextColumn("Against", width=160),
            "answers": st.column_config.NumberColumn("Answers", width=70),
        },
        alt="Pairs of clauses on which judges decide oppositely, each citing its own",
        note="Most answers first. Click a row for its answers.",
        frame=lambda: pairs,
        help=ACTIVATION,
        recipe=recipe,
        grid_key=key,
        tall=400,
    )
    if at is not None:
        used(_PAIRS)
        url.keep("rivals", f"{pairs['clause'].iloc[at]}|{pairs['other'].iloc[at]}")
        st.rerun()


def _cases(view: View, cited: Cited, pairs: pd.DataFrame) -> None:
    """The answers that one pair of clauses both claims; one opens in the reader."""
    options = {
        f"{r['clause']}|{r['other']}": f"{r['title']} against {r['other_title']} ({r['answers']:,})"
        for r in pairs.to_dict("records")
    }
    with st.container(width=620):
        chosen = url.choice("rivals", "Two clauses", options, default=next(iter(options)))
    clause, other = chosen.split("|")
    recipe = asked(view, "clauses.rival_cases", clause=clause, other=other)
    rows = computed(view, recipe)
    known = reads.read(view.study, queries.judges).set_index("judge")["label"]
    top = rows.head(_MOST)
    shown = top[["scenario"]].assign(
        model=[label(view, str(m)) for m in top["model"]],
        d=top["d"],
        **{f"says_{s}": [
            f"{known.get(j, j)}: {d}, by {cited.title(c)}" for j, d, c in
            zip(top[f"judge_{s}"], top[f"decision_{s}"], top[f"clause_{s}"], strict=True)
        ] for s in ("a", "b")},
    )  # fmt: skip
    key = fresh_key(_KEY, clause, other)
    at = picked(
        view,
        "clause-rival-cases",
        "Answers that both claim",
        shown,
        {
            "scenario": st.column_config.TextColumn("Scenario", width=120),
            "model": st.column_config.TextColumn("Model", width=140),
            "d": st.column_config.NumberColumn("D", format="%.2f", width=60, help=words.D),
            "says_a": st.column_config.TextColumn("One judge", width=330),
            "says_b": st.column_config.TextColumn("Another", width=330),
        },
        alt="Answers on which two judges decide oppositely by these two clauses",
        note=f"n = {len(rows.drop_duplicates(['scenario', 'model'])):,} answers, a row for each "
        "two judges that are opposed. Highest D first. Click a row to read the answer.",
        frame=lambda: rows,
        help=ACTIVATION,
        recipe=recipe,
        grid_key=key,
        tall=300,
    )
    if at is not None:
        used(_KEY)
        read_case(view, str(top["scenario"].iloc[at]), str(top["model"].iloc[at]))
