"""How far a study's queries and people's labels reach the clauses of a spec, clause by clause."""

import pandas as pd

from analysis.parse.specs.clause import Spec
from analysis.queries import human_labels, near
from analysis.queries.filters import disagreement_relation, has_rows
from analysis.queries.judged_sets import judged_set
from analysis.store.annotations.annotations import Kind
from analysis.store.disagreement_sql import at_least_sql
from analysis.store.study import OpenStudy
from analysis.vocabulary import HIGH_D


def models_of(study: OpenStudy) -> str:
    """The model set that D is taken over here: all models, or the set that a source states D of
    where the study has no D over all."""
    return "all" if has_rows(study, "all") else judged_set(study).id


def near_moments(study: OpenStudy, spec: Spec) -> pd.DataFrame:
    """One row a clause that is near to a query: clause, near (queries), near_high (of them with
    D of `HIGH_D` or more), and the family moments of their D, as in `measure.estimates.grouped`
    (over the queries that have one)."""
    relation, bound = disagreement_relation(study, models_of(study))
    linked = near.relation(study, spec)
    moments = (
        "count(*) FILTER (n > 0) AS families, sum(n)::DOUBLE AS n, sum(y)::DOUBLE AS y, "
        "sum(y * y)::DOUBLE AS yy, sum(y * n)::DOUBLE AS yn, sum(n * n)::DOUBLE AS nn, "
        "sum((n * n)::DOUBLE * (n * n))::DOUBLE AS n4"
    )
    with study.cursor() as con:
        return con.execute(
            f"WITH spread AS (SELECT scenario_no, d, {at_least_sql(HIGH_D)} AS high "
            f"FROM {relation}), totals AS (SELECT clause, family, count(*) AS near, "
            "count(*) FILTER (high) AS high, count(d) AS n, coalesce(sum(d), 0) AS y "
            f"FROM {linked} JOIN scenarios USING (scenario_no) LEFT JOIN spread "
            "USING (scenario_no) GROUP BY clause, family) "
            "SELECT clause, sum(near)::BIGINT AS near, sum(high)::BIGINT AS near_high, "
            f"{moments} FROM totals GROUP BY clause ORDER BY clause",
            bound,
        ).df()


def labelled(study: OpenStudy, until: int | None = None) -> pd.DataFrame:
    """What people said of answers under the wording that the study is read under, as it stood at
    a revision: one row an answer, and clause where a person named the one that decided.

    Columns: response (`scenario|model`), clause (null for a verdict alone).
    """
    found = human_labels.under_wording(study, human_labels.of_study(study, until=until))
    found = found[found["kind"].isin([Kind.COMPLIANCE.value, Kind.CLAUSE.value])]
    named = found["kind"] == Kind.CLAUSE.value
    parts = [str(value).partition("#") for value in found["value"]]
    under = pd.Series(human_labels.is_under(study, [s[0] for s in parts]), found.index, dtype=bool)
    clauses = pd.Series([s[2] for s in parts], found.index, dtype=object)
    rows = pd.DataFrame(
        {
            "response": found["scenario"].astype(str) + "|" + found["model"].astype(str),
            "clause": clauses.where(named),
        },
        dtype=object,
    )
    return rows[~named | under].drop_duplicates().reset_index(drop=True)
