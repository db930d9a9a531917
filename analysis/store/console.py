"""One person's SQL over a study: read-only, with limits on rows, bytes, memory and time.

Each query runs in a process of its own (`console_child`), so it can be stopped at once and can
take nothing with it.
"""

import contextlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import pandas as pd
import pyarrow as pa

from analysis.errors import FaultlineError
from analysis.settings import Settings
from analysis.store import derived
from analysis.store.library import current_taxonomy
from analysis.store.study import StudyInfo

ROWS = 10_000
BYTES = 50_000_000
MEMORY_MB = 1_500
SECONDS = 30.0
BESIDE = ("topics", "response_types")
"""Tables whose rows may also lie beside the study, from a labeller that ran later."""


@dataclass(frozen=True)
class Answer:
    """What came back: the rows, whether there were more, and how long it took."""

    sql: str
    frame: pd.DataFrame
    cut: bool
    seconds: float


@dataclass
class Query:
    """A query that is running. `poll` until it is done, then take its `answer`."""

    sql: str
    seconds: float
    rows: int
    _process: "subprocess.Popen[bytes]"
    _out: IO[bytes]
    started: float = field(default_factory=time.monotonic)
    _ended: float | None = None
    _cancelled: bool = False

    def poll(self) -> bool:
        """Whether it has ended; ends it where its time is up."""
        if self._process.poll() is None and self.elapsed < self.seconds:
            return False
        if self._ended is None:
            self._ended = time.monotonic()
            self._stop()
        return True

    @property
    def elapsed(self) -> float:
        return (self._ended or time.monotonic()) - self.started

    def cancel(self) -> None:
        """Stop it now."""
        self._cancelled = self._process.poll() is None
        self._ended = self._ended or time.monotonic()
        self._stop()

    def answer(self) -> Answer:
        """Wait for the end and give the rows.

        Raises FaultlineError: a query that DuckDB refuses (with its words), one that was
        cancelled, or that took too long or too much memory.
        """
        while not self.poll():
            time.sleep(0.02)
        with self._out:
            self._out.seek(0)
            said = json.loads(self._out.readline() or b"{}")
            self._complain(said)
            batches = _batches(self._out)
        frame = _frame(batches, said["columns"])
        size = sum(b.nbytes for b in batches)
        cut = len(frame) > self.rows or size > BYTES
        return Answer(self.sql, frame.head(self.rows), cut, self.elapsed)

    def _stop(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()

    def _complain(self, said: dict[str, Any]) -> None:
        if self._cancelled:
            raise FaultlineError("The query was cancelled.")
        if said.get("error") == "query":
            raise FaultlineError(str(said["message"]))
        if self._process.returncode == 0 and "columns" in said:
            return
        if self.elapsed >= self.seconds:
            raise FaultlineError(
                f"The query was stopped after {self.seconds:.0f} seconds. Narrow it down: filter "
                "first, join by scenario_no, or aggregate."
            )
        if self._process.returncode > 0:
            raise RuntimeError(f"the query's process ended with {self._process.returncode}")
        raise FaultlineError(
            f"The query needs more than the {MEMORY_MB:,} MB it may use. Aggregate before you "
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
    """Start one SELECT over a study. Raises FaultlineError where there is nothing to run."""
    if not sql.strip():
        raise FaultlineError("There is no query yet. Write one, or take an example.")
    asked = {
        "study": str(info.path),
        "sql": sql,
        "rows": rows,
        "bytes": BYTES,
        "memory_mb": MEMORY_MB,
        "beside": _beside(info, sql, settings),
    }
    out = tempfile.TemporaryFile()  # noqa: SIM115 - the query keeps it until it is answered
    process = subprocess.Popen(
        [sys.executable, "-m", "analysis.store.console_child"],
        stdin=subprocess.PIPE,
        stdout=out,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])},
        start_new_session=True,
    )
    with contextlib.suppress(BrokenPipeError):
        assert process.stdin is not None
        process.stdin.write(json.dumps(asked).encode())
        process.stdin.close()
    return Query(sql, seconds, rows, process, out)


def _beside(info: StudyInfo, sql: str, settings: Settings) -> dict[str, list[str]]:
    """Files beside the study that this query may need, by the table they add to."""
    words = set(re.findall(r"\w+", sql.lower()))
    found = {
        table: [str(p) for p in derived.found(settings, info, f"{table}-")]
        for table in BESIDE
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
