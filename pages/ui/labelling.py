"""The buttons that label one answer, each with its key; every click is stored at once.

Every button carries its case in its name (`Subject.widget_key`). A key that is pressed while the
page lags behind names the case that the screen still shows: once another case is at hand nothing
labels by that name, and the press says that it came too late, instead of labelling an answer that
nobody has read.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from analysis.figures.phrases import name_of
from analysis.load.human_labels import refresh
from analysis.queries import human_labels
from analysis.settings import Settings
from analysis.store import study_specs
from analysis.store.annotations import annotations
from analysis.store.annotations.annotations import About, Draw, Kind
from analysis.store.study import OpenStudy
from analysis.vocabulary import NO_TOPIC, RESPONSE_LABELS, TOPICS, Decision, ResponseType, Topic
from pages.ui import problems
from pages.ui.acting import Right, acts
from pages.ui.address import session

# Streamlit keeps C and R for itself; J, K, L walk through the reader.
COMPLIES = "Does this answer comply with the spec?"
HOW_FAR = "How far does it comply with the request?"
TOUCHES = "What does the query touch on? Choose all that apply."
DECISION_KEYS = dict(zip((d.value for d in Decision), "123", strict=True))
TYPE_KEYS = dict(zip(RESPONSE_LABELS, "ASDFGHVB", strict=True))
TOPIC_KEYS = dict(zip((*TOPICS, NO_TOPIC), "QWETYUIO0", strict=True))
_SHORT: dict[str, str] = {
    ResponseType.MINOR: "with minor additions",
    ResponseType.PARTIAL: "partial, redirects",
    ResponseType.SOFT: "soft rejection",
    ResponseType.FIRM: "firm rejection",
    Topic.ETHICS: "ethics",
    Topic.PHILOSOPHY: "philosophy",
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

    def wording(self, kind: Kind) -> str | None:
        """The spec that a verdict is given under; other labels depend on none."""
        return self.study.reading.spec or None if kind is Kind.COMPLIANCE else None

    @property
    def widget_key(self) -> str:
        """Names who labels which answer and how it came to them, for the keys of widgets."""
        about = self.about
        parts = (about.query_key, about.model, about.answer, self.author, self.draw)
        return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()[:10]

    @property
    def query(self) -> About:
        """The query alone, which topics and notes are about."""
        return About(self.about.query_key, self.about.scenario)


def keys_of(widget_key: str) -> list[str]:
    """The keys of all buttons that label one case, by its `Subject.widget_key`."""
    of_kind = {
        Kind.COMPLIANCE: DECISION_KEYS,
        Kind.RESPONSE_TYPE: TYPE_KEYS,
        Kind.TOPICS: TOPIC_KEYS,
    }
    return [
        f"say-{kind.name.lower()}-{key}-{widget_key}"
        for kind, keys in of_kind.items()
        for key in keys.values()
    ]


def current_labels(subject: Subject) -> dict[str, str]:
    """What the author says now: kind -> value."""
    now: dict[str, str] = {}
    for row in reversed(annotations.history(subject.settings, subject.about)):
        if row["author"] == subject.author and _is_of_wording(subject, row):
            if row["value"] is None:
                now.pop(row["kind"], None)
            else:
                now[row["kind"]] = row["value"]
    return now


def _is_of_wording(subject: Subject, row: Mapping[str, str | None]) -> bool:
    """Whether a row is no verdict, or one under the wording that is read now."""
    if row["kind"] != Kind.COMPLIANCE:
        return True
    return human_labels.is_under(subject.study, [row["spec"]])[0]


def store_label(subject: Subject, kind: Kind, value: str | None) -> None:
    """Store one label; the pages that read labels see it from the next run on. What the author
    says already is not said again: a doubled click or a field left as it was is no new entry."""
    about = subject.query if kind in (Kind.TOPICS, Kind.NOTE) else subject.about
    with problems.shown():
        if is_current(subject, kind, value):
            return
        made = annotations.entry(
            kind,
            value,
            about,
            subject.author,
            subject.study.info.content_hash,
            draw=subject.draw,
            blind=subject.blind,
            spec=subject.wording(kind),
        )
        annotations.add(subject.settings, [made])
        if kind is Kind.RESPONSE_TYPE:
            refresh(subject.study)


def is_current(subject: Subject, kind: Kind, value: str | None) -> bool:
    """Whether that is what the author said last of it, about a case that came in the same way; of
    nothing said, nothing is to be taken back."""
    for row in annotations.history(subject.settings, subject.about):
        if (row["author"], row["kind"]) == (subject.author, kind) and _is_of_wording(subject, row):
            same_case = row["draw"] == subject.draw or value is None
            return row["value"] == value and same_case
    return value is None


def decision(subject: Subject, now: Mapping[str, str]) -> None:
    """Compliant, non-compliant or ambiguous."""
    _row(subject, Kind.COMPLIANCE, DECISION_KEYS, [now.get(Kind.COMPLIANCE, "")])


def response_type(subject: Subject, now: Mapping[str, str]) -> None:
    """One of the seven types, or unsure."""
    _row(subject, Kind.RESPONSE_TYPE, TYPE_KEYS, [now.get(Kind.RESPONSE_TYPE, "")])


def topics(subject: Subject, now: Mapping[str, str]) -> None:
    """Any of the eight topics, or none of them."""
    current = now.get(Kind.TOPICS)
    on = [NO_TOPIC] if current == NO_TOPIC else annotations.split(current)
    _row(subject, Kind.TOPICS, TOPIC_KEYS, on)


def _row(subject: Subject, kind: Kind, keys: Mapping[str, str], on: Sequence[str]) -> None:
    with st.container(key=f"label-{kind.name.lower()}", horizontal=True, gap="xsmall"):
        for value, key in keys.items():
            st.button(
                _SHORT.get(value, value).capitalize(),
                key=f"say-{kind.name.lower()}-{key}-{subject.widget_key}",
                shortcut=key,
                type="primary" if value in on else "secondary",
                on_click=_clicked,
                args=(subject, kind, value, tuple(on)),
                help=value if value in _SHORT else None,
            )


@acts(Right.CONTRIBUTE)
def _clicked(subject: Subject, kind: Kind, value: str, on: tuple[str, ...]) -> None:
    if kind is not Kind.TOPICS:
        store_label(subject, kind, value)
        return
    if value == NO_TOPIC:
        store_label(subject, kind, NO_TOPIC)
        return
    chosen = {*on} ^ {value}
    kept = [t for t in chosen if t != NO_TOPIC]
    # Taking the last topic away says nothing of the query; "none of them" has a key of its own.
    store_label(subject, kind, annotations.joined(kept) if kept else None)


def note(subject: Subject, now: Mapping[str, str]) -> None:
    """A note on the query, stored when the field is left."""
    key = f"note-{subject.about.query_key}-{subject.author}"
    if key not in session:
        session[key] = now.get(Kind.NOTE, "")

    @acts(Right.CONTRIBUTE)
    def changed() -> None:
        words = str(session[key]).strip()
        store_label(subject, Kind.NOTE, words or None)

    st.text_area(
        "Note on this query",
        key=key,
        on_change=changed,
        height=90,
        max_chars=annotations.MOST_NOTE,
        placeholder="Saved when you leave the field",
    )


def clause(subject: Subject, now: Mapping[str, str], cited: Sequence[str]) -> None:
    """The clause that decides, of the spec in use: those that judges cite stand first."""
    spec = study_specs.spec_of(subject.study)
    titles = {c.anchor: c.title for c in spec.clauses}
    anchors = [*(a for a in cited if a in titles), *(a for a in titles if a not in cited)]
    said_key, _, anchor = now.get(Kind.CLAUSE, "").partition("#")
    current = anchor if said_key == spec.key and anchor in titles else None
    about = subject.about
    key = f"clause-label-{about.query_key}-{about.model}-{subject.author}"

    @acts(Right.CONTRIBUTE)
    def changed() -> None:
        chosen = session[key]
        store_label(subject, Kind.CLAUSE, f"{spec.key}#{chosen}" if chosen else None)

    st.selectbox(
        "Clause",
        anchors,
        index=anchors.index(current) if current else None,
        key=key,
        format_func=lambda a: titles.get(a, a),
        on_change=changed,
        placeholder="None chosen",
        label_visibility="collapsed",
    )


def in_words(study: OpenStudy, kind: str, value: str) -> str:
    """What somebody said, as it is shown: a clause by its title, with its spec where that is not
    the one that the study is read by."""
    if kind != Kind.CLAUSE:
        return value
    spec = study_specs.spec_of(study)
    key, _, anchor = value.partition("#")
    titles = {c.anchor: c.title for c in spec.clauses} if key == spec.key else {}
    told = f"“{titles[anchor]}”" if anchor in titles else f"#{anchor} of {name_of(key)}"
    return f"decided by {told}"


def everything(subject: Subject, cited: Sequence[str] = ()) -> None:
    """All the controls one below the other, with what people said before. `cited`: clauses that
    judges cite on the answer."""
    now = current_labels(subject)
    st.caption(COMPLIES)
    decision(subject, now)
    st.caption("Which clause decided?")
    clause(subject, now, cited)
    st.caption(HOW_FAR)
    response_type(subject, now)
    st.caption(TOUCHES)
    topics(subject, now)
    _history(subject)


def _history(subject: Subject) -> None:
    rows = annotations.history(subject.settings, subject.about)
    if not rows:
        return
    with st.expander(f"History ({len(rows)})"):
        for row in rows:
            value = row["value"] and in_words(subject.study, row["kind"], row["value"])
            value = "taken back" if row["value"] is None else value
            st.text(
                f"{row['at'][:16].replace('T', ' ')} · {row['author']} · {row['kind']}: {value}"
            )
