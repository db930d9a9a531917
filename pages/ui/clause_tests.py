"""A verdict that a person gave, with a reason, becomes a test of the clause that decided it."""

from collections.abc import Sequence

import streamlit as st

from analysis.number_text import counted
from analysis.parse.clause_tests import MOST_CHARS, ClauseTest
from analysis.registry import registry
from analysis.store import study_specs
from analysis.store.annotations import clause_tests as store
from analysis.store.annotations.annotations import Kind
from pages.ui import labelling
from pages.ui.acting import Right, acts
from pages.ui.labelling import Subject

_MOST_REASON = 2_000


def offer(subject: Subject, query: str, answer: str, cited: Sequence[str] = ()) -> None:
    """Clause and reason beside the author's verdict, and the button that makes them a test; nothing
    before there is a verdict. `cited`: clauses that judges cite on the answer."""
    now = labelling.current_labels(subject)
    verdict = now.get(Kind.COMPLIANCE)
    if verdict is None:
        return
    spec = study_specs.spec_of(subject.study)
    titles = {c.anchor: c.title for c in spec.clauses}
    labelled = now.get(Kind.CLAUSE, "").removeprefix(f"{spec.key}#")
    first = [a for a in (labelled, *cited) if a in titles]
    key = subject.widget_key
    with st.expander("Add to a clause's tests", icon=":material/fact_check:", key=f"test-{key}"):
        anchor = st.selectbox(
            "Clause that decides",
            list(dict.fromkeys([*first, *titles])),
            index=0 if first else None,
            format_func=lambda a: titles.get(a, a),
            key=f"test-clause-{key}",
            placeholder="Choose a clause",
        )
        reason = st.text_input(
            f"Why it is {verdict}", key=f"test-reason-{key}", max_chars=_MOST_REASON
        )
        kept = [one for one in store.of_spec(subject.settings, spec.name) if one.clause == anchor]
        if anchor:
            st.caption(f"{counted(len(kept), 'test')} of this clause so far.")
        if any((one.query, one.answer, one.verdict) == (query, answer, verdict) for one in kept):
            st.text("This case is a test of the clause.")
        ready = bool(anchor and (reason or "").strip()) and len(query + answer) <= MOST_CHARS
        if st.button(
            "Add to this clause's tests",
            key=f"test-add-{key}",
            icon=":material/add_task:",
            disabled=not ready,
            help=None if ready else "Choose the clause and give a reason first.",
        ):
            model = registry().model(str(subject.about.model)).label
            source = f"{subject.study.info.id} {subject.about.scenario}, {model}"
            _add(
                subject,
                spec.name,
                ClauseTest(
                    str(anchor), query, answer, verdict, reason or "", subject.author, source
                ),
            )


@acts(Right.CONTRIBUTE)
def _add(subject: Subject, spec: str, one: ClauseTest) -> None:
    new = store.keep(subject.settings, spec, [one], subject.author)
    st.text("Kept as a test of the clause." if new else "It is a test of the clause already.")
