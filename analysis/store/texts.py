"""Answers and rubrics: copied into the study, or read where they lie.

Linked texts stay in the parquet files of the source. A case is read by file and row number
(some tens of milliseconds); nothing reads them for a table.
"""

import duckdb

from analysis.store.sources import Source
from analysis.store.sql import name, texts
from analysis.store.stage import scan

_SPECTRUM = "STRUCT(position INTEGER, response VARCHAR)[]"


def copy_answers(con: duckdb.DuckDBPyConnection, source: Source, source_no: int) -> None:
    """Fill `response_texts` from one source's files; empty answers are left out.

    Where two sources answer for the same scenario and model, the first one's text stays.
    """
    columns = source.layout.responses
    if not columns:
        return
    models = sorted(columns)
    answers = ", ".join(f"CAST({name(columns[m])} AS VARCHAR)" for m in models)
    unnested = (
        f"SELECT scenario_no, unnest({texts(models)}) AS model, unnest([{answers}]) AS text, "
        "p.file_no, p.row_no "
        f"FROM {scan(source.files)} r JOIN text_places p ON p.source_no = {source_no} "
        "AND p.file_no = r.file_index AND p.row_no = r.file_row_number"
    )
    fresh = ""
    if con.execute("SELECT count(*) FROM response_texts").fetchall()[0][0]:
        fresh = "AND (scenario_no, model) NOT IN (SELECT (scenario_no, model) FROM response_texts)"
    once = (
        "QUALIFY row_number() OVER (PARTITION BY scenario_no, model ORDER BY file_no, row_no) = 1"
    )
    con.execute(
        "INSERT INTO response_texts SELECT scenario_no, model, 0, text "
        f"FROM ({unnested}) WHERE length(text) > 0 {fresh} "
        f"{once if _repeats(con, source_no) else ''}"
    )


def _repeats(con: duckdb.DuckDBPyConnection, source_no: int) -> bool:
    """Whether a scenario stands in several rows of this source (its texts then count once)."""
    rows, scenarios = con.execute(
        "SELECT count(*), count(DISTINCT scenario_no) FROM text_places WHERE source_no = $s",
        {"s": source_no},
    ).fetchall()[0]
    return bool(rows > scenarios)


def copy_rubrics(con: duckdb.DuckDBPyConnection, source: Source, source_no: int) -> None:
    """Fill `rubrics` from a source that has the two spectrum columns; what was first said stays."""
    if source.layout.spectrums is None:
        return
    for value_no, column in enumerate(source.layout.spectrums, start=1):
        con.execute(
            f"INSERT INTO rubrics SELECT scenario_no, {value_no}, step.position, step.response "
            "FROM (SELECT scenario_no, p.file_no, p.row_no, "
            f"unnest({spectrum_sql(source, column)}) AS step "
            f"FROM {scan(source.files)} r JOIN text_places p ON p.source_no = {source_no} "
            "AND p.file_no = r.file_index AND p.row_no = r.file_row_number) s "
            "WHERE step.position BETWEEN 0 AND 6 AND step.response IS NOT NULL "
            "AND NOT EXISTS (SELECT 1 FROM rubrics x WHERE x.scenario_no = s.scenario_no "
            f"AND x.value_no = {value_no} AND x.position = step.position) "
            "QUALIFY row_number() OVER (PARTITION BY scenario_no, step.position "
            "ORDER BY file_no, row_no) = 1"
        )


def spectrum_sql(source: Source, column: str) -> str:
    """A spectrum column as a list of (position, response), also where it came as JSON text."""
    kind = source.layout.types.get(column, "")
    if kind == "VARCHAR":
        return f"TRY_CAST(TRY_CAST({name(column)} AS JSON) AS {_SPECTRUM})"
    return f"TRY_CAST({name(column)} AS {_SPECTRUM})"


def places(con: duckdb.DuckDBPyConnection) -> None:
    """Temporary table `text_places`: scenario_no -> the rows that its texts can come from."""
    con.execute(
        "CREATE TEMP TABLE text_places AS SELECT scenario_no, source_no, file_no, row_no "
        "FROM places JOIN numbered USING (scenario)"
    )


def link(con: duckdb.DuckDBPyConnection, source_nos: list[int]) -> None:
    """Fill `text_links` for the sources whose texts stay where they are."""
    con.execute(
        "INSERT INTO text_links SELECT scenario_no, source_no, file_no, row_no FROM text_places "
        "WHERE source_no IN (SELECT unnest($sources)) ORDER BY scenario_no",
        {"sources": source_nos},
    )
