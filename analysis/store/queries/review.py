"""Which answers a person could label: at random, or the ones most worth the time."""

import hashlib

import pandas as pd

from analysis.store.queries.judges import disagreement_set
from analysis.store.sql import text
from analysis.store.study import OpenStudy

SEED = "review 1"
_FIELDS = "s.scenario, s.family, s.query_key, p.model, p.compliant, p.others, d.d, p.place"


def place(query_key: str, model: str) -> str:
    """Where an answer stands in the random order: hex that depends on nothing but its content."""
    return hashlib.md5(f"{SEED}/{query_key}/{model}".encode()).hexdigest()


def _places(study: OpenStudy) -> str:
    """SQL for every answer that a person can label: those that were judged, or, in a study
    without judges, all. Columns: scenario_no, model, compliant and others (decisions), place."""
    where = f"md5({text(SEED + '/')} || query_key || '/' || model) AS place"
    if study.info.judgements:
        return (
            "SELECT scenario_no, model, count(*) FILTER (decision = 'compliant') AS compliant, "
            "count(*) FILTER (decision <> 'compliant') AS others, any_value(place) AS place "
            f"FROM (SELECT j.*, {where} FROM judgements j JOIN scenarios USING (scenario_no) "
            "WHERE j.replicate = 0) GROUP BY ALL"
        )
    return (
        f"SELECT scenario_no, model, 0 AS compliant, 0 AS others, {where} FROM responses "
        "JOIN scenarios USING (scenario_no) WHERE replicate = 0 AND outcome = 'answered'"
    )


def _ordered(study: OpenStudy, order: str, limit: int) -> pd.DataFrame:
    sql = (
        f"SELECT {_FIELDS} FROM ({_places(study)}) p JOIN scenarios s USING (scenario_no) "
        "JOIN responses r ON r.scenario_no = p.scenario_no AND r.model = p.model "
        "AND r.replicate = 0 AND r.outcome = 'answered' "
        "LEFT JOIN disagreement d ON d.scenario_no = p.scenario_no AND d.model_set = $set "
        f"ORDER BY {order} LIMIT $limit"
    )
    with study.cursor() as con:
        return con.execute(sql, {"set": disagreement_set(study), "limit": limit}).df()


def at_random(study: OpenStudy, limit: int) -> pd.DataFrame:
    """The first answers in the random order: scenario, family, query_key, model, compliant,
    others (decisions), d, place (hex; the order itself)."""
    return _ordered(study, "p.place", limit)


def hardest(study: OpenStudy, limit: int) -> pd.DataFrame:
    """The same columns; judges most evenly split first, then high D."""
    return _ordered(study, "least(p.compliant, p.others) DESC, d.d DESC NULLS LAST, p.place", limit)


def count(study: OpenStudy) -> int:
    """How many answers a person can label."""
    with study.cursor() as con:
        found = con.execute(
            f"SELECT count(*) FROM ({_places(study)}) p JOIN responses r USING (scenario_no, model)"
            " WHERE r.replicate = 0 AND r.outcome = 'answered'"
        ).fetchall()
    return int(found[0][0])
