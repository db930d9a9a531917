"""One model on the Robustness page: its shifts, and the families in which it changes sides."""

from typing import Any

import pandas as pd
import streamlit as st

from analysis.export import recipes
from analysis.export.recipe import Asked
from analysis.measure import robustness as measure
from analysis.show import robustness as pictures
from analysis.store.queries import robustness as queries
from analysis.store.queries import variants as variant_queries
from pages.ui import problems, reads, url, words
from pages.ui.figure import figure, table
from pages.ui.frame import View
from pages.ui.robustness_parts import FLIP, LETTER, SHIFT, SWING, Found

_MOST = 300
_OPEN = "Click a row to read its first query, or the third column to read the second."
_LEANS = {"neutral": "neutral", "value1": "leaning to value 1", "value2": "leaning to value 2"}
_BY_API = {True: " (by the API)", False: ""}


def one_model(view: View, found: Found) -> str | None:
    """The shifts of one model, and its cases, each one click from the reader. Gives the model."""
    if not found.labels:
        return None
    if found.usable:
        st.header("One model", anchor=False)
    with st.container(width=240):
        model = url.choice("model", "Model", found.labels, default=_first(found), always=True)
    if not found.usable:
        return model
    _shifts(view, found, model)
    left, right = st.columns(2, gap="large")
    with left:
        _swings(view, found, model)
    with right:
        _flips(view, found, model)
    return model


def _first(found: Found) -> str:
    """Where to begin: whom leaning queries move most."""
    moved = measure.shifts(found.patterns) if len(found.patterns) else pd.DataFrame()
    if moved.empty or moved["value"].isna().all():
        return next(iter(found.labels))
    return str(moved.sort_values("value", ascending=False)["model"].iloc[0])


def _shifts(view: View, found: Found, model: str) -> None:
    mine = found.patterns[found.patterns["model"] == model]
    counts = measure.distribution(mine) if len(mine) else pd.DataFrame()
    if counts.empty or not counts["cases"].sum():
        problems.empty(
            "No shift of this model",
            "It was not placed on the favored value in a neutral and a leaning query of a family.",
        )
        return
    share = measure.directions(mine).to_dict("records")[0]
    figure(
        view,
        "shifts",
        "Its shifts",
        pictures.distribution(counts, found.labels[model]),
        alt=pictures.distribution_alt(counts, found.labels[model]),
        note=f"n = {int(share['cases']):,} leaning queries: {share['towards']:.0%} move it towards "
        f"the favored value, {share['unmoved']:.0%} leave it, {share['against']:.0%} move it "
        "against.",
        frame=lambda: counts,
        help=SHIFT,
        recipe=recipes.ask(view.study, "robustness.shifts_of", model=model),
    )


def _swings(view: View, found: Found, model: str) -> None:
    title = "Families it swings in"
    if found.source is None:
        return
    rows = reads.read(view.study, queries.swings, found.source, model, _MOST + 1)
    if rows.empty:
        problems.empty(title, "It never complies in full with one wording and refuses another.")
        return
    shown = pd.DataFrame(
        {
            "pair": _pairs(rows),
            "complied": rows["complied_nudge"].map(_LEANS),
            "refused": rows["refused_nudge"].map(_LEANS) + rows["by_api"].map(_BY_API),
            "disagreement": rows["disagreement"],
        }
    )
    _listed(
        view, "swing-cases", title, rows, shown,
        {
            "pair": st.column_config.TextColumn("Value 1 ↔ value 2", width=165),
            "complied": _wording("Complies when"),
            "refused": _wording("Refuses when"),
            "disagreement": st.column_config.NumberColumn(
                "D", format="%.2f", width=50, help=f"Of the refused query. {words.D}"
            ),
        },
        found.labels[model], SWING, f"Most disputed first; response types by {found.source}.",
        recipes.ask(view.study, "robustness.swing_cases", model=model, labels=found.source),
    )  # fmt: skip


def _flips(view: View, found: Found, model: str) -> None:
    title = "Values it flips on"
    rows = reads.read(view.study, queries.flips, model, _MOST + 1)
    if rows.empty:
        problems.empty(title, "It never favors a value in one wording and opposes it in another.")
        return
    shown = pd.DataFrame(
        {
            "value": rows["value"],
            "favored": _placed(rows, "favored"),
            "opposed": _placed(rows, "opposed"),
        }
    )
    _listed(
        view, "flip-cases", title, rows, shown,
        {
            "value": st.column_config.TextColumn("Value", width=150),
            "favored": _wording("Favors it when"),
            "opposed": _wording("Opposes it when"),
        },
        found.labels[model], FLIP, "Widest apart first; positions in brackets.",
        recipes.ask(view.study, "robustness.flip_cases", model=model),
    )  # fmt: skip


def letters(view: View, found: Found, model: str) -> None:
    """Perturbed queries that were answered in the other way, where the study has any."""
    rows = reads.read(view.study, variant_queries.swings, found.source, model, _MOST + 1)
    if rows.empty:
        return
    same = rows["kind"].isin(measure.SAME_REQUEST)
    shown = pd.DataFrame(
        {
            "pair": _pairs(rows),
            "complied": _side(rows, "complied"),
            "refused": _side(rows, "refused"),
            "reading": same.map({True: "letter against spirit", False: "swing"}),
        }
    )
    _listed(
        view, "letter-cases", "Perturbed queries it swings on", rows, shown,
        {
            "pair": st.column_config.TextColumn("Value 1 ↔ value 2", width=240),
            "complied": _wording("Complies with"),
            "refused": _wording("Refuses"),
            "reading": st.column_config.TextColumn("Read as", width=170, help=LETTER),
        },
        found.labels[model], LETTER, "",
        recipes.ask(
            view.study, "robustness.letter_cases", model=model, labels=found.source or "none"
        ),
    )  # fmt: skip


def _pairs(rows: pd.DataFrame) -> pd.Series:
    return rows["value1"].astype(str) + " ↔ " + rows["value2"].astype(str)


def _side(rows: pd.DataFrame, side: str) -> pd.Series:
    """Which of a query and its variant stands on that side: the original, or the kind."""
    return rows["kind"].where(rows[side].str.contains("~", regex=False), "the original")


def _placed(rows: pd.DataFrame, side: str) -> pd.Series:
    """In which wording, seen from the value itself, and at which position."""
    own = "value" + rows["value_no"].astype(str)
    nudge = rows[f"{side}_nudge"]
    place = nudge.mask(nudge == own, "leaning to it").mask(
        (nudge != own) & (nudge != "neutral"), "leaning away"
    )
    return place + " (" + rows[f"{side}_position"].astype(int).astype(str) + ")"


def _wording(label: str) -> Any:
    return st.column_config.TextColumn(label, width=132, help=words.NUDGE)


def _listed(
    view: View,
    key: str,
    title: str,
    rows: pd.DataFrame,
    shown: pd.DataFrame,
    columns: dict[str, Any],
    label: str,
    help: str,
    note: str,
    asked: Asked,
) -> None:
    """A table of cases whose third column is their second query; a click opens either of them."""
    cut = f" The first {_MOST} are shown; the CSV has all." if len(rows) > _MOST else ""
    top = shown.head(_MOST).reset_index(drop=True)
    grid = f"{key}-{st.session_state.get('_opened', 0)}"
    table(
        view,
        key,
        title,
        top,
        columns,
        alt=f"{title}, one row a case",
        note=f"{note} {_OPEN}{cut}".strip(),
        frame=lambda: reads.read(view.study, recipes.compute, asked),
        recipe=asked,
        help=help,
        grid_key=grid,
        on_select="rerun",
        selection_mode="single-cell",
        height=min(420, 35 * (len(top) + 1) + 3),
    )
    picked = st.session_state[grid].selection.cells
    if picked:
        st.session_state["_opened"] = st.session_state.get("_opened", 0) + 1
        row, column = picked[0]
        first, second = list(columns)[1:3]
        side = second if str(column) == second else first
        st.switch_page(
            "pages/scenarios.py",
            query_params={
                "study": view.info.id,
                "scenario": str(rows[side].iloc[int(row)]),
                "show": label,
            },
        )
