"""The spec whose criteria are written, drafted or run, as the address names it."""

import streamlit as st

from analysis.parse.specs.clause import Spec
from analysis.settings import Settings
from analysis.store import study_specs
from analysis.store.library.library import SpecInfo, current_spec, list_specs, read_spec
from analysis.store.study import OpenStudy
from pages.ui import address
from pages.ui.frame import View


def name(spec: Spec | SpecInfo) -> str:
    """How the address names it."""
    return f"{spec.name}@{spec.version}"


def info(view: View) -> SpecInfo:
    """The spec that the person chose; else the one that the study in use is read under, where it is
    in the library; else the one in use there."""
    known = {name(i): i for i in list_specs(view.settings)}
    picked = address.choice(
        "criteria_of",
        "Spec",
        {key: i.label for key, i in known.items()},
        default=_usual(view.settings, view.opened, known),
        help="Criteria belong to one wording of a spec. Load another one on the Data page.",
    )
    return known[picked]


def choose(view: View) -> Spec:
    """The same with its clauses."""
    with st.container(width=320):
        found = info(view)
    return read_spec(view.settings, found.name, found.version)


def _usual(settings: Settings, study: OpenStudy | None, known: dict[str, SpecInfo]) -> str:
    if study is not None and study.info.judgements:
        digest = study_specs.chosen(study).digest or ""
        for key, one in known.items():
            if digest and one.content_hash.startswith(digest[:12]):
                return key
    return name(current_spec(settings))
