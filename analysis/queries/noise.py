"""The noise sample of a study: first positions beside repeated ones, and high D above a floor."""

import pandas as pd

from analysis.queries.filters import disagreement_relation, set_members
from analysis.store.disagreement_sql import at_least_sql
from analysis.store.study import OpenStudy
from analysis.vocabulary import CLOSE, HIGH_D


def repeats(study: OpenStudy, model_set: str = "all") -> pd.DataFrame:
    """Scenario x kind of repeat x model of the set, as `measure.noise` takes it: family, scenario,
    kind, model, first1, first2, again1, again2 (0..6, null where there is none)."""
    sql = (
        "SELECT s.family, s.scenario, t.repeat AS kind, t.model, "
        "r.value1_position AS first1, r.value2_position AS first2, "
        "t.value1_position AS again1, t.value2_position AS again2 FROM repeats t "
        "JOIN scenarios s USING (scenario_no) JOIN responses r ON r.scenario_no = t.scenario_no "
        "AND r.model = t.model AND r.replicate = 0 "
    )
    with study.cursor() as con:
        if not con.execute("SELECT 1 FROM repeats LIMIT 1").fetchall():
            return con.execute(f"{sql} WHERE false").df()
    _, members = set_members(study, model_set)
    with study.cursor() as con:
        return con.execute(
            f"{sql} WHERE list_contains($members, t.model) ORDER BY ALL", {"members": list(members)}
        ).df()


def high_by_family(
    study: OpenStudy, model_set: str, floor: float, low: float, high: float
) -> pd.DataFrame:
    """Family -> high (scenarios with D >= 1.5), and of them those with a D above the floor (above)
    and above the ends of its interval (above_low, above_high); families without a high one are left
    out."""
    relation, bound = disagreement_relation(study, model_set)
    sql = (
        "SELECT family, count(*) AS high, count(*) FILTER (d > $floor) AS above, "
        "count(*) FILTER (d > $low) AS above_low, count(*) FILTER (d > $high) AS above_high "
        f"FROM {relation} JOIN scenarios USING (scenario_no) WHERE {at_least_sql(HIGH_D)} "
        "GROUP BY family ORDER BY family"
    )
    limits = {"floor": floor + CLOSE, "low": low + CLOSE, "high": high + CLOSE}
    with study.cursor() as con:
        return con.execute(sql, bound | limits).df()
