"""Open a SQLite file to read it, leaving its folder as it was.

A file in WAL mode wants two files beside it even to be read. Opened to write and closed again they
are made and taken away; opened read-only they would stay, and in a folder that can't be written, or
on a full disk, there is nothing to open. So each way is tried where it leaves no trace.
"""

import shutil
import sqlite3
import tempfile
from pathlib import Path

from analysis import regular_files


def connect_to_read(path: Path, wait_s: float = 30.0) -> sqlite3.Connection:
    """A connection that refuses to write; close it soon. Never makes the file.

    Raises sqlite3.Error where it can't be read in any way.
    """
    check_file(path)
    ways = ("ro", "rw") if _wal(path).exists() else ("rw", "ro")
    for way in ways:
        try:
            return _opened(f"{path.resolve().as_uri()}?mode={way}", wait_s)
        except sqlite3.OperationalError as error:
            busy = error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
            if busy or not path.exists():
                raise
            failed = error
    if _has_wal(path):
        return _from_copy(path, wait_s, failed)
    # Nobody can write here without the file that is missing, so nothing changes under the reader.
    return _opened(f"{path.resolve().as_uri()}?immutable=1", wait_s)


def check_file(path: Path) -> None:
    """See that SQLite is given a file or nothing: it would wait at a pipe. Raises sqlite3.Error."""
    try:
        regular_files.check(path)
    except OSError as error:
        raise sqlite3.OperationalError(error.strerror) from error


def _wal(path: Path) -> Path:
    return path.with_name(path.name + "-wal")


def _has_wal(path: Path) -> bool:
    try:
        return _wal(path).stat().st_size > 0
    except OSError:
        return False


def _opened(uri: str, wait_s: float) -> sqlite3.Connection:
    con = sqlite3.connect(
        uri, uri=True, timeout=wait_s, isolation_level=None, check_same_thread=False
    )
    try:
        con.execute("PRAGMA query_only = 1")
        con.execute("SELECT count(*) FROM sqlite_master").fetchall()
    except UnicodeDecodeError as error:  # from the words of SQLite's own complaint
        con.close()
        raise sqlite3.DatabaseError("malformed database schema") from error
    except BaseException:
        con.close()
        raise
    return con


def _from_copy(path: Path, wait_s: float, failed: sqlite3.Error) -> sqlite3.Connection:
    """Both files read into memory by way of a copy elsewhere, where there is a place for one."""
    try:
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(shutil.copy(path, folder))
            shutil.copy(_wal(path), folder)
            con = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
            beside = sqlite3.connect(copy, timeout=wait_s)
            try:
                beside.backup(con)
            finally:
                beside.close()
            con.execute("PRAGMA query_only = 1")
            return con
    except OSError:
        raise failed from None
