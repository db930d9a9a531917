"""The one thread that writes a journal: whatever waits is committed together (group commit).

An `await` on a write returns after its commit is on disk. A full disk stops nothing at once: the
batch is tried again until there is room or the patience is over, and meanwhile whoever waits for
a commit waits, so nothing is sent that could not be written down.
"""

import asyncio
import contextlib
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from analysis.sqlite_reading import check_file
from pipeline.providers.texts import storable

BATCH = 512
RETRY_S = 0.25
BUSY_MS = 10_000
PATIENCE_S = 60.0


class JournalError(Exception):
    """The journal could not be written within the patience; the sentence says why."""


@dataclass(frozen=True)
class Write:
    """One statement and whom to tell: `tell(rows changed, error)` runs on the writer thread."""

    sql: str
    values: tuple[object, ...]
    tell: Callable[[int, Exception | None], None] | None = None


def connect(path: Path, *, write: bool) -> sqlite3.Connection:
    """A connection to an existing file; it never creates one, so a moved home stays moved. Raises
    sqlite3.Error."""
    check_file(path)
    mode = "rw" if write else "ro"
    uri = f"{path.resolve().as_uri()}?mode={mode}"
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
    connection.execute(f"PRAGMA busy_timeout={BUSY_MS}")
    connection.row_factory = sqlite3.Row
    return connection


class Writer:
    """Owns the only writing connection of a runner. Start it once, close it once."""

    def __init__(self, path: Path, patience_s: float | None = None) -> None:
        self.patience_s = PATIENCE_S if patience_s is None else patience_s
        self._since: float | None = None  # the monotonic moment at which the trouble began
        self.trouble = ""  # why nothing is being written right now, "" when all is well
        self.connection = connect(path, write=True)
        self.connection.execute("PRAGMA synchronous=FULL")
        self._queue: queue.SimpleQueue[Write | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    def put(self, sql: str, *values: object) -> None:
        """Write without waiting: for what can be made again (gauges, parse results)."""
        self._queue.put(Write(sql, _storable(values)))

    def write(self, sql: str, *values: object) -> "asyncio.Future[int]":
        """A future with the number of rows changed, done after the commit."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[int] = loop.create_future()

        def tell(rows: int, error: Exception | None) -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(_finish, future, rows, error)

        self._queue.put(Write(sql, _storable(values), tell))
        return future

    def write_now(self, sql: str, *values: object) -> int:
        """The same for a caller without an event loop: returns after the commit."""
        done = threading.Event()
        seen: list[tuple[int, Exception | None]] = []

        def tell(rows: int, error: Exception | None) -> None:
            seen.append((rows, error))
            done.set()

        self._queue.put(Write(sql, _storable(values), tell))
        done.wait()
        rows, error = seen[0]
        if error is not None:
            raise error
        return rows

    def close(self) -> None:
        """Commit what is queued, stop the thread, close the connection."""
        self._queue.put(None)
        self._thread.join()
        self.connection.close()

    def _run(self) -> None:
        while True:
            batch, last = self._take()
            if batch:
                self._settle(batch)
            if last:
                return

    def _take(self) -> tuple[list[Write], bool]:
        batch: list[Write] = []
        item = self._queue.get()
        while item is not None:
            batch.append(item)
            if len(batch) >= BATCH:
                return batch, False
            try:
                item = self._queue.get_nowait()
            except queue.Empty:
                return batch, False
        return batch, True

    def _settle(self, batch: list[Write]) -> None:
        while True:
            try:
                counts = self._commit(batch)
            except sqlite3.OperationalError as error:
                if not self._wait_for_room(error):
                    _tell(batch, [0] * len(batch), JournalError(_sentence(error)))
                    return
            except Exception as error:  # a mistake in a statement: its caller, and no other, hears
                if len(batch) > 1:
                    for write in batch:
                        self._settle([write])
                else:
                    _tell(batch, [0], error)
                return
            else:
                self.trouble, self._since = "", None
                _tell(batch, counts, None)
                return

    def _wait_for_room(self, error: sqlite3.OperationalError) -> bool:
        """Wait a moment; False once the patience is over, for what comes later too: a runner that
        gives up must not wait once more for each of its last words."""
        self.trouble = f"the journal can't be written ({error})"
        moment = time.monotonic()
        self._since = moment if self._since is None else self._since
        if moment - self._since >= self.patience_s:
            return False
        time.sleep(RETRY_S)
        return True

    def _commit(self, batch: list[Write]) -> list[int]:
        try:
            self.connection.execute("BEGIN IMMEDIATE")
            counts = [self.connection.execute(w.sql, w.values).rowcount for w in batch]
            self.connection.execute("COMMIT")
        except BaseException:
            self._rollback()
            raise
        return counts

    def _rollback(self) -> None:
        if self.connection.in_transaction:
            self.connection.execute("ROLLBACK")


def _storable(values: tuple[object, ...]) -> tuple[object, ...]:
    """SQLite takes no lone surrogates, whichever field somebody's text has come to stand in."""
    return tuple(storable(value) if isinstance(value, str) else value for value in values)


def _sentence(error: sqlite3.OperationalError) -> str:
    return f"The run's journal can't be written ({error}). Make room on its disk, then resume it."


def _finish(future: "asyncio.Future[int]", rows: int, error: Exception | None) -> None:
    if future.cancelled():
        return
    if error is not None:
        future.set_exception(error)
    else:
        future.set_result(rows)


def _tell(batch: Iterable[Write], counts: Iterable[int], error: Exception | None) -> None:
    for write, rows in zip(batch, counts, strict=True):
        if write.tell is not None:
            write.tell(rows, error)
