"""A tree of values into a `Taxonomy`: one path from value to group per value, oddities counted."""

import csv
import hashlib
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.errors import FaultlineError
from analysis.parse.files import decoded, file_name, read_bytes, tidy_name

if TYPE_CHECKING:
    import pyarrow.parquet as pq

MAX_BYTES = 100_000_000
MAX_ROWS = 500_000
PARQUET_ROWS = 200
REQUIRED = ("cluster_id", "name", "level", "parent_cluster_id")
OPTIONAL = ("description",)
TOP = 3
LONGEST_CHAIN = 16  # a longer circle is told as a wrong level, which it is as well
FIELDS = "wrong number of fields"
_LEVELS = {f"{n}{tail}": n for n in range(TOP + 1) for tail in ("", ".0")}


@dataclass(frozen=True)
class Value:
    """Taxonomy leaf: one value with its cluster (level 1), category (2) and group (3).

    `value` is the exact name that a study's values join on; `description` may be empty.
    """

    value: str
    description: str
    cluster: str
    category: str
    group: str


@dataclass(frozen=True)
class Taxonomy:
    """A named set of values, one record each; `rejected` maps a reason to a count of rows."""

    name: str
    values: tuple[Value, ...]
    rejected: Mapping[str, int] = field(default_factory=dict)
    source: str = ""

    @property
    def clusters(self) -> int:
        """Clusters in use; two of one name under different categories are two."""
        return len({(v.group, v.category, v.cluster) for v in self.values})

    @property
    def categories(self) -> int:
        return len({(v.group, v.category) for v in self.values})

    @property
    def groups(self) -> int:
        return len({v.group for v in self.values})

    @property
    def content_hash(self) -> str:
        """64 hex over the values in any order, without the name."""
        rows = sorted(astuple(value) for value in self.values)
        return hashlib.sha256(json.dumps(rows).encode()).hexdigest()

    def summary_line(self) -> str:
        return (
            f"taxonomy {self.name}: {len(self.values)} values, {self.clusters} clusters, "
            f"{self.categories} categories, {self.groups} groups"
        )


@dataclass(frozen=True)
class Node:
    """One row of the tree. `level` 0 is a value, 1 to 3 are clusters of growing width."""

    id: str
    name: str
    level: int
    parent: str
    description: str


def read_taxonomy(path: Path, name: str | None = None) -> Taxonomy:
    """A taxonomy from a CSV or parquet file with the columns of `values_tree.csv`.

    Rows that cannot be placed are counted by reason. Raises FaultlineError where the file is
    missing, empty, not UTF-8, lacks a column or holds no usable value.
    """
    data = read_bytes(path, MAX_BYTES, "taxonomy")
    rejected: Counter[str] = Counter()
    parquet = path.suffix.lower() == ".parquet"  # and `read_bytes` has seen that it is
    rows = _parquet_rows(data, path) if parquet else _csv_rows(decoded(data, path), path, rejected)
    values = parse_tree(rows, rejected)
    if not values:
        raise FaultlineError(f"{file_name(path)} holds no usable value{_reasons(rejected)}.")
    chosen = name or tidy_name(path.stem, "taxonomy")
    return Taxonomy(chosen, tuple(values), dict(rejected), file_name(path))


def _reasons(rejected: Mapping[str, int]) -> str:
    if not rejected:
        return "; it needs rows of level 0"
    parts = [f"{count} because: {reason}" for reason, count in rejected.items()]
    return f"; {sum(rejected.values())} rows were rejected ({'; '.join(parts)})"


def parse_tree(rows: Iterable[Mapping[str, str]], rejected: Counter[str]) -> list[Value]:
    """Rows of the tree -> values in their order. What has no place is counted in `rejected`."""
    values, clusters = _nodes(rows, rejected)
    paths = {node.id: _path(node, clusters) for node in clusters.values()}
    rejected.update(reason for reason in paths.values() if isinstance(reason, str))
    placed: list[Value] = []
    for node in values:
        path = _path(node, clusters)
        if isinstance(path, str):
            rejected[path] += 1
        else:
            placed.append(Value(node.name, node.description, *path))
    return placed


def _nodes(
    rows: Iterable[Mapping[str, str]], rejected: Counter[str]
) -> tuple[list[Node], dict[str, Node]]:
    """Values by row and clusters by id; the first of two equal ones is kept."""
    values: dict[str, Node] = {}
    clusters: dict[str, Node] = {}
    for row in rows:
        node = _node(row)
        if isinstance(node, str):
            rejected[node] += 1
        elif node.level == 0 and node.name in values:
            rejected["value name met before"] += 1
        elif node.level == 0:
            values[node.name] = node
        elif node.id in clusters:
            rejected["cluster_id met before"] += 1
        else:
            clusters[node.id] = node
    return list(values.values()), clusters


def _node(row: Mapping[str, str]) -> Node | str:
    """One row as a node, or the reason why it is none."""
    level = _LEVELS.get(row["level"].strip())
    if level is None:
        return "level is not 0, 1, 2 or 3"
    if not row["name"].strip():
        return "no name"
    if level and not row["cluster_id"].strip():
        return "cluster without a cluster_id"
    parent = row["parent_cluster_id"].strip()
    return Node(row["cluster_id"].strip(), row["name"], level, parent, row.get("description", ""))


def _path(node: Node, clusters: Mapping[str, Node]) -> list[str] | str:
    """Names of the ancestors from the nearest to the group, or what is wrong with them."""
    chain = [node]
    while chain[-1].parent and len(chain) <= LONGEST_CHAIN:
        above = clusters.get(chain[-1].parent)
        if above is None:
            return "parent is not in the file"
        if above in chain:
            return "parents form a circle"
        chain.append(above)
    levels = [link.level for link in chain]
    if levels == list(range(node.level, TOP + 1)):
        return [link.name for link in chain[1:]]
    return "no parent" if len(chain) == 1 else "parent is not one level up"


def _check_columns(found: Iterable[str], path: Path) -> None:
    columns = list(found)
    if missing := [name for name in REQUIRED if name not in columns]:
        listed = ", ".join(c[:30] for c in columns[:12]) or "none"
        raise FaultlineError(
            f"{file_name(path)} is no value taxonomy: it lacks the column"
            f"{'s' if len(missing) > 1 else ''} {', '.join(missing)} (it has: {listed})."
        )


def _csv_rows(text: str, path: Path, rejected: Counter[str]) -> Iterator[dict[str, str]]:
    """Rows of a comma-separated file; a row of another width is counted, not guessed."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(reader, [])
        _check_columns(header, path)
        for number, row in enumerate(reader):
            if number >= MAX_ROWS:
                raise _too_many(path)
            if len(row) == len(header):
                yield dict(zip(header, row, strict=True))
            elif row:
                rejected[FIELDS] += 1
    except csv.Error as error:
        raise FaultlineError(
            f"{file_name(path)} breaks off near line {reader.line_num}: {error}; "
            "check the quotes there and load it again."
        ) from None


def _too_many(path: Path) -> FaultlineError:
    return FaultlineError(
        f"{file_name(path)} has more than {MAX_ROWS:,} rows; check that it is a value taxonomy."
    )


def _parquet_rows(data: bytes, path: Path) -> Iterator[dict[str, str]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(pa.BufferReader(data))
        _check_columns(file.schema_arrow.names, path)
        if file.metadata.num_rows > MAX_ROWS:
            raise _too_many(path)
        wanted = [c for c in (*REQUIRED, *OPTIONAL) if c in file.schema_arrow.names]
        rows = list(_cells(file, wanted, path))
    except MemoryError:
        raise
    except (pa.ArrowException, OSError, UnicodeDecodeError):
        raise FaultlineError(
            f"{file_name(path)} is no readable parquet file (broken or cut short); fetch it again."
        ) from None
    for row in rows:
        yield {name: "" if cell is None else str(cell) for name, cell in row.items()}


def _cells(
    file: "pq.ParquetFile", wanted: Sequence[str], path: Path
) -> Iterator[dict[str, object]]:
    """Rows, some at a time: a small file may unpack to far more than its size."""
    size = 0
    for batch in file.iter_batches(PARQUET_ROWS, columns=list(wanted)):
        size += batch.nbytes
        if size > MAX_BYTES:
            raise FaultlineError(
                f"{file_name(path)} unpacks to more than the {MAX_BYTES / 1e6:,.0f} MB that a "
                "taxonomy may have; check that it is the right file."
            )
        yield from batch.to_pylist()
