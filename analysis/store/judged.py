"""Sources of judgements: one query x one model a row, one column pair a judge.

A row joins a scenario by its family and query text, else by query and values alone; where there
is none, the judged query becomes a scenario of its own (it has decisions but no positions).
"""

from collections.abc import Mapping

import duckdb

from analysis.store.schema import Decision
from analysis.store.sources import Source
from analysis.store.sql import name, text
from analysis.store.stage import as_text, content_key_sql, family_sql, scan

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
        "scenario VARCHAR, reason VARCHAR)"
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
    where = f"{source_no}, file_index, file_row_number"
    con.execute(
        f"INSERT INTO judged SELECT *, NULL, CASE WHEN query IS NULL OR trim(query) = '' "
        "THEN 'no query' WHEN spelled IS NULL OR trim(spelled) = '' THEN 'no model' "
        "WHEN value1 IS NULL OR value2 IS NULL THEN 'no value pair' END FROM ("
        f"SELECT {where}, {text(source.split or source.name)}, {family}, "
        f"{column(part.query)} AS query, {value1} AS value1, {value2} AS value2, "
        f"{nudge if part.nudge is None else column(part.nudge)} AS nudge, "
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


def settle(con: duckdb.DuckDBPyConnection) -> dict[tuple[int, str], int]:
    """Drop unusable and repeated rows; give back {(source_no, reason): rows}."""
    con.execute(
        f"UPDATE judged SET reason = {text(TWICE)} FROM (SELECT source_no, file_no, row_no, "
        "row_number() OVER (PARTITION BY family, query, value1, value2, model "
        "ORDER BY source_no, file_no, row_no) AS place FROM judged WHERE reason IS NULL) r "
        "WHERE r.place > 1 AND (judged.source_no, judged.file_no, judged.row_no) = "
        "(r.source_no, r.file_no, r.row_no)"
    )
    found = con.execute(
        "SELECT source_no, reason, count(*) FROM judged WHERE reason IS NOT NULL GROUP BY ALL"
    ).fetchall()
    con.execute("DELETE FROM judged WHERE reason IS NOT NULL")
    return {(source, reason): count for source, reason, count in found}


def join_scenarios(con: duckdb.DuckDBPyConnection) -> None:
    """Name every judged row's scenario, adding those that no wide source has to `staged`."""
    con.execute(
        "UPDATE judged SET scenario = s.scenario FROM staged s "
        "WHERE s.family = judged.family AND s.query = judged.query"
    )
    con.execute(
        "UPDATE judged SET scenario = s.scenario FROM (SELECT query, value1, value2, "
        "min(scenario) AS scenario FROM staged GROUP BY ALL HAVING count(*) = 1) s "
        "WHERE judged.scenario IS NULL AND (s.query, s.value1, s.value2) = "
        "(judged.query, judged.value1, judged.value2)"
    )
    con.execute(
        "CREATE TEMP TABLE fresh AS SELECT *, base || CASE WHEN taken OR count(*) OVER "
        "(PARTITION BY base) > 1 THEN '_' || substr(md5(query), 1, 6) ELSE '' END AS scenario "
        "FROM (SELECT family, query, value1, value2, first(nudge ORDER BY file_no, row_no) "
        "AS nudge, min(source_no) AS source_no, first(split ORDER BY source_no) AS split, "
        "family || '_' || coalesce(first(nudge ORDER BY file_no, row_no), 'unknown') AS base, "
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


def fill(con: duckdb.DuckDBPyConnection) -> None:
    """Fill `judgements`, and the responses and texts that only the judged rows know."""
    known = "CASE lower(replace(replace(trim(raw), '_', '-'), ' ', '-')) " + " ".join(
        f"WHEN {text(word)} THEN {text(str(decision))}" for word, decision in _WORDS.items()
    )
    con.execute(
        "INSERT INTO responses SELECT scenario_no, model, 0, NULL, NULL, "
        "CASE WHEN length(response) > 0 THEN 'answered' ELSE 'missing' END, "
        "nullif(length(response), 0), NULL FROM judged JOIN numbered USING (scenario) "
        "WHERE NOT EXISTS (SELECT 1 FROM responses r WHERE r.scenario_no = numbered.scenario_no "
        "AND r.model = judged.model)"
    )
    con.execute(
        "INSERT INTO response_texts SELECT scenario_no, model, 0, response FROM judged "
        "JOIN numbered USING (scenario) WHERE length(response) > 0 AND NOT EXISTS "
        "(SELECT 1 FROM response_texts t WHERE t.scenario_no = numbered.scenario_no "
        "AND t.model = judged.model)"
    )
    con.execute(
        f"INSERT INTO judgements SELECT scenario_no, model, 0, judge, NULL, {known} END, raw, "
        "reasoning FROM judged JOIN decided USING (source_no, file_no, row_no) "
        "JOIN numbered USING (scenario) WHERE raw IS NOT NULL OR reasoning IS NOT NULL "
        "ORDER BY scenario_no, model, judge"
    )


def given_disagreement(con: duckdb.DuckDBPyConnection, model_set: str) -> None:
    """Where a source states D for a set and there are no positions, keep it, marked `given`."""
    edges = " ".join(
        f"WHEN d >= {edge} THEN {i}" for i, edge in ((4, 2.5), (3, 2.0), (2, 1.5), (1, 1.0))
    )
    con.execute(
        "CREATE TEMP TABLE given AS SELECT scenario_no, max(given_d) AS d, count(*) AS models "
        "FROM judged JOIN numbered USING (scenario) WHERE given_d IS NOT NULL "
        "AND given_d BETWEEN 0 AND 3 GROUP BY 1"
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
