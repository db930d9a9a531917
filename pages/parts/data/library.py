"""What taxonomies and specs share on the Data page: a card each, and loading one from a file."""

import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from analysis.settings import Settings
from pages.ui import problems
from pages.ui.address import session

_SAID = "_library_said"


@dataclass(frozen=True)
class Card:
    """One item of the library: its name and facts, and what can be done with it."""

    key: str
    name: str
    facts: str
    in_use: bool
    use: Callable[[], object]
    delete: Callable[[], object] | None  # None for what ships with the program
    look: Callable[[], None] | None = None


def show(card: Card) -> None:
    """Draw a card; its buttons call what it carries, which acts and draws the page again."""
    key = re.sub(r"[^A-Za-z0-9_-]", "-", card.key)
    with st.container(border=True, key=key, gap="xsmall"):
        with st.container(
            horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
        ):
            with st.container(horizontal=True, vertical_alignment="center", width="content"):
                with st.container(key=f"name-{key}", width="content"):
                    st.text(card.name)
                if card.in_use:
                    st.badge("in use", icon=":material/check:", color="green")
            _actions(card, key)
        st.text(card.facts)
        if card.look is not None:
            inside = st.expander("Read the clauses", key=f"look-{key}", on_change="rerun")
            if inside.open:
                with inside, problems.shown():
                    card.look()


def _actions(card: Card, key: str) -> None:
    with st.container(horizontal=True, width="content"):
        if not card.in_use and st.button("Use", key=f"use-{key}"):
            card.use()
        if card.delete is not None and st.button(
            "Delete", key=f"delete-{key}", type="tertiary", icon=":material/delete:"
        ):
            card.delete()


@contextmanager
def on_disk(file: Any, settings: Settings) -> Iterator[Path]:
    """An uploaded file under its own (cleaned) name, since names carry versions; then gone."""
    folder = settings.uploads / secrets.token_hex(6)
    folder.mkdir(parents=True)
    path = folder / (re.sub(r"[^A-Za-z0-9_. -]+", "_", Path(file.name).name)[-80:] or "file")
    try:
        with path.open("wb") as out:
            shutil.copyfileobj(file, out)
        yield path
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def loaded(sentence: str) -> None:
    """Say, on the next drawing of the page, what was loaded."""
    session[_SAID] = sentence
    st.rerun()


def say() -> None:
    """What was loaded a moment ago, if anything."""
    sentence = session.pop(_SAID, None)
    if sentence:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.badge("loaded", icon=":material/check:", color="green")
            st.text(str(sentence))
