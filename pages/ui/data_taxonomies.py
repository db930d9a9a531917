"""Value taxonomies: which are here, which is in use, load another."""

from functools import partial

import streamlit as st

from analysis.load.taxonomy import load_taxonomy
from analysis.settings import TAXONOMY_REPO
from analysis.store import library
from analysis.store.library import TaxonomyInfo
from pages.ui import data_library, runners
from pages.ui.data_library import Card
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
            runners.check()
            with data_library.on_disk(file, view.settings) as path:
                taxonomy = load_taxonomy(path, view.settings)
            data_library.loaded(taxonomy.summary_line())
        if st.button(f"Fetch {TAXONOMY_REPO}", icon=":material/cloud_download:"):
            runners.check()
            with st.spinner("Asking the hub…"):
                taxonomy = load_taxonomy(None, view.settings)
            data_library.loaded(taxonomy.summary_line())


def _card(view: View, info: TaxonomyInfo) -> Card:
    counts = (
        f"{info.values:,} values · {info.clusters:,} clusters · {info.categories} categories · "
        f"{info.groups} groups"
    )
    delete = partial(library.delete_taxonomy, view.settings, info.name)
    return Card(
        key=f"taxonomy-{info.name}",
        name=info.name,
        facts=counts,
        in_use=info.current,
        use=partial(library.use_taxonomy, view.settings, info.name),
        delete=None if info.embedded else delete,
    )
