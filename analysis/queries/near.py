"""Clauses near to queries by the likeness of their texts: linked once, kept beside the study.

Near is no judgement: nobody held the query against the clause. It is read here alone and counted
with nothing else.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import pandas as pd
import pyarrow as pa

from analysis.errors import FaultlineError
from analysis.measure.near.queries import VERSION, Finder, finder
from analysis.parse.specs.clause import Spec
from analysis.store import derived, study_specs
from analysis.store.build.sources import CANCELLED, Cancelled, Report, Step
from analysis.store.disagreement_sql import at_least_sql
from analysis.store.study import OpenStudy
from analysis.vocabulary import HIGH_D

AT_ONCE = 60_000
"""A study with at most so many queries is linked when a page needs it (seconds)."""
BATCH = 5_000
_SCHEMA = pa.schema(
    [
        ("scenario_no", pa.int32()),
        ("place", pa.int8()),
        ("clause", pa.string()),
        ("likeness", pa.float32()),
    ]
)


def _name(spec: Spec) -> str:
    return f"near-{VERSION}-{spec.content_hash[:12]}"


def is_linked(study: OpenStudy, spec: Spec) -> bool:
    """Whether the queries were linked to this spec's clauses already."""
    return derived.relation(study, _name(spec)) is not None


def link(
    study: OpenStudy,
    spec: Spec,
    report: Report = lambda step: None,
    cancelled: Cancelled = lambda: False,
) -> None:
    """Link all queries, where they are not yet: some 20,000 a second on one core, 5,000 held at a
    time. Kept as `derived.keep` says.

    Columns: scenario_no, place (1..3), clause, likeness (0..1). Raises FaultlineError where the
    person cancels or the disk is full.
    """
    with study.making:
        if not is_linked(study, spec):
            tables = list(_linked(study, spec, report, cancelled))
            derived.keep(study, _name(spec), pa.concat_tables(tables).to_pandas())


def _linked(
    study: OpenStudy, spec: Spec, report: Report, cancelled: Cancelled
) -> Iterator[pa.Table]:
    found, total, done = finder(spec.clauses), study.info.scenarios, 0
    for batch in _batches(study):
        if cancelled():
            raise FaultlineError(f"Linking the queries of “{study.info.id}” {CANCELLED}")
        near = found.nearest(list(batch["query"]), list(batch["both"]))
        near["scenario_no"] = batch["scenario_no"].to_numpy()[near["row"].to_numpy(int)]
        yield pa.Table.from_pandas(near[_SCHEMA.names], _SCHEMA, preserve_index=False)
        done += len(batch)
        report(Step("finding the clauses near each query", done, total))
    yield _SCHEMA.empty_table()


def _batches(study: OpenStudy) -> Iterator[pd.DataFrame]:
    """Queries with both values' names, so many at a time, by ranges of their numbers."""
    with study.cursor() as con:
        last = con.execute("SELECT coalesce(max(scenario_no), 0) FROM scenarios").fetchall()[0][0]
        for start in range(0, int(last) + 1, BATCH):
            yield con.execute(
                "SELECT scenario_no, query, concat_ws('. ', value1, value2) AS both FROM scenarios "
                "WHERE scenario_no >= $a AND scenario_no < $b ORDER BY scenario_no",
                {"a": start, "b": start + BATCH},
            ).df()


def counts(study: OpenStudy, spec: Spec) -> dict[str, int]:
    """How many queries each clause is near to; clauses near to none are left out."""
    linked = relation(study, spec)  # before the cursor, which would not know a new one
    with study.cursor() as con:
        found = con.execute(f"SELECT clause, count(*) FROM {linked} GROUP BY 1").fetchall()
    return {str(clause): int(n) for clause, n in found}


def coverage(study: OpenStudy, spec: Spec) -> int:
    """Queries that have a clause near to them."""
    sql = f"SELECT count(DISTINCT scenario_no) FROM {relation(study, spec)}"
    with study.cursor() as con:
        return int(con.execute(sql).fetchall()[0][0])


def of_scenario(study: OpenStudy, spec: Spec, scenario: str) -> pd.DataFrame:
    """The clauses near to one query, the nearest first: clause, likeness. Where the study is not
    linked yet, this query alone is compared: a reader waits for no other."""
    if not is_linked(study, spec):
        return _alone(study, spec, scenario)
    return _read(
        study,
        f"SELECT clause, likeness FROM {relation(study, spec)} WHERE scenario_no = (SELECT "
        "scenario_no FROM scenarios WHERE scenario = $s) ORDER BY place",
        {"s": scenario},
    )


def _alone(study: OpenStudy, spec: Spec, scenario: str) -> pd.DataFrame:
    row = _read(
        study,
        "SELECT query, concat_ws('. ', value1, value2) AS both FROM scenarios WHERE scenario = $s",
        {"s": scenario},
    )
    found = _finder(spec).nearest(list(row["query"]), list(row["both"]))
    return found[["clause", "likeness"]]


@lru_cache(maxsize=4)
def _finder(spec: Spec) -> Finder:
    return finder(spec.clauses)


def of_clause(study: OpenStudy, spec: Spec, clause: str, limit: int = 50) -> pd.DataFrame:
    """The queries nearest to one clause: scenario, query (first 180 characters), likeness, d
    (over all models, may be null), judged (whether a judge decided on an answer to it), high
    (whether D is `HIGH_D` or more, compared exactly)."""
    return _read(
        study,
        f"WITH n AS (SELECT scenario_no, likeness FROM {relation(study, spec)} WHERE clause = $c "
        "ORDER BY likeness DESC, scenario_no LIMIT $l) SELECT s.scenario, substr(s.query, 1, 180) "
        "AS query, n.likeness, d.d, s.scenario_no IN (SELECT scenario_no FROM judgements) AS "
        f"judged, coalesce({at_least_sql(HIGH_D, 'd.')}, false) AS high FROM n "
        "JOIN scenarios s USING (scenario_no) LEFT JOIN disagreement d ON "
        "d.scenario_no = n.scenario_no AND d.model_set = 'all' "
        "ORDER BY n.likeness DESC, s.scenario_no",
        {"c": clause, "l": limit},
    )


def scenarios(study: OpenStudy, spec: Spec, clause: str, *, high: bool = False) -> list[str]:
    """All queries that a clause is near to, the nearest first: what can be judged by it. `high`:
    only those on which the models disagree (D of `HIGH_D` or more)."""
    _check(spec, [clause])
    found = of_clause(study, spec, clause, limit=study.info.scenarios)
    found = found[found["high"]] if high else found
    return [str(s) for s in found["scenario"]]


def relation(study: OpenStudy, spec: Spec) -> str:
    """SQL: the links as a relation (scenario_no, place, clause, likeness); made on the way where
    nobody needed them before. Ask for it before a cursor is opened, which would not know it."""
    link(study, spec)
    made = derived.relation(study, _name(spec))
    assert made is not None
    return made


def _read(study: OpenStudy, sql: str, bound: dict[str, Any]) -> pd.DataFrame:
    with study.cursor() as con:
        return con.execute(sql, bound).df()


def numbers(study: OpenStudy, clauses: Sequence[str], key: str) -> str:
    """SQL for the numbers of the queries near to one of the clauses bound as `$near`.

    Raises FaultlineError for a clause that the spec of `key` does not have.
    """
    spec = study_specs.spec_of(study, key)
    _check(spec, clauses)
    return f"(SELECT scenario_no FROM {relation(study, spec)} WHERE clause IN $near)"


def _check(spec: Spec, clauses: Sequence[str]) -> None:
    known = {c.anchor for c in spec.clauses}
    if unknown := [c for c in clauses if c not in known]:
        raise FaultlineError(
            f"The spec {spec.name} {spec.version} has no clause “{unknown[0]}”: choose another, or "
            "the spec that has it on the Data page."
        )
