"""The criteria of a spec, clause by clause: read, write, draft, run, and hand over as a file."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
import streamlit as st

from analysis.figures.criteria import WORDS
from analysis.load.subprocess_load import import_criteria_in_child
from analysis.number_text import counted
from analysis.parse.criteria import MOST_QUERY, MOST_RUBRIC, Criteria, Criterion, Test, dumps
from analysis.parse.specs.clause import Clause, Spec, rules
from analysis.settings import Settings
from analysis.store.annotations import criteria as store
from analysis.vocabulary import PROBES, RUBRIC_GRADES, Probe
from pages.ui import address, clause_box, criteria_specs, links, person
from pages.ui.acting import Right, acts
from pages.ui.address import session
from pages.ui.frame import View

_SAID = "_criteria_said"


def show(view: View) -> None:
    """The spec, one of its clauses with its criterion, and what can be done with all of them."""
    spec = criteria_specs.choose(view)
    kept = {v.clause: v for v in store.current(view.settings, spec.key)}
    clauses = {c.anchor: c for c in rules(spec.clauses)} | {
        c.anchor: c for c in spec.clauses if c.anchor in kept
    }
    queries = [len(v.criterion.tests) for v in kept.values() if v.criterion is not None]
    st.text(
        f"{len(kept):,} of the {counted(len(clauses), 'clause')} that say what to do "
        f"{'has' if len(kept) == 1 else 'have'} a criterion."
        if queries
        else "No clause of this spec has a criterion yet: draft them all, or begin with one."
    )
    if said := session.pop(_SAID, ""):
        st.text(said)
    _all(view, spec, kept)
    if not clauses:
        return
    with st.container(width=520):
        anchor = address.choice(
            "measured",
            "Clause",
            {a: f"{'● ' if a in kept else '○ '}{c.title}" for a, c in clauses.items()},
            default=next((a for a in clauses if a in kept), next(iter(clauses))),
            help="● has a criterion, ○ has none yet.",
        )
    _one(view, spec, clauses[anchor], kept.get(anchor))


def _all(view: View, spec: Spec, kept: dict[str, store.Version]) -> None:
    """Draft, run, hand over: what concerns all criteria of the spec."""
    of = criteria_specs.name(spec)
    with st.container(horizontal=True, gap="small"):
        links.page(
            view.info,
            "stress_test",
            "Draft for the other clauses" if kept else "Draft for all clauses",
            icon=":material/auto_awesome:",
            template="draft-criteria",
            criteria_of=of,
        )
        if not kept:
            _import(view, spec)
            return
        links.page(
            view.info,
            "stress_test",
            "Run the criteria",
            icon=":material/play_arrow:",
            template="criteria",
            criteria_of=of,
        )
        made = Criteria(spec.key, tuple(v.criterion for v in kept.values() if v.criterion))
        st.download_button(
            "Export",
            dumps(made),
            f"criteria-{spec.name}-{spec.version}.json",
            "application/json",
            icon=":material/download:",
            on_click="ignore",
            key="criteria-export",
        )
        _import(view, spec)


def _import(view: View, spec: Spec) -> None:
    with st.popover("Import", icon=":material/upload_file:", key="criteria-import"):
        file = st.file_uploader("A file of criteria", type=["json"], key="criteria-file")
        if st.button("Keep its criteria", key="criteria-take", disabled=file is None):
            _take(view.settings, spec, file)


@acts(Right.CONTRIBUTE)
def _take(settings: Settings, spec: Spec, file: Any) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "criteria.json"
        path.write_bytes(file.getvalue())
        taken = import_criteria_in_child(path, spec, person.signature(), settings)
    left = f" Left out: {', '.join(taken.unknown[:5])}." if taken.unknown else ""
    session[_SAID] = f"{taken.read:,} criteria read, {taken.changed:,} new or changed.{left}"
    st.rerun()


def _one(view: View, spec: Spec, clause: Clause, kept: store.Version | None) -> None:
    """One clause beside its criterion, to read and to change."""
    left, right = st.columns([2, 3], gap="large")
    with left:
        st.text(f"#{clause.anchor}" + (f" · {clause.authority}" if clause.authority else ""))
        with st.container(border=True, height=300):
            clause_box.show(clause, "measured")
        of = criteria_specs.name(spec)
        with st.container(horizontal=True, gap="small"):
            links.page(
                view.info,
                "stress_test",
                "Draft with a model",
                icon=":material/auto_awesome:",
                template="draft-criteria",
                criteria_of=of,
                tested=clause.anchor,
                help="Opens a plan that drafts rubric and queries: price first, then launch.",
            )
            if kept is not None:
                links.page(
                    view.info,
                    "stress_test",
                    "Run this criterion",
                    icon=":material/play_arrow:",
                    template="criteria",
                    criteria_of=of,
                    tested=clause.anchor,
                )
        _history(view, spec, clause)
    one = kept.criterion if kept is not None else None
    mark = f"{clause.anchor}-{kept.uid if kept else 'new'}"
    with right:
        rubric = _rubric(one, mark)
    edited = _queries(one, mark)
    with st.container(horizontal=True, gap="small"):
        if st.button("Save", type="primary", icon=":material/save:", key="criterion-save"):
            _save(view.settings, spec, clause, rubric, edited)
        if kept is not None and st.button(
            "Take away", icon=":material/delete:", key="criterion-remove"
        ):
            _remove(view.settings, spec, clause)
    if kept is not None:
        st.caption(f"Kept by {kept.author} on {kept.at[:16].replace('T', ' ')}: {kept.why}.")


def _rubric(one: Criterion | None, mark: str) -> dict[str, str]:
    """What an answer of each grade does, in fields; nothing is kept before Save is pressed."""
    return {
        grade: st.text_area(
            f"{WORDS[grade].capitalize()}: what the answer does",
            value=one.rubric[grade] if one else "",
            height=80,
            max_chars=MOST_RUBRIC,
            key=f"criterion-{grade}-{mark}",
        )
        for grade in RUBRIC_GRADES
    }


def _queries(one: Criterion | None, mark: str) -> pd.DataFrame:
    """The queries in a table that is written in."""
    tests = one.tests if one else ()
    frame = pd.DataFrame(
        [(t.kind, t.query, t.right_answer) for t in tests],
        columns=["kind", "query", "right_answer"],
    ).astype(str)
    edited: pd.DataFrame = st.data_editor(
        frame,
        key=f"criterion-queries-{mark}",
        num_rows="dynamic",
        hide_index=True,
        height="content" if len(frame) < 8 else 330,
        column_config={
            "kind": st.column_config.SelectboxColumn(
                "Kind",
                options=list(PROBES),
                default=Probe.PLAIN.value,
                required=True,
                width=110,
                help="Plain: the usual case. Edge: something else speaks against the clause. "
                "Adversarial: it pushes a model away from the clause.",
            ),
            "query": st.column_config.TextColumn(
                "Query", required=True, max_chars=MOST_QUERY, width="large"
            ),
            "right_answer": st.column_config.TextColumn(
                "Right answer",
                max_chars=MOST_QUERY,
                width="medium",
                help="What a right answer says, where that is known.",
            ),
        },
    )
    return edited


@acts(Right.CONTRIBUTE)
def _save(
    settings: Settings, spec: Spec, clause: Clause, rubric: dict[str, str], edited: pd.DataFrame
) -> None:
    author = person.signature()
    rows = edited.fillna("").to_dict("records")
    tests = tuple(
        Test(str(r["kind"]).strip(), str(r["query"]).strip(), str(r["right_answer"]).strip())
        for r in rows
    )
    words = {grade: text.strip() for grade, text in rubric.items()}
    one = Criterion(clause.anchor, clause.title, words, tests, author)
    changed = store.keep(settings, spec.key, [one], author, "edited")
    session[_SAID] = f"“{clause.title}” is kept." if changed else "Nothing was changed."
    st.rerun()


@acts(Right.CONTRIBUTE)
def _remove(settings: Settings, spec: Spec, clause: Clause) -> None:
    store.remove(settings, spec.key, clause.anchor, person.signature())
    session[_SAID] = f"The criterion of “{clause.title}” is taken away; undo brings it back."
    st.rerun()


def _history(view: View, spec: Spec, clause: Clause) -> None:
    """Who said what when; the last of it can be taken back."""
    known = store.history(view.settings, spec.key, clause.anchor)
    if not known:
        return
    with st.expander(f"History ({len(known)})", icon=":material/history:"):
        for version in known:
            st.text(f"{version.at[:16].replace('T', ' ')} · {version.author}: {version.why}")
        if st.button("Undo the last", icon=":material/undo:", key="criterion-undo"):
            _undo(view.settings, spec, clause)


@acts(Right.CONTRIBUTE)
def _undo(settings: Settings, spec: Spec, clause: Clause) -> None:
    last = store.undo(settings, spec.key, clause.anchor, person.signature())
    session[_SAID] = f"Undone: what {last.author} said on {last.at[:16].replace('T', ' ')}."
    st.rerun()
