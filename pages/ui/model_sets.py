"""Which models are compared: a preset of the study, or any choice of its models."""

from collections.abc import Mapping

import streamlit as st

from analysis.store.queries import overview
from pages.ui import reads, url, words
from pages.ui.frame import View

NAME = "models"


def presets(view: View) -> Mapping[str, str]:
    """Id -> label of the study's sets; all models where it has none."""
    found = reads.read(view.study, overview.sets)
    return dict(zip(found["model_set"], found["label"], strict=True)) or {"all": "All models"}


def choose(view: View) -> str:
    """A selectbox over the presets; the choice stands in the address and is shared by pages."""
    with st.container(key="choose-set", width=200):
        return url.choice(NAME, "Models compared", presets(view), default="all", help=words.SET)


def size(view: View, model_set: str) -> str:
    """How many models the set has, in words."""
    found = reads.read(view.study, overview.sets)
    mine = found.loc[found["model_set"] == model_set, "models"]
    return words.plural(len(mine.iloc[0]) if len(mine) else len(view.info.models), "model")
