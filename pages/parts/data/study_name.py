"""The field for the name of a study that is to be loaded."""

import re

import streamlit as st

from analysis.errors import FaultlineError
from analysis.store.study import study_id
from pages.ui.frame import View


def ask(view: View, suggestion: str, key: str) -> str:
    """The field for the study's name, with what happens to one of the same name."""
    name = st.text_input(
        "Name of the study",
        value=re.sub(r"[^A-Za-z0-9 _.-]+", " ", suggestion).strip()[:60],
        max_chars=63,
        key=key,
    )
    if name and any(s.id == _id(name) for s in view.studies):
        st.caption("A study of that name is here; it will be replaced when loading has succeeded.")
    return name or ""


def _id(name: str) -> str:
    try:
        return study_id(name)
    except FaultlineError:
        return ""
