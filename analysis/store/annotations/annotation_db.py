"""What people add (labels, notes, pins, reports, criteria, drafts of specs): one SQLite file.

Studies never change; what somebody says of them does. It lies in `people.sqlite` under the home
folder, in WAL mode, so that several people and processes read and write at once, and every write
is on disk before the click that made it is answered. Nothing is ever updated or deleted: a
correction is a new row, and what stood before is its history.
"""

import json
import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from analysis.errors import FaultlineError
from analysis.settings import Settings
from analysis.sqlite_reading import check_file, connect_to_read

VERSION = 1
_WAIT_S = 30
_TABLES = {
    "reviews": (
        "uid TEXT NOT NULL UNIQUE, at TEXT NOT NULL, author TEXT NOT NULL, kind TEXT NOT NULL, "
        "value TEXT, draw TEXT NOT NULL, blind INTEGER NOT NULL, undoes TEXT, "
        "query_key TEXT NOT NULL, model TEXT, replicate INTEGER NOT NULL, answer TEXT, "
        "scenario TEXT NOT NULL, study TEXT NOT NULL, spec TEXT"
    ),
    "pins": (
        "uid TEXT NOT NULL UNIQUE, at TEXT NOT NULL, author TEXT NOT NULL, what TEXT NOT NULL, "
        "body TEXT NOT NULL, gone INTEGER NOT NULL"
    ),
    "reports": (
        "uid TEXT NOT NULL UNIQUE, at TEXT NOT NULL, author TEXT NOT NULL, report TEXT NOT NULL, "
        "base TEXT, body TEXT NOT NULL, why TEXT NOT NULL"
    ),
    "spec_answers": (
        "uid TEXT NOT NULL UNIQUE, at TEXT NOT NULL, author TEXT NOT NULL, "
        "judgements TEXT NOT NULL, spec TEXT NOT NULL, undoes TEXT"
    ),
    "criteria": (
        "uid TEXT NOT NULL UNIQUE, at TEXT NOT NULL, author TEXT NOT NULL, spec TEXT NOT NULL, "
        "clause TEXT NOT NULL, body TEXT NOT NULL, why TEXT NOT NULL, undoes TEXT"
    ),
    "drafts": (
        "uid TEXT NOT NULL UNIQUE, at TEXT NOT NULL, author TEXT NOT NULL, spec TEXT NOT NULL, "
        "base TEXT NOT NULL, clause TEXT NOT NULL, name TEXT NOT NULL, version TEXT NOT NULL, "
        "digest TEXT NOT NULL, body TEXT NOT NULL, why TEXT NOT NULL"
    ),
    "draft_marks": (
        "uid TEXT NOT NULL UNIQUE, at TEXT NOT NULL, author TEXT NOT NULL, draft TEXT NOT NULL, "
        "gone INTEGER NOT NULL"
    ),
    "draft_accepts": (
        "uid TEXT NOT NULL UNIQUE, at TEXT NOT NULL, author TEXT NOT NULL, draft TEXT NOT NULL"
    ),
    "clause_tests": (
        "uid TEXT NOT NULL UNIQUE, at TEXT NOT NULL, author TEXT NOT NULL, name TEXT NOT NULL, "
        "clause TEXT NOT NULL, body TEXT NOT NULL, gone INTEGER NOT NULL"
    ),
    "clause_test_results": (
        "uid TEXT NOT NULL UNIQUE, at TEXT NOT NULL, name TEXT NOT NULL, spec TEXT NOT NULL, "
        "run TEXT NOT NULL, body TEXT NOT NULL"
    ),
}
_ADDED = {"reviews": {"spec": "TEXT"}}
"""Columns that a file from before them lacks. Nothing else changes, so an earlier program goes on
reading and writing the same file."""
_INDEXES = {
    "reviews": "query_key, kind",
    "pins": "what",
    "reports": "report",
    "spec_answers": "judgements",
    "criteria": "spec, clause",
    "drafts": "spec",
    "draft_marks": "draft",
    "draft_accepts": "draft",
    "clause_tests": "name",
    "clause_test_results": "name",
}


def path(settings: Settings) -> Path:
    """Where everything that people add lies."""
    return settings.home / "people.sqlite"


def fresh_uid() -> str:
    """A name for one row that no other machine gives: time first, so that they sort."""
    return f"{int(datetime.now(UTC).timestamp() * 1000):012x}{secrets.token_hex(8)}"


@contextmanager
def reading(settings: Settings) -> Iterator[sqlite3.Connection | None]:
    """A connection to read with; None where nobody has added anything yet."""
    if not path(settings).exists():
        yield None
        return
    place = path(settings)
    try:
        con = connect_to_read(place, _WAIT_S)
    except (OSError, sqlite3.Error) as error:
        raise _sentence(place, error) from error
    try:
        con.row_factory = sqlite3.Row
        # A file in which nothing was ever created says as much as none.
        yield con if _version(con) else None
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise _sentence(place, error) from error
    finally:
        con.close()


@contextmanager
def writing(settings: Settings) -> Iterator[sqlite3.Connection]:
    """One transaction: all of it is on disk when the block ends, or none of it.

    Raises FaultlineError when the disk is full, the file is damaged, or others keep writing.
    """
    with _connected(settings) as con:
        con.execute("BEGIN IMMEDIATE")
        try:
            yield con
        except BaseException:
            con.rollback()
            raise
        con.execute("COMMIT")


@contextmanager
def _connected(settings: Settings) -> Iterator[sqlite3.Connection]:
    place = path(settings)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        check_file(place)
        con = sqlite3.connect(place, timeout=_WAIT_S, isolation_level=None)
    except (OSError, sqlite3.Error) as error:
        raise _sentence(place, error) from error
    try:
        _prepare(con)
        yield con
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise _sentence(place, error) from error
    finally:
        con.close()


def _prepare(con: sqlite3.Connection) -> None:
    con.row_factory = sqlite3.Row
    con.execute("PRAGMA journal_mode = WAL")
    con.execute("PRAGMA synchronous = FULL")
    if _version(con) < VERSION or not _is_complete(con):
        _create(con)


def has_table(con: sqlite3.Connection, table: str) -> bool:
    """Whether the file has that table: one from before it has not."""
    found = con.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (table,))
    return found.fetchone() is not None


def columns_of(con: sqlite3.Connection, table: str) -> set[str]:
    """The columns that the file's table has."""
    return {row["name"] for row in con.execute(f"PRAGMA table_info({table})")}


def _is_complete(con: sqlite3.Connection) -> bool:
    return all(has_table(con, t) for t in _TABLES) and all(
        added.keys() <= columns_of(con, table) for table, added in _ADDED.items()
    )


def _version(con: sqlite3.Connection) -> int:
    version = int(con.execute("PRAGMA user_version").fetchone()[0])
    if version > VERSION:
        raise FaultlineError(
            "The labels and reports in this home were written by a newer Faultline. Start that "
            "one, or point FAULTLINE_HOME to another folder."
        )
    return version


def _create(con: sqlite3.Connection) -> None:
    con.execute("BEGIN IMMEDIATE")
    for table, columns in _TABLES.items():
        con.execute(
            f"CREATE TABLE IF NOT EXISTS {table} (id INTEGER PRIMARY KEY AUTOINCREMENT, {columns})"
        )
        for name in _ADDED.get(table, {}).keys() - columns_of(con, table):
            con.execute(f"ALTER TABLE {table} ADD COLUMN {name} {_ADDED[table][name]}")
        con.execute(f"CREATE INDEX IF NOT EXISTS {table}_by ON {table} ({_INDEXES[table]})")
        for act in ("UPDATE", "DELETE"):
            con.execute(
                f"CREATE TRIGGER IF NOT EXISTS {table}_no_{act.lower()} BEFORE {act} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} only grows'); END"
            )
    con.execute(f"PRAGMA user_version = {VERSION}")
    con.execute("COMMIT")


def parse_body(body: str, thing: str) -> dict[str, Any]:
    """The JSON of a row, e.g. of “the report x”. Raises FaultlineError where it is damaged."""
    with suppress(ValueError, TypeError, RecursionError):
        found = json.loads(body)
        if isinstance(found, dict):
            return found
    raise FaultlineError(
        f"A version of {thing} in people.sqlite can't be read: the file was damaged. Undo, or go "
        "back to another version in its history; what stands before and behind it is kept."
    )


def revision(settings: Settings, table: str) -> int:
    """A number that grows with every row of a table, for caches; 0 where there is none."""
    with reading(settings) as con:
        if con is None:
            return 0
        return int(con.execute(f"SELECT coalesce(max(id), 0) FROM {table}").fetchone()[0])


def _sentence(place: Path, error: Exception) -> FaultlineError:
    why = (str(error).splitlines() or [""])[0]
    if isinstance(error, OSError) and error.errno:
        why = os.strerror(error.errno)
    return FaultlineError(
        f"{place.name}, which holds labels, pins and reports, could not be read or written: {why}. "
        "What was stored before is left as it is; free some space or check the file, and try again."
    )
