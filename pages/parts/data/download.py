"""A study as one file to keep or to hand on: its tables, answers and labels, as DuckDB opens it."""

from functools import partial
from pathlib import Path

import streamlit as st

from analysis.load.hub.hub import moved_or_missing, readable_size
from analysis.queries import snapshot
from analysis.settings import Settings
from analysis.store.study import StudyInfo

MOST_BYTES = 400_000_000
"""Of a study with its linked answers: more is written on the server, not sent through a browser."""
_HELP = (
    "One DuckDB file with all tables: queries, positions, answers, verdicts, and the labels of "
    "every labeller. Any DuckDB opens it."
)


def button(info: StudyInfo, settings: Settings) -> None:
    """The file is made when the button is pressed."""
    hindered = _hindered(info)
    st.download_button(
        "Download",
        partial(snapshot.content, info, settings),
        f"{info.id}.duckdb",
        "application/octet-stream",
        icon=":material/download:",
        type="tertiary",
        key=f"file-{info.id}",
        on_click="ignore",
        disabled=bool(hindered),
        help=hindered or _HELP,
    )


def _hindered(info: StudyInfo) -> str:
    """Why there is no download of this study, and what to do; empty where there is one."""
    linked = [Path(f) for s in info.sources if s["linked"] for f in s["files"]]
    if moved_or_missing(linked):
        return "Some of its answers can't be found, so the file would lack them."
    size = sum(f.stat().st_size for f in (info.path, *linked) if f.exists())
    if size <= MOST_BYTES:
        return ""
    return (
        f"With its answers this study has {readable_size(size)}, too much for a browser. On the "
        f"server: python -m analysis snapshot {info.id} --out {info.id}.duckdb"
    )
