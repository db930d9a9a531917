"""Recipes of what is near a clause by likeness of text: how many queries, and which."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from analysis.export import inputs
from analysis.export.recipe import recipe
from analysis.measure.near import FLOOR, MOST, RIGHT
from analysis.store.queries import near
from analysis.store.study import OpenStudy

_OWN = "Faultline (docs/citations.md)"
_MEANS = (
    f"A query has at most {MOST} near clauses, none below a likeness of text of {FLOOR}. Near is "
    f"no judgement and not cited: of such links to real queries {RIGHT} truly bear."
)


def _clauses(study: OpenStudy, frame: pd.DataFrame, asked: Mapping[str, Any]) -> str:
    linked = near.coverage(study, inputs.spec(study, asked["spec"]))
    return f"n = {study.info.scenarios:,} queries, {linked:,} of them near a clause."


@recipe(
    "near.clauses",
    title="Queries near each clause",
    definition=f"How many queries each clause is near to. {_MEANS}",
    keys=("clause",),
    note=_clauses,
    source=_OWN,
)
def clauses(study: OpenStudy, *, spec: str = "") -> pd.DataFrame:
    """One row a clause that is near to a query: clause, title, authority, near (queries); the one
    near to most first."""
    read = inputs.spec(study, spec)
    linked = near.counts(study, read)
    rows = [(c.anchor, c.title, c.authority, linked[c.anchor]) for c in read.clauses
            if c.anchor in linked]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["clause", "title", "authority", "near"])
    return frame.sort_values(["near", "clause"], ascending=[False, True], ignore_index=True)


@recipe(
    "near.queries",
    title=lambda p: f"Queries near #{p['clause']}",
    definition=f"The queries nearest to one clause of the spec. {_MEANS}",
    keys=("scenario",),
    note=lambda study, frame, p: f"n = {len(frame):,} queries, the nearest first.",
    source=_OWN,
)
def queries(study: OpenStudy, *, clause: str = "", spec: str = "", limit: int = 50) -> pd.DataFrame:
    """One row a query: scenario, query (its first 180 characters), likeness (0..1), d, judged."""
    return near.of_clause(study, inputs.spec(study, spec), clause, limit)
