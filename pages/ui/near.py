"""Clauses and queries that lie near by likeness of text: never beside a number of judges."""

from typing import Any

import pandas as pd
import streamlit as st

from analysis import glossary
from analysis.measure.near.queries import unjudged
from analysis.number_text import counted
from analysis.parse.specs.clause import Spec
from analysis.queries import near
from analysis.settings import Settings
from analysis.store import study_specs
from analysis.store.build.sources import Cancelled, Report
from analysis.store.study import OpenStudy
from pages.ui import address, clause_box, clicks, figure, links, problems, reads
from pages.ui.acting import Right, acts
from pages.ui.frame import View
from pages.ui.jobs import over_study

NEAR = glossary.help_text("near_clauses")
_PART = "near-one-clause"


def linked(view: View, spec: Spec) -> bool:
    """Link this study's queries to the spec's clauses where that takes seconds; else offer it."""
    if near.is_linked(view.study, spec):
        return True
    if view.info.scenarios <= near.AT_ONCE:
        with st.spinner("Finding the clauses near each query, once…"), problems.shown():
            near.link(view.study, spec)
        if near.is_linked(view.study, spec):
            st.rerun()  # what stands above counts what is near, too
        return False
    problems.note(
        "Queries are not linked to clauses yet",
        f"Comparing {view.info.scenarios:,} queries with {len(spec.clauses)} clauses takes a few "
        "minutes. It is done only once.",
    )
    if st.button("Link them now", key="link-near", icon=":material/near_me:"):
        _start(view)
    return False


@acts(Right.OPERATE)
def _start(view: View) -> None:
    over_study(view.info, view.settings, "Near clauses", _link)


def _link(study: OpenStudy, report: Report, cancelled: Cancelled) -> None:
    near.link(study, study_specs.spec_of(study), report, cancelled)


def counts(view: View, spec: Spec) -> dict[str, int]:
    """Queries near each clause; empty where they are not linked yet."""
    if not near.is_linked(view.study, spec):
        return {}
    return reads.read(view.study, _counts, spec.content_hash, view.settings)


def _counts(study: OpenStudy, spec_hash: str, settings: Settings) -> dict[str, int]:
    """`spec_hash` keeps the results of different specs apart in the cache."""
    return near.counts(study, study_specs.spec_of(study))


def of_clause(view: View, spec: Spec, anchor: str) -> None:
    """The queries nearest to one clause, and the step to have them judged."""
    st.header("Queries near this clause", anchor=False, help=NEAR)
    if not linked(view, spec):
        return
    count = counts(view, spec).get(anchor, 0)
    if not count:
        st.text("No query is similar to this clause.")
        return
    found = figure.read(view, "near.queries", clause=anchor).frame
    st.text(
        f"{counted(count, 'query')} of {view.info.scenarios:,} "
        f"{'is' if count == 1 else 'are'} near it by text similarity; {unjudged(found):,} of the "
        f"nearest {len(found):,} were never judged."
    )
    with st.container(horizontal=True, gap="small"):
        _links(view, anchor, count)
        _judge_high(view, anchor)
    _queries(view, anchor)


def _links(view: View, anchor: str, count: int) -> None:
    links.page(
        view.info,
        "stress_test",
        "Have them judged",
        icon=":material/gavel:",
        near=anchor,
        template="re-judge",
        help="Opens a plan that judges the answers to these queries: price first, then launch.",
    )
    links.page(
        view.info, "scenarios", f"All {count:,} on Scenarios", icon=":material/list:", near=anchor
    )


def _judge_high(view: View, anchor: str) -> None:
    """One step to judging just the queries near it on which the models disagree."""
    rows = figure.read(view, "near.clauses").frame
    high = next(iter(rows.loc[rows["clause"] == anchor, "high"].astype(int)), 0)
    if high:
        links.page(
            view.info,
            "stress_test",
            f"Judge the {high:,} of high D",
            icon=":material/gavel:",
            near=anchor,
            high_d="true",
            template="re-judge",
        )


def _queries(view: View, anchor: str) -> None:
    row = figure.show(
        view,
        "near.queries",
        key="near-queries",
        hint="Click a row to read the query with its answers.",
        clickable=True,
        height=300,
        clause=anchor,
    ).row
    if row is not None:
        links.open_case(view.study, str(row["scenario"]))


def browse(view: View) -> None:
    """Where judges cite nothing: every clause by how many queries are near it, and one in full."""
    spec = view.spec
    if not linked(view, spec):
        return
    found = counts(view, spec)
    if not found:
        st.text(f"No query is near a clause of {spec.name} {spec.version} either.")
        return
    near_to = reads.read(view.study, _coverage, spec.content_hash, view.settings)
    st.header("Where to look in the meantime", anchor=False, help=NEAR)
    st.text(
        f"{near_to:,} of {view.info.scenarios:,} queries are near a clause of {spec.name} "
        f"{spec.version} by text similarity. That says where to look and what to have judged, not "
        "where the spec falls short."
    )
    rows = figure.read(view, "near.clauses").frame
    _clauses(view)
    with clicks.part_in_view(_PART, "clause"):
        anchor = _choose(spec, rows)
        clause = next(c for c in spec.clauses if c.anchor == anchor)
        with st.container(border=True):
            clause_box.show(clause, "near-clause")
        of_clause(view, spec, anchor)


def _coverage(study: OpenStudy, spec_hash: str, settings: Settings) -> int:
    return near.coverage(study, study_specs.spec_of(study))


def _clauses(view: View) -> None:
    row = figure.show(
        view,
        "near.clauses",
        key="near-clauses",
        hint="Click a row for its queries.",
        clickable=True,
        height=360,
    ).row
    if row is not None:
        address.keep("clause", str(row["clause"]))
        clicks.bring_into_view(_PART)
        st.rerun()


def _choose(spec: Spec, rows: pd.DataFrame) -> str:
    options = {str(r["clause"]): str(r["title"]) for r in rows.to_dict("records")}
    with st.container(width=360):
        return address.choice("clause", "Clause", options)


def of_query(view: View, scenario: str) -> None:
    """For the reader: the clauses near this query, each a step to its page."""
    spec = view.spec
    found = reads.read(view.study, _of_scenario, spec.content_hash, scenario, view.settings)
    titles = {c.anchor: c.title for c in spec.clauses}
    with st.container(key="near-clauses", horizontal=True, vertical_alignment="center"):
        st.caption("Clauses near this query", width="content", help=NEAR)
        if found.empty:
            st.caption("none by text similarity", width="content")
        for row in found.to_dict("records"):
            _step(view, titles, row)


def _of_scenario(
    study: OpenStudy, spec_hash: str, scenario: str, settings: Settings
) -> pd.DataFrame:
    return near.of_scenario(study, study_specs.spec_of(study), scenario)


def _step(view: View, titles: dict[str, str], row: dict[Any, Any]) -> None:
    anchor = str(row["clause"])
    if st.button(
        f"{row['likeness']:.2f}",
        key=f"near-{anchor}",
        type="tertiary",
        help="Similarity, 0 to 1. Opens the clause.",
    ):
        links.go(view.info, "clauses", clause=anchor)
    st.text(titles.get(anchor, anchor))
