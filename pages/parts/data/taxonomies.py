"""Value taxonomies: which are here, which is in use, load another."""

from functools import partial
from typing import Any

import streamlit as st

from analysis.load.subprocess_load import load_taxonomy_in_child
from analysis.settings import TAXONOMY_REPO
from analysis.store.library import library
from analysis.store.library.library import TaxonomyInfo
from pages.parts.data import library as data_library
from pages.parts.data.library import Card
from pages.ui import address
from pages.ui.acting import Right, acts
from pages.ui.frame import View


def show(view: View) -> None:
    """The one in use recategorises every study at once."""
    st.caption(
        "A taxonomy places each value in a category, and each category in a group. The one in "
        "use holds for every study; it is joined when a page is read."
    )
    data_library.say()
    for info in library.list_taxonomies(view.settings):
        data_library.show(_card(view, info))
    file = st.file_uploader("Load a taxonomy (CSV)", type=["csv"], key="taxonomy-file")
    with st.container(horizontal=True):
        if st.button("Load this file", type="primary", disabled=not file, key="load-taxonomy"):
            _load(view, file)
        if st.button(f"Fetch {TAXONOMY_REPO}", icon=":material/cloud_download:"):
            _fetch(view)


@acts(Right.OPERATE)
def _load(view: View, file: Any) -> None:
    with data_library.on_disk(file, view.settings) as path:
        loaded = load_taxonomy_in_child(path, view.settings)
    data_library.loaded(loaded)


@acts(Right.OPERATE)
def _fetch(view: View) -> None:
    with st.spinner("Asking the hub…"):
        loaded = load_taxonomy_in_child(None, view.settings)
    data_library.loaded(loaded)


@acts(Right.OPERATE)
def _use(view: View, info: TaxonomyInfo) -> None:
    library.use_taxonomy(view.settings, info.name)
    address.forget("taxonomy")
    st.rerun()


@acts(Right.OPERATE)
def _delete(view: View, info: TaxonomyInfo) -> None:
    library.delete_taxonomy(view.settings, info.name)
    st.rerun()


def _card(view: View, info: TaxonomyInfo) -> Card:
    counts = (
        f"{info.values:,} values · {info.clusters:,} clusters · {info.categories} categories · "
        f"{info.groups} groups"
    )
    return Card(
        key=f"taxonomy-{info.name}",
        name=info.name,
        facts=counts,
        in_use=info.current,
        use=partial(_use, view, info),
        delete=None if info.embedded else partial(_delete, view, info),
    )
