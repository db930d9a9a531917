"""The long form, one row a query and model, as the wide one: one row a query, columns a model.

Most tools export the long form. Rows that come twice become further wide rows of the same query,
so that merging finds whether they agree. Further replicates become a table of their own, keyed by
the public id that the query will have. Also: columns under the names that a mapping gives them.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from analysis.errors import FaultlineError
from analysis.parse import refusal_words
from analysis.parse.gaps import NO_KEY
from analysis.store.build.merge import CONTRADICTS
from analysis.store.build.sources import Layout
from analysis.store.build.stage import NOT_ASKED, gap_free, key_cell, key_cells, named_sql, scan
from analysis.store.sql import joined, name, rows, text, texts
from analysis.vocabulary import Outcome

KEYS = ("query", "value1", "value2", "nudge_direction", "chunk_index", "entry_idx")
FACTS = ("query_generator", "rank", "topic", "topics")
CELLS = {
    "response": "response_{}",
    "value1_position": "{}_value1_position",
    "value2_position": "{}_value2_position",
    "outcome": "outcome_{}",
    "latency_s": "latency_s_{}",
    "trace": "trace_{}",
    "tools": "tools_{}",
    "label": "response_type_{}",
}
TYPE = "response_type"
"""The column `label` under its other name."""
_TOLD_APART = ("model", "replicate")
MOST_MODELS = 200
MOST_JUDGES = 50
MOST_LABELS = 10_000
"""Words in a column of labels: in one with more there are scores or texts."""
NO_MODEL, NO_QUERY = "no model", "no query"


def is_long(columns: Mapping[str, str]) -> bool:
    """Whether a file's columns are those of the long form, under their own names."""
    said = {"response", "value1_position", "value2_position"} & set(columns)
    return "query" in columns and "model" in columns and bool(said)


def is_by_judge(columns: Mapping[str, str]) -> bool:
    """Whether a file has one row a query, model and judge."""
    asked = "query" in columns or "prompt" in columns
    return asked and {"model", "judge", "decision"} <= set(columns)


def pivot_judges(
    files: Sequence[Path], target: Path, columns: Mapping[str, str], source: str
) -> int:
    """Write files of one row a query, model and judge as one row a query and model, with columns a
    judge; gives how many judges. Raises FaultlineError for more than can be told apart."""
    con = duckdb.connect()
    try:
        judge = gap_free(f"trim({key_cell('judge', columns)})", NO_KEY)
        kept = [c for c in columns if c not in ("judge", "decision", "reasoning")]
        keys = [c for c in ("query", "prompt", "model", *KEYS[1:]) if c in columns]
        about = " || chr(31) || ".join(f"coalesce(CAST({name(k)} AS VARCHAR), '')" for k in keys)
        con.execute(
            f"CREATE TEMP TABLE told AS SELECT *, {judge} AS who, md5({about}) AS about, "
            f"row_number() OVER (ORDER BY file_index, file_row_number) AS stood "
            f"FROM {scan(tuple(files))} WHERE {judge} IS NOT NULL"
        )
        con.execute(
            "CREATE TEMP TABLE keyed AS SELECT *, row_number() OVER (PARTITION BY about, who "
            "ORDER BY stood) AS nth FROM told"
        )
        found = con.execute("SELECT DISTINCT who FROM keyed ORDER BY 1").fetchall()
        if not 0 < len(found) <= MOST_JUDGES:
            raise FaultlineError(
                f"{source} names {len(found):,} judges; 1 to {MOST_JUDGES} can be read. Check the "
                "column that names the judge."
            )
        items = [f"first({name(c)} ORDER BY stood) AS {name(c)}" for c in kept]
        for (who,) in found:
            mine = f"FILTER (who = {text(who)})"
            for part in ("decision", "reasoning"):
                if part in columns:
                    cell = f"first({name(part)} ORDER BY stood) {mine}"
                    items.append(f"{cell} AS {name(f'{who}_{part}')}")
        select = f"SELECT {rows(items)} FROM keyed GROUP BY about, nth ORDER BY min(stood)"
        con.execute(f"COPY ({select}) TO {text(str(target))} (FORMAT parquet)")
        return len(found)
    finally:
        con.close()


NUMBERS = ("chunk_index", "chunk_idx", "entry_idx", "entry_index")


def without_fractions(path: Path, target: Path, columns: Mapping[str, str]) -> bool:
    """Write `path` to `target` with 10 for 10.0 in the columns that number families, where all
    numbers of a column are written so: what pandas makes of whole numbers beside a gap. Gives
    whether there was such a column; ids of any other form stay as they are."""
    con = duckdb.connect()
    try:
        there = [c for c in NUMBERS if columns.get(c) == "VARCHAR"]
        if not there:
            return False
        told = [
            f"coalesce(bool_and(regexp_full_match({cell}, '\\d+\\.0')), false)"
            for c in there
            if (cell := gap_free(name(c), NO_KEY))
        ]
        found = con.execute(f"SELECT {', '.join(told)} FROM {scan((path,))}").fetchall()[0]
        floats = [c for c, whole in zip(there, found, strict=True) if whole]
        if floats:
            cut = ", ".join(f"regexp_replace({name(c)}, '\\.0$', '') AS {name(c)}" for c in floats)
            _write(
                f"SELECT * EXCLUDE (file_row_number) REPLACE ({cut}) "
                f"FROM {scan((path,))} ORDER BY file_index, file_row_number",
                target,
            )
        return bool(floats)
    finally:
        con.close()


def rename(
    files: Sequence[Path],
    target: Path,
    columns: Mapping[str, str],
    roles: Mapping[str, str],
    constants: Mapping[str, str],
) -> None:
    """Write `files` to `target` with their columns under the names that `roles` gives them; those
    without a role keep their own unless it is taken. `constants` are columns of one text."""
    taken = {*roles.values(), *constants}
    kept = [c for c in columns if c not in roles and c not in taken]
    items = [f"{name(c)} AS {name(role)}" for c, role in roles.items() if role != "ignore"]
    items += [name(c) for c in kept]
    items += [f"{text(value)} AS {name(column)}" for column, value in constants.items()]
    _write(
        f"SELECT {rows(items)} FROM {scan(tuple(files))} ORDER BY file_index, file_row_number",
        target,
    )


@dataclass
class Pivoted:
    """What a long file became: rows read, wide rows written, models, answers written apart as
    further replicates, rejected rows by reason, labels that are no response type, by word, and the
    columns that play no part."""

    total: int = 0
    wide: int = 0
    models: int = 0
    further: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    odd_labels: Counter[str] = field(default_factory=Counter)
    unused: tuple[str, ...] = ()


def pivot(
    files: Sequence[Path], target: Path, further: Path, columns: Mapping[str, str], source: str
) -> Pivoted:
    """Write the first answers of long `files` to `target`, one row a query, and those of further
    replicates, if there are any, to `further`, one row an answer. Raises FaultlineError for more
    models than can be compared."""
    con = duckdb.connect()
    try:
        done = _keyed(con, files, columns)
        typed = _label_column(columns)
        columns = {"label" if c == typed else c: kind for c, kind in columns.items()}
        models = [
            r[0] for r in con.execute("SELECT DISTINCT model FROM keyed ORDER BY 1").fetchall()
        ]
        done.models = len(models)
        if len(models) > MOST_MODELS:
            raise FaultlineError(
                f"{source} has answers of {len(models):,} models; at most {MOST_MODELS} can be "
                "compared. Check the column that names the model, or split the file."
            )
        known = [c for c in (*KEYS, *FACTS) if c in columns]
        done.unused = tuple(c for c in columns if c not in {*known, *CELLS, *_TOLD_APART})
        items = [f"first({name(c)} ORDER BY stood) AS {name(c)}" for c in known]
        items += [item for model in models for item in _cells(model, columns)]
        select = f"SELECT {rows(items)} FROM keyed GROUP BY about, nth ORDER BY min(stood)"
        con.execute(f"COPY ({select}) TO {text(str(target))} (FORMAT parquet)")
        written = con.execute(
            "SELECT count(*) FROM (SELECT DISTINCT about, nth FROM keyed)"
        ).fetchall()
        done.wide = int(written[0][0])
        if "replicate" in columns:
            done.further = _further(con, further, columns, done.rejected)
        return done
    finally:
        con.close()


def _further(
    con: duckdb.DuckDBPyConnection,
    target: Path,
    columns: Mapping[str, str],
    rejected: Counter[str],
) -> int:
    """Write the answers of further replicates under the public id that their query will have, as
    that of the first row about it is. Of several of one number the first stays; gives how many."""
    con.execute(f"CREATE TEMP TABLE named AS {_named(columns)}")
    said = [
        c for c in ("response", "value1_position", "value2_position", "outcome") if c in columns
    ]
    content = f"row({', '.join(f'CAST({name(c)} AS VARCHAR)' for c in said)})"
    con.execute(
        f"CREATE TEMP TABLE more AS SELECT *, {content} IS DISTINCT FROM first({content}) OVER w "
        "AS differs FROM further "
        "WINDOW w AS (PARTITION BY about, model, replicate_no ORDER BY stood)"
    )
    if conflicts := _count(con, "more WHERE differs"):
        rejected[CONTRADICTS] += conflicts
    kept = {"response": "text"} | {c: c for c in CELLS if c not in ("response", "label")}
    kept["label"] = TYPE
    items = [f"m.{name(c)} AS {name(to)}" for c, to in kept.items() if c in columns]
    if "outcome" not in columns:  # no texts were read, so there are positions alone
        placed = ", ".join(f"CAST(m.{name(c)} AS VARCHAR)" for c in said)
        there = f"coalesce({placed}) IS NOT NULL"
        items.append(f"CASE WHEN {there} THEN {text(Outcome.ANSWERED)} END AS outcome")
    select = (
        f"SELECT n.scenario, m.model, m.replicate_no AS replicate, {rows(items)} "
        "FROM more m JOIN named n USING (about) WHERE NOT m.differs ORDER BY m.stood"
    )
    found = _count(con, "more WHERE NOT differs")
    if found:
        con.execute(f"COPY ({select}) TO {text(str(target))} (FORMAT parquet)")
    return found


def _named(columns: Mapping[str, str]) -> str:
    """What rows are about, with the public id that the first row about it gives the query."""
    there = {c: c if c in columns else None for c in KEYS}
    layout = Layout(
        query="query",
        value1=there["value1"],
        value2=there["value2"],
        nudge=there["nudge_direction"],
        chunk=there["chunk_index"],
        entry=there["entry_idx"],
        types=columns,
    )
    first = "SELECT * FROM keyed QUALIFY row_number() OVER (PARTITION BY about ORDER BY stood) = 1"
    cells = rows(["about", *key_cells(layout)])
    return f"SELECT about, scenario FROM ({named_sql(f'SELECT {cells} FROM ({first})')})"


def _count(con: duckdb.DuckDBPyConnection, relation: str) -> int:
    return int(con.execute(f"SELECT count(*) FROM {relation}").fetchall()[0][0])


def _cells(model: str, columns: Mapping[str, str]) -> list[str]:
    """One model's columns. A model that has no row for a query was not asked it, which is something
    else than an answer that is missing."""
    mine = f"FILTER (model = {text(model)})"
    cells = {c: f"first({name(c)} ORDER BY stood) {mine}" for c in CELLS if c in columns}
    stated = cells.get("outcome", "NULL")
    cells["outcome"] = f"CASE WHEN count(*) {mine} = 0 THEN {text(NOT_ASKED)} ELSE {stated} END"
    return [f"{cell} AS {name(CELLS[c].format(model))}" for c, cell in cells.items()]


def _keyed(
    con: duckdb.DuckDBPyConnection, files: Sequence[Path], columns: Mapping[str, str]
) -> Pivoted:
    """Temporary tables of the usable rows with their model, what they are `about` and where they
    stood (`stood`): `keyed`, the first answers, with which of several alike they are (`nth`), and
    `further`, the others, numbered from 1 in the order of their replicates (`replicate_no`)."""
    about = " || chr(31) || ".join(
        f"coalesce({joined(gap_free(f'CAST({name(k)} AS VARCHAR)', NO_KEY))}, '')"
        for k in KEYS
        if k in columns
    )
    model = gap_free(f"trim({key_cell('model', columns)})", NO_KEY)
    typed = _label_column(columns)
    also = f"RENAME ({name(typed)} AS label)" if typed not in (None, "label") else ""
    again = "coalesce(TRY_CAST(replicate AS BIGINT), 0)" if "replicate" in columns else "0"
    con.execute(
        f"CREATE TEMP TABLE long AS SELECT * EXCLUDE (model) {also}, {model} AS model, "
        f"md5({about}) AS about, {key_cell('query', columns)} IS NULL AS unasked, "
        f"{again} AS again, "
        "row_number() OVER (ORDER BY file_index, file_row_number) AS stood "
        f"FROM {scan(tuple(files))}"
    )
    done = Pivoted(total=_count(con, "long"))
    if typed is not None:
        done.odd_labels = _labels(con, refusal_words.asks(typed))
    for reason, which in ((NO_QUERY, "unasked"), (NO_MODEL, "model IS NULL")):
        gone = con.execute(f"DELETE FROM long WHERE {which}").fetchall()[0][0]
        if gone:
            done.rejected[reason] = int(gone)
    con.execute(
        "CREATE TEMP TABLE counted AS SELECT *, dense_rank() OVER (PARTITION BY about, model "
        "ORDER BY again) - 1 AS replicate_no FROM long"
    )
    con.execute(
        "CREATE TEMP TABLE keyed AS SELECT *, row_number() OVER (PARTITION BY about, model "
        "ORDER BY stood) AS nth FROM counted WHERE replicate_no = 0"
    )
    con.execute("CREATE TEMP TABLE further AS SELECT * FROM counted WHERE replicate_no > 0")
    return done


def _label_column(columns: Mapping[str, str]) -> str | None:
    """The column of labels: under either name, else one that asks whether an answer refuses."""
    asking = (c for c in columns if refusal_words.asks(c) is not None)
    return next((c for c in ("label", TYPE) if c in columns), next(asking, None))


def _labels(con: duckdb.DuckDBPyConnection, yes: str | None) -> Counter[str]:
    """Write the labels of `long` as the vocabulary has them; gives those that are none of it.
    `yes`: what yes means in their column."""
    said = con.execute(
        "SELECT CAST(label AS VARCHAR) AS word, count(*) FROM long WHERE label IS NOT NULL "
        f"GROUP BY 1 ORDER BY 2 DESC LIMIT {MOST_LABELS}"
    ).fetchall()
    meant = {word: refusal_words.label(word, yes) for word, _ in said}
    known = {word: label for word, label in meant.items() if label in refusal_words.LABELS}
    words, given = texts(known), texts(str(label) for label in known.values())
    con.execute(
        "ALTER TABLE long ALTER label TYPE VARCHAR USING "
        f"({given})[list_position({words}, CAST(label AS VARCHAR))]"
        if known
        else "UPDATE long SET label = NULL"
    )
    return Counter({w: n for w, n in said if meant[w] is not None and w not in known})


def _write(select: str, target: Path) -> None:
    con = duckdb.connect()
    try:
        con.execute(f"COPY ({select}) TO {text(str(target))} (FORMAT parquet)")
    finally:
        con.close()
