"""The sections of the Map page: the plane, the selection, the groups, what it is not."""

import pandas as pd
import streamlit as st

from analysis import glossary
from analysis.export.recipes_map import named_groups
from analysis.load.map import draw_map
from analysis.measure import map as measure
from analysis.show import map as pictures
from analysis.store import selections
from analysis.store.queries import map as queries
from pages.ui import problems, reads, url, words
from pages.ui.figure import figure, table
from pages.ui.frame import View
from pages.ui.job_strip import jobs, show
from pages.ui.judged import asked

_PICKED = "_map_picked"


def find(view: View) -> pd.DataFrame | None:
    """The points; None (with a way to get them) where no map has been drawn yet."""
    if not queries.drawn(view.study):
        _undrawn(view)
        return None
    return reads.read(view.study, queries.points, view.taxonomy.path)


def _undrawn(view: View) -> None:
    count = view.info.scenarios
    if count < measure.LEAST:
        problems.empty(
            "Too few queries for a map",
            f"A map needs at least {measure.LEAST} queries; this study has {count}.",
        )
        return
    if jobs().busy():
        show()
        st.button("Look again", key="map-again")
        return
    problems.empty(
        "No map of this study yet",
        "Laying queries out on a plane takes half a minute for hundreds of them and a few minutes "
        "for tens of thousands. It is done once, in the background, and kept.",
    )
    if st.button("Draw the map", type="primary", key="draw-map"):
        info, settings = view.info, view.settings
        jobs().start(f"Map of {info.title}", lambda r, c: draw_map(info, settings, r, c))
        st.rerun()


def plane(view: View, points: pd.DataFrame) -> None:
    """The plane; what is drawn around becomes a selection of scenarios."""
    usable = {
        k: label
        for k, label in pictures.COLOURS.items()
        if k == "d" or points[k].dropna().nunique() > 1
    }
    with st.container(width=260):
        by = url.choice("by", "Colour", usable, default="d", help=words.D)
    cut = len(points) < view.info.scenarios
    sampled = (
        f" of {view.info.scenarios:,}: those with the highest D, the others are not drawn"
        if cut
        else ""
    )
    figure(
        view,
        "map",
        f"{len(points):,} queries",
        pictures.scatter(points, by),
        help=glossary.told("map"),
        alt=pictures.alt(points, by),
        note=f"n = {len(points):,} queries{sampled}. Near means similar words, no more. Draw "
        "around some with the mouse to pick them.",
        frame=lambda: points,
        recipe=asked(view, "map.points", by=by),
        on_select=_pick,
        selection_mode=["lasso", "box", "points"],
    )
    _picked(view)


def _pick() -> None:
    selected = st.session_state["figure-map"].selection.points
    st.session_state[_PICKED] = [str(p["customdata"][0]) for p in selected]


def _picked(view: View) -> None:
    ids = st.session_state.get(_PICKED) or []
    if not ids:
        return
    with st.container(key="map-picked", horizontal=True, vertical_alignment="center"):
        st.text(f"{words.plural(len(ids), 'query')} picked.")
        if st.button("Read them", type="primary", icon=":material/arrow_forward:", key="map-go"):
            key = selections.keep(view.settings, ids)
            st.session_state.pop(_PICKED, None)
            asked = {"study": view.info.id, "picked": key}
            st.switch_page("pages/scenarios.py", query_params=asked)


def groups(view: View, points: pd.DataFrame) -> None:
    """The named groups of high disagreement, with how many queries and how far apart."""
    shown = named_groups(points)
    if shown.empty:
        return
    table(
        view,
        "map-groups",
        "Groups of high disagreement",
        shown,
        {
            "terms": st.column_config.TextColumn("Told by the words", width=380),
            "queries": st.column_config.NumberColumn("Queries", format="localized"),
            "mean": st.column_config.NumberColumn("Mean D", format="%.2f"),
            "most": st.column_config.NumberColumn("Highest D", format="%.2f"),
        },
        help=glossary.told("groups"),
        frame=lambda: shown,
        recipe=asked(view, "map.groups"),
        alt="Groups of queries with high disagreement and the words that tell them apart",
        note="Queries with D of 1.5 or more, grouped by k-means on their vectors; named by the "
        "words whose mean TF-IDF lies furthest above that of the other groups.",
    )


def small_print(view: View, points: pd.DataFrame) -> None:
    """How far the plane can be trusted, measured for this one."""
    share = float(points["kept"].iloc[0])
    with st.container(key="small-print", gap="xsmall"):
        st.text(
            f"The map is for finding one's way, not evidence: of the {measure.NEIGHBOURS} queries "
            f"nearest to one in words, {share:.0%} are also among its {measure.NEIGHBOURS} nearest "
            "on this plane. Distances between far groups mean nothing."
        )
        st.text(
            "Vectors: TF-IDF of words and word pairs, brought down to 256 dimensions by an SVD; "
            f"plane: UMAP, cosine, {measure.NEIGHBOURS} neighbours, seed {measure.SEED}."
        )
