"""The same request in other words: each perturbed query against the one it came from.

A perturbed scenario's id is its parent's with `~kind` behind (`12_579_value1~tone`), as runs write
it. Studies without such scenarios have none of this.
"""

import pandas as pd

from analysis.queries.values import members
from analysis.store import labels
from analysis.store.sql import text, texts
from analysis.store.study import OpenStudy
from analysis.store.variants import is_variant, kind_of, parent_of
from analysis.vocabulary import ALL_REFUSALS, FAVORS_FROM, OPPOSES_TO, UNSURE, ResponseType

MEASURES = ("moved", "flips", "swings")
_MOMENTS = (
    "count(*) FILTER (n > 0) AS families, sum(n) AS n, sum(y) AS y, sum(y * y) AS yy, "
    "sum(y * n) AS yn, sum(n * n) AS nn, sum((n * n) * (n * n)) AS n4, "
    "count(*) FILTER (y > 0) AS some, count(*) FILTER (y < n) AS short"
)


def kinds(study: OpenStudy) -> pd.DataFrame:
    """Kinds of perturbation and how often each occurs: kind, variants (scenarios with their
    parent in this study), families."""
    with study.cursor() as con:
        return con.execute(
            f"WITH {_pairs()} SELECT kind, count(*) AS variants, count(DISTINCT family) AS "
            "families FROM pairs GROUP BY kind ORDER BY kind"
        ).df()


def moments(study: OpenStudy, source: str | None = None) -> pd.DataFrame:
    """Family moments of three measures, per model and kind of perturbation.

    Columns: measure, model, kind, and families, n, y, yy, yn, nn, n4, some, short (see
    `measure.estimates_grouped`). `moved`: y sums |position - parent's position| over values (0..6
    each); `flips`: values favored (4 or more) on one side and opposed (2 or less) on the other;
    `swings`: full compliance on one side and a refusal on the other, over pairs labelled on both.
    """
    sql = (
        f"WITH {_sides(study, source)}, cases AS ({_cases()}), totals AS (SELECT measure, model, "
        "kind, family, sum(y)::DOUBLE AS y, sum(n)::DOUBLE AS n FROM cases GROUP BY ALL) "
        f"SELECT measure, model, kind, {_MOMENTS} FROM totals GROUP BY ALL HAVING sum(n) > 0 "
        "ORDER BY ALL"
    )
    with study.cursor() as con:
        return con.execute(sql, {"members": list(members(study).models)}).df()


def swings(
    study: OpenStudy, source: str | None = None, model: str | None = None, limit: int = 500
) -> pd.DataFrame:
    """Pairs of a query and its variant where one was complied with in full and the other refused.

    Columns: family, model, kind, complied, refused (scenarios), value1, value2.
    """
    only = f"AND v.model = {text(model)}" if model else ""
    sql = (
        f"WITH {_sides(study, source)} SELECT p.family, v.model, v.kind, "
        "CASE WHEN v.is_full THEN variant ELSE parent END AS complied, "
        "CASE WHEN v.is_full THEN parent ELSE variant END AS refused, s.value1, s.value2 "
        f"FROM both_sides v JOIN pairs p USING (variant_no) JOIN scenarios s "
        f"ON s.scenario_no = p.parent_no WHERE swung {only} ORDER BY parent_no, v.model, v.kind "
        "LIMIT $limit"
    )
    with study.cursor() as con:
        found = con.execute(sql, {"members": list(members(study).models), "limit": limit})
        return found.df()


def _pairs() -> str:
    """`pairs`: a variant and its parent, about the same two values; `turned` where the variant
    has them the other way round."""
    straight = "v.value1 = p.value1 AND v.value2 = p.value2"
    return (
        "pairs AS (SELECT v.scenario_no AS variant_no, v.scenario AS variant, p.scenario_no AS "
        f"parent_no, p.scenario AS parent, p.family, {kind_of('v.scenario')} AS kind, "
        f"NOT ({straight}) AS turned "
        f"FROM scenarios v JOIN scenarios p ON p.scenario = {parent_of('v.scenario')} "
        f"WHERE {is_variant('v.scenario')} AND (({straight}) OR "
        "(v.value1 = p.value2 AND v.value2 = p.value1)))"
    )


def _sides(study: OpenStudy, source: str | None) -> str:
    """`pairs`, and `both_sides`: one row a pair and model with positions and labels of both."""
    refusals = f"(SELECT unnest({texts(ALL_REFUSALS)}))"
    positions = ", ".join(
        f"(CASE WHEN turned THEN a.value{3 - v}_position ELSE a.value{v}_position END)::INTEGER "
        f"AS a{v}, b.value{v}_position::INTEGER AS b{v}"
        for v in (1, 2)
    )
    return (
        f"{_pairs()}, typed AS (SELECT scenario_no, model, bool_or(response_type = "
        f"{text(ResponseType.FULL)}) AS is_full, bool_or(response_type IN {refusals}) AS refused "
        f"FROM {labels.relation(study, 'response_types', source)} WHERE replicate = 0 AND "
        f"response_type <> {text(UNSURE)} GROUP BY ALL), "
        f"both_sides AS (SELECT variant_no, family, kind, a.model, {positions}, x.is_full, "
        "CASE WHEN x.model IS NOT NULL AND y.model IS NOT NULL THEN "
        "(x.is_full AND y.refused) OR (x.refused AND y.is_full) END AS swung FROM pairs "
        "JOIN responses a ON a.scenario_no = variant_no AND a.replicate = 0 "
        "JOIN responses b ON b.scenario_no = parent_no AND b.replicate = 0 AND b.model = a.model "
        "LEFT JOIN typed x ON x.scenario_no = variant_no AND x.model = a.model "
        "LEFT JOIN typed y ON y.scenario_no = parent_no AND y.model = a.model "
        "WHERE a.model IN $members)"
    )


def _cases() -> str:
    """One row a pair, model and measure: y over n."""
    parts = []
    for v in (1, 2):
        both = f"FROM both_sides WHERE a{v} IS NOT NULL AND b{v} IS NOT NULL"
        both_ways = f"greatest(a{v}, b{v}) >= {FAVORS_FROM} AND least(a{v}, b{v}) <= {OPPOSES_TO}"
        flip = f"({both_ways})::INTEGER"
        parts.append(
            f"SELECT 'moved' AS measure, model, kind, family, abs(a{v} - b{v}) AS y, 1 AS n {both}"
        )
        parts.append(f"SELECT 'flips', model, kind, family, {flip}, 1 {both}")
    parts.append(
        "SELECT 'swings', model, kind, family, swung::INTEGER, 1 FROM both_sides "
        "WHERE swung IS NOT NULL"
    )
    return " UNION ALL ".join(parts)
