"""Answers as they came, read into what can be labelled and scored: texts, outcomes, traces.

Works on the parquet that a source is or was converted to. Where nothing in it needs reading, the
file stays as it is, so that its texts can be linked; else it is written again, with the texts of
the assistants in place of message lists, and beside them the columns `outcome_{model}`,
`trace_{model}` and `tools_{model}`. What was taken for a failed call is counted, with examples.
"""

import re
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from analysis.errors import FaultlineError
from analysis.parse import answers
from analysis.parse.answers import Answer
from analysis.parse.gaps import is_gap
from analysis.store.build.inspect import LOOK_ALL_SECONDS, LOOK_SECONDS, TextScan
from analysis.store.build.sources import READING, Layout
from analysis.store.build.stage import FAILED_POSITION, NOT_ASKED
from analysis.vocabulary import OUTCOMES, Outcome

BATCH = 500
MOST_LINKED_BYTES = 1_000_000_000
"""Of answers in parquet that are looked through for anything but plain answers."""
EXAMPLES = 3
EXAMPLE_CHARS = 160
FAILED_VERDICT = "verdict on a text that is a failed call's and no answer"
_NESTED = re.compile(r"STRUCT|MAP|JSON|UNION|BLOB|.*\[\d*\]$")
_NO_PLACE = {Outcome.ERROR, Outcome.API_REFUSAL, Outcome.TRUNCATED}


@dataclass(frozen=True)
class Column:
    """One column of answers: its name, the model if it is one model's, and the columns about it:
    how the call ended, where the answer stands, what judges decided."""

    name: str
    suffix: str
    outcome: str | None = None
    positions: tuple[str, ...] = ()
    verdicts: tuple[str, ...] = ()
    model: str = ""


@dataclass
class Cleaned:
    """What reading a source's answers found. `failures`: one record an outcome and kind."""

    path: Path
    failures: list[dict[str, Any]] = field(default_factory=list)
    rejected: Counter[str] = field(default_factory=Counter)
    changed: bool = False


def answer_columns(layout: Layout) -> list[Column]:
    """The columns of a layout that hold answers."""
    found = []
    for model, name in layout.responses.items():
        positions = (layout.value1_positions.get(model), layout.value2_positions.get(model))
        suffix = name.removeprefix("response_")
        there = tuple(p for p in positions if p)
        found.append(Column(name, f"_{suffix}", layout.outcomes.get(model), there, model=model))
    if layout.response:
        judged = tuple(layout.decisions.values())
        found.append(Column(layout.response, "", layout.outcome, verdicts=judged))
    return found


def needs_reading(
    files: Sequence[Path],
    columns: Sequence[Column],
    types: dict[str, str],
    most: int | None = MOST_LINKED_BYTES,
) -> bool:
    """Whether anything in these answers is not simply an answer's text.

    Raises TimeoutError where there is too much of them to look through: more bytes than `most`, or
    more than can be read in `LOOK_ALL_SECONDS` a column.
    """
    kinds = {c.name: types.get(c.name, "") for c in columns}
    if any(_NESTED.match(kind) for kind in kinds.values()):
        return True
    columns = [c for c in columns if kinds[c.name] == "VARCHAR"]
    try:
        stored = sum(_stored_bytes(f, [c.name for c in columns]) for f in files)
    except (pa.ArrowException, UnicodeDecodeError, OSError):
        return False  # whoever reads the file in earnest says what is wrong with it
    if most is not None and stored > most:
        raise TimeoutError
    seconds = LOOK_SECONDS if most is not None else LOOK_ALL_SECONDS
    with TextScan() as scan:
        return any(
            text and answers.read(text) != Answer(text)
            for column in columns
            for _, _, text, _ in scan.candidates(files, column.name, seconds=seconds)
        )


@dataclass
class Readings:
    """What reading linked answers found: `path` where anything is something else than its text.
    `unread` names the columns that were not looked through to the end."""

    path: Path | None = None
    failures: list[dict[str, Any]] = field(default_factory=list)
    unread: tuple[str, ...] = ()


def readings(
    files: Sequence[Path],
    columns: Sequence[Column],
    target: Path,
    *,
    keep_failures: bool,
    seconds: float,
) -> Readings:
    """Look through linked answers and write those that are something else than their texts to
    `target`, as `sources.READING` has them; the files stay as they are. For `seconds` at most."""
    end = time.monotonic() + seconds
    tally, unread = _Tally(), []
    rows: dict[str, list[Any]] = {name: [] for name in READING}
    writer: pq.ParquetWriter | None = None
    with TextScan() as scan:
        for column in columns:
            try:
                left = max(0.1, end - time.monotonic())
                for place in scan.candidates(files, column.name, column.outcome, left):
                    _note_reading(rows, column, place, tally, keep_failures)
                    if len(rows["model"]) >= BATCH:
                        writer = _flush(rows, target, writer)
            except TimeoutError:
                unread.append(column.name)
    if rows["model"]:
        writer = _flush(rows, target, writer)
    if writer is not None:
        writer.close()
    return Readings(target if writer is not None else None, tally.records(), tuple(unread))


_READING_TYPES = pa.schema(
    [(n, pa.int64() if n in ("file_no", "row_no") else pa.string()) for n in READING]
)


def _note_reading(
    rows: dict[str, list[Any]],
    column: Column,
    place: tuple[int, int, str, str | None],
    tally: "_Tally",
    keep: bool,
) -> None:
    file_no, row_no, said, stated = place
    if not said or (stated is not None and stated.strip().lower() == NOT_ASKED):
        return
    read = _read(said, stated, keep)
    if read == Answer(said):
        return
    tally.add(column, read)
    cells = (file_no, row_no, column.model, _outcome(read, stated))
    for name, cell in zip(READING, (*cells, read.text, read.trace, read.tools), strict=True):
        rows[name].append(cell)


def _flush(
    rows: dict[str, list[Any]], target: Path, writer: pq.ParquetWriter | None
) -> pq.ParquetWriter:
    writer = writer or pq.ParquetWriter(target, _READING_TYPES)
    writer.write_table(pa.table(rows, schema=_READING_TYPES))
    for cells in rows.values():
        cells.clear()
    return writer


def is_large(files: Sequence[Path], columns: Sequence[Column]) -> bool:
    """Whether these columns of parquet files hold more than is always looked through."""
    try:
        return sum(_stored_bytes(f, [c.name for c in columns]) for f in files) > MOST_LINKED_BYTES
    except (pa.ArrowException, UnicodeDecodeError, OSError):
        return False  # whoever reads the file in earnest says what is wrong with it


def _stored_bytes(path: Path, names: Sequence[str]) -> int:
    footer = pq.read_metadata(path)
    wanted, total = set(names), 0
    for group in range(footer.num_row_groups):
        row_group = footer.row_group(group)
        for index in range(row_group.num_columns):
            chunk = row_group.column(index)
            if chunk.path_in_schema in wanted:
                total += chunk.total_uncompressed_size
    return total


def clean(path: Path, target: Path, columns: Sequence[Column], *, keep_failures: bool) -> Cleaned:
    """Write `path` to `target` with its answers read. Raises FaultlineError for a broken file."""
    try:
        return _clean(path, target, columns, keep_failures)
    except (pa.ArrowException, UnicodeDecodeError) as error:
        raise FaultlineError(
            f"{path.name} can't be read as parquet: {str(error).splitlines()[0]}. It may be "
            "damaged or cut off: fetch it again."
        ) from None


def _clean(path: Path, target: Path, columns: Sequence[Column], keep_failures: bool) -> Cleaned:
    reader = pq.ParquetFile(path)
    done = Cleaned(target, changed=True)
    tally = _Tally()
    writer: pq.ParquetWriter | None = None
    try:
        for batch in reader.iter_batches(BATCH):
            table = pa.Table.from_batches([batch])
            for column in columns:
                table = _read_column(table, column, tally, keep_failures)
            if writer is None:
                writer = pq.ParquetWriter(target, table.schema)
            writer.write_table(table)
        if writer is None:
            writer = pq.ParquetWriter(target, reader.schema_arrow)
    finally:
        if writer is not None:
            writer.close()
    done.failures = tally.records()
    done.rejected = tally.rejected
    return done


class _Tally:
    """Failures by outcome and kind, with the first few texts of each."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, str]] = Counter()
        self.examples: dict[tuple[str, str], list[dict[str, str]]] = {}
        self.rejected: Counter[str] = Counter()

    def add(self, column: Column, read: Answer) -> None:
        if read.failure is None:
            return
        key = (str(read.failure.outcome), read.failure.kind)
        self.counts[key] += 1
        kept = self.examples.setdefault(key, [])
        text = " ".join(read.source.split())[:EXAMPLE_CHARS]
        if len(kept) < EXAMPLES and all(text != k["text"] for k in kept):
            kept.append({"column": column.name, "text": text})

    def records(self) -> list[dict[str, Any]]:
        return [
            {"outcome": outcome, "kind": kind, "count": n, "examples": self.examples[outcome, kind]}
            for (outcome, kind), n in sorted(self.counts.items(), key=lambda i: (-i[1], i[0]))
        ]


def _read_column(table: pa.Table, column: Column, tally: _Tally, keep: bool) -> pa.Table:
    stated = table[column.outcome].to_pylist() if column.outcome else [None] * table.num_rows
    read = [
        _read(cell, statement, keep)
        for cell, statement in zip(table[column.name].to_pylist(), stated, strict=True)
    ]
    for one in read:
        tally.add(column, one)
    outcomes = [_outcome(one, statement) for one, statement in zip(read, stated, strict=True)]
    table = _put(table, column.name, [one.text or None for one in read])
    table = _put(table, column.outcome or f"outcome{column.suffix}", outcomes)
    table = _put(table, f"trace{column.suffix}", [one.trace or None for one in read])
    table = _put(table, f"tools{column.suffix}", [one.tools or None for one in read])
    failed = [
        one.outcome in _NO_PLACE and _known(statement) is None
        for one, statement in zip(read, stated, strict=True)
    ]
    if any(failed):
        table = _emptied(table, column.positions, failed, FAILED_POSITION, tally)
    silent = [one.failure is not None for one in read]
    if any(silent):
        table = _emptied(table, column.verdicts, silent, FAILED_VERDICT, tally)
    return table


def _read(cell: object, stated: object, keep: bool) -> Answer:
    statement = _known(stated)
    return answers.read(cell, keep_failures=keep or statement is Outcome.ANSWERED)


def _known(stated: object) -> Outcome | None:
    """The outcome that a source itself states, where it is one of the known words."""
    word = stated.strip().lower() if isinstance(stated, str) else ""
    return Outcome(word) if word in OUTCOMES else None


def _outcome(read: Answer, stated: object) -> str:
    statement = _known(stated)
    cut = read.outcome is Outcome.TRUNCATED and statement is Outcome.ANSWERED
    return str(statement if statement is not None and not cut else read.outcome)


def _emptied(
    table: pa.Table, names: Sequence[str], failed: Sequence[bool], reason: str, tally: _Tally
) -> pa.Table:
    """A call that gave no answer has no place on a spectrum and kept to no spec, whatever a scorer
    or a judge made of its text."""
    for name in names:
        cells = table[name].to_pylist()
        gone = [bad and _there(cell) for bad, cell in zip(failed, cells, strict=True)]
        if any(gone):
            tally.rejected[reason] += sum(gone)
            kept = [None if bad else cell for bad, cell in zip(failed, cells, strict=True)]
            table = _put(table, name, kept, table.schema.field(name).type)
    return table


def _there(cell: object) -> bool:
    return cell is not None and not (isinstance(cell, str) and is_gap(cell)) and cell == cell


def _put(table: pa.Table, name: str, cells: list[Any], kind: Any = None) -> pa.Table:
    array = pa.array(cells, kind or pa.string())
    if name in table.column_names:
        return table.set_column(table.column_names.index(name), name, array)
    return table.append_column(name, array)
