"""What people add in the reader: labels under an answer, notes on a query, a pin."""

from dataclasses import dataclass

import streamlit as st

from analysis.registry import registry
from analysis.store import pins, reviews
from analysis.store.queries.cases import ScenarioRow
from analysis.store.reviews import About, Kind
from pages.ui import author, labelling, problems
from pages.ui.frame import View
from pages.ui.labelling import Subject

_ANSWER = 240  # pixels


@dataclass(frozen=True)
class Place:
    """One scenario of an open study: where a label would be kept."""

    view: View
    row: ScenarioRow

    def about(self, model: str | None = None, text: str | None = None) -> About:
        """The query, or one answer to it."""
        words = reviews.digest(text) if text is not None else None
        return About(self.row.query_key, self.row.scenario, model, 0, words)


def under(place: Place, model: str, text: str) -> None:
    """What people said of an answer, and the button to say something."""
    about = place.about(model, text)
    for line in _said(place, about):
        st.text(line)
    if st.button("Label", key=f"label-{model}", icon=":material/label:", type="tertiary"):
        _dialog(place, about, registry().model(model).label, text)


def _said(place: Place, about: About) -> list[str]:
    now: dict[tuple[str, str], str | None] = {}
    for row in reversed(reviews.history(place.view.settings, about)):
        now[row["author"], row["kind"]] = row["value"]
    told = (Kind.COMPLIANCE.value, Kind.RESPONSE_TYPE.value)
    return [f"{who}: {value}" for (who, kind), value in now.items() if value and kind in told]


@st.dialog("Label this answer", width="large", on_dismiss="rerun")
def _dialog(place: Place, about: About, label: str, text: str) -> None:
    st.text(f"{label} on {place.row.scenario}")
    # The dialog lies over the answer, and nobody labels what they can't read.
    with st.container(border=True, height=_ANSWER, key="label-answer"):
        st.text(text)
    who = author.ask("label")
    if who is None:
        st.text("Type your name, so that labels of two people stay apart.")
        return
    st.caption("You may have seen the judges: such a label never counts in an estimate.")
    labelling.everything(Subject(place.view.study, about, who))


def notes(view: View, row: ScenarioRow) -> None:
    """Notes on the query, everybody's, and a field for one's own."""
    place = Place(view, row)
    found = [
        (r["author"], r["value"])
        for r in _last_by_author(view, place.about())
        if r["kind"] == Kind.NOTE and r["value"]
    ]
    label = f"Notes ({len(found)})" if found else "Add a note"
    with st.expander(label, expanded=bool(found), key="reader-notes"):
        for who, words in found:
            st.text(f"{who}: {words}")
        who = author.ask("note")
        if who:
            subject = Subject(view.study, place.about(), who)
            labelling.note(subject, labelling.said(subject))


def _last_by_author(view: View, about: About) -> list[dict[str, object]]:
    last = {(r["author"], r["kind"]): r for r in reversed(reviews.history(view.settings, about))}
    return list(last.values())


def pin(view: View, scenario: str) -> None:
    """Set this case aside for a report, or put it back."""
    body = {
        "kind": pins.CASE,
        "study": view.info.id,
        "content_hash": view.info.content_hash,
        "scenario": scenario,
        "title": f"Scenario {scenario}",
    }
    held = pins.is_pinned(view.settings, body)
    st.button(
        "Pinned" if held else "Pin",
        key="pin-case",
        icon=":material/keep:",
        shortcut="P",
        type="primary" if held else "secondary",
        on_click=_toggle,
        args=(view, body, held),
        help="Sets this case aside for a report.",
    )


def _toggle(view: View, body: dict[str, object], held: bool) -> None:
    with problems.shown():
        if held:
            pins.unpin(view.settings, pins.name(body), author.name())
        else:
            pins.pin(view.settings, body, author.name())
