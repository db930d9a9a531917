"""Value taxonomies under home: the one in use, the others, and the one that ships with us."""

import csv
import io
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa

from analysis.parse.files import safe_name
from analysis.parse.taxonomy import Taxonomy
from analysis.parse.taxonomy import read_taxonomy as parse_file
from analysis.settings import EMBEDDED, Settings
from analysis.store.shelf import (
    EMBEDDED_NAME,
    Shelf,
    now,
    read_frame,
    refuse_embedded,
    write_atomic,
)

COLUMNS = ("value", "description", "cluster", "category", "grp")
_SCHEMA = pa.schema([(name, pa.string()) for name in COLUMNS])


@dataclass(frozen=True)
class TaxonomyInfo:
    """One taxonomy in the library: its parquet file (one row per value) and its counts."""

    name: str
    path: Path
    values: int
    clusters: int
    categories: int
    groups: int
    content_hash: str
    embedded: bool
    current: bool
    rejected: dict[str, int]
    source: str
    loaded_at: datetime

    def summary_line(self) -> str:
        return (
            f"taxonomy {self.name}: {self.values} values, {self.clusters} clusters, "
            f"{self.categories} categories, {self.groups} groups"
        )


def save_taxonomy(settings: Settings, taxonomy: Taxonomy) -> Path:
    """Store a taxonomy and make it current; one of the same name gives way."""
    refuse_embedded(taxonomy.name, "taxonomy")
    key = safe_name(taxonomy.name, "taxonomy")
    path = _put(settings, key, taxonomy)
    _shelf(settings).choose(key)
    return path


def current_taxonomy(settings: Settings) -> TaxonomyInfo:
    """The taxonomy that every study is read with: the chosen one, else the embedded one."""
    return find_taxonomy(settings, _shelf(settings).current() or EMBEDDED_NAME)


def list_taxonomies(settings: Settings) -> list[TaxonomyInfo]:
    """All taxonomies by name, the embedded one included."""
    _seed(settings)
    return [_info(settings, key) for key in _shelf(settings).all_keys()]


def use_taxonomy(settings: Settings, name: str) -> TaxonomyInfo:
    """Make a listed taxonomy current; FaultlineError where there is none of that name."""
    info = find_taxonomy(settings, name)
    _shelf(settings).choose(info.name)
    return _info(settings, info.name)


def find_taxonomy(settings: Settings, name: str | None = None) -> TaxonomyInfo:
    """A taxonomy by name, the current one without; FaultlineError names what there is."""
    if name is None:
        return current_taxonomy(settings)
    key = safe_name(name, "taxonomy")
    if key == EMBEDDED_NAME:
        _seed(settings)
    return _info(settings, key)


def read_taxonomy(settings: Settings, name: str | None = None) -> pd.DataFrame:
    """One row per value: value, description, cluster, category, grp (the top level)."""
    return read_frame(find_taxonomy(settings, name).path)


def taxonomy_file(settings: Settings, info: TaxonomyInfo) -> Path:
    """A taxonomy as a CSV file with the columns of `values_tree.csv`, named as it is; written
    once per content. For the pipeline, which reads files."""
    if info.embedded:
        return EMBEDDED / "taxonomy.csv"
    path = settings.taxonomies / "files" / info.content_hash[:12] / f"{info.name}.csv"
    if not path.exists():
        text = tree_csv(read_frame(info.path))
        write_atomic(path, lambda to: to.write_text(text, encoding="utf-8", newline=""))
    return path


def tree_csv(values: pd.DataFrame) -> str:
    """Values with their path (columns as `read_taxonomy`) as rows of the tree, parents first."""
    ids: dict[tuple[str, ...], str] = {(): ""}
    out = io.StringIO(newline="")
    write = csv.writer(out).writerow
    write(("cluster_id", "description", "name", "level", "parent_cluster_id"))
    for number, row in enumerate(values.to_dict("records")):
        path = tuple(str(row[c]) for c in ("grp", "category", "cluster"))
        for depth in (1, 2, 3):
            if path[:depth] not in ids:
                ids[path[:depth]] = f"c{len(ids)}"
                parent = ids[path[: depth - 1]]
                write((ids[path[:depth]], "", path[depth - 1], 4 - depth, parent))
        write((f"v{number}", row["description"], row["value"], 0, ids[path]))
    return out.getvalue()


def delete_taxonomy(settings: Settings, name: str) -> None:
    """Remove a taxonomy; if it was current, the embedded one is current again."""
    refuse_embedded(name, "taxonomy")
    _shelf(settings).delete(find_taxonomy(settings, name).name)


def _shelf(settings: Settings) -> Shelf:
    return Shelf(settings.taxonomies, "taxonomy")


def _seed(settings: Settings) -> str:
    """Put the embedded taxonomy on the shelf where it is missing or from an older program."""
    taxonomy = parse_file(EMBEDDED / "taxonomy.csv", EMBEDDED_NAME)
    if not _shelf(settings).holds(EMBEDDED_NAME, taxonomy.content_hash):
        _put(settings, EMBEDDED_NAME, taxonomy)
    return EMBEDDED_NAME


def _put(settings: Settings, key: str, taxonomy: Taxonomy) -> Path:
    rows = [(v.value, v.description, v.cluster, v.category, v.group) for v in taxonomy.values]
    table = pa.Table.from_pylist([dict(zip(COLUMNS, row, strict=True)) for row in rows], _SCHEMA)
    meta = {
        "values": len(taxonomy.values),
        "clusters": taxonomy.clusters,
        "categories": taxonomy.categories,
        "groups": taxonomy.groups,
        "content_hash": taxonomy.content_hash,
        "rejected": dict(taxonomy.rejected),
        "source": taxonomy.source,
        "loaded_at": now(),
    }
    return _shelf(settings).put(key, table, taxonomy.content_hash, meta)


def _info(settings: Settings, key: str) -> TaxonomyInfo:
    shelf = _shelf(settings)
    item = shelf.must_get(key)
    facts = dict(item.meta)
    try:
        return TaxonomyInfo(
            name=key,
            path=item.path,
            embedded=key == EMBEDDED_NAME,
            current=key == (shelf.current() or EMBEDDED_NAME),
            loaded_at=datetime.fromisoformat(facts.pop("loaded_at")),
            **facts,
        )
    except (KeyError, TypeError, ValueError):
        raise shelf.damaged(key) from None
