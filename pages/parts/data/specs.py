"""Model specs: which versions are here, which is in use, read the clauses, load another."""

from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from analysis.load.subprocess_load import load_spec_in_child, spec_preview_in_child
from analysis.store.library import library
from analysis.store.library.library import SpecInfo
from pages.parts.data import library as data_library
from pages.parts.data.library import Card
from pages.ui.acting import Right, acts
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
            "Load a spec (Markdown, text, or a list of statements as JSONL or YAML)",
            key="spec-file",
        )
        version = st.text_input(
            "Version", placeholder="from the file", key="spec-version", width=200
        )
    split = st.checkbox(
        "Split sections into their rules",
        key="spec-split",
        help="Numbered rules, rules that begin in bold, and bullets become clauses of their own "
        "under their heading. Look at the preview first: examples in lists would, too.",
    )
    with st.container(horizontal=True):
        if st.button("Load this file", type="primary", disabled=not file, key="load-spec"):
            _load(view, file, version or "", split)
        pressed = st.button("Preview its clauses", disabled=not file, key="preview-spec")
    if pressed:
        _preview(view, file, split)


@acts(Right.OPERATE)
def _preview(view: View, file: Any, split: bool) -> None:
    with data_library.on_disk(file, view.settings) as path:
        found = spec_preview_in_child(path, view.settings, split=split)
    st.caption(f"{len(found):,} clauses; nothing is stored yet.")
    st.dataframe(
        pd.DataFrame(found).rename(columns=str.capitalize),
        hide_index=True,
        alt="The clauses that this file would give",
    )


@acts(Right.OPERATE)
def _load(view: View, file: Any, version: str, split: bool) -> None:
    with data_library.on_disk(file, view.settings) as path:
        loaded = load_spec_in_child(path, version.strip() or None, view.settings, split=split)
    data_library.loaded(loaded)


@acts(Right.OPERATE)
def _use(view: View, info: SpecInfo) -> None:
    library.use_spec(view.settings, info.name, info.version)
    st.rerun()


@acts(Right.OPERATE)
def _delete(view: View, info: SpecInfo) -> None:
    library.delete_spec(view.settings, info.name, info.version)
    st.rerun()


def _card(view: View, info: SpecInfo) -> Card:
    return Card(
        key=f"spec-{info.name}-{info.version}",
        name=info.label,
        facts=" · ".join([f"{info.clauses:,} clauses", *info.notes]),
        in_use=info.current,
        use=partial(_use, view, info),
        delete=None if info.embedded else partial(_delete, view, info),
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
