"""Answers and rubrics: copied into the study, or read where they lie.

Linked texts stay in the parquet files of the source. A case is read by file and row number
(some tens of milliseconds); nothing reads them for a table.
"""

from collections.abc import Mapping, Sequence

import duckdb

from analysis.store.build.sources import Source
from analysis.store.build.stage import scan
from analysis.store.sql import name, parquet, texts
from analysis.store.sql import text as literal
from analysis.vocabulary import HIGHEST_POSITION

SPECTRUM = "STRUCT(position INTEGER, response VARCHAR)[]"
"""The type of a value's spectrum, as the public dataset has it."""


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


def copy_readings(
    con: duckdb.DuckDBPyConnection, sources: Sequence[Source], source_no: int
) -> None:
    """Copy what answers in a source's own files were read as: texts without their traces, and an
    empty text where a call gave no answer, so that the words in the file are not taken for one.
    Where an earlier source answers for the same scenario and model, that one counts."""
    source = sources[source_no]
    relation = parquet([source.readings])
    models = con.execute(f"SELECT DISTINCT model FROM {relation} ORDER BY 1").fetchall()
    for (model,) in models:
        before = [i for i, s in enumerate(sources[:source_no]) if model in s.layout.responses]
        earlier = (
            f"AND NOT EXISTS (SELECT 1 FROM text_places e WHERE e.scenario_no = p.scenario_no "
            f"AND list_contains({before}, e.source_no))"
            if before
            else ""
        )
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE readings AS SELECT p.scenario_no, r.text, r.trace, "
            f"r.tools FROM {relation} r JOIN text_places p ON p.source_no = {source_no} "
            f"AND p.file_no = r.file_no AND p.row_no = r.row_no WHERE r.model = {literal(model)} "
            f"{earlier} QUALIFY row_number() OVER (PARTITION BY p.scenario_no "
            "ORDER BY p.file_no, p.row_no) = 1"
        )
        con.execute(
            f"INSERT INTO response_texts SELECT scenario_no, {literal(model)}, 0, text "
            "FROM readings WHERE NOT EXISTS (SELECT 1 FROM response_texts t WHERE "
            f"t.scenario_no = readings.scenario_no AND t.model = {literal(model)})"
        )
        for column, kind in (("trace", "reasoning"), ("tools", "tool calls")):
            con.execute(
                f"INSERT INTO asides SELECT scenario_no, {literal(model)}, 0, {literal(kind)}, "
                f"{column} FROM readings WHERE length({column}) > 0"
            )
    con.execute("DROP TABLE IF EXISTS readings")


def forget_silent(con: duckdb.DuckDBPyConnection) -> None:
    """Remove the empty texts that keep linked words from being read, where nothing is linked."""
    con.execute("DELETE FROM response_texts WHERE text = ''")


ASIDES = {"traces": "reasoning", "tool_calls": "tool calls"}


def copy_asides(con: duckdb.DuckDBPyConnection, source: Source, source_no: int) -> None:
    """Fill `asides` from the columns that hold what came with answers and is no part of them."""
    for part, kind in ASIDES.items():
        columns: Mapping[str, str] = getattr(source.layout, part)
        models = sorted(columns)
        if not models:
            continue
        cells = ", ".join(f"CAST({name(columns[m])} AS VARCHAR)" for m in models)
        con.execute(
            f"INSERT INTO asides SELECT scenario_no, model, 0, {literal(kind)}, text FROM ("
            f"SELECT scenario_no, unnest({texts(models)}) AS model, unnest([{cells}]) AS text, "
            f"p.file_no, p.row_no FROM {scan(source.files)} r JOIN text_places p "
            f"ON p.source_no = {source_no} AND p.file_no = r.file_index "
            "AND p.row_no = r.file_row_number) x WHERE length(text) > 0 AND NOT EXISTS "
            "(SELECT 1 FROM asides a WHERE (a.scenario_no, a.model, a.kind) = "
            f"(x.scenario_no, x.model, {literal(kind)})) QUALIFY row_number() OVER "
            "(PARTITION BY scenario_no, model ORDER BY file_no, row_no) = 1"
        )


def measure_copied(con: duckdb.DuckDBPyConnection) -> None:
    """Write the length of each copied answer beside it, where its source has not said it."""
    con.execute(
        "UPDATE responses SET chars = nullif(length(t.text), 0) FROM response_texts t "
        "WHERE responses.chars IS NULL AND t.scenario_no = responses.scenario_no "
        "AND t.model = responses.model AND t.replicate = responses.replicate"
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
            f"WHERE step.position BETWEEN 0 AND {HIGHEST_POSITION} AND step.response IS NOT NULL "
            "AND NOT EXISTS (SELECT 1 FROM rubrics x WHERE x.scenario_no = s.scenario_no "
            f"AND x.value_no = {value_no} AND x.position = step.position) "
            "QUALIFY row_number() OVER (PARTITION BY scenario_no, step.position "
            "ORDER BY file_no, row_no) = 1"
        )


def spectrum_sql(source: Source, column: str) -> str:
    """A spectrum column as a list of (position, response), also where it came as JSON text."""
    kind = source.layout.types.get(column, "")
    if kind == "VARCHAR":
        return f"TRY_CAST(TRY_CAST({name(column)} AS JSON) AS {SPECTRUM})"
    return f"TRY_CAST({name(column)} AS {SPECTRUM})"


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
