"""Model specs: which versions are here, which is in use, read the clauses, load another."""

from functools import partial

import streamlit as st

from analysis.load.specs import load_spec
from analysis.store import library
from analysis.store.library import SpecInfo
from pages.ui import data_library, runners
from pages.ui.data_library import Card
from pages.ui.frame import View


def show(view: View) -> None:
    """The specs that judges read answers against."""
    st.caption(
        "A spec is the document that says how a model should behave. It is read into clauses, "
        "each with its anchor, title and authority, so that a judge's citation finds its words."
    )
    data_library.say()
    for info in library.list_specs(view.settings):
        data_library.show(_card(view, info))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        file = st.file_uploader(
            "Load a spec (Markdown or text)", type=["md", "markdown", "txt"], key="spec-file"
        )
        version = st.text_input(
            "Version", placeholder="from the file", key="spec-version", width=200
        )
    if st.button("Load this file", type="primary", disabled=not file, key="load-spec"):
        runners.check()
        with data_library.on_disk(file, view.settings) as path:
            spec = load_spec(path, (version or "").strip() or None, view.settings)
        data_library.loaded(spec.summary_line())


def _card(view: View, info: SpecInfo) -> Card:
    return Card(
        key=f"spec-{info.name}-{info.version}",
        name=info.label,
        facts=" · ".join([f"{info.clauses:,} clauses", *info.notes]),
        in_use=info.current,
        use=partial(library.use_spec, view.settings, info.name, info.version),
        delete=None
        if info.embedded
        else partial(library.delete_spec, view.settings, info.name, info.version),
        look=partial(_clauses, view, info),
    )


def _clauses(view: View, info: SpecInfo) -> None:
    found = library.read_clauses(view.settings, info.name, info.version)
    st.dataframe(
        found[["order", "anchor", "title", "authority", "text"]],
        column_config={
            "order": st.column_config.NumberColumn("No.", width=50),
            "anchor": st.column_config.TextColumn("Anchor"),
            "title": st.column_config.TextColumn("Title"),
            "authority": st.column_config.TextColumn("Authority"),
            "text": st.column_config.TextColumn("Text", width="large"),
        },
        hide_index=True,
        alt="Clauses of this spec",
        placeholder="–",
    )
