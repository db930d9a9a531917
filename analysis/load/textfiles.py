"""CSV and JSONL, row by row, into parquet of plain text columns.

Written by hand because every broken row has to be counted with its reason while the rest is kept,
which readers that infer a dialect or a schema do not offer. All cells stay text: what a cell may
be is judged in one place, when it is staged. What one file may hold is bounded: rows, columns, and
the bytes of one record, so that an upload can fill neither memory nor disk.
"""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from analysis.errors import FaultlineError

BATCH = 5_000
BATCH_CHARACTERS = 50_000_000
MAX_RECORD_LINES = 20_000
MAX_RECORD_BYTES = 16_000_000
NOT_UTF8 = "row is not UTF-8 text"
BROKEN_QUOTES = "quoting is broken or the row has another number of cells than the header"
NOT_JSON = "line is not a JSON object"
TOO_LONG = "row is longer than 16 MB"
Row = dict[str, str | None]

csv.field_size_limit(MAX_RECORD_BYTES)


@dataclass
class Converted:
    """A text file as parquet: where it is, how many rows, what was rejected."""

    path: Path
    rows: int = 0
    rejected: Counter[str] = field(default_factory=Counter)


def convert(source: Path, target: Path, *, max_columns: int, max_rows: int) -> Converted:
    """Write `source` (.csv or .jsonl) to `target` as parquet; rejected rows are counted.

    Raises FaultlineError when nothing in the file can be read as rows, or it holds too many.
    """
    done = Converted(target)
    try:
        with source.open("rb") as stream:
            if source.suffix.lower() == ".csv":
                names, rows = read_csv(stream, done.rejected, source.name)
            else:
                names = _keys(stream, source.name, max_columns)
                rows = read_jsonl(stream, done.rejected)
            _check_columns(names, source.name, max_columns)
            _write(names, rows, done, source.name, max_rows)
    except FileNotFoundError:
        raise FaultlineError(f"There is no file {source}. Check the path.") from None
    except (IsADirectoryError, PermissionError) as error:
        raise FaultlineError(f"{source} can't be read: {error.strerror}.") from None
    if not done.rows:
        why = "; ".join(f"{n:,} × {r}" for r, n in done.rejected.items()) or "it holds no rows"
        raise FaultlineError(f"Nothing in {source.name} is usable: {why}.")
    return done


def _check_columns(names: Sequence[str], source: str, most: int) -> None:
    if len(names) > most:
        raise FaultlineError(f"{source} has {len(names):,} columns; at most {most:,} are read.")


def _write(
    names: Sequence[str], rows: Iterator[Row], done: Converted, source: str, max_rows: int
) -> None:
    writer: pq.ParquetWriter | None = None
    try:
        for batch in _batches(rows):
            done.rows += len(batch)
            if done.rows > max_rows:
                raise FaultlineError(
                    f"{source} has more than {max_rows:,} rows, the most that are read from one "
                    "file. If that is right, split it."
                )
            columns = {n: pa.array([r.get(n) for r in batch], pa.string()) for n in names}
            table = pa.table(columns)
            writer = writer or pq.ParquetWriter(done.path, table.schema)
            writer.write_table(table)
    finally:
        if writer is not None:
            writer.close()


def _batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    batch: list[Row] = []
    size = 0
    for row in rows:
        batch.append(row)
        size += sum(len(cell) for cell in row.values() if cell)
        if len(batch) == BATCH or size > BATCH_CHARACTERS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _next_line(stream: BinaryIO) -> bytes:
    """The next line. Of one that is longer than allowed, only its beginning (see `_cut`)."""
    line = part = stream.readline(MAX_RECORD_BYTES + 1)
    while _cut(part):
        part = stream.readline(MAX_RECORD_BYTES + 1)
    return line


def _cut(line: bytes) -> bool:
    return len(line) > MAX_RECORD_BYTES and not line.endswith(b"\n")


def read_jsonl(stream: BinaryIO, rejected: Counter[str]) -> Iterator[Row]:
    """One JSON object a line; cells as text, lists and objects as JSON text."""
    while line := _next_line(stream):
        row = _object(line, rejected) if line.strip() else None
        if row is not None:
            yield {k: _cell(v) for k, v in row.items()}


def _keys(stream: BinaryIO, source: str, most: int) -> list[str]:
    """All keys of the file, in the order in which they first show; the stream is rewound.

    A pass of its own: a key may first show in the last line.
    """
    found: dict[str, None] = {}
    while line := _next_line(stream):
        found |= dict.fromkeys(_object(line, Counter()) or ())
        _check_columns(list(found), source, most)
    stream.seek(0)
    return list(found)


def _object(line: bytes, rejected: Counter[str]) -> dict[str, object] | None:
    if _cut(line):
        rejected[TOO_LONG] += 1
        return None
    try:
        row = json.loads(line.decode("utf-8-sig"))
        if b"\\u" in line:
            # Escapes can spell half a surrogate pair, which no text may hold.
            json.dumps(row, ensure_ascii=False).encode()
    except UnicodeError:
        rejected[NOT_UTF8] += 1
        return None
    except (ValueError, RecursionError):
        row = None
    if not isinstance(row, dict):
        rejected[NOT_JSON] += 1
        return None
    return row


def _cell(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def read_csv(
    stream: BinaryIO, rejected: Counter[str], source: str = "The file"
) -> tuple[list[str], Iterator[Row]]:
    """The header, and the comma-separated rows under it."""
    lines = _Lines(stream)
    header = _header(lines, source)
    return header, _csv_rows(lines, header, rejected)


def _csv_rows(lines: "_Lines", header: list[str], rejected: Counter[str]) -> Iterator[Row]:
    """Rows as header -> cell; after a broken row, reading goes on at the next line."""
    while record := _record(lines):
        whole = b"".join(record)
        if not whole.strip():
            continue
        cells, reason = (None, TOO_LONG) if any(map(_cut, record)) else _cells(whole)
        if cells is not None and len(cells) == len(header):
            yield {k: (v if v != "" else None) for k, v in zip(header, cells, strict=True)}
        else:
            # A stray quote swallows the rows after it: give them back and start over there.
            rejected[reason] += 1
            lines.back(record[1:])


class _Lines:
    """Physical lines that can be given back."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._returned: list[bytes] = []

    def next(self) -> bytes:
        return self._returned.pop() if self._returned else _next_line(self._stream)

    def back(self, lines: list[bytes]) -> None:
        self._returned.extend(reversed(lines))


def _header(lines: _Lines, source: str) -> list[str]:
    header, reason = _cells(b"".join(_record(lines)).removeprefix(b"\xef\xbb\xbf"))
    if reason == NOT_UTF8:
        raise FaultlineError(f"The header of {source} is not UTF-8 text. Save the file as UTF-8.")
    if header is None:
        raise FaultlineError(f"The header of {source} can't be read: its quoting is broken.")
    twice = next((n for n, count in Counter(header).items() if n and count > 1), None)
    if twice is not None:
        raise FaultlineError(f"The header of {source} names the column {twice} twice. Rename one.")
    return header


def _record(lines: _Lines) -> list[bytes]:
    """The physical lines of the next record, up to where the quotes balance; empty at the end."""
    first = lines.next()
    record, quotes, size = [first] if first else [], first.count(b'"'), len(first)
    while quotes % 2 and len(record) < MAX_RECORD_LINES and size < MAX_RECORD_BYTES:
        line = lines.next()
        if not line:
            break
        record.append(line)
        quotes += line.count(b'"')
        size += len(line)
    return record


def _cells(record: bytes) -> tuple[list[str] | None, str]:
    """The cells of one record, or None and why there are none."""
    try:
        parsed = list(csv.reader(io.StringIO(record.decode("utf-8"), newline=""), strict=True))
    except UnicodeDecodeError:
        return None, NOT_UTF8
    except csv.Error:
        return None, BROKEN_QUOTES
    if not parsed:
        return [], ""
    return (parsed[0] if len(parsed) == 1 else None), BROKEN_QUOTES
