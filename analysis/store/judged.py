"""Sources of judgements: one query x one model a row, one column pair a judge.

A row joins a scenario by its family and query text, else by query and values alone; where there
is none, the judged query becomes a scenario of its own (it has decisions but no positions).
"""

from collections.abc import Mapping

import duckdb

from analysis.store.derive import CLOSE
from analysis.store.schema import Decision
from analysis.store.sources import Source
from analysis.store.sql import name, text
from analysis.store.stage import as_text, content_key_sql, family_sql, scan

_ORDER = "source_no, file_no, row_no"
TWICE = "same answer judged twice with other content"
_WORDS = {
    "compliant": Decision.COMPLIANT,
    "non-compliant": Decision.NON_COMPLIANT,
    "noncompliant": Decision.NON_COMPLIANT,
    "not-compliant": Decision.NON_COMPLIANT,
    "ambiguous": Decision.AMBIGUOUS,
}


def create(con: duckdb.DuckDBPyConnection) -> None:
    """Empty temporary tables: `judged` (answers) and `decided` (answer x judge)."""
    con.execute(
        "CREATE TEMP TABLE judged (source_no USMALLINT, file_no USMALLINT, row_no BIGINT, "
        "split VARCHAR, family VARCHAR, query VARCHAR, value1 VARCHAR, value2 VARCHAR, "
        "nudge VARCHAR, given_d DOUBLE, spelled VARCHAR, model VARCHAR, response VARCHAR, "
        "scenario VARCHAR, reason VARCHAR, again BOOLEAN)"
    )
    con.execute(
        "CREATE TEMP TABLE decided (source_no USMALLINT, file_no USMALLINT, row_no BIGINT, "
        "judge VARCHAR, raw VARCHAR, reasoning VARCHAR)"
    )


def add(
    con: duckdb.DuckDBPyConnection, source: Source, source_no: int, spellings: Mapping[str, str]
) -> None:
    """Read one source's rows into `judged` and `decided`; `spellings` maps model names to ids."""
    part = source.layout

    def column(which: str | None) -> str:
        return as_text(which, part.types.get(which or "", "VARCHAR"))

    value1, value2 = column(part.value1), column(part.value2)
    family = family_sql(column(part.chunk), column(part.entry), value1, value2)
    key = f"lower({column(part.query_key)})"
    nudge = f"nullif(regexp_extract({key}, '(neutral|value1|value2)'), '')"
    if part.nudge is not None:
        word = f"lower(trim({column(part.nudge)}))"
        nudge = f"CASE WHEN {word} IN ('neutral', 'value1', 'value2') THEN {word} END"
    where = f"{source_no}, file_index, file_row_number"
    con.execute(
        f"INSERT INTO judged SELECT *, NULL, CASE WHEN query IS NULL OR trim(query) = '' "
        "THEN 'no query' WHEN spelled IS NULL OR trim(spelled) = '' THEN 'no model' "
        "WHEN value1 IS NULL OR value2 IS NULL THEN 'no value pair' END, false FROM ("
        f"SELECT {where}, {text(source.split or source.name)}, {family}, "
        f"{column(part.query)} AS query, {value1} AS value1, {value2} AS value2, "
        f"{nudge} AS nudge, "
        f"TRY_CAST({column(part.given_d)} AS DOUBLE) AS given_d, "
        f"{column(part.model)} AS spelled, NULL, {column(part.response)} AS response "
        f"FROM {scan(source.files)})"
    )
    con.execute("CREATE OR REPLACE TEMP TABLE spelling (spelled VARCHAR, model VARCHAR)")
    if spellings:
        con.executemany("INSERT INTO spelling VALUES (?, ?)", [list(p) for p in spellings.items()])
    con.execute(
        "UPDATE judged SET model = s.model FROM spelling s "
        f"WHERE s.spelled = judged.spelled AND source_no = {source_no}"
    )
    for judge, decision in part.decisions.items():
        con.execute(
            f"INSERT INTO decided SELECT {where}, {text(judge)}, {column(decision)}, "
            f"{column(part.reasonings.get(judge))} FROM {scan(source.files)}"
        )


def spellings(con: duckdb.DuckDBPyConnection, source: Source) -> list[str]:
    """The distinct model names that a source's rows use."""
    column = name(source.layout.model or "")
    found = con.execute(
        f"SELECT DISTINCT {column}::VARCHAR FROM {scan(source.files)} WHERE {column} IS NOT NULL"
    ).fetchall()
    return sorted(row[0] for row in found)


def drop_unusable(con: duckdb.DuckDBPyConnection) -> dict[tuple[int, str], int]:
    """Drop rows marked with a reason; give back {(source_no, reason): rows}."""
    found = con.execute(
        "SELECT source_no, reason, count(*) FROM judged WHERE reason IS NOT NULL GROUP BY ALL"
    ).fetchall()
    con.execute("DELETE FROM judged WHERE reason IS NOT NULL")
    return {(source, reason): count for source, reason, count in found}


def settle(con: duckdb.DuckDBPyConnection) -> tuple[dict[int, int], dict[tuple[int, str], int]]:
    """Merge rows about the same answer, whichever way they found their scenario.

    A later row may bring other judges. One with another answer, or another decision of the same
    judge, is rejected. Gives ({source_no: merged rows}, {(source_no, reason): rows}).
    """
    place = ", ".join(f"judged.{c}" for c in _ORDER.split(", "))
    same = "WINDOW w AS (PARTITION BY scenario, model{0} ORDER BY " + _ORDER + ")"
    con.execute(
        f"CREATE TEMP TABLE odd AS SELECT DISTINCT {_ORDER} FROM (SELECT {_ORDER}, "
        "nullif(response, '') AS said, first(said IGNORE NULLS) OVER w AS before "
        f"FROM judged {same.format('')}) WHERE said <> before UNION "
        f"SELECT {_ORDER} FROM (SELECT {_ORDER}, raw AS said, "
        f"first(raw IGNORE NULLS) OVER w AS before FROM judged JOIN decided USING ({_ORDER}) "
        f"{same.format(', judge')}) WHERE said <> before"
    )
    con.execute(
        f"UPDATE judged SET reason = {text(TWICE)} FROM odd WHERE ({place}) = "
        "(odd.source_no, odd.file_no, odd.row_no)"
    )
    rejected = drop_unusable(con)
    con.execute(
        f"UPDATE judged SET again = true FROM (SELECT {_ORDER}, row_number() OVER w AS nth "
        f"FROM judged {same.format('')}) n WHERE n.nth > 1 AND ({place}) = "
        "(n.source_no, n.file_no, n.row_no)"
    )
    merged = con.execute("SELECT source_no, count(*) FROM judged WHERE again GROUP BY 1").fetchall()
    return dict(merged), rejected


def join_scenarios(con: duckdb.DuckDBPyConnection) -> None:
    """Name every judged row's scenario, adding those that no wide source has to `staged`."""
    for keys in ("family, query, nudge", "family, query"):
        con.execute(
            f"UPDATE judged SET scenario = s.scenario FROM (SELECT {keys}, min(scenario) AS "
            f"scenario FROM staged GROUP BY ALL) s WHERE judged.scenario IS NULL AND "
            + " AND ".join(f"s.{k} = judged.{k}" for k in keys.split(", "))
        )
    con.execute(
        "UPDATE judged SET scenario = s.scenario FROM (SELECT query, value1, value2, "
        "min(scenario) AS scenario FROM staged GROUP BY ALL HAVING count(*) = 1) s "
        "WHERE judged.scenario IS NULL AND (s.query, s.value1, s.value2) = "
        "(judged.query, judged.value1, judged.value2)"
    )
    # A family without numbers never names a scenario alone (nor does it where rows are staged).
    con.execute(
        "CREATE TEMP TABLE fresh AS SELECT *, base || CASE WHEN taken OR starts_with(family, "
        "'pair_') OR count(*) OVER (PARTITION BY base) > 1 "
        "THEN '_' || substr(md5(query), 1, 6) ELSE '' END AS scenario "
        f"FROM (SELECT family, query, value1, value2, first(nudge ORDER BY {_ORDER}) AS nudge, "
        f"min(source_no) AS source_no, first(split ORDER BY {_ORDER}) AS split, "
        f"family || '_' || coalesce(first(nudge ORDER BY {_ORDER}), 'unknown') AS base, "
        "base IN (SELECT scenario FROM staged) AS taken "
        "FROM judged WHERE scenario IS NULL GROUP BY family, query, value1, value2)"
    )
    con.execute(
        "INSERT INTO staged BY NAME SELECT source_no, split, value1, value2, nudge, query, "
        f"{content_key_sql('query', 'value1', 'value2')} AS content_key, family, scenario "
        "FROM fresh"
    )
    con.execute(
        "UPDATE judged SET scenario = f.scenario FROM fresh f WHERE judged.scenario IS NULL AND "
        "(f.family, f.query, f.value1, f.value2) = "
        "(judged.family, judged.query, judged.value1, judged.value2)"
    )


def decision_sql(raw: str) -> str:
    """A judge's word as one of the three decisions, null where it is none of them."""
    told = " ".join(
        f"WHEN {text(word)} THEN {text(str(decision))}" for word, decision in _WORDS.items()
    )
    return f"CASE lower(replace(replace(trim({raw}), '_', '-'), ' ', '-')) {told} END"


def fill(con: duckdb.DuckDBPyConnection) -> None:
    """Fill `judgements`, and the responses and texts that only the judged rows know."""
    first = f"QUALIFY row_number() OVER (PARTITION BY {{}} ORDER BY {{}}, {_ORDER}) = 1"
    told = first.format("scenario_no, model", "coalesce(length(response), 0) = 0")
    con.execute(
        "UPDATE responses SET outcome = 'answered' FROM judged JOIN numbered USING (scenario) "
        "WHERE outcome = 'missing' AND responses.scenario_no = numbered.scenario_no "
        "AND responses.model = judged.model AND length(judged.response) > 0"
    )
    con.execute(
        "INSERT INTO responses SELECT scenario_no, model, 0, NULL, NULL, "
        "CASE WHEN length(response) > 0 THEN 'answered' ELSE 'missing' END, "
        "nullif(length(response), 0), NULL FROM judged JOIN numbered USING (scenario) "
        "WHERE NOT EXISTS (SELECT 1 FROM responses r WHERE r.scenario_no = numbered.scenario_no "
        f"AND r.model = judged.model) {told}"
    )
    con.execute(
        "INSERT INTO response_texts SELECT scenario_no, model, 0, response FROM judged "
        "JOIN numbered USING (scenario) WHERE length(response) > 0 AND NOT EXISTS "
        "(SELECT 1 FROM response_texts t WHERE t.scenario_no = numbered.scenario_no "
        f"AND t.model = judged.model) {told}"
    )
    con.execute(
        f"INSERT INTO judgements SELECT scenario_no, model, 0, judge, NULL, {decision_sql('raw')}, "
        f"raw, reasoning FROM judged JOIN decided USING ({_ORDER}) "
        "JOIN numbered USING (scenario) WHERE raw IS NOT NULL OR reasoning IS NOT NULL "
        f"{first.format('scenario_no, model, judge', 'raw IS NULL')} "
        "ORDER BY scenario_no, model, judge"
    )


def given_disagreement(con: duckdb.DuckDBPyConnection, model_set: str) -> None:
    """Where a source states D for a set and there are no positions, keep it, marked `given`."""
    # A stated D is a float: what sits on an edge may have come out a hair below it.
    edges = " ".join(
        f"WHEN d >= {edge - CLOSE!r} THEN {i}" for i, edge in ((4, 2.5), (3, 2), (2, 1.5), (1, 1))
    )
    con.execute(
        "CREATE TEMP TABLE given AS SELECT scenario_no, max(given_d) AS d, "
        "count(DISTINCT model) AS models FROM judged JOIN numbered USING (scenario) "
        "WHERE given_d IS NOT NULL AND given_d BETWEEN 0 AND 3 GROUP BY 1"
    )
    con.execute(
        "DELETE FROM disagreement USING given WHERE disagreement.d IS NULL AND "
        f"disagreement.scenario_no = given.scenario_no AND model_set = {text(model_set)}"
    )
    con.execute(
        f"INSERT INTO disagreement SELECT scenario_no, {text(model_set)}, models, 0, 0, 0, 0, d, "
        f"CASE {edges} ELSE 0 END, true FROM given WHERE scenario_no NOT IN "
        f"(SELECT scenario_no FROM disagreement WHERE model_set = {text(model_set)})"
    )
