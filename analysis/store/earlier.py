"""Studies that an earlier version built: what their tables lack, said as views over them.

A study's file never changes, so what a table has gained since is filled in where it is read. A
column belongs here if what it says follows from what the file holds.
"""

from collections.abc import Mapping

import duckdb

from analysis.store.schema import SCHEMA_VERSION, columns
from analysis.store.sql import name
from analysis.vocabulary import Outcome

READABLE = (1, SCHEMA_VERSION)
"""The versions of a study's tables that can be read."""

_NEW = ("lost_replies", "repeats", "criteria", "grades")
"""Tables of today that a study of yesterday has no rows for."""
_NULL = "CAST(NULL AS VARCHAR)"
_FILLED: Mapping[str, Mapping[str, str]] = {
    "judgements": {
        "outcome": f"CASE WHEN decision IS NOT NULL THEN '{Outcome.ANSWERED}' "
        f"WHEN trim(raw_decision) <> '' THEN '{Outcome.UNPARSABLE}' "
        f"ELSE '{Outcome.MISSING}' END",
        "run": _NULL,
    },
    "citations": {"spec": _NULL, "run": _NULL},
    "scenarios": {"draw": _NULL, "arm": _NULL},
}


def views(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Table -> the SELECT that gives it the columns it lacks; empty for a study of today."""
    there: dict[str, set[str]] = {}
    found = con.execute(
        "SELECT table_name, column_name FROM duckdb_columns() WHERE database_name = "
        "current_database() AND schema_name = 'main' AND NOT internal"
    ).fetchall()
    for table, column in found:
        there.setdefault(str(table), set()).add(str(column))
    (database,) = con.execute("SELECT current_database()").fetchall()[0]
    empty = {table: _empty(table) for table in _NEW if table not in there}
    return empty | {
        table: f"SELECT {_columns(table, there[table])} FROM {name(database)}.main.{table}"
        for table, filled in _FILLED.items()
        if not set(filled) <= there[table]
    }


def _empty(table: str) -> str:
    cells = [f"CAST(NULL AS {kind}) AS {column}" for column, (kind, _) in columns(table).items()]
    return f"SELECT {', '.join(cells)} WHERE false"


def _columns(table: str, there: set[str]) -> str:
    items = [c if c in there else f"{_FILLED[table][c]} AS {c}" for c in columns(table)]
    return ", ".join(items)
