"""The queue of the Review page: one case at a time, blind, until there is none left."""

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from analysis.errors import FaultlineError
from analysis.load.human_labels import refresh
from analysis.measure.human_labels import Case, next_case
from analysis.number_text import counted
from analysis.queries import cases, human_labels
from analysis.queries import judges as judged
from analysis.queries import review as queries
from analysis.queries.cases import ScenarioRow
from analysis.registry import registry
from analysis.store.annotations import annotation_db, annotations
from analysis.store.annotations.annotations import About, Draw, Entry, Kind
from analysis.store.study import OpenStudy
from analysis.text_safety import literal
from pages.ui import (
    address,
    clause_tests,
    labelling,
    long_text,
    problems,
    reads,
    reasonings,
    ui_text,
)
from pages.ui.acting import Right, acts
from pages.ui.address import session
from pages.ui.frame import View
from pages.ui.labelling import Subject

_NOW, _SHOWN = "_review_case", "_review_shown"
_ANSWER = 420


@dataclass(frozen=True)
class Queue:
    """What an author did here, and what others did."""

    entries: pd.DataFrame
    author: str

    @property
    def mine(self) -> pd.DataFrame:
        handed = self.entries["draw"].isin([Draw.RANDOM, Draw.HARD])
        about = self.entries["kind"].isin([Kind.COMPLIANCE, Kind.SKIP])
        return self.entries[handed & about & (self.entries["author"] == self.author)]

    def pairs(self, *, others: bool = False) -> set[tuple[str, str]]:
        """Answers (scenario, model) that the author dealt with, or that others labelled."""
        about = self.entries[self.entries["kind"].isin([Kind.COMPLIANCE, Kind.SKIP])]
        who = about["author"] == self.author
        rows = about[~who & (about["kind"] == Kind.COMPLIANCE)] if others else about[who]
        return set(zip(rows["scenario"], rows["model"], strict=True))


def entries(view: View) -> pd.DataFrame:
    """What people said of this study, read again whenever somebody says more."""
    return _entries(view, annotation_db.revision(view.settings, "reviews"))


def _entries(view: View, revision: int) -> pd.DataFrame:
    return reads.read(view.study, _of_study, revision)


def _of_study(study: OpenStudy, revision: int) -> pd.DataFrame:
    del revision  # part of the cache's key alone
    return human_labels.under_wording(study, human_labels.of_study(study))


def share() -> bool:
    """Whether people divide the hard cases among them."""
    return bool(
        st.toggle(
            "Leave out hard cases that others labelled",
            **address.bound("skip_labelled", "Leave out hard cases"),
            help="Everybody labels the random cases, which shows how far people agree.",
        )
    )


def show(view: View, author: str, *, share: bool) -> None:
    """The case at hand with its controls; a sentence where all is labelled."""
    queue = Queue(entries(view), author)
    case = _current(view, queue, share=share)
    if case is None:
        problems.empty("Nothing left to label", "You have been through every answer of this study.")
        return
    row = reads.read(view.study, cases.one, case.scenario)
    if row is not None:
        _case(view, queue, case, row)


def _current(view: View, queue: Queue, *, share: bool) -> Case | None:
    held = session.get(_NOW)
    if held and held[0] == (view.info.content_hash, queue.author):
        return Case(*held[1])
    done = queue.pairs()
    # In few steps, since every other number is a query of its own over all answers.
    most = 512 << max(0, (4 * len(done) - 1).bit_length() - 9)
    return next_case(
        queue.author,
        len(queue.mine),
        reads.read(view.study, queries.at_random, most),
        reads.read(view.study, queries.hardest, most),
        done,
        queue.pairs(others=True) if share else frozenset(),
    )


def _case(view: View, queue: Queue, case: Case, row: ScenarioRow) -> None:
    text = answer_text(view, case)
    subject = Subject(
        view.study,
        About(row.query_key, row.scenario, case.model, 0, annotations.digest(text)),
        queue.author,
        Draw.RANDOM if case.random else Draw.HARD,
        blind=True,
    )
    now = labelling.current_labels(subject)
    labelled = Kind.COMPLIANCE in now
    left, right = st.columns([3, 2], gap="large")
    with left:
        read(view, row, text, case.model if labelled else None)
        if labelled:
            _reveal(view, case)
            clause_tests.offer(subject, row.query, text, _cited(view, case))
    with right:
        _steps(view, subject, case, labelled=labelled)
        _label(subject, now, labelled=labelled, case=case, view=view)
        _progress(queue)
    _late(subject)


def _cited(view: View, case: Case) -> list[str]:
    """The clauses by which judges decided on the answer."""
    said, _ = reasonings.of_answer(view, case.scenario, case.model)
    return list(dict.fromkeys(c.clause for one in said for c in one.cited if c.known))


def _late(subject: Subject) -> None:
    """Keys that are pressed while the page lags behind go by the names of the case before. Those
    names stay, out of sight, for as long as the case at hand: a press of one says that it came too
    late and stores nothing."""
    author, shown, before = session.get(_SHOWN) or ("", "", "")
    if author != subject.author:  # another person's screen
        shown = before = ""
    if shown != subject.widget_key:
        before = shown
        session[_SHOWN] = (subject.author, subject.widget_key, before)
    if not before or before == subject.widget_key:
        return
    with st.container(key="review-late"):
        steps = [f"review-{step}-{before}" for step in ("next", "skip")]
        for key in (*labelling.keys_of(before), *steps):
            st.button("Too late", key=key, on_click=_too_late)


def _too_late() -> None:
    st.toast(
        "That press came too late: it was for the case before, and nothing was stored. Press again "
        "for the case on the screen.",
        icon=":material/history_toggle_off:",
    )


def answer_text(view: View, case: Case) -> str:
    """The words of the answer at hand. FaultlineError where the study has none."""
    found = reads.read(view.study, cases.answers, case.scenario)
    mine = found[(found["model"] == case.model) & (found["replicate"] == 0)]
    if mine.empty:
        raise FaultlineError(
            f"The answer of “{case.model}” to “{case.scenario}” has no text here. Load the study "
            "again with its answers, or skip this case."
        )
    return str(mine["text"].iloc[0])


def read(view: View, row: ScenarioRow, text: str, model: str | None) -> None:
    """The query and the answer; whose it is only once the person has spoken."""
    with st.container(key="pair", gap=None):
        st.text(ui_text.pair(row.value1, row.value2))
    with st.container(key="query"):
        long_text.show(row.query, "query")
    name = registry().model(model).label if model else "a model, named once you have decided"
    with st.container(key="review-whose"):
        st.text(f"The answer of {name}")
    with st.container(border=True, height=_ANSWER, key="review-answer"):
        long_text.show(text, "review-answer")


def _label(
    subject: Subject, now: dict[str, str], *, labelled: bool, case: Case, view: View
) -> None:
    st.caption(labelling.COMPLIES, help=ui_text.BLIND)
    with st.container(key="label-compliance", horizontal=True, gap="xsmall"):
        for value, key in labelling.DECISION_KEYS.items():
            st.button(
                value.capitalize(),
                key=f"say-compliance-{key}-{subject.widget_key}",
                shortcut=key,
                type="primary" if now.get(Kind.COMPLIANCE) == value else "secondary",
                on_click=_decide,
                args=(view, subject, case, value),
            )
    _spec(view)
    st.caption(labelling.HOW_FAR)
    labelling.response_type(subject, now)
    st.caption(labelling.TOUCHES)
    labelling.topics(subject, now)
    labelling.note(subject, now)


def _spec(view: View) -> None:
    """The clauses at hand, so that nobody judges by memory; they tell nothing of judges."""
    menu = st.popover("Read the spec", icon=":material/menu_book:", key="spec", on_change="rerun")
    if not menu.open:
        return
    with menu, st.container(height=420, border=False, width=520):
        spec = view.spec
        st.text(f"{spec.name} {spec.version}")
        for clause in spec.clauses:
            long_text.show(f"{clause.title}\n{clause.text}", f"spec-{clause.anchor}")


def _hold(view: View, subject: Subject, case: Case) -> None:
    """Stay on this case until the person goes on."""
    session[_NOW] = (
        (view.info.content_hash, subject.author),
        (case.scenario, case.model, case.random),
    )


@acts(Right.CONTRIBUTE)
def _decide(view: View, subject: Subject, case: Case, value: str) -> None:
    if labelling.is_current(subject, Kind.COMPLIANCE, value):
        return  # pressed twice: whoever has gone on since is not brought back
    _hold(view, subject, case)
    # What is changed after the judges were shown is no longer blind.
    seen = Kind.COMPLIANCE in labelling.current_labels(subject)
    told = Subject(subject.study, subject.about, subject.author, subject.draw, blind=not seen)
    labelling.store_label(told, Kind.COMPLIANCE, value)


def _steps(view: View, subject: Subject, case: Case, *, labelled: bool) -> None:
    with st.container(key="review-steps", horizontal=True, vertical_alignment="center"):
        st.button(
            "Next",
            key=f"review-next-{subject.widget_key}",
            shortcut="N",
            type="primary" if labelled else "secondary",
            icon=":material/arrow_forward:",
            on_click=_next,
            args=(subject,),
        )
        st.button(
            "Skip",
            key=f"review-skip-{subject.widget_key}",
            shortcut="X",
            disabled=labelled,
            on_click=_skip,
            args=(subject,),
            help="For a case you would rather not judge; counted as skipped.",
        )
        undo_button(view, subject.author)


def undo_button(view: View, author: str) -> None:
    """Takes back the author's last label: the one that stands when the button is drawn, so that a
    doubled press takes back one and no more."""
    last = annotations.last(view.settings, author, view.info.content_hash)
    uid = last.uid if last else ""
    st.button(
        "Undo",
        key=f"review-undo-{uid}",
        shortcut="Z",
        icon=":material/undo:",
        on_click=undo,
        args=(view, author, uid),
        help="Takes back your last label.",
    )


def _next(subject: Subject) -> None:
    """On to the next case. It asks the store, not the page: whoever types fast presses N before
    the page has shown the decision."""
    if Kind.COMPLIANCE in labelling.current_labels(subject):
        _go_on()
    else:
        st.toast("Decide first (1, 2 or 3), or pass this case over (X).")


def _go_on() -> None:
    session.pop(_NOW, None)


@acts(Right.CONTRIBUTE)
def _skip(subject: Subject) -> None:
    _go_on()
    labelling.store_label(subject, Kind.SKIP, "skipped")


@acts(Right.CONTRIBUTE)
def undo(view: View, author: str, uid: str) -> None:
    """Take back the author's last label, the entry of that uid, and show its case."""
    with problems.shown():
        back = annotations.undo(view.settings, author, view.info.content_hash, only=uid)
        if back is None:
            st.toast("There is nothing to take back here.")
            return
        if back.kind == Kind.RESPONSE_TYPE:
            refresh(view.study)
        _taken_back(view, author, back)


def _taken_back(view: View, author: str, back: Entry) -> None:
    """Show the case that it was on, and say what was taken back."""
    session.pop(f"note-{back.query_key}-{author}", None)
    if back.model and back.draw in (Draw.RANDOM, Draw.HARD):
        held = (back.scenario, back.model, back.draw == Draw.RANDOM)
        session[_NOW] = ((view.info.content_hash, author), held)
    said = literal(back.value or "nothing")
    st.toast(f"Taken back: {back.kind} “{said}” on {literal(back.scenario)}.")


def _progress(queue: Queue) -> None:
    done = human_labels.progress(queue.mine)
    st.caption(
        f"{counted(done.labelled, 'answer')} labelled by you, {done.random} of them drawn "
        f"at random; {done.skipped} skipped."
    )


def _reveal(view: View, case: Case) -> None:
    """What the judges said, once the person has spoken."""
    drawn = "at random" if case.random else "because it is a hard case"
    st.caption(f"This case was drawn {drawn}.")
    for record in reads.read(view.study, judged.reasonings, case.scenario, case.model).to_dict(
        "records"
    ):
        said = f"{record['label']}: {record['decision'] or 'no decision'}"
        with st.expander(literal(said)):
            said_words = str(record["reasoning"]) or "No reasoning was recorded."
            long_text.show(said_words, f"reasoning-{record['judge']}")
