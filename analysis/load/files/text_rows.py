"""CSV, TSV, JSON and JSONL, row by row, into parquet of plain text columns.

Written by hand because every broken row has to be counted with its reason while the rest is kept,
which readers that infer a dialect or a schema do not offer. All cells stay text: what a cell may
be is judged in one place, when it is staged. What one file may hold is bounded: rows, columns, and
the bytes of one record, so that an upload can fill neither memory nor disk.
"""

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from analysis.errors import FaultlineError
from analysis.parse import shapes
from analysis.parse.files import HEAD, check_kind, check_regular

BATCH = 5_000
BATCH_CHARACTERS = 50_000_000
MAX_RECORD_LINES = 20_000
MAX_RECORD_BYTES = 16_000_000
NOT_UTF8 = "row is not UTF-8 text"
BROKEN_QUOTES = "quoting is broken or the row has another number of cells than the header"
NOT_JSON = "line is not a JSON object"
TOO_LONG = "row is longer than 16 MB"
MAX_DOCUMENT_BYTES = 400_000_000
MOST_EXACT = 2**53
CSV = (".csv", ".tsv", ".tab")
DELIMITERS = ",;\t|"
_TOLD_SIGN = re.compile(rb"\"?sep=([,;\t|])\"?\s*", re.IGNORECASE)
Row = dict[str, str | None]
Reader = Callable[[shapes.Record], shapes.Record]

csv.field_size_limit(MAX_RECORD_BYTES)


@dataclass
class Converted:
    """A text file as parquet: where it is, how many rows, what was rejected."""

    path: Path
    rows: int = 0
    rejected: Counter[str] = field(default_factory=Counter)


def convert(
    source: Path,
    target: Path,
    *,
    max_columns: int,
    max_rows: int,
    requests: Mapping[str, shapes.Record] | None = None,
) -> Converted:
    """Write `source` (.csv, .tsv, .json, .jsonl) to `target` as parquet; rejects are counted.

    What tools write (logs, batches) becomes one row a query and model; `requests` are those of a
    batch, by custom id. Raises FaultlineError when nothing in the file can be read as rows, or it
    holds too many.
    """
    done = Converted(target)
    check_regular(source)
    try:
        with source.open("rb") as stream:
            check_kind(source, stream.read(HEAD))
            stream.seek(0)
            if source.suffix.lower() in CSV:
                names, rows = read_csv(stream, done.rejected, source.name)
            else:
                names, rows = _json_rows(stream, source, done, max_columns, requests or {})
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


def _json_rows(
    stream: BinaryIO,
    source: Path,
    done: Converted,
    max_columns: int,
    requests: Mapping[str, shapes.Record],
) -> tuple[list[str], Iterator[Row]]:
    """The columns and rows of JSON Lines, or of one JSON document."""
    document = _document(stream, source)
    if document is not None:
        if document and not shapes.is_batch_output(document[0]):
            read = shapes.record_reader(document[0], source.name, requests)
            document = [read(record) for record in document]
        names = list(dict.fromkeys(str(k) for row in document for k in row))
        return names, ({str(k): _cell(v) for k, v in row.items()} for row in document)
    first = next(filter(None, (_object(line, Counter()) for line in _lines(stream))), {})
    stream.seek(0)
    read = shapes.record_reader(first, source.name, requests)
    names = _keys(stream, source.name, max_columns, read)
    return names, read_jsonl(stream, done.rejected, read)


def _document(stream: BinaryIO, source: Path) -> list[shapes.Record] | None:
    """The rows of a file that is one JSON document; None where each line is one of its own."""
    head = stream.read(1 << 16).decode("utf-8-sig", "replace").lstrip()
    stream.seek(0)
    first, _, more = head.partition("\n")
    one_line = bool(more.strip()) and _is_object(first)
    if not head or (head[0] != "[" and (source.suffix.lower() != ".json" or one_line)):
        return None
    if source.stat().st_size > MAX_DOCUMENT_BYTES:
        raise FaultlineError(
            f"{source.name} is one JSON document of more than {MAX_DOCUMENT_BYTES // 1_000_000} "
            "MB. Write it as JSON Lines, one object a line (jq -c '.[]'), and load that."
        )
    try:
        document = json.loads(stream.read().decode("utf-8-sig"))
    except UnicodeError:
        raise FaultlineError(f"{source.name} is not UTF-8 text. Save it as UTF-8.") from None
    except (ValueError, RecursionError) as error:
        stream.seek(0)
        if head[0] == "{" and (several := _one_after_another(stream.read().decode("utf-8-sig"))):
            return several
        if head[0] != "[" or source.suffix.lower() == ".json":
            raise FaultlineError(
                f"{source.name} can't be read as JSON: {error}. It may have been cut off."
            ) from None
        stream.seek(0)
        return None
    if isinstance(document, dict) and shapes.is_row(document):
        return [document]
    rows = shapes.rows_of(document, source.name)
    if rows is None:
        raise FaultlineError(
            f"{source.name} is a JSON document that holds no list of rows. Give an array of "
            "objects, one a row, or JSON Lines (in pandas, orient='records')."
        )
    stream.seek(0)
    return list(rows)


def _one_after_another(text: str) -> list[shapes.Record]:
    """Objects that stand one after the other over several lines each, as jq prints them; empty
    where anything else stands between them."""
    decoder, found, at = json.JSONDecoder(), [], 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        try:
            value, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            return []
        if not isinstance(value, dict):
            return []
        found.append(value)
    return found


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    while line := _next_line(stream):
        if line.strip():
            yield line


def requests_in(source: Path) -> dict[str, shapes.Record]:
    """The requests of a batch's input file by their custom id; empty for any other file."""
    with source.open("rb") as stream:
        first = next(filter(None, (_object(line, Counter()) for line in _lines(stream))), None)
        if first is None or not shapes.is_batch_input(first) or shapes.is_batch_output(first):
            return {}
        stream.seek(0)
        records = (_object(line, Counter()) for line in _lines(stream))
        return shapes.requests_of(r for r in records if r is not None)


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


def read_jsonl(
    stream: BinaryIO, rejected: Counter[str], read: Reader = lambda record: record
) -> Iterator[Row]:
    """One JSON object a line; cells as text, lists and objects as JSON text."""
    while line := _next_line(stream):
        row = _object(line, rejected) if line.strip() else None
        if row is not None:
            yield {k: _cell(v) for k, v in read(row).items()}


def _keys(
    stream: BinaryIO, source: str, most: int, read: Reader = lambda record: record
) -> list[str]:
    """All keys of the file, in the order in which they first show; the stream is rewound.

    A pass of its own: a key may first show in the last line.
    """
    found: dict[str, None] = {}
    while line := _next_line(stream):
        row = _object(line, Counter())
        found |= dict.fromkeys(read(row) if row else ())
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
    if isinstance(value, float) and value.is_integer() and abs(value) < MOST_EXACT:
        return str(int(value))  # 7.0 and 1e5 are numbers in JSON: the same as 7 and 100000
    return json.dumps(value, ensure_ascii=False)


def read_csv(
    stream: BinaryIO, rejected: Counter[str], source: str = "The file"
) -> tuple[list[str], Iterator[Row]]:
    """The header, and the rows under it, separated as the header is: by commas, semicolons,
    tabs or bars."""
    lines = _Lines(stream)
    first = b"".join(_record(lines)).removeprefix(b"\xef\xbb\xbf")
    told = _TOLD_SIGN.fullmatch(first)
    if told is not None:  # Excel's first line, which names the sign and is no header
        first = b"".join(_record(lines))
    sign = told[1].decode() if told is not None else delimiter(first)
    header = _header(first, sign, source)
    return header, _csv_rows(lines, header, rejected, sign)


def delimiter(header: bytes) -> str:
    """The sign that separates the names of a header: the most frequent outside quotes."""
    plain = re.sub(rb'"[^"]*"', b"", header).decode("utf-8", "replace")
    return max(DELIMITERS, key=lambda sign: plain.count(sign))


def _csv_rows(
    lines: "_Lines", header: list[str], rejected: Counter[str], sign: str
) -> Iterator[Row]:
    """Rows as header -> cell; after a broken row, reading goes on at the next line."""
    while record := _record(lines):
        whole = b"".join(record)
        if not whole.strip():
            continue
        cells, reason = (None, TOO_LONG) if any(map(_cut, record)) else _cells(whole, sign)
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


def _header(first: bytes, sign: str, source: str) -> list[str]:
    header, reason = _cells(first, sign)
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


def _cells(record: bytes, sign: str = ",") -> tuple[list[str] | None, str]:
    """The cells of one record, or None and why there are none."""
    try:
        text = io.StringIO(record.decode("utf-8"), newline="")
        parsed = list(csv.reader(text, strict=True, delimiter=sign))
    except UnicodeDecodeError:
        return None, NOT_UTF8
    except csv.Error:
        return None, BROKEN_QUOTES
    if not parsed:
        return [], ""
    return (parsed[0] if len(parsed) == 1 else None), BROKEN_QUOTES
