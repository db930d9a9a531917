"""Queries in similar words, for the reader: exact neighbours by cosine, with or without a map."""

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from analysis.load.map import AT_ONCE, vector_table
from analysis.measure.map import nearest
from analysis.queries import map as queries
from analysis.store.study import OpenStudy
from pages.ui import address, links, reads
from pages.ui.frame import View

_COUNT = 5


def show(view: View, scenario: str) -> None:
    """The five queries most like this one; folded away until somebody asks."""
    box = st.expander("Similar queries", icon=":material/near_me:", on_change="rerun")
    if not box.open:
        return
    with box:
        if not queries.has_vectors(view.study) and view.info.scenarios > AT_ONCE:
            st.caption("Draw this study's map first. It works out which queries are similar.")
            links.page(view.info, "map", "Go to the map", icon=":material/map:")
            return
        with st.spinner("Comparing the queries…"):
            found = reads.read(view.study, _alike, scenario)
        for row in found.to_dict("records"):
            _one(row)
        st.caption(
            "Cosine similarity of TF-IDF vectors; 1 means the same words. Other "
            "wordings of the same family are included."
        )


def _one(row: dict[Any, Any]) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            f"{row['cosine']:.2f}",
            key=f"alike-{row['scenario']}",
            on_click=address.put,
            args=("scenario", str(row["scenario"])),
            help="Open this query",
        )
        st.text(f"{row['query']} …")


def _alike(study: OpenStudy, scenario: str) -> pd.DataFrame:
    numbers, vectors = _vectors(study.info.content_hash, study)
    at = np.flatnonzero(numbers == queries.number_of(study, scenario))
    if not len(at):
        return pd.DataFrame()
    rows, cosines = nearest(vectors, int(at[0]), _COUNT)
    found = queries.named(study, [int(n) for n in numbers[rows]])
    return found.assign(cosine=cosines[: len(found)])


@st.cache_resource(max_entries=2, show_spinner=False)
def _vectors(content_hash: str, _study: OpenStudy) -> tuple[np.ndarray, np.ndarray]:
    """As the map stored them, else made here and held: looking writes nothing."""
    if queries.has_vectors(_study):
        return queries.vectors(_study)
    return queries.unit_vectors(vector_table(queries.queries(_study)))
