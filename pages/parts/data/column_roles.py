"""Which column plays which part: guessed, shown beside ten rows, corrected by a person, kept."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from analysis.load.files.look import remember
from analysis.load.subprocess_load import columns_in_child
from analysis.parse import roles
from analysis.settings import Settings
from analysis.text_safety import literal
from pages.ui.acting import Right, acts
from pages.ui.address import session

MOST_COLUMNS = 60
BUTTON = "Columns…"
HELP = (
    "For files whose columns have other names than those above: see ten rows and say which column "
    "holds the query, the model, the answer."
)
_NONE = "keeps its name"
_SAID = "_columns_said"


def said(about: str) -> dict[str, str]:
    """What was said last in this visit of the files `about`, and a line that repeats it."""
    roles: Mapping[str, str] = session.get(_SAID, {}).get(about, {})
    if roles:
        read = ", ".join(f"{literal(column)} as {role}" for column, role in roles.items())
        st.caption(f"Columns: {read}.")
    return dict(roles)


def look(settings: Settings, paths: Sequence[Path]) -> dict[str, Any]:
    """The columns and first rows of the first of these files, read in a bounded process; an upload
    that was put on disk for this alone is removed again."""
    try:
        return columns_in_child(paths, settings)
    finally:
        for path in paths:
            if path.parent == settings.uploads:
                shutil.rmtree(path, ignore_errors=True)


@st.dialog("Which column is what?", width="large")
def ask(settings: Settings, about: str, found: Mapping[str, Any]) -> None:
    """Ten rows, and for each column the part that it plays."""
    names: Sequence[str] = found["columns"][:MOST_COLUMNS]
    st.caption(
        "These columns are known under their own names. A mapping changes that."
        if found["known"]
        else "Say which columns hold the query, the model and the answer; leave the others as they "
        "are."
    )
    st.dataframe(
        pd.DataFrame(found["rows"], columns=found["columns"]),
        hide_index=True,
        height=240,
        alt="The first ten rows of the file",
    )
    chosen = _choices(names, found["roles"])
    model = ""
    if "model" not in chosen.values() and "model" not in names:
        model = st.text_input(
            "The model, where the file has answers of one alone and no column for it",
            value=found["model"],
            key="role-model",
            placeholder="gpt-4o",
        ).strip()
    if len(found["columns"]) > MOST_COLUMNS:
        st.caption(f"The first {MOST_COLUMNS} of {len(found['columns']):,} columns are shown.")
    if st.button("Use these", type="primary", key="roles-use"):
        _use(settings, about, found["columns"], chosen | ({"model": model} if model else {}))


def _choices(names: Sequence[str], guess: Mapping[str, str]) -> dict[str, str]:
    options = ["", *roles.ROLES]
    chosen = {}
    with st.grid(3, min_column_width=200, gap="small"):
        for number, name in enumerate(names):
            recalled = guess.get(name, "")
            role = st.selectbox(
                literal(name),
                options if recalled in options else [*options, recalled],
                index=options.index(recalled) if recalled in options else len(options),
                format_func=lambda r: r or _NONE,
                key=f"role-{number}",
            )
            if role and role != name:
                chosen[name] = role
    return chosen


@acts(Right.OPERATE)
def _use(settings: Settings, about: str, names: Sequence[str], mapping: dict[str, str]) -> None:
    roles.checked(mapping)
    remember(settings, names, mapping)
    session[_SAID] = {**session.get(_SAID, {}), about: mapping}
    st.rerun()
