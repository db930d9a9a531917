"""Figures of what is near a clause by likeness of text: how many queries, and which."""

from dataclasses import replace

import pandas as pd

from analysis import glossary
from analysis.figures import inputs
from analysis.figures.columns import SCENARIO, D
from analysis.figures.declaration import Parameters, figure
from analysis.figures.phrases import name_of
from analysis.files.columns import Column, Format
from analysis.measure.near.queries import FLOOR, RIGHT
from analysis.number_text import counted
from analysis.queries import near
from analysis.queries.spec_coverage import near_moments
from analysis.store.study import OpenStudy
from analysis.vocabulary import HIGH_D, NEAREST_CLAUSES

_NEAR = glossary.find("near_clauses").definition
_NOT_JUDGED = (
    f"Near is neither a judgement nor a citation: of such links to real queries, {RIGHT} are right."
)
_CLAUSES = (
    Column("title", "Clause", width=420),
    Column("authority", "Authority", width=110),
    Column(
        "high",
        "With high D",
        format=Format.COUNT,
        help=f"Of the queries near it, those on which the models disagree: D ≥ {HIGH_D}.",
        width=95,
    ),
    Column("near", "Queries near it", format=Format.COUNT, help=_NEAR, width=110),
    Column("clause", "Anchor", help="Of the clause in the spec.", shown=False),
)
_QUERIES = (
    Column("query", "Query", width=620, help="Its first 180 characters."),
    Column("likeness", "Likeness", "0 to 1", Format.NUMBER, help=_NEAR, bar=(0, 1), width=95),
    D,
    Column(
        "said",
        "Judged",
        help="Whether a judge decided on an answer to this query.",
        width=70,
        made=lambda f: f["judged"].map({True: "yes", False: "no"}),
    ),
    Column("judged", "Judged", help="Whether a judge decided on an answer to it.", shown=False),
    replace(SCENARIO, shown=False),
)


def _clauses_note(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    spec = inputs.spec(study, p["spec"])
    return (
        f"n = {study.info.scenarios:,} queries, {near.coverage(study, spec):,} of them near one of "
        f"{len(frame):,} of the {len(spec.clauses):,} clauses of {name_of(str(p['spec']))}. A "
        f"query has at most {NEAREST_CLAUSES} near clauses, none below a likeness of {FLOOR}. "
        f"Those near to most queries of high D (≥ {HIGH_D}) stand first. {_NOT_JUDGED}"
    )


@figure(
    "near.clauses",
    title="Queries near each clause",
    note=_clauses_note,
    definition="near_clauses",
    keys=("clause",),
    columns=_CLAUSES,
)
def clauses(study: OpenStudy, *, spec: str = "") -> pd.DataFrame:
    """One row a clause that is near to a query: clause, title, authority, near (queries), high (of
    them those with high D); the one near to most of high D first, then to most."""
    read = inputs.spec(study, spec)
    linked = near_moments(study, read).set_index("clause")[["near", "near_high"]]
    rows = [
        (c.anchor, c.title, c.authority, *map(int, linked.loc[c.anchor]))
        for c in read.clauses
        if c.anchor in linked.index
    ]
    frame = pd.DataFrame(rows, columns=["clause", "title", "authority", "near", "high"])
    order = ["high", "near", "clause"]
    return frame.sort_values(order, ascending=[False, False, True], ignore_index=True)


def _queries_title(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    clauses = inputs.spec(study, p["spec"]).clauses
    titles = {c.anchor: c.title for c in clauses}
    return f"Queries near “{titles.get(p['clause'], p['clause'])}”"


def _queries_note(study: OpenStudy, frame: pd.DataFrame, p: Parameters) -> str:
    spec = inputs.spec(study, p["spec"])
    count = near.counts(study, spec).get(p["clause"], 0)
    return (
        f"n = {counted(count, 'query')} near the clause; the nearest {len(frame):,} are "
        f"listed. {_NOT_JUDGED}"
    )


@figure(
    "near.queries",
    title=_queries_title,
    note=_queries_note,
    definition="near_clauses",
    keys=("scenario",),
    columns=_QUERIES,
)
def queries(study: OpenStudy, *, clause: str = "", spec: str = "", limit: int = 50) -> pd.DataFrame:
    """One row a query: scenario, query (its first 180 characters), likeness (0..1), d, judged."""
    found = near.of_clause(study, inputs.spec(study, spec), clause, limit)
    return found.drop(columns="high")
