"""Stage one source of scenarios: its rows, checked, in the temporary table `staged`.

Columns of `staged`: where the row came from (source_no, file_no, row_no), the facts of the
scenario, and per model of the whole build (index i) p1_i, p2_i (positions 0..6), o_i (outcome as
its place in `OUTCOMES`, null where the source has no such model) and, only where a source fills
them, c_i (characters of texts that are read) and l_i (seconds). Nothing is imputed: what can't be
used is null and counted.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

import duckdb

from analysis.parse.gaps import LONGEST, NO_KEY, NO_NUMBER, NOTHING
from analysis.store.build.sources import Layout, Source
from analysis.store.sql import files as literally
from analysis.store.sql import joined, name, parquet, rows, text, texts
from analysis.vocabulary import (
    HIGHEST_POSITION,
    NUDGES,
    OUTCOMES,
    POSITIONS_IN_WORDS,
    Draw,
    Outcome,
)

INTEGERS = {"BIGINT", "INTEGER", "SMALLINT", "TINYINT", "HUGEINT"} | {
    "UBIGINT",
    "UINTEGER",
    "USMALLINT",
    "UTINYINT",
}
BLANKS = "' ' || chr(9) || chr(10) || chr(13)"
LONGEST_QUERY = 1_000_000
NOT_ASKED = "not asked"
"""Stands in a column of outcomes where a model was never asked the query: there is no response."""
FAILED_POSITION = "position of an answer that failed, was refused by the API or was cut"
BAD_POSITION = f"position is not a whole number from {POSITIONS_IN_WORDS}"
FACTS = (
    "source_no USMALLINT, file_no USMALLINT, row_no BIGINT, split VARCHAR, rank INTEGER, "
    "generator VARCHAR, value1 VARCHAR, value2 VARCHAR, nudge VARCHAR, query VARCHAR, "
    "draw VARCHAR, arm VARCHAR, content_key VARCHAR, family VARCHAR, scenario VARCHAR, "
    "reason VARCHAR, bad INTEGER, gaps INTEGER"
)


def create(con: duckdb.DuckDBPyConnection, models: list[str], sources: Iterable[Source]) -> None:
    """An empty `staged` for these models, in this order, and for what these sources can fill."""
    read = {m for s in sources if s.copy for m in s.layout.responses}
    timed = {m for s in sources for m in s.layout.latencies}
    columns = [FACTS]
    for i, model in enumerate(models):
        columns.append(f"p1_{i} UTINYINT, p2_{i} UTINYINT, o_{i} UTINYINT")
        columns += [f"c_{i} INTEGER, h_{i} UBIGINT"] if model in read else []
        columns += [f"l_{i} DOUBLE"] if model in timed else []
    con.execute(f"CREATE TEMP TABLE staged ({', '.join(columns)})")


def filled(con: duckdb.DuckDBPyConnection) -> set[str]:
    """The columns of `staged`: c_i, h_i and l_i are there only where some source fills them."""
    return {row[0] for row in con.execute("DESCRIBE staged").fetchall()}


def add(con: duckdb.DuckDBPyConnection, source: Source, source_no: int, models: list[str]) -> None:
    """Read the source's files into `staged`, unusable rows marked with a reason.

    In levels, so that a cell is read once, and texts are made comparable only where a row has no
    numbers of its own to name it by (DuckDB works out what several columns share for all rows).
    """
    here = [m for m in models if m in source.layout.models]
    cells = [*_cells(source, source_no), *_model_columns(con, source, models, here)]
    read = f"SELECT {rows(cells)} FROM {scan(source.files)}"
    con.execute(
        f"INSERT INTO staged BY NAME SELECT *, {_reason(source)} AS reason FROM ({named_sql(read)})"
    )


def read_answers(
    con: duckdb.DuckDBPyConnection, source: Source, source_no: int, models: list[str]
) -> int:
    """Take into `staged` how the calls ended whose texts in linked files are something else than
    answers; gives how many positions were dropped, since a call without an answer has none."""
    if source.readings is None:
        return 0
    relation = parquet([source.readings])
    here = con.execute(f"SELECT DISTINCT model FROM {relation} ORDER BY 1").fetchall()
    ends = texts(str(outcome) for outcome in OUTCOMES)
    lost = texts(str(o) for o in (Outcome.ERROR, Outcome.API_REFUSAL, Outcome.TRUNCATED))
    gone = 0
    for (model,) in here:
        i = models.index(model)
        mine = f"(SELECT * FROM {relation} WHERE model = {text(model)}) r"
        same = (
            f"staged.source_no = {source_no} AND staged.file_no = r.file_no "
            "AND staged.row_no = r.row_no"
        )
        failed = f"list_contains({lost}, r.outcome)"
        gone += con.execute(
            f"SELECT coalesce(sum((p1_{i} IS NOT NULL)::INTEGER + (p2_{i} IS NOT NULL)::INTEGER), "
            f"0)::BIGINT FROM staged JOIN {mine} ON {same} WHERE {failed}"
        ).fetchall()[0][0]
        con.execute(
            f"UPDATE staged SET o_{i} = list_position({ends}, r.outcome) - 1, "
            f"p1_{i} = CASE WHEN {failed} THEN NULL ELSE p1_{i} END, "
            f"p2_{i} = CASE WHEN {failed} THEN NULL ELSE p2_{i} END FROM {mine} WHERE {same}"
        )
    return int(gone)


def named_sql(read: str) -> str:
    """A relation with the cells of `key_cells`, and the content key, family and public id
    (`scenario`) that they give a row in the place of those that begin with `_`."""
    keyed = f"SELECT *, _chunk IS NOT NULL AND _entry IS NOT NULL AS _keyed FROM ({read})"
    tail = "CASE WHEN _keyed THEN '' ELSE '_' || substr(md5(_query), 1, 6) END"
    plain = [f"CASE WHEN NOT _keyed THEN {joined(c)} END AS _{c}" for c in _ABOUT]
    return (
        f"SELECT * EXCLUDE (_chunk, _entry, _variant, _parent, _keyed, _plain, "
        f"{', '.join(f'_{c}' for c in _ABOUT)}), {_NAMED} AS scenario "
        f"FROM (SELECT *, family || '_' || coalesce(nudge, 'unknown') || {tail} AS _plain FROM ("
        f"SELECT *, {content_key_sql(*_ABOUT)} AS content_key, {_FAMILY} AS family FROM ("
        f"SELECT *, {', '.join(plain)} FROM ({keyed}))))"
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


def gap_free(cell: str, words: tuple[str, ...] = NOTHING) -> str:
    """A text cell, null where it says that nothing is there. Long ones are spared the look."""
    gap = f"lower(trim({cell}, {BLANKS})) IN ({', '.join(map(text, words))})"
    checked = f"CASE WHEN {gap} THEN NULL ELSE {cell} END"
    return f"CASE WHEN strlen({cell}) <= {LONGEST} THEN {checked} ELSE {cell} END"


def key_cell(column: str | None, kinds: Mapping[str, str]) -> str:
    """A cell that names or numbers something, as text; null where it says that nothing is there."""
    kind = kinds.get(column or "", "VARCHAR")
    cell = as_text(column, kind)
    return cell if column is None or kind in INTEGERS else gap_free(cell, NO_KEY)


def number_cell(column: str | None, kinds: Mapping[str, str]) -> str:
    """A cell that numbers a family, without blanks around it: ids stay apart otherwise, so that
    007 is not 7."""
    cell = key_cell(column, kinds)
    if column is None or kinds.get(column, "VARCHAR") in INTEGERS:
        return cell
    return f"trim({cell}, {BLANKS} || chr(160) || chr(65279) || chr(8203))"


def family_sql(chunk: str, entry: str, value1: str, value2: str, query: str) -> str:
    """(chunk_index, entry_idx), or the ordered pair of values where either is missing, or, where
    there are no values either, the query alone. Texts as `sql.joined` has them."""
    pair = f"'pair_' || substr(md5({value1} || chr(31) || {value2}), 1, 10)"
    alone = f"'query_' || substr(md5({query}), 1, 10)"
    return (
        f"coalesce({chunk} || '_' || {entry}, "
        f"CASE WHEN {value1} = '' AND {value2} = '' THEN {alone} ELSE {pair} END)"
    )


_ABOUT = ("query", "value1", "value2")
_FAMILY = family_sql("_chunk", "_entry", "_value1", "_value2", "_query")
_KIND = "nullif(regexp_replace(lower(_variant), '[^a-z]+', '_', 'g'), '')"
_NAMED = f"coalesce(coalesce(_parent, _plain) || '~' || {_KIND}, _plain)"
"""A scenario's public id: a variant of a query has its parent's id with `~kind` behind."""


def content_key_sql(query: str, value1: str, value2: str) -> str:
    """MD5 of what a query is about: its words and both values."""
    return f"md5({query} || chr(31) || {value1} || chr(31) || {value2})"


def _cells(source: Source, source_no: int) -> list[str]:
    """The facts of a row as its cells have them; the columns that begin with `_` name it."""
    part = source.layout
    return [
        f"{source_no} AS source_no",
        "file_index AS file_no",
        "file_row_number AS row_no",
        f"{text(source.split or source.name)} AS split",
        f"TRY_CAST({key_cell(part.rank, part.types)} AS INTEGER) AS rank",
        f"{key_cell(part.generator, part.types)} AS generator",
        *_draw_cells(part),
        *key_cells(part),
    ]


def _draw_cells(part: Layout) -> list[str]:
    """How a run with a search drew a row's family, and its arm; null where a source has columns of
    these names that say something else."""
    draw = key_cell(part.draw if part.arm else None, part.types)
    known = f"{draw} IN ({', '.join(map(text, Draw))})"
    arm = key_cell(part.arm, part.types)
    return [
        f"CASE WHEN {known} THEN {cell} END AS {n}" for n, cell in (("draw", draw), ("arm", arm))
    ]


def key_cells(part: Layout) -> list[str]:
    """What a row is about, and (with `_` in front) what names it."""
    kinds = part.types

    def column(which: str | None) -> str:
        return key_cell(which, kinds)

    def plain(which: str | None) -> str:
        return as_text(which, kinds.get(which or "", "VARCHAR"))

    return [
        *(
            f"{column(v) if v else text('')} AS value{n}"
            for n, v in ((1, part.value1), (2, part.value2))
        ),
        f"nullif(lower(trim({column(part.nudge)})), '') AS nudge",
        f"{column(part.query)} AS query",
        f"{number_cell(part.chunk, kinds)} AS _chunk",
        f"{number_cell(part.entry, kinds)} AS _entry",
        f"{plain(part.variant)} AS _variant",
        f"{plain(part.parent if part.variant else None)} AS _parent",
    ]


def _reason(source: Source) -> str:
    pair = "value1 IS NULL OR value2 IS NULL"
    if source.layout.value1:
        pair += " OR trim(value1) = '' OR trim(value2) = ''"
    return (
        # Only a query that begins with blanks can be all blanks: spare the rest the copy. By CASE,
        # since AND looks at both sides (half a second of processor time over 411,000 queries).
        f"CASE WHEN query IS NULL OR CASE WHEN trim(substr(query, 1, 8), {BLANKS}) = '' "
        f"THEN trim(query, {BLANKS}) = '' ELSE false END THEN 'no query' "
        f"WHEN strlen(query) > {LONGEST_QUERY} THEN 'query is longer than 1 million bytes' "
        f"WHEN {pair} THEN 'no value pair' "
        f"WHEN nudge NOT IN {NUDGES} THEN 'nudge is none of {', '.join(NUDGES)}' END"
    )


def _model_columns(
    con: duckdb.DuckDBPyConnection, source: Source, models: list[str], here: list[str]
) -> list[str]:
    found = [(models.index(m), m) for m in here]
    whole = _texts_all_there(con, source)
    parts = [item for i, model in found for item in _one_model(source, i, model, whole)]
    bad = [b for _, model in found for b in _bad(source, model)]
    gaps = [g for c in _may_be_gaps(source, here) if (g := _is_gap(source, c))]
    return [*parts, f"{' + '.join(bad) or '0'} AS bad", f"{' + '.join(gaps) or '0'} AS gaps"]


def _may_be_gaps(source: Source, here: list[str]) -> list[str]:
    """The columns in which a word for nothing is a gap: keys, names, the query and positions."""
    part = source.layout
    single = (part.query, part.value1, part.value2, part.nudge, part.chunk, part.entry, part.rank)
    places = (p.get(m) for p in (part.value1_positions, part.value2_positions) for m in here)
    return [c for c in (*single, *places) if c]


def _is_gap(source: Source, column: str) -> str:
    """A term that is 1 where a cell says in words that nothing is there ("" where none can)."""
    kind = source.layout.types.get(column, "VARCHAR")
    if kind in ("DOUBLE", "FLOAT"):
        return f"coalesce(isnan({name(column)}), false)::INTEGER"
    if kind not in ("VARCHAR", "JSON"):
        return ""
    cell = as_text(column, kind)
    words = NO_NUMBER if column in _placed(source) else NO_KEY
    listed = ", ".join(text(word) for word in words if word)
    is_blank = f"lower(trim({cell}, {BLANKS})) IN ({listed})"
    return f"CASE WHEN strlen({cell}) <= {LONGEST} THEN {is_blank} ELSE false END::INTEGER"


def _placed(source: Source) -> set[str]:
    part = source.layout
    return {*part.value1_positions.values(), *part.value2_positions.values()}


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
        cell = as_text(column, kinds.get(column, ""))
        items.append(f"nullif(length({cell}), 0) AS c_{i}")
        items.append(f"CASE WHEN length({cell}) > 0 THEN hash(trim({cell}, {BLANKS})) END AS h_{i}")
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
        filled = f"{gap_free(as_text(column, kind), NO_NUMBER)} IS NOT NULL"
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
    outcome_sql = f"coalesce({known}, {plain})::UTINYINT"
    return f"CASE WHEN {word} = {text(NOT_ASKED)} THEN NULL ELSE {outcome_sql} END"


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
