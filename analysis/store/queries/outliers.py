"""Responses that stand apart from nearly all others on a value.

A histogram of the seven positions per scenario and value, joined back to each response: no
response is compared with another one by one.
"""

import pandas as pd

from analysis.measure.labels import COMPLIANCES, REFUSALS
from analysis.measure.outliers import LEAST_OTHERS, OutlierRule
from analysis.store import labels
from analysis.store.schema import HIGHEST_POSITION
from analysis.store.sql import text, texts
from analysis.store.study import OpenStudy

POSITIONS = range(HIGHEST_POSITION + 1)


def found(
    study: OpenStudy, rule: OutlierRule, model: str | None = None, source: str | None = None
) -> pd.DataFrame:
    """All outliers of a study under a rule, one row a response, the farthest first.

    Columns: scenario, model, value_no (1, 2: the value on which it differs from more others),
    value, position (0..6), others_median, differs_from, of, refused, complied (of its own
    response type; false where unsure), others_refused, others_complied (counts), disagreement
    (over all models).
    `source` chooses the labeller; without one, all labels of the study count.
    """
    values = " UNION ALL ".join(_one_value(v, rule) for v in (1, 2))
    only = f"AND o.model = {text(model)}" if model else ""
    sql = (
        f"WITH either AS ({values}), best AS (SELECT * FROM either QUALIFY row_number() OVER "
        "(PARTITION BY scenario_no, model, replicate ORDER BY differs_from DESC, value_no) = 1), "
        f"stance AS (SELECT scenario_no, model, replicate, bool_or(response_type IN "
        f"{_in(REFUSALS)}) AS refused, bool_or(response_type IN {_in(COMPLIANCES)}) AS complied "
        f"FROM {labels.relation(study, 'response_types', source)} "
        "WHERE scenario_no IN (SELECT scenario_no FROM best) GROUP BY ALL), "
        "crowd AS (SELECT scenario_no, count(*) FILTER (refused) AS refused, "
        "count(*) FILTER (complied) AS complied FROM stance WHERE replicate = 0 GROUP BY 1) "
        "SELECT s.scenario, o.model, o.value_no, "
        "CASE o.value_no WHEN 1 THEN s.value1 ELSE s.value2 END AS value, o.position, "
        "o.others_median, o.differs_from, o.others AS of, "
        "coalesce(t.refused, false) AS refused, coalesce(t.complied, false) AS complied, "
        "coalesce(c.refused, 0) - coalesce(t.refused, false)::INTEGER AS others_refused, "
        "coalesce(c.complied, 0) - coalesce(t.complied, false)::INTEGER AS others_complied, "
        "d.d AS disagreement FROM best o JOIN scenarios s USING (scenario_no) "
        "LEFT JOIN stance t USING (scenario_no, model, replicate) "
        "LEFT JOIN crowd c USING (scenario_no) LEFT JOIN disagreement d "
        "ON d.scenario_no = o.scenario_no AND d.model_set = 'all' "
        f"WHERE true {only} ORDER BY o.differs_from::DOUBLE / o.others DESC, "
        "abs(o.position - o.others_median) DESC, o.scenario_no, o.model"
    )
    with study.cursor() as con:
        return con.execute(sql).df()


def defined(study: OpenStudy) -> int:
    """Responses for which the rule is defined: a position, and at least six others with one."""
    counts = " OR ".join(
        f"(value{v}_position IS NOT NULL AND count(value{v}_position) OVER s > {LEAST_OTHERS})"
        for v in (1, 2)
    )
    with study.cursor() as con:
        row = con.execute(
            f"SELECT count(*) FILTER (there) FROM (SELECT {counts} AS there FROM responses "
            "WHERE replicate = 0 WINDOW s AS (PARTITION BY scenario_no))"
        ).fetchall()
    return int(row[0][0])


def _one_value(value_no: int, rule: OutlierRule) -> str:
    """Outliers on one value: far from enough others, and what the others' median is."""
    column = f"value{value_no}_position"
    bars = ", ".join(f"count(*) FILTER ({column} = {q})::INTEGER AS c{q}" for q in POSITIONS)
    histogram = (
        f"SELECT scenario_no, count({column})::INTEGER AS n, {bars} FROM responses "
        "WHERE replicate = 0 GROUP BY scenario_no"
    )
    far = "CASE r.position " + " ".join(
        f"WHEN {p} THEN {' + '.join(_far(p, rule.distance)) or '0'}" for p in POSITIONS
    )
    own = (
        f"SELECT scenario_no, model, replicate, {column}::INTEGER AS position FROM responses "
        f"WHERE {column} IS NOT NULL AND replicate = 0"
    )
    return (
        f"SELECT scenario_no, model, replicate, {value_no} AS value_no, position, others, "
        f"differs_from, {_median()} AS others_median FROM (SELECT r.*, h.n - 1 AS others, {far} "
        f"END AS differs_from, h.* EXCLUDE (scenario_no) FROM ({own}) r JOIN ({histogram}) h "
        f"USING (scenario_no) WHERE h.n > {LEAST_OTHERS}) "
        f"WHERE differs_from * {rule.of} >= {rule.others} * others"
    )


def _far(position: int, distance: int) -> list[str]:
    return [f"c{q}" for q in POSITIONS if abs(q - position) >= distance]


def _median() -> str:
    """Median of the others' positions, from the histogram without the response itself."""
    bars = ", ".join(
        f"list_resize([]::INTEGER[], (c{q} - (position = {q})::INTEGER)::BIGINT, {q})"
        for q in POSITIONS
    )
    return f"list_median(flatten([{bars}]))"


def _in(words: tuple[str, ...]) -> str:
    return f"(SELECT unnest({texts(words)}))"
