"""Values: sums behind leans, what is inside a category, which scenarios drive it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.errors import FaultlineError
from analysis.queries import lean_sql
from analysis.queries.filters import ScenarioFilter, set_members
from analysis.queries.scenarios import EXCERPT, scenario_numbers
from analysis.store.sql import TAXONOMY
from analysis.store.study import OpenStudy

UNCATEGORISED = "uncategorised"
LEVELS = ("grp", "category", "value")


@dataclass(frozen=True)
class Members:
    """The models of a set in the registry's order, each with its provider."""

    models: tuple[str, ...]
    providers: tuple[str, ...]

    @property
    def groups(self) -> list[int]:
        order = list(dict.fromkeys(self.providers))
        return [order.index(p) for p in self.providers]


def members(study: OpenStudy, model_set: str | Sequence[str] = "all") -> Members:
    """Who belongs to a set, with providers."""
    _, chosen = set_members(study, model_set)
    with study.cursor() as con:
        rows = con.execute(
            "SELECT model, provider FROM models WHERE model IN $m ORDER BY sort",
            {"m": list(chosen)},
        ).fetchall()
    return Members(tuple(r[0] for r in rows), tuple(r[1] for r in rows))


def sums(
    study: OpenStudy,
    taxonomy: Path,
    *,
    measure: str = "lean",
    by: str = "category",
    flt: ScenarioFilter | None = None,
    category: str | None = None,
    unit: tuple[str, str] | None = None,
) -> pd.DataFrame:
    """Sums behind means by key and unit: one row a category (or value, or grp) and model or
    provider of the filter's model set.

    Columns: key, kind (`model`, `provider`), name, n (positions), mean (of the models' means),
    squares (over families, of what each adds to the mean), families, nn and n4 (sums
    of their sizes squared, and to the fourth); with `favor` also some, short. `measure`: `lean`
    (-6..6), `own` (the lean minus the model's mean lean over all values), `raw` (0..6), `favor`
    (share with a position of 4 or more).
    `category` keeps the values of one category only; `unit` (kind, name) sums one model or one
    provider alone, against the same others. Replicates beyond the first are left out.
    """
    _check(measure, by)
    chosen = flt or ScenarioFilter()
    who = members(study, chosen.model_set)
    own, rates = measure == lean_sql.OWN, measure == "favor"
    parts, bound = _slots(study, taxonomy, who, chosen, None if own else category)
    all_units = [
        u for u in lean_sql.units(who.models, who.providers) if unit in (None, (u.kind, u.name))
    ]
    among = sorted({m for u in all_units for m in u.members})
    if unit is not None and not among:
        raise FaultlineError(
            f"The {unit[0]} “{unit[1]}” is not in the set of models “{chosen.model_set}”. Choose "
            "one that is, or another set."
        )
    scored = lean_sql.scored("lean" if own else measure, who.groups)
    totals = lean_sql.family_totals(by, TAXONOMY, among)
    kept, source = f"totals AS MATERIALIZED {totals}", "influences"
    items = [c for i, u in enumerate(all_units) for c in lean_sql.unit_columns(i, u, rates)]
    if own:
        # the level is over all values: those of other categories leave only after it is known
        only, more = _in_category(category) if category is not None else ("true", {})
        bound |= more | {"taxonomy": str(taxonomy)} if category is not None else {}
        kept = (
            f"everything AS MATERIALIZED {totals}, {lean_sql.levels(among)}, "
            f"totals AS (SELECT * FROM everything WHERE {only.replace('value ', 'key ', 1)})"
        )
        source = "influences JOIN level USING (family), own"
        items = [c for i, u in enumerate(all_units) for c in lean_sql.own_columns(i, u)]
    sql = (
        f"WITH {parts}, scored AS {scored}, {kept}, means AS {lean_sql.means(among)}, "
        f"influences AS {lean_sql.influences(among)} "
        f"SELECT key, {', '.join(items)} FROM {source} GROUP BY key ORDER BY key"
    )
    if by != "value":
        bound |= {"unjoined": UNCATEGORISED, "taxonomy": str(taxonomy)}
    with study.cursor() as con:
        found = con.execute(sql, bound).fetchnumpy()
    return _long(found, all_units, rates)


def _check(measure: str, by: str) -> None:
    for what, word, known in (("measure", measure, lean_sql.MEASURES), ("grouping", by, LEVELS)):
        if word not in known:
            raise FaultlineError(f"Unknown {what} “{word}”. Use one of {', '.join(known)}.")


def _slots(
    study: OpenStudy, taxonomy: Path, who: Members, flt: ScenarioFilter, category: str | None
) -> tuple[str, dict[str, Any]]:
    """CTEs `packed` and `slots` restricted to a filter and to one category's values."""
    bound: dict[str, Any] = {"members": list(who.models)}
    scenarios, values = "true", "true"
    if flt != ScenarioFilter(model_set=flt.model_set):
        numbers, more = scenario_numbers(study, flt, taxonomy)
        scenarios = f"scenario_no IN {numbers}"
        bound |= more
        if "$members" in numbers:
            # A set that is summed on the fly binds its models under the same name: same models.
            bound["members"] = list(who.models)
    met = scenarios  # what is packed at all: few scenarios touch a category
    if category is not None:
        values, more = _in_category(category)
        bound |= more | {"taxonomy": str(taxonomy)}
        touching = " OR ".join(values.replace("value ", f"value{v} ", 1) for v in (1, 2))
        met += f" AND scenario_no IN (SELECT scenario_no FROM scenarios WHERE {touching})"
    count = len(who.models)
    packed, slots = lean_sql.packed(count, met), lean_sql.slots(count, scenarios, values)
    return f"packed AS {packed}, slots AS {slots}", bound


def _in_category(category: str) -> tuple[str, dict[str, Any]]:
    if category == UNCATEGORISED:
        return f"value NOT IN (SELECT value FROM {TAXONOMY})", {}
    among = f"(SELECT value FROM {TAXONOMY} WHERE category = $one_category)"
    return f"value IN {among}", {"one_category": category}


def _long(found: dict[str, Any], all_units: Sequence[lean_sql.Unit], rates: bool) -> pd.DataFrame:
    names = ["n", "mean", "squares", "families", "nn", "n4"] + ["some", "short"] * rates
    blocks = []
    for number, unit in enumerate(all_units):
        columns = {c: np.ma.filled(found[f"{c}_{number}"].astype(float), np.nan) for c in names}
        head = {"key": found["key"], "kind": unit.kind, "name": unit.name}
        blocks.append(pd.DataFrame(head | columns))
    done = pd.concat(blocks, ignore_index=True)
    whole = [c for c in names if c not in ("mean", "squares")]
    return done.fillna(dict.fromkeys(whole, 0.0)).astype(dict.fromkeys(whole, "int64"))


def categories(study: OpenStudy, taxonomy: Path) -> pd.DataFrame:
    """Every category of the taxonomy, and `uncategorised` where values do not join.

    Columns: category, grp, values (of the study), scenarios (with at least one of them), in the
    taxonomy's groups; categories that the study does not touch have 0.
    """
    sql = (
        "WITH used AS (SELECT value, scenario_no FROM (SELECT value1 AS value, scenario_no FROM "
        "scenarios UNION ALL SELECT value2, scenario_no FROM scenarios) WHERE value <> ''), "
        f"joined AS (SELECT coalesce(t.category, $unjoined) AS category, u.value, u.scenario_no "
        f"FROM used u LEFT JOIN {TAXONOMY} t ON t.value = u.value), "
        "counts AS (SELECT category, count(DISTINCT value) AS values, "
        "count(DISTINCT scenario_no) AS scenarios FROM joined GROUP BY 1) "
        "SELECT category, t.grp, coalesce(c.values, 0) AS values, "
        "coalesce(c.scenarios, 0) AS scenarios FROM "
        f"(SELECT category, any_value(grp) AS grp FROM {TAXONOMY} GROUP BY 1) t "
        "FULL JOIN counts c USING (category) "
        "ORDER BY category = $unjoined, grp NULLS LAST, category"
    )
    with study.cursor() as con:
        return con.execute(sql, {"taxonomy": str(taxonomy), "unjoined": UNCATEGORISED}).df()


def joined(study: OpenStudy, taxonomy: Path) -> tuple[int, int]:
    """How many of the study's values the taxonomy lists, and how many it lacks."""
    counts = categories(study, taxonomy)
    lacking = int(counts.loc[counts["category"] == UNCATEGORISED, "values"].sum())
    return int(counts["values"].sum()) - lacking, lacking


def drivers(
    study: OpenStudy,
    taxonomy: Path,
    unit_members: Sequence[str],
    category: str,
    *,
    value: str | None = None,
    flt: ScenarioFilter | None = None,
    highest: bool = True,
    limit: int = 8,
) -> pd.DataFrame:
    """Scenarios where the lean of some models (mean over those with a position) is largest.

    One row a scenario and value of the category: scenario, family, nudge, value, lean (-6..6),
    position (their mean), value1, value2, query (the first 180 characters). At most one a family.
    """
    chosen = flt or ScenarioFilter()
    who = members(study, chosen.model_set)
    parts, bound = _slots(study, taxonomy, who, chosen, category)
    mine = [i for i, m in enumerate(who.models) if m in unit_members]
    if not mine:
        raise FaultlineError("None of these models is in the chosen set of models.")
    y = " + ".join(f"coalesce(y{i}, 0)" for i in mine)
    n = " + ".join(f"(y{i} IS NOT NULL)::INTEGER" for i in mine)
    p = " + ".join(f"p{i}" for i in mine)
    h = " + ".join(f"h{i}" for i in mine)
    direction = "DESC" if highest else "ASC"
    only = "AND value = $one_value" if value is not None else ""
    sql = (
        f"WITH {parts}, scored AS {lean_sql.scored('lean', who.groups)}, "
        f"leans AS (SELECT scenario_no, family, value, ({y}) / ({n}) AS lean, "
        f"({p})::DOUBLE / ({h}) AS position FROM scored WHERE ({n}) > 0 {only}), "
        f"first AS (SELECT * FROM leans QUALIFY row_number() OVER (PARTITION BY family ORDER BY "
        f"lean {direction}, scenario_no, value) = 1 ORDER BY lean {direction}, scenario_no "
        "LIMIT $limit) "
        "SELECT s.scenario, s.family, s.nudge, f.value, f.lean, f.position, s.value1, s.value2, "
        f"substr(s.query, 1, {EXCERPT}) AS query FROM first f JOIN scenarios s USING (scenario_no) "
        f"ORDER BY f.lean {direction}, s.scenario_no"
    )
    bound |= {"limit": limit} | ({"one_value": value} if value is not None else {})
    with study.cursor() as con:
        return con.execute(sql, bound).df()
