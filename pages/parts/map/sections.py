"""The sections of the Map page: the plane, the selection, the groups, what it is not."""

import pandas as pd
import streamlit as st

from analysis.load.map import draw_map
from analysis.measure import map as measure
from analysis.number_text import counted
from analysis.queries import map as queries
from analysis.show import map as pictures
from analysis.store import selections
from pages.ui import address, clicks, figure, links, problems, ui_text
from pages.ui.acting import Right, acts
from pages.ui.address import session
from pages.ui.frame import View
from pages.ui.jobs import jobs, show

_PICKED = "_map_picked"


def find(view: View) -> pd.DataFrame | None:
    """The points; None (with a way to get them) where no map has been drawn yet."""
    if not queries.drawn(view.study):
        _undrawn(view)
        return None
    return figure.read(view, "map.points").frame


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
        "Drawing one takes half a minute for hundreds of queries and a few minutes for tens of "
        "thousands. It is done once, in the background, and kept.",
    )
    if st.button("Draw the map", type="primary", key="draw-map"):
        _start(view)


@acts(Right.OPERATE)
def _start(view: View) -> None:
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
        by = address.choice("colour", "Colour", usable, help=ui_text.D)
    figure.show(
        view,
        "map.points",
        key="map",
        hint="Draw around some with the mouse to pick them.",
        on_select=_pick,
        selection_mode=["lasso", "box", "points"],
        by=by,
    )
    _picked(view)


def _pick() -> None:
    session[_PICKED] = [ids[0] for ids in clicks.points("map")]


def _picked(view: View) -> None:
    ids = session.get(_PICKED) or []
    if not ids:
        return
    with st.container(key="map-picked", horizontal=True, vertical_alignment="center"):
        st.text(f"{counted(len(ids), 'query')} picked.")
        if st.button("Read them", type="primary", icon=":material/arrow_forward:", key="map-go"):
            _read_them(view, ids)


@acts(Right.CONTRIBUTE)
def _read_them(view: View, ids: list[str]) -> None:
    """Keep the selection under a key that an address can carry, and go there."""
    key = selections.keep(view.settings, ids)
    session.pop(_PICKED, None)
    links.go(view.info, "scenarios", picked=key)


def groups(view: View) -> None:
    """The named groups of high disagreement, where there are any."""
    if not figure.read(view, "map.groups").frame.empty:
        figure.show(view, "map.groups", key="map-groups")


def small_print(view: View, points: pd.DataFrame) -> None:
    """How far the plane can be trusted, measured for this one."""
    share = float(points["kept"].iloc[0])
    with st.container(key="small-print", gap="xsmall"):
        st.text(
            f"The map is a guide, not evidence: of the {measure.NEIGHBOURS} queries "
            f"nearest to one in words, {share:.0%} are also among its {measure.NEIGHBOURS} nearest "
            "on this plane. Distances between far groups mean nothing."
        )
        st.text(
            "Vectors: TF-IDF of words and word pairs, reduced to 256 dimensions by an SVD; "
            f"plane: UMAP, cosine, {measure.NEIGHBOURS} neighbours, seed {measure.SEED}."
        )
