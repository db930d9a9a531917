"""The buttons that label one answer, each with its key; every click is stored at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from analysis.measure.labels import NO_TOPIC, RESPONSE_LABELS, TOPICS
from analysis.settings import Settings
from analysis.store import human, reviews
from analysis.store.reviews import About, Draw, Kind
from analysis.store.schema import Decision
from analysis.store.study import OpenStudy
from pages.ui import problems

# Streamlit keeps C and R for itself; J, K, L walk through the reader.
DECISION_KEYS = dict(zip((d.value for d in Decision), "123", strict=True))
TYPE_KEYS = dict(zip(RESPONSE_LABELS, "ASDFGHVB", strict=True))
TOPIC_KEYS = dict(zip((*TOPICS, NO_TOPIC), "QWETYUIO0", strict=True))
_SHORT = {
    "compliance with minor additions": "with minor additions",
    "partial compliance with redirection": "partial, redirects",
    "soft rejection with alternatives": "soft rejection",
    "firm rejection with explanation": "firm rejection",
    "ethics and moral reasoning": "ethics",
    "philosophical reasoning": "philosophy",
}


@dataclass(frozen=True)
class Subject:
    """Who labels what, and how it came to them."""

    study: OpenStudy
    about: About
    author: str
    draw: Draw = Draw.OWN
    blind: bool = False

    @property
    def settings(self) -> Settings:
        return self.study.settings

    @property
    def query(self) -> About:
        """The query alone, which topics and notes are about."""
        return About(self.about.query_key, self.about.scenario)


def said(subject: Subject) -> dict[str, str]:
    """What the author says now: kind -> value."""
    now: dict[str, str] = {}
    for row in reversed(reviews.history(subject.settings, subject.about)):
        if row["author"] == subject.author:
            if row["value"] is None:
                now.pop(row["kind"], None)
            else:
                now[row["kind"]] = row["value"]
    return now


def say(subject: Subject, kind: Kind, value: str | None) -> None:
    """Store one label; the pages that read labels see it from the next run on."""
    about = subject.query if kind in (Kind.TOPICS, Kind.NOTE) else subject.about
    with problems.shown():
        made = reviews.entry(
            kind, value, about, subject.author, subject.study.info.content_hash,
            draw=subject.draw, blind=subject.blind,
        )  # fmt: skip
        reviews.add(subject.settings, [made])
        if kind is Kind.RESPONSE_TYPE:
            human.refresh(subject.study)


def decision(subject: Subject, now: Mapping[str, str]) -> None:
    """Compliant, non-compliant or ambiguous."""
    _row(subject, Kind.COMPLIANCE, DECISION_KEYS, [now.get(Kind.COMPLIANCE, "")])


def response_type(subject: Subject, now: Mapping[str, str]) -> None:
    """One of the seven types, or unsure."""
    _row(subject, Kind.RESPONSE_TYPE, TYPE_KEYS, [now.get(Kind.RESPONSE_TYPE, "")])


def topics(subject: Subject, now: Mapping[str, str]) -> None:
    """Any of the eight topics, or none of them."""
    held = now.get(Kind.TOPICS)
    on = [NO_TOPIC] if held == NO_TOPIC else reviews.split(held)
    _row(subject, Kind.TOPICS, TOPIC_KEYS, on)


def _row(subject: Subject, kind: Kind, keys: Mapping[str, str], on: Sequence[str]) -> None:
    with st.container(key=f"label-{kind.name.lower()}", horizontal=True, gap="xsmall"):
        for value, key in keys.items():
            st.button(
                _SHORT.get(value, value).capitalize(),
                key=f"say-{kind.name.lower()}-{key}",
                shortcut=key,
                type="primary" if value in on else "secondary",
                on_click=_clicked,
                args=(subject, kind, value, tuple(on)),
                help=value if value in _SHORT else None,
            )


def _clicked(subject: Subject, kind: Kind, value: str, on: tuple[str, ...]) -> None:
    if kind is not Kind.TOPICS:
        say(subject, kind, value)
        return
    if value == NO_TOPIC:
        say(subject, kind, NO_TOPIC)
        return
    chosen = {*on} ^ {value}
    kept = [t for t in chosen if t != NO_TOPIC]
    # Taking the last topic away says nothing of the query; "none of them" has a key of its own.
    say(subject, kind, reviews.joined(kept) if kept else None)


def note(subject: Subject, now: Mapping[str, str]) -> None:
    """A note on the query, stored when the field is left."""
    key = f"note-{subject.about.query_key}-{subject.author}"
    if key not in st.session_state:
        st.session_state[key] = now.get(Kind.NOTE, "")

    def changed() -> None:
        words = str(st.session_state[key]).strip()
        say(subject, Kind.NOTE, words or None)

    st.text_area(
        "Note on this query", key=key, on_change=changed, height=90,
        max_chars=reviews.MOST_NOTE, placeholder="Kept when you leave the field",
    )  # fmt: skip


def everything(subject: Subject) -> None:
    """All the controls one below the other, with what people said before."""
    now = said(subject)
    st.caption("Does this answer keep to the spec?")
    decision(subject, now)
    st.caption("How far does it go along with what was asked?")
    response_type(subject, now)
    st.caption("What does the query touch? Several may hold.")
    topics(subject, now)
    _history(subject)


def _history(subject: Subject) -> None:
    rows = reviews.history(subject.settings, subject.about)
    if not rows:
        return
    with st.expander(f"History ({len(rows)})"):
        for row in rows:
            value = "taken back" if row["value"] is None else row["value"]
            st.text(
                f"{row['at'][:16].replace('T', ' ')} · {row['author']} · {row['kind']}: {value}"
            )
