"""CSV and JSONL, row by row, into parquet of plain text columns.

Written by hand because every broken row has to be counted with its reason while the rest is kept,
which readers that infer a dialect or a schema do not offer. All cells stay text: what a cell may
be is judged in one place, when it is staged.
"""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from analysis.errors import FaultlineError

BATCH = 5_000
_MAX_RECORD_LINES = 20_000
_MAX_RECORD_BYTES = 16_000_000
NOT_UTF8 = "row is not UTF-8 text"
BROKEN_QUOTES = "quoting is broken or the row has another number of cells than the header"
NOT_JSON = "line is not a JSON object"
Row = dict[str, str | None]


@dataclass
class Converted:
    """A text file as parquet: where it is, how many rows, what was rejected."""

    path: Path
    rows: int = 0
    rejected: Counter[str] = field(default_factory=Counter)


def convert(source: Path, target: Path, max_columns: int) -> Converted:
    """Write `source` (.csv or .jsonl) to `target` as parquet; rejected rows are counted.

    Raises FaultlineError when nothing in the file can be read as rows.
    """
    done = Converted(target)
    try:
        with source.open("rb") as stream:
            read = read_csv if source.suffix.lower() == ".csv" else read_jsonl
            _write(read(stream, done.rejected), done, max_columns, source)
    except FileNotFoundError:
        raise FaultlineError(f"There is no file {source}. Check the path.") from None
    if not done.rows:
        why = "; ".join(f"{n:,} × {r}" for r, n in done.rejected.items()) or "it holds no rows"
        raise FaultlineError(f"Nothing in {source.name} is usable: {why}.")
    return done


def _write(rows: Iterator[Row], done: Converted, max_columns: int, source: Path) -> None:
    writer: pq.ParquetWriter | None = None
    names: list[str] = []
    try:
        for batch in _batches(rows):
            if writer is None:
                names = list(dict.fromkeys(k for row in batch for k in row))
                if len(names) > max_columns:
                    raise FaultlineError(
                        f"{source.name} has {len(names):,} columns; at most {max_columns:,} "
                        "are read."
                    )
                schema = pa.schema([(n, pa.string()) for n in names])
                writer = pq.ParquetWriter(done.path, schema)
            columns = {n: pa.array([r.get(n) for r in batch], pa.string()) for n in names}
            writer.write_table(pa.table(columns))
            done.rows += len(batch)
    finally:
        if writer is not None:
            writer.close()


def _batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    batch: list[Row] = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def read_jsonl(stream: io.BufferedIOBase, rejected: Counter[str]) -> Iterator[Row]:
    """One JSON object a line; cells as text, lists and objects as JSON text."""
    for line in stream:
        if not line.strip():
            continue
        try:
            row = json.loads(line.decode("utf-8-sig"))
        except UnicodeDecodeError:
            rejected[NOT_UTF8] += 1
            continue
        except (ValueError, RecursionError):
            rejected[NOT_JSON] += 1
            continue
        if isinstance(row, dict):
            yield {str(k): _cell(v) for k, v in row.items()}
        else:
            rejected[NOT_JSON] += 1


def _cell(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def read_csv(stream: io.BufferedIOBase, rejected: Counter[str]) -> Iterator[Row]:
    """Comma-separated rows under a header; after a broken row, reading goes on at the next line."""
    lines = _Lines(stream)
    header = _header(lines)
    while (record := _record(lines)) is not None:
        if not b"".join(record).strip():
            continue
        try:
            cells = _cells(b"".join(record))
        except UnicodeDecodeError:
            rejected[NOT_UTF8] += 1
            continue
        if cells is not None and len(cells) == len(header):
            yield {k: (v if v != "" else None) for k, v in zip(header, cells, strict=True)}
        else:
            # A stray quote swallows the rows after it: give them back and start over there.
            rejected[BROKEN_QUOTES] += 1
            lines.back(record[1:])


class _Lines:
    """Physical lines that can be given back."""

    def __init__(self, stream: io.BufferedIOBase) -> None:
        self._stream = stream
        self._returned: list[bytes] = []

    def next(self) -> bytes:
        return self._returned.pop() if self._returned else self._stream.readline()

    def back(self, lines: list[bytes]) -> None:
        self._returned.extend(reversed(lines))


def _header(lines: _Lines) -> list[str]:
    record = _record(lines)
    if record is None:
        return []
    try:
        return _cells(b"".join(record).removeprefix(b"\xef\xbb\xbf")) or []
    except UnicodeDecodeError:
        raise FaultlineError(
            "The header of the CSV file is not UTF-8 text. Save the file as UTF-8."
        ) from None


def _record(lines: _Lines) -> list[bytes] | None:
    """The physical lines of the next record: up to where the quotes balance."""
    first = lines.next()
    if not first:
        return None
    record, quotes, size = [first], first.count(b'"'), len(first)
    while quotes % 2 and len(record) < _MAX_RECORD_LINES and size < _MAX_RECORD_BYTES:
        line = lines.next()
        if not line:
            break
        record.append(line)
        quotes += line.count(b'"')
        size += len(line)
    return record


def _cells(record: bytes) -> list[str] | None:
    text = record.decode("utf-8")
    try:
        parsed = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error:
        return None
    return parsed[0] if len(parsed) == 1 else None


csv.field_size_limit(_MAX_RECORD_BYTES)
