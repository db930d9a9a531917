"""Which models are compared: a preset of the study, or any choice of its models."""

from collections.abc import Mapping

import streamlit as st

from analysis.errors import FaultlineError
from analysis.store.queries import overview
from pages.ui import reads, url, words
from pages.ui.frame import View

NAME = "models"
OWN = "chosen"
STATED = "openai"


def presets(view: View) -> Mapping[str, str]:
    """Id -> label of the study's sets; all models where it has none."""
    found = reads.read(view.study, overview.sets)
    return dict(zip(found["model_set"], found["label"], strict=True)) or _stated(view)


def _stated(view: View) -> dict[str, str]:
    """A study of judgements alone may state D over the OpenAI models; other sets have none."""
    try:
        if reads.read(view.study, overview.summary, STATED)["scenarios"]:
            return {STATED: "OpenAI models, D as stated"}
    except FaultlineError:
        pass  # this source states none
    return {"all": "All models"}


def choose(view: View) -> str:
    """The set as an id, or as ids with commas; it stands in the address and is shared by pages."""
    known = presets(view)
    several = len(known) > 1 and len(view.info.models) > 2
    options = {**known, OWN: "Choose models…"} if several else known
    with st.container(key="choose-set", width=200):
        default = next(iter(known))
        picked = url.choice(
            NAME, "Models compared", options, default=default, help=words.SET, on_change=_first_page
        )
    return _own(view, default) if picked == OWN else picked


def _own(view: View, default: str) -> str:
    found = reads.read(view.study, overview.models)
    labels = dict(zip(found["model"], found["label"], strict=True))
    with st.container(key="choose-own", width=360):
        mine = url.choices(
            "with", "These models", labels, default=list(labels)[:2], on_change=_first_page
        )
        if len(mine) < 2:
            st.caption("Choose two or more; until then all are compared.")
            return default
    return ",".join(mine)


def _first_page() -> None:
    st.session_state["page"] = 1


def size(view: View, model_set: str) -> str:
    """How many models the set has, in words."""
    found = reads.read(view.study, overview.sets)
    mine = found.loc[found["model_set"] == model_set, "models"]
    n = len(mine.iloc[0]) if len(mine) else len(view.info.models)
    return words.plural(model_set.count(",") + 1 if "," in model_set else n, "model")
