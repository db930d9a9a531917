"""What people add in the reader: labels under an answer, notes on a query, a pin."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from analysis.queries.cases import ScenarioRow
from analysis.registry import registry
from analysis.store.annotations import annotations, pins
from analysis.store.annotations.annotations import About, Kind
from analysis.text_safety import contained
from pages.ui import clause_tests, labelling, long_text, person, problems
from pages.ui.acting import Right, acts
from pages.ui.frame import View
from pages.ui.labelling import Subject

_ANSWER = 240  # pixels


@dataclass(frozen=True)
class LabelTarget:
    """One scenario of an open study: where a label would be kept."""

    view: View
    row: ScenarioRow

    def about(self, model: str | None = None, text: str | None = None) -> About:
        """The query, or one answer to it."""
        words = annotations.digest(text) if text is not None else None
        return About(self.row.query_key, self.row.scenario, model, 0, words)


def under(place: LabelTarget, model: str, text: str, cited: Sequence[str] = ()) -> None:
    """What people said of an answer, and the button to say something. `cited`: the clauses by
    which judges decided on it."""
    about = place.about(model, text)
    for line in _said(place, about):
        st.text(line)
    if st.button("Label", key=f"label-{model}", icon=":material/label:", type="tertiary"):
        _dialog(place, about, registry().model(model).label, text, tuple(cited))


def _said(place: LabelTarget, about: About) -> list[str]:
    now: dict[tuple[str, str], str | None] = {}
    for row in reversed(annotations.history(place.view.settings, about)):
        now[row["author"], row["kind"]] = row["value"]
    told = (Kind.COMPLIANCE.value, Kind.RESPONSE_TYPE.value, Kind.CLAUSE.value)
    return [
        f"{who}: {labelling.in_words(place.view.study, kind, value)}"
        for (who, kind), value in now.items()
        if value and kind in told
    ]


@st.dialog("Label this answer", width="large", on_dismiss="rerun")
def _dialog(
    place: LabelTarget, about: About, label: str, text: str, cited: tuple[str, ...]
) -> None:
    st.text(f"{label} on {place.row.scenario}")
    # The dialog lies over the answer, and nobody labels what they can't read.
    with st.container(border=True, height=_ANSWER, key="label-answer"):
        long_text.show(text, "label-answer")
    who = person.ask_name("label")
    if who is None:
        st.text("Type your name to keep your labels apart from other people's.")
        return
    st.caption(
        "You may have seen the judges' decisions, so these labels never count in an estimate."
    )
    subject = Subject(place.view.study, about, who)
    labelling.everything(subject, cited)
    clause_tests.offer(subject, place.row.query, text, cited)


def notes(view: View, row: ScenarioRow) -> None:
    """Notes on the query, everybody's, and a field for the reader's own."""
    place = LabelTarget(view, row)
    found = [
        (r["author"], r["value"])
        for r in _last_by_author(view, place.about())
        if r["kind"] == Kind.NOTE and r["value"]
    ]
    label = f"Notes ({len(found)})" if found else "Add a note"
    with st.expander(label, expanded=bool(found), key="reader-notes"):
        for who, words in found:
            long_text.show(f"{contained(str(who))}: {words}", f"note-{who}")
        who = person.ask_name("note")
        if who:
            subject = Subject(view.study, place.about(), who)
            labelling.note(subject, labelling.current_labels(subject))


def _last_by_author(view: View, about: About) -> list[dict[str, object]]:
    last = {
        (r["author"], r["kind"]): r for r in reversed(annotations.history(view.settings, about))
    }
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
        key=f"pin-case-{annotations.digest(scenario)}",  # never the next case of a lagging page
        icon=":material/keep:",
        shortcut="P",
        type="primary" if held else "secondary",
        on_click=_toggle,
        args=(view, body, held),
        help="Saves this case for a report on Findings.",
    )


@acts(Right.CONTRIBUTE)
def _toggle(view: View, body: dict[str, object], held: bool) -> None:
    with problems.shown():
        if held:
            pins.unpin(view.settings, pins.name(body), person.signature())
        else:
            pins.pin(view.settings, body, person.signature())
