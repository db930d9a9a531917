"""Scenarios: count, page through, and find the place of one among those chosen."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.errors import FaultlineError
from analysis.queries.filters import ScenarioFilter, disagreement_relation, where
from analysis.store.sql import TAXONOMY
from analysis.store.study import OpenStudy

SORTS = {
    "disagreement": "d.d",
    "rank": "s.rank",
    "models": "d.models",
    "value1": "s.value1",
    "value2": "s.value2",
    "scenario": "s.scenario",
}
EXCERPT = 180


@dataclass(frozen=True)
class Neighbours:
    """Where a scenario stands among those chosen: neighbours, index from 0, how many in all."""

    previous: str | None
    next: str | None
    index: int | None
    total: int


def count(study: OpenStudy, flt: ScenarioFilter, taxonomy: Path | None = None) -> int:
    """How many scenarios the filter leaves."""
    if flt == ScenarioFilter(model_set=flt.model_set):
        return study.info.scenarios
    source, bound = _source(study, flt, taxonomy)
    with study.cursor() as con:
        return int(con.execute(f"SELECT count(*) FROM {source}", bound).fetchall()[0][0])


def page(
    study: OpenStudy,
    flt: ScenarioFilter,
    *,
    sort: str = "disagreement",
    descending: bool = True,
    limit: int = 100,
    offset: int = 0,
    taxonomy: Path | None = None,
) -> pd.DataFrame:
    """One page of scenarios, without any answer text.

    Columns: scenario, family, nudge, value1, value2, category1, category2, generator, rank,
    models (with a position), disagreement (0..3, null where fewer than two positions), query
    (the first 180 characters).
    """
    source, bound = _source(study, flt, taxonomy)
    order = _order(sort, descending)
    # Row numbers first, then the wide columns of one page only.
    sql = (
        f"WITH chosen AS (SELECT s.scenario_no, d.d, d.models FROM {source} "
        f"ORDER BY {order} LIMIT $limit OFFSET $offset) "
        f"SELECT s.scenario, s.family, s.nudge, s.value1, s.value2, {_category(taxonomy)}, "
        "s.generator, s.rank, d.models, d.d AS disagreement, "
        f"substr(s.query, 1, {EXCERPT}) AS query "
        "FROM chosen d JOIN scenarios s USING (scenario_no) "
        f"{_category_joins(taxonomy)} ORDER BY {order}"
    )
    bound |= {"limit": limit, "offset": offset}
    if taxonomy is not None:
        bound["taxonomy"] = str(taxonomy)
    with study.cursor() as con:
        return con.execute(sql, bound).df()


def around(
    study: OpenStudy,
    flt: ScenarioFilter,
    scenario: str,
    *,
    sort: str = "disagreement",
    descending: bool = True,
    taxonomy: Path | None = None,
) -> Neighbours:
    """The place of one scenario in the chosen order; index is null where the filter hides it."""
    source, bound = _source(study, flt, taxonomy)
    sql = (
        "SELECT before, after, place, total FROM (SELECT s.scenario, lag(s.scenario) OVER w AS "
        "before, lead(s.scenario) OVER w AS after, row_number() OVER w - 1 AS place, "
        f"count(*) OVER () AS total FROM {source} "
        f"WINDOW w AS (ORDER BY {_order(sort, descending)})) "
        "WHERE scenario = $this"
    )
    with study.cursor() as con:
        found = con.execute(sql, bound | {"this": scenario}).fetchall()
    if found:
        return Neighbours(*found[0])
    return Neighbours(None, None, None, count(study, flt, taxonomy))


def scenario_numbers(
    study: OpenStudy, flt: ScenarioFilter, taxonomy: Path | None = None
) -> tuple[str, dict[str, Any]]:
    """The filter as a subquery of scenario_no, for other queries to restrict themselves by."""
    source, bound = _source(study, flt, taxonomy)
    return f"(SELECT s.scenario_no FROM {source})", bound


def _source(
    study: OpenStudy, flt: ScenarioFilter, taxonomy: Path | None
) -> tuple[str, dict[str, Any]]:
    relation, bound = disagreement_relation(study, flt.model_set)
    condition, more = where(study, flt, taxonomy)
    return (
        f"scenarios s LEFT JOIN {relation} d USING (scenario_no) WHERE {condition}",
        bound | more,
    )


def _order(sort: str, descending: bool) -> str:
    if sort not in SORTS:
        raise FaultlineError(
            f"Scenarios can't be sorted by “{sort}”. Use one of {', '.join(SORTS)}."
        )
    direction = "DESC" if descending else "ASC"
    # scenario_no falls with D over all models: it settles ties the same way everywhere.
    return f"{SORTS[sort]} {direction} NULLS LAST, s.scenario_no"


def _category(taxonomy: Path | None) -> str:
    if taxonomy is None:
        return "NULL AS category1, NULL AS category2"
    return "t1.category AS category1, t2.category AS category2"


def _category_joins(taxonomy: Path | None) -> str:
    if taxonomy is None:
        return ""
    return " ".join(
        f"LEFT JOIN (SELECT value, category FROM {TAXONOMY}) t{v} ON t{v}.value = s.value{v}"
        for v in (1, 2)
    )
