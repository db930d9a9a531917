"""Rows of a query as far as the limits go: weighed batch by batch, made plain for a table.

What a row weighs is what it takes where it is shown. Arrow is frugal: a million empty lists are
4 MB in Arrow and 112 MB as Python's objects, so every value inside a list, struct or map counts
with the size of an object, as does a date, a time, a decimal or a blob; any other value counts with
eight bytes at least, the names of the columns with their own.
"""

from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from analysis.errors import FaultlineError

OBJECT_BYTES = 112
"""Of one value inside a nested one, once it is an object (an empty numpy array, measured); a
decimal takes as much."""
CELL_BYTES = 8
"""Of one value of any column in a frame: a number, or where to find it."""
NAME_BYTES = 1_000_000
"""For the names of all columns and of the fields inside them. Queries can make names from data."""


def gather(
    reader: pa.RecordBatchReader, most_rows: int, most_bytes: int, most_columns: int
) -> tuple[pa.Table, bool]:
    """The first rows that fit the limits, and whether there were more.

    Raises FaultlineError where there are too many columns or not even the first row fits.
    """
    if len(reader.schema) > most_columns:
        raise FaultlineError(
            f"The result has {len(reader.schema):,} columns; at most {most_columns:,} are shown. "
            "Name the columns that you need."
        )
    named = reader.schema.serialize().size
    if named > NAME_BYTES:
        raise FaultlineError(
            f"The names of the result's columns take {named / 1e6:,.1f} MB; at most "
            f"{NAME_BYTES / 1e6:,.0f} MB are shown. Give the columns short names (AS)."
        )
    kept: list[pa.RecordBatch] = []
    rows = size = 0
    for batch in reader:
        part = batch.slice(0, fitting(batch, most_bytes - size))
        if not rows and not len(part) and len(batch):
            raise FaultlineError(
                f"One row of the result takes {weight(batch.slice(0, 1)) / 1e6:,.0f} MB; at most "
                f"{most_bytes / 1e6:,.0f} MB are shown. Take a part of it (substr, list[1:100]) "
                "or its length."
            )
        part = part.slice(0, most_rows - rows)
        kept.append(part)
        rows, size = rows + len(part), size + weight(part)
        if len(part) < len(batch):
            return pa.Table.from_batches(kept, reader.schema), True
    return pa.Table.from_batches(kept, reader.schema), False


def fitting(batch: pa.RecordBatch, room: int) -> int:
    """How many rows from the first on weigh no more than `room`."""
    if weight(batch) <= room:
        return len(batch)
    low, high = 0, len(batch)  # low fits, high does not
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if weight(batch.slice(0, middle)) <= room else (low, middle)
    return low


def weight(batch: pa.RecordBatch) -> int:
    """Bytes that the rows take as they are shown."""
    return int(sum(map(_weight, batch.columns)))


def _weight(column: pa.Array) -> int:
    objects = _inner(column) + (len(column) if _is_object(column.type) else 0)
    return max(_bytes(column), CELL_BYTES * len(column)) + OBJECT_BYTES * objects


def _is_object(kind: pa.DataType) -> bool:
    """Whether pandas makes one of Python's objects of each value."""
    types = pa.types
    return bool(
        types.is_date(kind)
        or types.is_time(kind)
        or types.is_decimal(kind)
        or types.is_interval(kind)
        or types.is_binary(kind)
        or types.is_large_binary(kind)
        or types.is_binary_view(kind)
        or types.is_fixed_size_binary(kind)
    )


def _bytes(column: pa.Array) -> int:
    try:
        return int(column.nbytes)
    except (pa.ArrowException, TypeError):  # a layout that Arrow can't take a slice of
        return int(column.get_total_buffer_size())


def _inner(column: pa.Array) -> int:
    """Values inside nested values, at every depth."""
    return sum(len(part) + _inner(part) for part in _parts(column))


def _parts(column: Any) -> Iterator[pa.Array]:
    kind = column.type
    if pa.types.is_map(kind) and len(column):
        # `flatten` would know the slice of a list; `keys` and `items` are those of all rows.
        start, end = column.offsets[0].as_py(), column.offsets[-1].as_py()
        yield from (part.slice(start, end - start) for part in (column.keys, column.items))
    elif _is_list(kind):
        yield column.flatten()
    elif pa.types.is_struct(kind) or pa.types.is_union(kind):
        # Not `flatten`: Arrow aborts there for a union inside a struct.
        yield from (column.field(i) for i in range(kind.num_fields))
    elif pa.types.is_dictionary(kind):
        yield column.dictionary


def _is_list(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    )


def plain(table: pa.Table, most_bytes: int) -> pa.Table:
    """The same rows; a column that no table can hold (unions, dates past the year 9999) as text.

    Raises FaultlineError where the text would be longer than all rows may be.
    """
    for number, field in enumerate(table.schema):
        if not _shows(table.column(number)):
            words = _words(table.column(number), most_bytes)
            table = table.set_column(number, pa.field(field.name, pa.string()), words)
    return table


def _shows(column: pa.ChunkedArray) -> bool:
    """Whether pandas can hold it. Tried, since it depends on the values as well."""
    try:
        column.to_pandas()
    except (pa.ArrowException, ValueError, OverflowError, TypeError):
        return False
    return True


def _words(column: pa.ChunkedArray, most_bytes: int) -> pa.Array:
    size, words = 0, []
    for value in column:
        words.append(_word(value))
        size += len(words[-1] or "")
        if size > most_bytes:
            raise FaultlineError(
                "The result holds values that have to be shown as text, and is too long for that. "
                "Ask for fewer of them."
            )
    return pa.array(words, pa.string())


def _word(value: pa.Scalar) -> str | None:
    try:
        shown = value.as_py()
    except (ValueError, OverflowError):
        shown = value.cast(pa.string()).as_py()
    return None if shown is None else str(shown)
