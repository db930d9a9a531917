"""Value taxonomies under home: the one in use, the others, and the one that ships with us."""

import csv
import io
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from analysis.errors import FaultlineError
from analysis.parse.files import safe_name
from analysis.parse.taxonomy import Taxonomy
from analysis.parse.taxonomy import read_taxonomy as parse_file
from analysis.settings import EMBEDDED, EMBEDDED_TAXONOMY, Settings
from analysis.store.library.file_catalog import (
    EMBEDDED_NAME,
    NOT_KEPT,
    SHIPPED_AT,
    FileCatalog,
    Item,
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
    _catalog(settings).choose(key)
    return path


def current_taxonomy(settings: Settings) -> TaxonomyInfo:
    """The taxonomy that every study is read with: the chosen one, else the embedded one."""
    return find_taxonomy(settings, _catalog(settings).current() or EMBEDDED_NAME)


def list_taxonomies(settings: Settings) -> list[TaxonomyInfo]:
    """All taxonomies by name, the embedded one included."""
    return [_info(settings, key) for key in _catalog(settings).all_keys()]


def use_taxonomy(settings: Settings, name: str) -> TaxonomyInfo:
    """Make a listed taxonomy current; FaultlineError where there is none of that name."""
    info = find_taxonomy(settings, name)
    if not info.embedded:
        _file(settings, info.content_hash, info.name, tree_csv(read_frame(info.path)))
    _catalog(settings).choose(info.name)
    return _info(settings, info.name)


def find_taxonomy(settings: Settings, name: str | None = None) -> TaxonomyInfo:
    """A taxonomy by name, the current one without; FaultlineError names what there is."""
    if name is None:
        return current_taxonomy(settings)
    return _info(settings, safe_name(name, "taxonomy"))


def read_taxonomy(settings: Settings, name: str | None = None) -> pd.DataFrame:
    """One row per value: value, description, cluster, category, grp (the top level)."""
    return read_frame(find_taxonomy(settings, name).path)


def taxonomy_file(settings: Settings, info: TaxonomyInfo) -> Path:
    """A taxonomy as a CSV file with the columns of `values_tree.csv`, named as it is, for the
    pipeline, which reads files. FaultlineError where it was not kept (an older program's)."""
    if info.embedded:
        return EMBEDDED_TAXONOMY
    path = _place(settings, info.content_hash, info.name)
    if not path.exists():
        raise FaultlineError(f"The file of the taxonomy {info.name} {NOT_KEPT}")
    return path


def _place(settings: Settings, content_hash: str, name: str) -> Path:
    return settings.taxonomies / "files" / content_hash[:12] / f"{name}.csv"


def _file(settings: Settings, content_hash: str, name: str, text: str) -> None:
    path = _place(settings, content_hash, name)
    if not path.exists():
        write_atomic(path, lambda to: to.write_text(text, encoding="utf-8", newline=""))


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
    info = find_taxonomy(settings, name)
    _catalog(settings).delete(info.name)
    with suppress(OSError):
        _place(settings, info.content_hash, info.name).unlink()


def _catalog(settings: Settings) -> FileCatalog:
    return FileCatalog(settings.taxonomies, "taxonomy", shipped())


@cache
def shipped() -> Item:
    """The embedded taxonomy, whose rows lie beside it (written by `library.shipped`)."""
    meta = _meta(shipped_taxonomy(), SHIPPED_AT)
    return Item(EMBEDDED_NAME, EMBEDDED / "taxonomy.parquet", meta)


def shipped_taxonomy() -> Taxonomy:
    """The embedded taxonomy as its file says it."""
    return parse_file(EMBEDDED_TAXONOMY, EMBEDDED_NAME)


def table(taxonomy: Taxonomy) -> pa.Table:
    """One row a value, as the catalog keeps it."""
    rows = [(v.value, v.description, v.cluster, v.category, v.group) for v in taxonomy.values]
    return pa.Table.from_pylist([dict(zip(COLUMNS, row, strict=True)) for row in rows], _SCHEMA)


def _meta(taxonomy: Taxonomy, moment: str) -> dict[str, Any]:
    return {
        "values": len(taxonomy.values),
        "clusters": taxonomy.clusters,
        "categories": taxonomy.categories,
        "groups": taxonomy.groups,
        "content_hash": taxonomy.content_hash,
        "rejected": dict(taxonomy.rejected),
        "source": taxonomy.source,
        "loaded_at": moment,
    }


def _put(settings: Settings, key: str, taxonomy: Taxonomy) -> Path:
    meta, rows = _meta(taxonomy, _catalog(settings).moment()), table(taxonomy)
    _file(settings, taxonomy.content_hash, key, tree_csv(rows.to_pandas()))
    return _catalog(settings).put(key, rows, taxonomy.content_hash, meta)


def _info(settings: Settings, key: str) -> TaxonomyInfo:
    catalog = _catalog(settings)
    item = catalog.must_get(key)
    facts = dict(item.meta)
    try:
        return TaxonomyInfo(
            name=key,
            path=item.path,
            embedded=key == EMBEDDED_NAME,
            current=key == (catalog.current() or EMBEDDED_NAME),
            loaded_at=datetime.fromisoformat(facts.pop("loaded_at")),
            **facts,
        )
    except (KeyError, TypeError, ValueError):
        raise catalog.damaged(key) from None
