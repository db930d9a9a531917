"""Responses that stand apart from nearly all others on a value.

No response is compared with another one by one: the seven counts of positions per scenario and
value, packed into one integer, say which models lie far apart. A scenario whose spread is too small
for any outlier is not looked at; since scenarios are numbered by falling disagreement, most of
those are a range at the end.
"""

import pandas as pd

from analysis.measure.outliers import OutlierRule
from analysis.store import labels
from analysis.store.sql import text, texts
from analysis.store.study import OpenStudy
from analysis.vocabulary import ALL_COMPLIANCES, ALL_REFUSALS, HIGHEST_POSITION, OUTLIER_FEWEST

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
    only = f"AND o.model = {text(model)}" if model else ""
    sql = (
        f"WITH best AS MATERIALIZED (SELECT *, {_median(_bits(study))} AS others_median FROM "
        f"{matches(study, rule)} QUALIFY row_number() OVER (PARTITION BY scenario_no, model, "
        "replicate ORDER BY differs_from DESC, value_no) = 1), "
        f"stance AS (SELECT scenario_no, model, replicate, bool_or(response_type IN "
        f"{_in(ALL_REFUSALS)}) AS refused, "
        f"bool_or(response_type IN {_in(ALL_COMPLIANCES)}) AS complied "
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
    v1, v2 = (f"value{v}_position" for v in (1, 2))
    with study.cursor() as con:
        row = con.execute(
            f"SELECT sum(CASE WHEN n1 > {OUTLIER_FEWEST} AND n2 > {OUTLIER_FEWEST} THEN n "
            f"WHEN n1 > {OUTLIER_FEWEST} THEN n1 WHEN n2 > {OUTLIER_FEWEST} THEN n2 ELSE 0 END) "
            f"FROM (SELECT count({v1}) AS n1, count({v2}) AS n2, count(coalesce({v1}, {v2})) AS n "
            "FROM responses WHERE replicate = 0 GROUP BY scenario_no)"
        ).fetchall()
    return int(row[0][0] or 0)


def matches(study: OpenStudy, rule: OutlierRule) -> str:
    """SQL: every answer and value that the rule finds, up to two rows a response.

    Columns: scenario_no, model, replicate, value_no, position, others, differs_from (of others),
    counts (the scenario's seven counts, packed).
    """
    bits = _bits(study)
    measured = ", ".join(_measured(v, bits) for v in (1, 2))
    kept = " OR ".join(_far_enough(v, rule) for v in (1, 2))
    either = " UNION ALL ".join(
        f"SELECT scenario_no, model, replicate, {v} AS value_no, position{v} AS position, "
        f"others{v} AS others, far{v} AS differs_from, h{v} AS counts FROM apart "
        f"WHERE {_far_enough(v, rule)}"
        for v in (1, 2)
    )
    answers = (
        f"SELECT scenario_no, model, replicate, h1, h2, {measured} FROM responses "
        "JOIN candidate USING (scenario_no) WHERE replicate = 0"
    )
    return (
        f"(WITH candidate AS MATERIALIZED ({_candidates(study, rule, bits)}), "
        f"apart AS MATERIALIZED (SELECT * FROM ({answers}) WHERE {kept}) {either})"
    )


def _candidates(study: OpenStudy, rule: OutlierRule, bits: int) -> str:
    """Scenarios in which some position that is taken lies far from enough others.

    h1, h2: the seven counts of positions, `bits` each, packed into one integer; n1, n2: answers;
    f1, f2: for each of the seven positions how many answers lie far from it, packed likewise.
    """
    kind = "BIGINT" if bits == 8 else "HUGEINT"
    counts = ", ".join(
        f"coalesce(sum(1::{kind} << (value{v}_position * {bits})), 0)::{kind} AS h{v}"
        for v in (1, 2)
    )
    at_or_above = ", ".join(f"{_at_or_above(f'h{v}', bits)} AS a{v}" for v in (1, 2))
    n = ", ".join(f"a{v} & {(1 << bits) - 1} AS n{v}" for v in (1, 2))
    far = ", ".join(f"{_far(f'a{v}', f'n{v}', rule.distance, bits)} AS f{v}" for v in (1, 2))
    return (
        f"SELECT * FROM (SELECT *, {far} FROM (SELECT *, {n} FROM (SELECT *, {at_or_above} FROM "
        f"(SELECT scenario_no, {counts} FROM responses WHERE replicate = 0 AND scenario_no <= "
        f"{_last_possible(study, rule)} GROUP BY scenario_no)))) "
        f"WHERE {_taken(1, rule, bits)} OR {_taken(2, rule, bits)}"
    )


def _last_possible(study: OpenStudy, rule: OutlierRule) -> int:
    """The last scenario whose spread leaves room for an outlier.

    One position and k others at least d away from it have squared distances from their mean of
    at least k d^2 / (k + 1), wherever the rest lie. The spread that is stored is n times that sum.
    """
    needed = [f"((n{v} - 1) * {rule.others} + {rule.of - 1}) // {rule.of}" for v in (1, 2)]
    wide = " OR ".join(
        f"(n{v} > {OUTLIER_FEWEST} AND spread{v}::BIGINT * (1 + {k}) >= "
        f"n{v} * {rule.distance**2} * ({k}))"
        for v, k in zip((1, 2), needed, strict=True)
    )
    with study.cursor() as con:
        row = con.execute(
            "SELECT max(scenario_no) FROM (SELECT scenario_no, n1::BIGINT AS n1, n2::BIGINT AS n2, "
            f"spread1, spread2 FROM disagreement WHERE model_set = 'all') WHERE {wide}"
        ).fetchall()
    return int(row[0][0] or 0)


def _measured(value_no: int, bits: int) -> str:
    position = f"value{value_no}_position::INTEGER"
    far = f"(f{value_no} >> ({position} * {bits})) & {(1 << bits) - 1}"
    return (
        f"{position} AS position{value_no}, (n{value_no} - 1)::INTEGER AS others{value_no}, "
        f"({far})::INTEGER AS far{value_no}"
    )


def _far_enough(value_no: int, rule: OutlierRule) -> str:
    others = f"others{value_no}"
    return (
        f"({others} >= {OUTLIER_FEWEST} AND far{value_no} * {rule.of} >= {rule.others} * {others})"
    )


def _taken(value_no: int, rule: OutlierRule, bits: int) -> str:
    """Whether a position that somebody took is far from enough others: seven tests at once.

    A count fills at most `bits - 1` bits, so adding `half - x` sets its highest bit exactly when
    it is at least x, and never runs over into the next count.
    """
    h, n, f = (f"{letter}{value_no}" for letter in "hnf")
    half = 1 << (bits - 1)
    needed = f"({rule.others} * ({n} - 1) + {rule.of - 1}) // {rule.of}"
    enough = f"{f} + ({half} - {needed}) * {_each(1, bits)}"
    somebody = f"{h} + {_each(half - 1, bits)}"
    return f"({n} > {OUTLIER_FEWEST} AND (({enough}) & ({somebody}) & {_each(half, bits)}) <> 0)"


def _at_or_above(packed: str, bits: int) -> str:
    """Packed counts of the answers at each position or a higher one."""
    for step in (1, 2, 4):
        packed = f"({packed} + ({packed} >> {bits * step}))"
    return packed


def _far(at_or_above: str, n: str, distance: int, bits: int) -> str:
    """Packed counts of the answers at least `distance` above or below each position."""
    shift = bits * distance
    kept = (1 << (bits * len(POSITIONS) - shift)) - 1
    below = f"({n} * {_each(1, bits)} - ({at_or_above} >> {bits}))"
    return f"(({at_or_above} >> {shift}) + (({below} & {kept}) << {shift}))"


def _each(count: int, bits: int) -> int:
    """The same count at each of the seven positions, packed."""
    return sum(count << (bits * p) for p in POSITIONS)


def _count(packed: str, position: int, bits: int) -> str:
    return f"(({packed} >> {bits * position}) & {(1 << bits) - 1})"


def _bits(study: OpenStudy) -> int:
    """Bits for one count, one of them spare: a scenario has at most one answer a model here."""
    return 8 if len(study.info.models) < 128 else 16


def _median(bits: int) -> str:
    """Median of the others' positions, from the counts without the response itself."""
    bars = ", ".join(
        f"list_resize([]::INTEGER[], ({_count('counts', q, bits)} - (position = {q})::INTEGER)"
        f"::BIGINT, {q})"
        for q in POSITIONS
    )
    return f"list_median(flatten([{bars}]))"


def _in(words: tuple[str, ...]) -> str:
    return f"(SELECT unnest({texts(words)}))"
