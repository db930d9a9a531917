"""Clauses and queries that lie near by likeness of text: never beside a number of judges."""

from typing import Any

import pandas as pd
import streamlit as st

from analysis import glossary
from analysis.export import recipes
from analysis.measure.near import RIGHT
from analysis.parse.clause import Spec
from analysis.settings import Settings
from analysis.store.queries import near
from analysis.store.sources import Cancelled, Report
from analysis.store.specs import read_spec
from analysis.store.study import OpenStudy, StudyInfo, open_study
from pages.ui import problems, reads, url, words
from pages.ui.frame import View
from pages.ui.job_strip import jobs
from pages.ui.picking import fresh_key, picked, used

NEAR = (
    "Near: the texts of query and clause are alike (subjects and words). Nobody judged the query "
    f"by it, and it is counted with nothing else. On real queries labelled by hand {RIGHT} of such "
    "links truly bear."
)
_LISTED = 50


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
        f"Comparing {view.info.scenarios:,} queries with {len(spec.clauses)} clauses takes some "
        "minutes, once.",
    )
    if st.button("Link them now", key="link-near", icon=":material/near_me:"):
        info, settings = view.info, view.settings
        jobs().start(f"Near clauses of {info.title}", lambda r, c: _link(info, settings, r, c))
        st.switch_page("pages/data.py", query_params={"study": info.id})
    return False


def _link(info: StudyInfo, settings: Settings, report: Report, cancelled: Cancelled) -> StudyInfo:
    study = open_study(settings, info.id)
    try:
        near.link(study, read_spec(settings), report, cancelled)
    finally:
        study.close()
    return info


def counts(view: View, spec: Spec) -> dict[str, int]:
    """Queries near each clause; empty where they are not linked yet."""
    if not near.is_linked(view.study, spec):
        return {}
    return reads.read(view.study, _counts, spec.content_hash, view.settings)


def _counts(study: OpenStudy, spec_hash: str, settings: Settings) -> dict[str, int]:
    """`spec_hash` keeps the results of different specs apart in the cache."""
    return near.counts(study, read_spec(settings))


def of_clause(view: View, spec: Spec, anchor: str) -> None:
    """The queries nearest to one clause, and the step to have them judged."""
    st.header("Near this clause, not cited", anchor=False, help=NEAR)
    if not linked(view, spec):
        return
    count = counts(view, spec).get(anchor, 0)
    if not count:
        st.text("No query is near this clause by likeness of text.")
        return
    asked = recipes.ask(view.study, "near.queries", clause=anchor, limit=_LISTED)
    found = reads.read(view.study, recipes.compute, asked)
    unjudged = int((~found["judged"]).sum())
    st.text(
        f"{words.plural(count, 'query')} of {view.info.scenarios:,} lie near it by likeness "
        f"of text; {unjudged:,} of the nearest {len(found):,} were never judged. "
        f"Measured on real queries, {RIGHT.split()[0]} of such links truly bear."
    )
    with st.container(horizontal=True, gap="small"):
        _links(view, anchor, count)
    _queries(view, anchor, found, count)


def _links(view: View, anchor: str, count: int) -> None:
    here = [("study", view.info.id), ("near", anchor)]
    st.page_link(
        "pages/stress_test.py", label="Have them judged", icon=":material/gavel:",
        query_params=[*here, ("template", "re-judge")],
        help="Opens a plan that judges the answers to these queries: price first, then launch.",
    )  # fmt: skip
    st.page_link(
        "pages/scenarios.py", label=f"All {count:,} on Scenarios", icon=":material/list:",
        query_params=here,
    )  # fmt: skip


def _queries(view: View, anchor: str, found: pd.DataFrame, count: int) -> None:
    key = fresh_key("near", anchor)
    shown = found.assign(judged=found["judged"].map({True: "yes", False: "no"}))
    at = picked(
        view,
        "near-queries",
        "Nearest queries",
        shown[["query", "likeness", "d", "judged"]],
        {
            "query": st.column_config.TextColumn("Query", width=620),
            "likeness": st.column_config.ProgressColumn(
                "Likeness", format="%.2f", min_value=0, max_value=1, width=95, help=NEAR
            ),
            "d": st.column_config.NumberColumn("D", format="%.2f", width=60, help=words.D),
            "judged": st.column_config.TextColumn(
                "Judged", width=70, help="Whether a judge decided on an answer to this query."
            ),
        },
        help=glossary.told("near_clauses"),
        alt="Queries nearest to the clause by likeness of text, the nearest first",
        note=f"The nearest {len(found):,} of {count:,}. Click a row to read the query.",
        frame=lambda: found,
        recipe=recipes.ask(view.study, "near.queries", clause=anchor, limit=_LISTED),
        grid_key=key,
        tall=300,
    )
    if at is not None:
        used("near")
        scenario = str(found["scenario"].iloc[at])
        st.switch_page(
            "pages/scenarios.py", query_params={"study": view.info.id, "scenario": scenario}
        )


def browse(view: View) -> None:
    """Where judges cite nothing: every clause by how many queries are near it, and one in full."""
    spec = read_spec(view.settings)
    if not linked(view, spec):
        return
    found = counts(view, spec)
    if not found:
        st.text(f"No query is near a clause of {spec.name} {spec.version} either.")
        return
    near_to = reads.read(view.study, _coverage, spec.content_hash, view.settings)
    st.header("Until then: queries near each clause", anchor=False, help=NEAR)
    st.text(
        f"{near_to:,} of {view.info.scenarios:,} queries are near a clause of {spec.name} "
        f"{spec.version} by likeness of text. That says where to look and what to have judged, not "
        "where the spec fails."
    )
    asked = recipes.ask(view.study, "near.clauses")
    rows = reads.read(view.study, recipes.compute, asked)
    _clauses(view, spec, rows)
    anchor = _choose(spec, rows)
    clause = next(c for c in spec.clauses if c.anchor == anchor)
    with st.container(border=True):
        st.text(clause.text[:6_000] or "This clause has no text of its own.")
    of_clause(view, spec, anchor)


def _coverage(study: OpenStudy, spec_hash: str, settings: Settings) -> int:
    return near.coverage(study, read_spec(settings))


def _clauses(view: View, spec: Spec, rows: pd.DataFrame) -> None:
    key = fresh_key("near-clauses")
    at = picked(
        view,
        "near-clauses",
        "Clauses by near queries",
        rows[["title", "authority", "near"]],
        {
            "title": st.column_config.TextColumn("Clause", width=420),
            "authority": st.column_config.TextColumn("Authority", width=110),
            "near": st.column_config.NumberColumn("Near", width=80, help=NEAR),
        },
        help=glossary.told("near_clauses"),
        alt="Clauses by how many queries are near them",
        note=f"{len(rows)} of {len(spec.clauses)} clauses; a query has at most three near clauses. "
        "Click a row for its queries.",
        frame=lambda: rows,
        recipe=recipes.ask(view.study, "near.clauses"),
        grid_key=key,
        tall=360,
    )
    if at is not None:
        used("near-clauses")
        url.keep("clause", str(rows["clause"].iloc[at]))
        st.rerun()


def _choose(spec: Spec, rows: pd.DataFrame) -> str:
    options = {str(r["clause"]): str(r["title"]) for r in rows.to_dict("records")}
    with st.container(width=360):
        return url.choice("clause", "Clause", options, default=next(iter(options)))


def of_query(view: View, scenario: str) -> None:
    """For the reader: the clauses near this query, each a step to its page."""
    spec = read_spec(view.settings)
    found = reads.read(view.study, _of_scenario, spec.content_hash, scenario, view.settings)
    titles = {c.anchor: c.title for c in spec.clauses}
    with st.container(key="near-clauses", horizontal=True, vertical_alignment="center"):
        st.caption("Clauses near this query", width="content", help=NEAR)
        if found.empty:
            st.caption("none by likeness of text", width="content")
        for row in found.to_dict("records"):
            _step(view, titles, row)


def _of_scenario(
    study: OpenStudy, spec_hash: str, scenario: str, settings: Settings
) -> pd.DataFrame:
    return near.of_scenario(study, read_spec(settings), scenario)


def _step(view: View, titles: dict[str, str], row: dict[Any, Any]) -> None:
    anchor = str(row["clause"])
    if st.button(
        f"{row['likeness']:.2f}", key=f"near-{anchor}", type="tertiary",
        help="Likeness, 0 to 1. Opens the clause.",
    ):  # fmt: skip
        st.switch_page("pages/clauses.py", query_params={"study": view.info.id, "clause": anchor})
    st.text(titles.get(anchor, anchor))
