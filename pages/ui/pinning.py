"""The pin beside a figure: sets it aside, with its parameters, for the Findings page."""

import streamlit as st

from analysis.export.recipe import Asked
from analysis.settings import Settings
from analysis.store import pins
from analysis.store.study import StudyInfo
from pages.ui import author, findings_place, problems


def button(settings: Settings, info: StudyInfo, asked: Asked, title: str, key: str) -> None:
    """A quiet button; what was pinned already moves to the top of the list."""
    st.button(
        "Pin",
        key=f"pin-{key}",
        icon=":material/keep:",
        type="tertiary",
        help="Sets this figure aside for a report, with its filters. See Findings.",
        on_click=_pin,
        args=(settings, _body(info, asked, title)),
    )


def _body(info: StudyInfo, asked: Asked, title: str) -> dict[str, object]:
    return {
        "kind": pins.FIGURE,
        "study": info.id,
        "content_hash": info.content_hash,
        "recipe": asked.name,
        "params": asked.parameters,
        "title": title,
        "address": findings_place.here(),
    }


def _pin(settings: Settings, body: dict[str, object]) -> None:
    with problems.shown():
        pins.pin(settings, body, author.name())
        st.toast("Pinned. It waits on the Findings page.", icon=":material/keep:")
