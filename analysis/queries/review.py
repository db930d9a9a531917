"""Which answers a person could label: at random, or the ones most worth the time."""

import hashlib

import pandas as pd

from analysis.queries.judged_sets import disagreement_of, judged_set
from analysis.store.sql import text
from analysis.store.study import OpenStudy
from analysis.vocabulary import Decision, Outcome

SEED = "review 1"
RATES_SEED = "rates 1"
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
            "SELECT scenario_no, model, "
            f"count(*) FILTER (decision = '{Decision.COMPLIANT}') AS compliant, "
            f"count(*) FILTER (decision <> '{Decision.COMPLIANT}') AS others, "
            f"any_value(place) AS place FROM (SELECT j.*, {where} FROM judgements j "
            "JOIN scenarios USING (scenario_no) WHERE j.replicate = 0) GROUP BY ALL"
        )
    return (
        f"SELECT scenario_no, model, 0 AS compliant, 0 AS others, {where} FROM responses "
        "JOIN scenarios USING (scenario_no) WHERE replicate = 0 "
        f"AND outcome = '{Outcome.ANSWERED}'"
    )


def _ordered(study: OpenStudy, order: str, limit: int) -> pd.DataFrame:
    relation, bound = disagreement_of(study, judged_set(study).id)
    sql = (
        f"SELECT {_FIELDS} FROM ({_places(study)}) p JOIN scenarios s USING (scenario_no) "
        "JOIN responses r ON r.scenario_no = p.scenario_no AND r.model = p.model "
        f"AND r.replicate = 0 AND r.outcome = '{Outcome.ANSWERED}' "
        f"LEFT JOIN {relation} d ON d.scenario_no = p.scenario_no "
        f"ORDER BY {order} LIMIT $limit"
    )
    with study.cursor() as con:
        return con.execute(sql, bound | {"limit": limit}).df()


def at_random(study: OpenStudy, limit: int) -> pd.DataFrame:
    """The first answers in the random order: scenario, family, query_key, model, compliant,
    others (decisions), d, place (hex; the order itself)."""
    return _ordered(study, "p.place", limit)


def hardest(study: OpenStudy, limit: int) -> pd.DataFrame:
    """The same columns; judges most evenly split first, then high D."""
    return _ordered(study, "least(p.compliant, p.others) DESC, d.d DESC NULLS LAST, p.place", limit)


def for_rates(study: OpenStudy, limit: int) -> pd.DataFrame:
    """All answers in the order in which refusal rates are checked: scenario, model, query_key,
    turn (1, 2, ...). One answer of each model a turn, each model's in a random order that depends
    on nothing but their content; so the first turns are a simple random sample of every model's."""
    order = f"md5({text(RATES_SEED + '/')} || query_key || '/' || model)"
    with study.cursor() as con:
        return con.execute(
            "SELECT scenario, r.model, query_key, "
            f"row_number() OVER (PARTITION BY r.model ORDER BY {order}) AS turn "
            "FROM responses r JOIN scenarios USING (scenario_no) JOIN models m USING (model) "
            f"WHERE replicate = 0 AND outcome = '{Outcome.ANSWERED}' "
            "ORDER BY turn, m.sort LIMIT $limit",
            {"limit": limit},
        ).df()


def count(study: OpenStudy) -> int:
    """How many answers a person can label."""
    with study.cursor() as con:
        found = con.execute(
            f"SELECT count(*) FROM ({_places(study)}) p JOIN responses r USING (scenario_no, model)"
            f" WHERE r.replicate = 0 AND r.outcome = '{Outcome.ANSWERED}'"
        ).fetchall()
    return int(found[0][0])
