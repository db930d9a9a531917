"""What people add (labels, notes, pins, reports): one SQLite file beside the studies.

Studies never change; what somebody says of them does. It lies in `people.sqlite` under the home
folder, in WAL mode, so that several people and processes read and write at once, and every write
is on disk before the click that made it is answered. Nothing is ever updated or deleted: a
correction is a new row, and what stood before is its history.
"""

import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from analysis.errors import FaultlineError
from analysis.settings import Settings

VERSION = 1
_WAIT_S = 30
_TABLES = {
    "reviews": (
        "uid TEXT NOT NULL UNIQUE, at TEXT NOT NULL, author TEXT NOT NULL, kind TEXT NOT NULL, "
        "value TEXT, draw TEXT NOT NULL, blind INTEGER NOT NULL, undoes TEXT, "
        "query_key TEXT NOT NULL, model TEXT, replicate INTEGER NOT NULL, answer TEXT, "
        "scenario TEXT NOT NULL, study TEXT NOT NULL"
    ),
    "pins": (
        "uid TEXT NOT NULL UNIQUE, at TEXT NOT NULL, author TEXT NOT NULL, what TEXT NOT NULL, "
        "body TEXT NOT NULL, gone INTEGER NOT NULL"
    ),
    "reports": (
        "uid TEXT NOT NULL UNIQUE, at TEXT NOT NULL, author TEXT NOT NULL, report TEXT NOT NULL, "
        "base TEXT, body TEXT NOT NULL, why TEXT NOT NULL"
    ),
}
_INDEXES = {
    "reviews": "query_key, kind",
    "pins": "what",
    "reports": "report",
}


def path(settings: Settings) -> Path:
    """Where everything that people add lies."""
    return settings.home / "people.sqlite"


def fresh_uid() -> str:
    """A name for one row that no other machine gives: time first, so that they sort."""
    return f"{int(datetime.now(UTC).timestamp() * 1000):012x}{secrets.token_hex(8)}"


def now() -> str:
    """This moment, UTC, to the microsecond."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


@contextmanager
def reading(settings: Settings) -> Iterator[sqlite3.Connection | None]:
    """A connection to read with; None where nobody has added anything yet."""
    if not path(settings).exists():
        yield None
        return
    with _connected(settings) as con:
        yield con


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
        con = sqlite3.connect(place, timeout=_WAIT_S, isolation_level=None)
    except (OSError, sqlite3.Error) as error:
        raise _sentence(place, error) from error
    try:
        _prepare(con)
        yield con
    except sqlite3.Error as error:
        raise _sentence(place, error) from error
    finally:
        con.close()


def _prepare(con: sqlite3.Connection) -> None:
    con.row_factory = sqlite3.Row
    con.execute("PRAGMA journal_mode = WAL")
    con.execute("PRAGMA synchronous = FULL")
    version = con.execute("PRAGMA user_version").fetchone()[0]
    if version > VERSION:
        raise FaultlineError(
            "The labels and reports in this home were written by a newer Faultline. Start that "
            "one, or point FAULTLINE_HOME to another folder."
        )
    if version < VERSION:
        _create(con)


def _create(con: sqlite3.Connection) -> None:
    con.execute("BEGIN IMMEDIATE")
    for table, columns in _TABLES.items():
        con.execute(
            f"CREATE TABLE IF NOT EXISTS {table} (id INTEGER PRIMARY KEY AUTOINCREMENT, {columns})"
        )
        con.execute(f"CREATE INDEX IF NOT EXISTS {table}_by ON {table} ({_INDEXES[table]})")
        for act in ("UPDATE", "DELETE"):
            con.execute(
                f"CREATE TRIGGER IF NOT EXISTS {table}_no_{act.lower()} BEFORE {act} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} only grows'); END"
            )
    con.execute(f"PRAGMA user_version = {VERSION}")
    con.execute("COMMIT")


def revision(settings: Settings, table: str) -> int:
    """A number that grows with every row of a table, for caches; 0 where there is none."""
    with reading(settings) as con:
        if con is None:
            return 0
        return int(con.execute(f"SELECT coalesce(max(id), 0) FROM {table}").fetchone()[0])


def _sentence(place: Path, error: Exception) -> FaultlineError:
    why = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
    return FaultlineError(
        f"{place.name}, which holds labels, pins and reports, could not be read or written: {why}. "
        "What was stored before is left as it is; free some space or check the file, and try again."
    )
