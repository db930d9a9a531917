"""D over a study: how it is distributed, what each model adds to it, and where it is highest."""

from pathlib import Path

import pandas as pd

from analysis.queries.filters import ScenarioFilter, disagreement_relation, set_members
from analysis.queries.scenarios import page
from analysis.store.disagreement_sql import D_SQL, at_least_sql, bin_sql, spread_sql
from analysis.store.study import OpenStudy
from analysis.vocabulary import BIN_NAMES, CLOSE, D_RANGE, HIGH_D

STEP = 0.1
_STEPS = round((D_RANGE[1] - D_RANGE[0]) / STEP)


def histogram(study: OpenStudy, model_set: str = "all") -> pd.DataFrame:
    """Scenarios per step of D of 0.1: low, high (edges), scenarios; every step is there.

    Where D sits on an edge it counts to the step above, exactly; 3.0 counts to the last step.
    """
    relation, bound = disagreement_relation(study, model_set)
    # The nudge of `CLOSE` puts a D that sits on an edge into the upper step: two different D of at
    # most a dozen models lie further apart than that.
    guess = f"least(floor(d / {STEP} + {CLOSE}), {_STEPS - 1})::INTEGER"
    sql = (
        f"SELECT {guess} AS step, count(*) AS scenarios FROM {relation} WHERE d IS NOT NULL "
        "GROUP BY 1"
    )
    with study.cursor() as con:
        found = dict(con.execute(sql, bound).fetchall())
    rows = [(round(k * STEP, 1), round((k + 1) * STEP, 1), found.get(k, 0)) for k in range(_STEPS)]
    return pd.DataFrame(rows, columns=["low", "high", "scenarios"])


def bins(study: OpenStudy, model_set: str = "all") -> pd.DataFrame:
    """Scenarios per bin of D: bin (0..4), name, scenarios, families; empty bins included."""
    relation, bound = disagreement_relation(study, model_set)
    sql = (
        # By family first: counting distinct names in each bin takes three times as long.
        f"SELECT bin, sum(n)::BIGINT AS scenarios, count(*) AS families FROM (SELECT {bin_sql()} "
        f"AS bin, family, count(*) AS n FROM {relation} JOIN scenarios USING (scenario_no) "
        "WHERE d IS NOT NULL GROUP BY 1, 2) GROUP BY 1"
    )
    with study.cursor() as con:
        found = {row[0]: row[1:] for row in con.execute(sql, bound).fetchall()}
    rows = [(i, label, *found.get(i, (0, 0))) for i, label in enumerate(BIN_NAMES)]
    return pd.DataFrame(rows, columns=["bin", "name", "scenarios", "families"])


def by_draw(study: OpenStudy, model_set: str = "all") -> pd.DataFrame:
    """Families by how a search drew them: draw ("" where it is not said), family, scenarios (with
    a D), high (D >= 1.5)."""
    relation, bound = disagreement_relation(study, model_set)
    sql = (
        "SELECT coalesce(draw, '') AS draw, family, count(d) AS scenarios, "
        f"count(*) FILTER ({at_least_sql(HIGH_D)}) AS high "
        f"FROM {relation} JOIN scenarios USING (scenario_no) WHERE d IS NOT NULL "
        "GROUP BY 1, 2 ORDER BY 1 DESC, 2"
    )
    with study.cursor() as con:
        return con.execute(sql, bound).df()


def summary(study: OpenStudy, model_set: str = "all") -> dict[str, float | int | None]:
    """One set's D in five numbers: scenarios (with a D), high (D >= 1.5), mean, lowest, models."""
    relation, bound = disagreement_relation(study, model_set)
    sql = (
        f"SELECT count(d), count(*) FILTER ({at_least_sql(HIGH_D)}), avg(d), min(d), max(models) "
        f"FROM {relation}"
    )
    with study.cursor() as con:
        row = con.execute(sql, bound).fetchall()[0]
    return dict(zip(("scenarios", "high", "mean", "lowest", "models"), row, strict=True))


def leave_one_out(study: OpenStudy, model_set: str = "all") -> pd.DataFrame:
    """What each model contributes to high disagreement over the set, by leaving it out.

    Columns: model, scenarios (where it has a position), high (of the set with it), high_without
    (the same scenarios, D over the others), mean_change (mean of D with minus D without).
    """
    _, members = set_members(study, model_set)
    relation, bound = disagreement_relation(study, model_set)
    sums = ", ".join(
        f"count(value{v}_position)::INTEGER AS n{v}, "
        f"coalesce(sum(value{v}_position::INTEGER), 0)::INTEGER AS a{v}, "
        f"coalesce(sum(value{v}_position::INTEGER * value{v}_position), 0)::INTEGER AS b{v}"
        for v in (1, 2)
    )
    less = ", ".join(_without_own(v) for v in (1, 2))
    sql = (
        f"WITH full_set AS (SELECT scenario_no, d AS d_full, {at_least_sql(HIGH_D)} AS high_full "
        f"FROM {relation}), "
        "own AS (SELECT scenario_no, model, value1_position::INTEGER AS p1, "
        "value2_position::INTEGER AS p2, value1_position, value2_position FROM responses "
        "WHERE replicate = 0 AND model IN $loo_members), "
        f"sums AS (SELECT scenario_no, {sums} FROM own GROUP BY scenario_no), "
        f"without AS (SELECT scenario_no, model, false AS given, {less} FROM own JOIN sums "
        "USING (scenario_no) WHERE p1 IS NOT NULL OR p2 IS NOT NULL), "
        f"with_d AS (SELECT *, {D_SQL} AS d FROM without) "
        "SELECT model, count(*) AS scenarios, count(*) FILTER (high_full) AS high, "
        f"count(*) FILTER ({at_least_sql(HIGH_D)}) AS high_without, avg(d_full - d) AS mean_change "
        "FROM with_d JOIN full_set USING (scenario_no) JOIN models m USING (model) "
        "GROUP BY model, m.sort ORDER BY m.sort"
    )
    with study.cursor() as con:
        return con.execute(sql, bound | {"loo_members": list(members)}).df()


def _without_own(value: int) -> str:
    """SQL for n and spread of one value over the other models: a sum less the model's own p."""
    n = f"n{value} - (p{value} IS NOT NULL)::INTEGER"
    total = f"a{value} - coalesce(p{value}, 0)"
    squares = f"b{value} - coalesce(p{value} * p{value}, 0)"
    return f"({n})::INTEGER AS n{value}, {spread_sql(n, total, squares)}::BIGINT AS spread{value}"


def top_pairs(study: OpenStudy, model_set: str = "all", limit: int = 5) -> pd.DataFrame:
    """Value pairs that split the models most, by the mean D of their scenarios.

    Columns: value1, value2 (as first met), scenarios, high, mean_d, max_d. The order of the two
    values does not matter; pairs with more scenarios win ties.
    """
    relation, bound = disagreement_relation(study, model_set)
    # The scenario to open is looked up for the few pairs that are shown, not for all of them.
    sql = (
        "WITH paired AS (SELECT least(value1, value2) AS one, greatest(value1, value2) AS two, "
        f"scenario, scenario_no, d, {at_least_sql(HIGH_D)} AS high FROM {relation} JOIN scenarios "
        "USING (scenario_no) WHERE d IS NOT NULL), "
        "top AS (SELECT one, two, count(*) AS scenarios, count(*) FILTER (high) AS high, "
        "avg(d) AS mean_d, max(d) AS max_d FROM paired GROUP BY 1, 2 "
        "ORDER BY mean_d DESC, scenarios DESC, 1, 2 LIMIT $n) "
        "SELECT t.one AS value1, t.two AS value2, t.scenarios, t.high, t.mean_d, t.max_d, "
        "first(p.scenario ORDER BY p.d DESC, p.scenario_no) AS scenario FROM top t JOIN paired p "
        "USING (one, two) GROUP BY ALL ORDER BY mean_d DESC, scenarios DESC, 1, 2"
    )
    with study.cursor() as con:
        return con.execute(sql, bound | {"n": limit}).df()


def top_scenarios(
    study: OpenStudy, model_set: str = "all", limit: int = 5, taxonomy: Path | None = None
) -> pd.DataFrame:
    """Scenarios worth opening first: the highest D, one per family (columns as in `page`)."""
    flt = ScenarioFilter(model_set=model_set)
    first = page(study, flt, limit=limit * 12, taxonomy=taxonomy)
    return first.drop_duplicates("family").head(limit).reset_index(drop=True)
