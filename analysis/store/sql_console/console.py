"""One person's SQL over a study: read-only, with limits on rows, bytes, memory and time.

Each query runs in a process of its own (`child`) under limits of the operating system, so
it ends by itself, can be stopped at once, and can take nothing with it.
"""

import contextlib
import json
import math
import re
import tempfile
import time
from dataclasses import dataclass
from typing import IO, Any

import pandas as pd
import pyarrow as pa

from analysis.errors import FaultlineError
from analysis.settings import Settings
from analysis.store import derived, labels
from analysis.store.library.library import current_taxonomy
from analysis.store.study import StudyInfo, check_blame, check_seal
from analysis.subprocesses.child import Child
from analysis.subprocesses.limits import Limits, out_of_time
from analysis.subprocesses.slots import of_process

LONGEST = 6_000
"""Characters of a query."""
ROWS = 10_000
BYTES = 50_000_000
"""What the rows may take in this process, nested values counted at their full price."""
COLUMNS = 2_000
MEMORY_MB = 1_500
SECONDS = 30.0
THREADS = 2
FILE_MB = 2 * BYTES // 1_000_000
"""The rows on their way here, with what Arrow adds."""


@dataclass(frozen=True)
class QueryResult:
    """What came back: the rows, whether there were more, and how long it took."""

    sql: str
    frame: pd.DataFrame
    cut: bool
    seconds: float


class Query:
    """A query that is running. `poll` until it is done, then take its `answer`.

    It ends at its limits whether or not anybody polls: they are the operating system's.
    """

    def __init__(
        self, info: StudyInfo, sql: str, seconds: float, rows: int, child: Child, out: IO[bytes]
    ) -> None:
        self._info = info
        self.sql, self.seconds, self.rows = sql, seconds, rows
        self.started = time.monotonic()
        self._child, self._out = child, out
        self._ended: float | None = None
        self._cancelled = False

    def poll(self) -> bool:
        """Whether it has ended; ends it where its time is up."""
        if not self._child.done.is_set() and self.elapsed < self.seconds:
            return False
        if self._ended is None:
            self._ended = time.monotonic()
            self._end()
        return True

    @property
    def elapsed(self) -> float:
        return (self._ended or time.monotonic()) - self.started

    def cancel(self) -> None:
        """Stop it now."""
        self._cancelled = not self._child.done.is_set()
        self._ended = self._ended or time.monotonic()
        self._end()

    def _end(self) -> None:
        self._child.kill()
        self._child.done.wait()

    def answer(self) -> QueryResult:
        """Wait for the end and give the rows.

        Raises FaultlineError: a query that DuckDB refuses (with its words), one that was
        cancelled, or that took too long or too much memory.
        """
        while not self.poll():
            time.sleep(0.02)
        code = self._child.code
        with self._out:
            self._out.seek(0)
            reply = _reply(self._out)
            self._complain(reply, code)
            batches = _batches(self._out)
        return QueryResult(self.sql, _frame(batches, reply["columns"]), reply["cut"], self.elapsed)

    def _complain(self, reply: dict[str, Any], code: int) -> None:
        if self._cancelled:
            raise FaultlineError("The query was cancelled.")
        if "columns" not in reply:
            check_blame(self._info, str(reply.get("message") or "the query's process ended"))
        if reply.get("error") == "query":
            raise FaultlineError(str(reply["message"]))
        if code == 0 and "columns" in reply:
            return
        if self.elapsed >= self.seconds or out_of_time(code):
            raise FaultlineError(
                f"The query was stopped after {self.seconds:.0f} seconds. Narrow it down: filter "
                "first, join by scenario_no, or aggregate."
            )
        # Where memory runs out, libraries end in errors of many kinds (code > 0) or by a signal.
        needs = "most likely needs" if code > 0 else "needs"
        raise FaultlineError(
            f"The query {needs} more than the {MEMORY_MB:,} MB it may use. Aggregate before you "
            "sort or join, or ask for fewer columns."
        )


def ask(
    info: StudyInfo,
    sql: str,
    settings: Settings,
    *,
    seconds: float = SECONDS,
    rows: int = ROWS,
) -> Query:
    """Start one SELECT over a study.

    Raises FaultlineError where there is nothing to run, or where as many run as the server takes.
    """
    if not sql.strip():
        raise FaultlineError("There is no query yet. Write one, or take an example.")
    check_seal(info)
    request = {
        "study": str(info.path),
        "sql": sql,
        "rows": rows,
        "bytes": BYTES,
        "columns": COLUMNS,
        "memory_mb": MEMORY_MB,
        "threads": THREADS,
        "beside": _beside(info, sql, settings),
    }
    limits = Limits(
        wall_seconds=seconds,
        cpu_seconds=math.ceil(seconds * THREADS) + 1,
        memory_mb=MEMORY_MB,
        file_mb=FILE_MB,
    )
    free = of_process().take()
    out = tempfile.TemporaryFile()  # noqa: SIM115 - the query keeps it until it is answered
    child = Child("analysis.store.sql_console.child", request, limits, free, out)
    return Query(info, sql, seconds, rows, child, out)


def _reply(out: IO[bytes]) -> dict[str, Any]:
    """The child's first line; {} where it was ended before it had said it all."""
    with contextlib.suppress(ValueError):
        reply = json.loads(out.readline() or b"{}")
        return reply if isinstance(reply, dict) else {}
    return {}


def _beside(info: StudyInfo, sql: str, settings: Settings) -> dict[str, list[str]]:
    """Files beside the study that this query may need, by the table they add to."""
    words = set(re.findall(r"\w+", sql.lower()))
    found = {
        table: [str(p) for p in derived.found(settings, info, f"{table}-")]
        for table in labels.TABLES
        if table in words
    }
    if "taxonomy" in words:
        found["taxonomy"] = [str(current_taxonomy(settings).path)]
    return {table: paths for table, paths in found.items() if paths}


def _batches(stream: IO[bytes]) -> list[pa.RecordBatch]:
    with contextlib.suppress(pa.ArrowInvalid), pa.ipc.open_stream(stream) as reader:
        return list(reader)
    return []


def _frame(batches: list[pa.RecordBatch], columns: list[str]) -> pd.DataFrame:
    """Rows as a frame; columns of the same name are told apart by a number."""
    if not batches:
        return pd.DataFrame(columns=_distinct(columns))
    frame: pd.DataFrame = (
        pa.Table.from_batches(batches).rename_columns(_distinct(columns)).to_pandas()
    )
    return frame


def _distinct(columns: list[str]) -> list[str]:
    seen: dict[str, int] = {}
    named = []
    for column in columns:
        seen[column] = seen.get(column, 0) + 1
        named.append(column if seen[column] == 1 else f"{column}_{seen[column]}")
    return named
