"""Queries in like words, for the reader: exact neighbours by cosine, with or without a map."""

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from analysis.load.map import AT_ONCE, make_vectors
from analysis.measure.map import nearest
from analysis.store.queries import map as queries
from analysis.store.study import OpenStudy
from pages.ui import reads, url
from pages.ui.frame import View

_COUNT = 5


def show(view: View, scenario: str) -> None:
    """The five queries most like this one; folded away until somebody asks."""
    box = st.expander("Asked in other words", icon=":material/near_me:", on_change="rerun")
    if not box.open:
        return
    with box:
        if not queries.vectors_path(view.study).exists():
            if view.info.scenarios > AT_ONCE:
                st.caption("Draw this study's map first: it finds out which queries are alike.")
                st.page_link("pages/map.py", label="Go to the map", icon=":material/map:")
                return
            with st.spinner("Comparing the queries, once…"):
                make_vectors(view.info, view.settings)
        found = reads.read(view.study, _alike, scenario)
        for row in found.to_dict("records"):
            _one(row)
        st.caption(
            "Nearest by the cosine of their words' weights (TF-IDF), 1 for the same words. Other "
            "wordings of the same family are among them."
        )


def _one(row: dict[Any, Any]) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            f"{row['cosine']:.2f}",
            key=f"alike-{row['scenario']}",
            on_click=url.put,
            args=("scenario", str(row["scenario"])),
            help="Open this query",
        )
        st.text(f"{row['query']} …")


def _alike(study: OpenStudy, scenario: str) -> pd.DataFrame:
    numbers, vectors = _vectors(str(queries.vectors_path(study)), study)
    at = np.flatnonzero(numbers == queries.number_of(study, scenario))
    if not len(at):
        return pd.DataFrame()
    rows, cosines = nearest(vectors, int(at[0]), _COUNT)
    found = queries.named(study, [int(n) for n in numbers[rows]])
    return found.assign(cosine=cosines[: len(found)])


@st.cache_resource(max_entries=2, show_spinner=False)
def _vectors(path: str, _study: OpenStudy) -> tuple[np.ndarray, np.ndarray]:
    return queries.vectors(_study)
