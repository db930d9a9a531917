"""How far a leaning query moves a model: patterns of families, and the cases behind them."""

from typing import Any

import pandas as pd

from analysis.queries import lean_sql, wording_sql
from analysis.queries.values import members
from analysis.queries.wording_sql import FULL
from analysis.store.study import OpenStudy
from analysis.store.variants import is_variant
from analysis.vocabulary import NUDGES

_FLIP_COLUMNS = (
    "family, model, value_no, value, favored, favored_nudge, favored_position, opposed, "
    "opposed_nudge, opposed_position"
)


def coverage(study: OpenStudy) -> dict[str, int]:
    """Families by the wordings they have: full (neutral and both leaning ones), half (neutral and
    one), leaning (both, no neutral), single, unknown (no nudge known); and `repeated`, queries
    beyond the first of their family and wording, and `other_values`, queries about other values
    than the first of their family, which are both left out."""
    has = [f"bool_or(nudge = '{n}') AS has{k}" for k, n in enumerate(NUDGES)]
    kind = (
        "CASE WHEN has0 AND has1 AND has2 THEN 'full' WHEN has0 AND (has1 OR has2) THEN 'half' "
        "WHEN has1 AND has2 THEN 'leaning' WHEN has0 OR has1 OR has2 THEN 'single' "
        "ELSE 'unknown' END"
    )
    sql = (
        f"SELECT {kind} AS kind, count(*) FROM (SELECT family, {', '.join(has)} FROM "
        f"(SELECT s.family, n.nudge FROM scenarios s LEFT JOIN {wording_sql.named(study)} n "
        f"USING (scenario_no) WHERE NOT {is_variant('s.scenario')}) GROUP BY family) GROUP BY 1"
    )
    with study.cursor() as con:
        found = dict(con.execute(sql).fetchall())
    counts = {k: int(found.get(k, 0)) for k in ("full", "half", "leaning", "single", "unknown")}
    return counts | {
        "repeated": wording_sql.repeated(study),
        "other_values": wording_sql.other_values(study),
    }


def patterns(study: OpenStudy) -> pd.DataFrame:
    """How often each pattern of a family occurs, per model: all that shifts and flips need.

    Columns: model, provider, d1, d2 (position on value 1 or 2 where the query leans to it minus
    that where it is neutral, -6..6, null where one is missing), cases (0..2 values with a position
    in two wordings or more), flips (0..2 of them favored in one wording and opposed in another),
    families (with just that pattern). Models without any have no row. First replicates.
    """
    who = members(study)
    sql = (
        f"{with_moves(study, len(who.models))} "
        "SELECT i, d1, d2, cases, flips, count(*) AS families FROM moved WHERE cases > 0 "
        "GROUP BY ALL ORDER BY ALL"
    )
    with study.cursor() as con:
        found = con.execute(sql, {"members": list(who.models)}).df()
    found.insert(0, "model", [who.models[i] for i in found["i"]])
    found.insert(1, "provider", [who.providers[i] for i in found["i"]])
    return found.drop(columns="i").astype({"d1": "Int64", "d2": "Int64"})


def flips(study: OpenStudy, model: str | None = None, limit: int = 500) -> pd.DataFrame:
    """Cases where a model favors a value in one wording and opposes it in another.

    One row a family, model and value: family, model, value_no (1, 2), value, favored (the scenario
    where it favors the value most), favored_nudge, favored_position (4..6), opposed,
    opposed_nudge, opposed_position (0..2), of all models or one; widest apart first, at most
    `limit`.
    """
    who = members(study)
    only = _only(who.models, model)
    sides = " UNION ALL ".join(_flip_side(v) for v in (1, 2))
    sql = (
        f"{with_moves(study, len(who.models))}, listed AS (SELECT u.* FROM unfolded u JOIN "
        f"(SELECT family, i FROM moved WHERE flips > 0 {only}) USING (family, i)), "
        f"sides AS ({sides}), widest AS (SELECT * FROM sides ORDER BY high - low DESC, family, i, "
        "value_no LIMIT $limit) "
        "SELECT w.*, CASE WHEN (value_no = 1) <> aw.turned THEN a.value1 ELSE a.value2 END AS "
        "value, a.scenario AS favored, aw.nudge AS favored_nudge, high AS favored_position, "
        "b.scenario AS opposed, bw.nudge AS opposed_nudge, low AS opposed_position FROM widest w "
        f"{_both('w.at_high', 'w.at_low')} ORDER BY high - low DESC, w.family, i, value_no"
    )
    with study.cursor() as con:
        found = con.execute(sql, {"members": list(who.models), "limit": limit}).df()
    found["model"] = [who.models[i] for i in found["i"]]
    return found[_FLIP_COLUMNS.split(", ")]


def swing_counts(study: OpenStudy, source: str | None = None) -> pd.DataFrame:
    """Families per model by what became of their wordings, one row a model of the study.

    Columns: model, provider, families (labelled in two wordings or more), swings (of them: full
    compliance in one wording, a refusal in another), families_api and swings_api (the same with
    refusals by the API counted). `source` chooses the labeller; without one all labels count.
    """
    who = members(study)
    sql = (
        f"{with_swings(study, len(who.models), source)} SELECT i, "
        "count(*) FILTER (known) AS families, count(*) FILTER (known AND swung) AS swings, "
        "count(*) FILTER (asked) AS families_api, "
        "count(*) FILTER (asked AND swung_api) AS swings_api FROM swung GROUP BY i"
    )
    with study.cursor() as con:
        found = con.execute(sql, {"members": list(who.models)}).df().set_index("i")
    table = found.reindex(range(len(who.models)), fill_value=0).reset_index(drop=True)
    table.insert(0, "model", list(who.models))
    table.insert(1, "provider", list(who.providers))
    return table.astype(dict.fromkeys(table.columns[2:], "int64"))


def swings(
    study: OpenStudy, source: str | None = None, model: str | None = None, limit: int = 500
) -> pd.DataFrame:
    """Families in which a model complies in full with one wording and refuses another.

    One row a family and model: family, model, value1, value2, complied, complied_nudge, refused,
    refused_nudge (scenarios and their wordings), disagreement (D of the refused one over all
    models), by_api (only the API refused); most disputed first, at most `limit`.
    """
    who = members(study)
    full = _first_with(str(FULL))
    refused = _first_with("CASE WHEN swung THEN 2 ELSE 10 END")
    sql = (
        f"{with_swings(study, len(who.models), source)}, listed AS (SELECT family, i, NOT swung "
        f"AS by_api, {full} AS at_full, {refused} AS at_refused FROM swung WHERE swung_api "
        f"{_only(who.models, model)}) "
        "SELECT l.family, i, CASE WHEN aw.turned THEN a.value2 ELSE a.value1 END AS value1, "
        "CASE WHEN aw.turned THEN a.value1 ELSE a.value2 END AS value2, a.scenario AS complied, "
        "aw.nudge AS complied_nudge, b.scenario AS refused, bw.nudge AS refused_nudge, "
        f"d.d AS disagreement, by_api FROM listed l {_both('l.at_full', 'l.at_refused', 'l')} "
        "LEFT JOIN disagreement d ON d.scenario_no = b.scenario_no AND d.model_set = 'all' "
        "ORDER BY b.scenario_no, i LIMIT $limit"
    )
    with study.cursor() as con:
        found = con.execute(sql, {"members": list(who.models), "limit": limit}).df()
    found.insert(1, "model", [who.models[i] for i in found["i"]])
    return found.drop(columns="i")


def with_moves(study: OpenStudy, count: int) -> str:
    """The `WITH` up to `moved` (see `wording_sql.moves`), one row a family and member."""
    both = ("w1", "w2")
    return (
        f"WITH packed AS {lean_sql.packed(count)}, wordings AS {wording_sql.wordings(study)}, "
        f"folded AS {wording_sql.family_words(count, 'packed', both)}, "
        f"unfolded AS {wording_sql.unfolded(count, 'folded', both)}, "
        f"moved AS {wording_sql.moves('unfolded')}"
    )


def with_swings(study: OpenStudy, count: int, source: str | None) -> str:
    """The `WITH` up to `swung` (see `wording_sql.swings`), one row a family and member."""
    return (
        f"WITH stances AS {wording_sql.stances(study, count, source)}, "
        f"wordings AS {wording_sql.wordings(study)}, "
        f"folded AS {wording_sql.family_words(count, 'stances', ('s',))}, "
        f"unfolded AS {wording_sql.unfolded(count, 'folded', ('s',))}, "
        f"swung AS {wording_sql.swings('unfolded')}"
    )


def _only(models: tuple[str, ...], model: str | None) -> str:
    if model is None:
        return ""
    return f"AND i = {models.index(model) if model in models else -1}"


def _flip_side(value: int) -> str:
    """Flipped rows on one value: the highest and the lowest position, and in which wording."""
    cells = [f"w{value}{k}" for k in range(len(NUDGES))]
    high = f"greatest({', '.join(cells)})"
    low = f"least({', '.join(f'CASE WHEN {c} >= 8 THEN {c} ELSE 99 END' for c in cells)})"
    return (
        f"SELECT family, i, {value} AS value_no, {high} - 8 AS high, {low} - 8 AS low, "
        f"{_where_is(cells, high)} AS at_high, {_where_is(cells, low)} AS at_low FROM listed "
        f"WHERE {wording_sql.flipped(value)}"
    )


def _where_is(cells: list[str], what: str) -> str:
    """The first wording whose cell equals `what`."""
    cases = [f"WHEN {c} = {what} THEN '{n}'" for c, n in zip(cells, NUDGES, strict=True)]
    return f"CASE {' '.join(cases)} END"


def _first_with(bits: str) -> str:
    """The first wording with one of these bits set."""
    cases = [f"WHEN (s{k} & ({bits})) > 0 THEN '{n}'" for k, n in enumerate(NUDGES)]
    return f"CASE {' '.join(cases)} END"


def _both(one: str, other: str, row: str = "w") -> str:
    """Joins that fetch the scenarios `a` and `b` of a family's two wordings."""
    parts: dict[str, Any] = {"a": one, "b": other}
    return " ".join(
        f"JOIN wordings {t}w ON {t}w.family = {row}.family AND {t}w.nudge = {nudge} "
        f"JOIN scenarios {t} ON {t}.scenario_no = {t}w.scenario_no"
        for t, nudge in parts.items()
    )
