"""Queries as they came, read into the words of a user: message lists, contents, whole talks.

Works on parquet, like `answer_cells`. A column of queries that holds message lists (nested, or as
the JSON or the Python of one in a text) is written again with the user's last words; a file that
has whole conversations in one column and no query gets the columns `query` and `response` of it.
"""

import secrets
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from analysis.errors import FaultlineError
from analysis.parse import roles, shapes
from analysis.settings import Settings
from analysis.store.build.inspect import FileFacts, has_brackets, inspect_parquet

BATCH = 2_000
QUERIES = ("query", "prompt")
_TEXT = "VARCHAR"


@dataclass
class Read:
    """Files whose queries are texts. `lists`: how many queries were taken out of message lists;
    `apart`: of those, how many had a system prompt or earlier turns, which no query holds."""

    facts: list[FileFacts]
    changed: bool = False
    lists: int = 0
    apart: int = 0


def talks(
    facts: Sequence[FileFacts], mapped: Collection[str], folder: Path, settings: Settings
) -> Read:
    """The files with `query` and `response` out of their column of conversations, where they have
    such a column and none of queries. `mapped`: the roles that a person gave."""
    there = facts[0].columns
    known = {*mapped, *roles.guessed(there).values(), *there}
    talk = next((t for t in shapes.TALKS if t in there), None)
    if talk is None or known & {*QUERIES}:
        return Read([*facts])
    answered = "response" in known or any(roles.is_of_model(c) for c in known)

    def split(table: pa.Table, done: Read) -> pa.Table:
        cells = [_spelled(cell) for cell in table[talk].to_pylist()]
        queries = [_asked(cell, done) for cell in cells]
        table = table.append_column("query", pa.array(queries, pa.string()))
        return table if answered else table.rename_columns(_as_response(table, talk))

    return _rewritten(facts, split, folder, settings)


def _as_response(table: pa.Table, talk: str) -> list[str]:
    return ["response" if c == talk else c for c in table.column_names]


def texts(facts: Sequence[FileFacts], folder: Path, settings: Settings) -> Read:
    """The files with their queries as texts: as they are where every query is one."""
    columns = [q for q in QUERIES if _is_shaped(facts, q)]
    if not columns:
        return Read([*facts])

    def put(table: pa.Table, done: Read) -> pa.Table:
        for column in columns:
            cells = [_query(cell, done) for cell in table[column].to_pylist()]
            at = table.column_names.index(column)
            table = table.set_column(at, column, pa.array(cells, pa.string()))
        return table

    return _rewritten(facts, put, folder, settings)


def _is_shaped(facts: Sequence[FileFacts], column: str) -> bool:
    """Whether a column of queries holds anything that may be a message list."""
    kind = facts[0].columns.get(column)
    if kind is None or kind != _TEXT:
        return kind is not None and any(sign in kind for sign in ("STRUCT", "MAP", "[]"))
    return has_brackets([f.path for f in facts], column)


def _spelled(cell: object) -> object:
    """A cell as the list or object that it holds or spells; any other as it is."""
    return shapes.spelled(cell) or cell if isinstance(cell, str) else cell


def _query(cell: object, done: Read) -> str | None:
    if isinstance(cell, str):
        inside = shapes.spelled(cell)
        return cell if inside is None else _asked(inside, done)
    return _asked(cell, done)


def _asked(cell: object, done: Read) -> str | None:
    if cell is None:
        return None
    done.lists += 1
    done.apart += shapes.has_more(cell)
    return shapes.asked(cell)


def _rewritten(
    facts: Sequence[FileFacts],
    change: Callable[[pa.Table, Read], pa.Table],
    folder: Path,
    settings: Settings,
) -> Read:
    done = Read([], changed=True)
    for one in facts:
        target = folder / f"asked-{secrets.token_hex(4)}.parquet"
        try:
            _write(one.path, target, change, done)
        except (pa.ArrowException, UnicodeDecodeError) as error:
            raise FaultlineError(
                f"{one.path.name} can't be read as parquet: {str(error).splitlines()[0]}. It may "
                "be damaged or cut off: fetch it again."
            ) from None
        # What the file says of itself (its spec, its run) stays with it.
        done.facts.append(replace(inspect_parquet(target, settings), notes=one.notes))
    return done


def _write(
    path: Path, target: Path, change: Callable[[pa.Table, Read], pa.Table], done: Read
) -> None:
    writer: pq.ParquetWriter | None = None
    reader = pq.ParquetFile(path)
    try:
        for batch in reader.iter_batches(BATCH):
            table = change(pa.Table.from_batches([batch]), done)
            writer = writer or pq.ParquetWriter(target, table.schema)
            writer.write_table(table)
        if writer is None:
            empty = change(reader.schema_arrow.empty_table(), done)
            writer = pq.ParquetWriter(target, empty.schema)
    finally:
        if writer is not None:
            writer.close()
