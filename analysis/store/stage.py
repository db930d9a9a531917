"""Stage one source of scenarios: its rows, checked, in the temporary table `staged`.

Columns of `staged`: where the row came from (source_no, file_no, row_no), the facts of the
scenario, and per model of the whole build (index i) p1_i, p2_i (positions 0..6), o_i (outcome as
its place in `OUTCOMES`, null where the source has no such model) and, only where a source fills
them, c_i (characters of texts that are read) and l_i (seconds). Nothing is imputed: what can't be
used is null and counted.
"""

from collections.abc import Iterable
from pathlib import Path

import duckdb

from analysis.store.schema import HIGHEST_POSITION, Outcome
from analysis.store.sources import Source
from analysis.store.sql import files as literally
from analysis.store.sql import name, parquet, rows, text, texts

INTEGERS = {"BIGINT", "INTEGER", "SMALLINT", "TINYINT", "HUGEINT"} | {
    "UBIGINT",
    "UINTEGER",
    "USMALLINT",
    "UTINYINT",
}
OUTCOMES = tuple(Outcome)
BLANKS = "' ' || chr(9) || chr(10) || chr(13)"
LONGEST_QUERY = 1_000_000
BAD_POSITION = "position is not a whole number from 0 to 6"
FACTS = (
    "source_no USMALLINT, file_no USMALLINT, row_no BIGINT, split VARCHAR, rank INTEGER, "
    "generator VARCHAR, value1 VARCHAR, value2 VARCHAR, nudge VARCHAR, query VARCHAR, "
    "content_key VARCHAR, family VARCHAR, scenario VARCHAR, reason VARCHAR, bad INTEGER"
)


def create(con: duckdb.DuckDBPyConnection, models: list[str], sources: Iterable[Source]) -> None:
    """An empty `staged` for these models, in this order, and for what these sources can fill."""
    read = {m for s in sources if s.copy for m in s.layout.responses}
    timed = {m for s in sources for m in s.layout.latencies}
    columns = [FACTS]
    for i, model in enumerate(models):
        columns.append(f"p1_{i} UTINYINT, p2_{i} UTINYINT, o_{i} UTINYINT")
        columns += [f"c_{i} INTEGER"] if model in read else []
        columns += [f"l_{i} DOUBLE"] if model in timed else []
    con.execute(f"CREATE TEMP TABLE staged ({', '.join(columns)})")


def filled(con: duckdb.DuckDBPyConnection) -> set[str]:
    """The columns of `staged`: c_i and l_i are there only where some source fills them."""
    return {row[0] for row in con.execute("DESCRIBE staged").fetchall()}


def add(con: duckdb.DuckDBPyConnection, source: Source, source_no: int, models: list[str]) -> None:
    """Read the source's files into `staged`, unusable rows marked with a reason."""
    here = [m for m in models if m in source.layout.models]
    select = [*_facts(source, source_no), *_model_columns(con, source, models, here)]
    con.execute(
        f"INSERT INTO staged BY NAME SELECT *, {_reason()} AS reason FROM "
        f"(SELECT {rows(select)} FROM {scan(source.files)})"
    )


def scan(files: tuple[Path, ...]) -> str:
    """The files as one relation with `file_index` and `file_row_number`."""
    return parquet(files, numbered=True)


def as_text(column: str | None, kind: str = "VARCHAR") -> str:
    """A column as text: JSON scalars without their quotes, absent columns as null."""
    if column is None:
        return "CAST(NULL AS VARCHAR)"
    quoted = name(column)
    if kind in ("DOUBLE", "FLOAT"):
        # Whole numbers that came as floats name the same family as those that came as integers.
        whole = f"CASE WHEN {quoted} = floor({quoted}) THEN TRY_CAST({quoted} AS BIGINT) END"
        return f"coalesce(CAST({whole} AS VARCHAR), CAST({quoted} AS VARCHAR))"
    return f"{quoted} ->> '$'" if kind == "JSON" else f"CAST({quoted} AS VARCHAR)"


def family_sql(chunk: str, entry: str, value1: str, value2: str) -> str:
    """(chunk_index, entry_idx), or the ordered pair of values where either is missing."""
    pair = f"'pair_' || substr(md5({value1} || chr(31) || {value2}), 1, 10)"
    return f"coalesce({chunk} || '_' || {entry}, {pair})"


def content_key_sql(query: str, value1: str, value2: str) -> str:
    """MD5 of what a query is about: its words and both values."""
    return f"md5({query} || chr(31) || {value1} || chr(31) || {value2})"


def _facts(source: Source, source_no: int) -> list[str]:
    part = source.layout
    kinds = part.types

    def column(which: str | None) -> str:
        return as_text(which, kinds.get(which or "", "VARCHAR"))

    value1, value2, query = column(part.value1), column(part.value2), column(part.query)
    nudge = f"nullif(lower(trim({column(part.nudge)})), '')"
    family = family_sql(column(part.chunk), column(part.entry), value1, value2)
    keyed = f"{column(part.chunk)} IS NOT NULL AND {column(part.entry)} IS NOT NULL"
    tail = f"CASE WHEN {keyed} THEN '' ELSE '_' || substr(md5({query}), 1, 6) END"
    plain = f"{family} || '_' || coalesce({nudge}, 'unknown') || {tail}"
    return [
        f"{source_no} AS source_no",
        "file_index AS file_no",
        "file_row_number AS row_no",
        f"{text(source.split or source.name)} AS split",
        f"TRY_CAST({column(part.rank)} AS INTEGER) AS rank",
        f"{column(part.generator)} AS generator",
        f"{value1} AS value1",
        f"{value2} AS value2",
        f"{nudge} AS nudge",
        f"{query} AS query",
        f"{content_key_sql(query, value1, value2)} AS content_key",
        f"{family} AS family",
        f"{_named(source, plain)} AS scenario",
    ]


def _named(source: Source, plain: str) -> str:
    """A scenario's public id: a variant of a query has its parent's id with `~kind` behind."""
    part = source.layout
    if part.variant is None:
        return plain
    kind, parent = (as_text(c, part.types.get(c or "", "")) for c in (part.variant, part.parent))
    kind = f"nullif(regexp_replace(lower({kind}), '[^a-z]+', '_', 'g'), '')"
    return f"coalesce(coalesce({parent}, {plain}) || '~' || {kind}, {plain})"


def _reason() -> str:
    return (
        # Only a query that begins with blanks can be all blanks: spare the rest the copy. By CASE,
        # since AND looks at both sides (half a second of processor time over 411,000 queries).
        f"CASE WHEN query IS NULL OR CASE WHEN trim(substr(query, 1, 8), {BLANKS}) = '' "
        f"THEN trim(query, {BLANKS}) = '' ELSE false END THEN 'no query' "
        f"WHEN strlen(query) > {LONGEST_QUERY} THEN 'query is longer than 1 million bytes' "
        "WHEN value1 IS NULL OR value2 IS NULL OR trim(value1) = '' OR trim(value2) = '' "
        "THEN 'no value pair' "
        "WHEN nudge NOT IN ('neutral', 'value1', 'value2') "
        "THEN 'nudge is none of neutral, value1, value2' END"
    )


def _model_columns(
    con: duckdb.DuckDBPyConnection, source: Source, models: list[str], here: list[str]
) -> list[str]:
    found = [(models.index(m), m) for m in here]
    whole = _texts_all_there(con, source)
    parts = [item for i, model in found for item in _one_model(source, i, model, whole)]
    bad = [b for _, model in found for b in _bad(source, model)]
    return [*parts, f"{' + '.join(bad) or '0'} AS bad"]


def _one_model(source: Source, i: int, model: str, whole: set[str]) -> list[str]:
    part = source.layout
    kinds = part.types
    p1, p2 = (
        _position(p.get(model), kinds) for p in (part.value1_positions, part.value2_positions)
    )
    items = [f"{p1} AS p1_{i}", f"{p2} AS p2_{i}"]
    items.append(f"{_outcome(source, model, whole, p1, p2)} AS o_{i}")
    column = part.responses.get(model)
    if column and source.copy:
        items.append(f"nullif(length({as_text(column, kinds.get(column, ''))}), 0) AS c_{i}")
    latency = part.latencies.get(model)
    if latency:
        items.append(f"TRY_CAST({name(latency)} AS DOUBLE) AS l_{i}")
    return items


def _position(column: str | None, kinds: object) -> str:
    """A position, or null where the cell is not a whole number from 0 to 6."""
    if column is None:
        return "CAST(NULL AS UTINYINT)"
    kind = kinds.get(column, "VARCHAR") if hasattr(kinds, "get") else "VARCHAR"
    if kind in INTEGERS:
        quoted = name(column)
        return f"CASE WHEN {quoted} BETWEEN 0 AND {HIGHEST_POSITION} THEN {quoted}::UTINYINT END"
    number = f"TRY_CAST({as_text(column, kind)} AS DOUBLE)"
    fits = f"{number} BETWEEN 0 AND {HIGHEST_POSITION} AND {number} = floor({number})"
    return f"CASE WHEN {fits} THEN {number}::UTINYINT END"


def _bad(source: Source, model: str) -> list[str]:
    """Terms that are 1 where a cell holds something that is no position."""
    part = source.layout
    terms = []
    for positions in (part.value1_positions, part.value2_positions):
        column = positions.get(model)
        if column is None:
            continue
        kind = part.types.get(column, "VARCHAR")
        filled = f"nullif(trim({as_text(column, kind)}), '') IS NOT NULL"
        if kind in INTEGERS:
            filled = f"{name(column)} IS NOT NULL"
        elif kind in ("DOUBLE", "FLOAT"):
            # Tools that know no null write "not a number" for an empty cell.
            filled = f"{name(column)} IS NOT NULL AND NOT isnan({name(column)})"
        terms.append(f"({filled} AND {_position(column, part.types)} IS NULL)::INTEGER")
    return terms


def _outcome(source: Source, model: str, whole: set[str], p1: str, p2: str) -> str:
    """Answered where there is a text, or, without a text column, where there is a position."""
    part = source.layout
    column = part.responses.get(model)
    if column is None:
        there = f"({p1}) IS NOT NULL OR ({p2}) IS NOT NULL"
    elif column in whole:
        there = "true"
    else:
        there = f"coalesce(length({as_text(column, part.types.get(column, ''))}) > 0, false)"
    answered, missing = OUTCOMES.index(Outcome.ANSWERED), OUTCOMES.index(Outcome.MISSING)
    plain = f"CASE WHEN {there} THEN {answered} ELSE {missing} END"
    stated = part.outcomes.get(model)
    if stated is None:
        return f"({plain})::UTINYINT"
    word = f"lower(trim({as_text(stated, part.types.get(stated, 'VARCHAR'))}))"
    known = f"nullif(list_position({texts(str(o) for o in OUTCOMES)}, {word}), 0) - 1"
    return f"coalesce({known}, {plain})::UTINYINT"


def _texts_all_there(con: duckdb.DuckDBPyConnection, source: Source) -> set[str]:
    """Response columns that the parquet footers prove to have no null and no empty text.

    Asking the footers costs nothing; reading ten gigabytes of answers only to see that they are
    not empty would cost most of the load.
    """
    kinds = source.layout.types
    columns = [c for c in source.layout.responses.values() if kinds.get(c) == "VARCHAR"]
    if source.copy or not columns:
        return set()
    found = con.execute(
        f"SELECT path_in_schema FROM parquet_metadata({literally(source.files)}) "
        "WHERE list_contains($columns, path_in_schema) GROUP BY path_in_schema "
        "HAVING bool_and(coalesce(stats_null_count = 0 AND stats_min_value <> '', false))",
        {"columns": columns},
    ).fetchall()
    return {row[0] for row in found}
