"""Sums by block of families, for what is dealt out anew inside them (`measure.chance`).

A block is a family, or where there are more than `BLOCKS` of them a random lot of families (by hash
of the family's name): whole families stay together in it, and a deal costs the same however large a
study is.
"""

import pandas as pd

from analysis.measure.outliers import OutlierRule
from analysis.queries import lean_sql, models, outliers, refusals, robustness
from analysis.queries.values import members
from analysis.store.study import OpenStudy
from analysis.vocabulary import OUTLIER_FEWEST

BLOCKS = 500
_NUMBER = f"(hash(family) % {BLOCKS})::INTEGER"
COLUMNS = ["block", "model", "y", "n"]


def shifts(study: OpenStudy) -> pd.DataFrame:
    """Shifts towards the favored value: y their sum, n how many."""
    y = "coalesce(d1, 0) + coalesce(d2, 0)"
    return _moved(study, y, "(d1 IS NOT NULL)::INTEGER + (d2 IS NOT NULL)::INTEGER")


def flips(study: OpenStudy) -> pd.DataFrame:
    """Values that flip: y of n seen in two wordings or more."""
    return _moved(study, "flips", "cases")


def _moved(study: OpenStudy, y: str, n: str) -> pd.DataFrame:
    who = members(study)
    return _by_member(study, robustness.with_moves(study, len(who.models)), y, n, "moved")


def swings(study: OpenStudy, source: str | None = None) -> pd.DataFrame:
    """Families with a swing: y of n labelled in two wordings or more."""
    who = members(study)
    held = robustness.with_swings(study, len(who.models), source)
    return _by_member(study, held, "(known AND swung)::INTEGER", "known::INTEGER", "swung")


def _by_member(study: OpenStudy, held: str, y: str, n: str, of: str) -> pd.DataFrame:
    who = members(study)
    sql = (
        f"{held} SELECT {_NUMBER} AS block, i, sum({y})::DOUBLE AS y, sum({n})::DOUBLE AS n "
        f"FROM {of} GROUP BY ALL HAVING sum({n}) > 0 ORDER BY ALL"
    )
    with study.cursor() as con:
        found = con.execute(sql, {"members": list(who.models)}).df()
    return found.assign(model=[who.models[i] for i in found["i"]])[COLUMNS]


def distances(study: OpenStudy, model: str) -> pd.DataFrame:
    """Distances of every other model from one: y their sum over n positions that both have."""
    who = members(study)
    count, own = len(who.models), who.models.index(model)
    others = [m for m in range(count) if m != own]
    if not others:
        return pd.DataFrame(columns=COLUMNS)
    items = ", ".join(
        f"sum(CASE WHEN h{own} + h{m} = 2 THEN abs(p{m} - p{own}) ELSE 0 END)::DOUBLE AS y{m}, "
        f"sum(h{own} * h{m})::DOUBLE AS n{m}"
        for m in others
    )
    sql = (
        f"WITH packed AS {lean_sql.packed(count)}, slots AS "
        f"{lean_sql.slots(count, 'true', 'true')} "
        f"SELECT {_NUMBER} AS block, {items} FROM slots GROUP BY 1 ORDER BY 1"
    )
    with study.cursor() as con:
        wide = con.execute(sql, {"members": list(who.models)}).df()
    parts = [
        wide[["block"]].assign(model=who.models[m], y=wide[f"y{m}"], n=wide[f"n{m}"])
        for m in others
    ]
    found = pd.concat(parts, ignore_index=True)
    return found[found["n"] > 0].reset_index(drop=True)[COLUMNS]


def refusing(study: OpenStudy, source: str | None = None, kind: str = "any") -> pd.DataFrame:
    """Refusals of a kind: y of n labelled answers, whatever the topic. First answers."""
    sql = (
        f"SELECT {_NUMBER} AS block, model, sum(k)::DOUBLE AS y, sum(n)::DOUBLE AS n FROM "
        f"({refusals.cases_sql(study, source, kind)}) JOIN scenarios USING (scenario_no) "
        "GROUP BY ALL ORDER BY ALL"
    )
    with study.cursor() as con:
        return con.execute(sql).df()[COLUMNS]


def answers(study: OpenStudy, which: str) -> pd.DataFrame:
    """A number of answers (`queries.models.LENGTH` and others): y their sum over n answers."""
    sql = (
        f"SELECT {_NUMBER} AS block, model, sum(y) AS y, count(*)::DOUBLE AS n FROM "
        f"({models.answers_sql(study, which)}) GROUP BY ALL ORDER BY ALL"
    )
    with study.cursor() as con:
        return con.execute(sql).df()[COLUMNS]


def outlying(study: OpenStudy, rule: OutlierRule) -> pd.DataFrame:
    """Outliers under a rule: y of n answers for which the rule is defined. First answers."""
    v1, v2 = (f"value{v}_position" for v in (1, 2))
    room = (
        f"SELECT scenario_no, count({v1}) > {OUTLIER_FEWEST} AS room1, "
        f"count({v2}) > {OUTLIER_FEWEST} AS room2 FROM responses WHERE replicate = 0 GROUP BY 1"
    )
    tested = (
        "SELECT r.scenario_no, r.model FROM responses r JOIN room USING (scenario_no) "
        f"WHERE replicate = 0 AND ((room1 AND {v1} IS NOT NULL) OR (room2 AND {v2} IS NOT NULL))"
    )
    listed = f"SELECT DISTINCT scenario_no, model FROM {outliers.matches(study, rule)}"
    sql = (
        f"WITH room AS ({room}), tested AS ({tested}), listed AS ({listed}) "
        f"SELECT {_NUMBER} AS block, t.model, count(l.model)::DOUBLE AS y, count(*)::DOUBLE AS n "
        "FROM tested t LEFT JOIN listed l USING (scenario_no, model) "
        "JOIN scenarios s USING (scenario_no) GROUP BY ALL ORDER BY ALL"
    )
    with study.cursor() as con:
        return con.execute(sql).df()[COLUMNS]
