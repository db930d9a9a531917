"""A first look at a file: its columns, what they would be read as, and its first rows.

For the person who says which column plays which part; what was said last of such columns is kept.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from analysis.errors import FaultlineError
from analysis.load.files import columns, containers, query_cells, text_rows
from analysis.load.files.files import expand
from analysis.parse import roles
from analysis.settings import Settings
from analysis.store.build.inspect import inspect_parquet
from analysis.store.build.places import staging_folder, workspace
from analysis.whole_files import replacing

ROWS = 10
CELL = 200
MOST_KEPT = 200


def look(paths: Sequence[Path], settings: Settings) -> dict[str, Any]:
    """The first file's columns, their roles ("" where none is told), ten rows as texts, and
    whether the columns are known as they are, and the `model` that was said last of a file that
    names none. Raises FaultlineError for what can't be read."""
    found = [file for path in paths for file in expand(path)]
    if not found:
        raise FaultlineError("There is no file to look at.")
    with workspace(staging_folder(settings)) as folder:
        made = containers.unpacked(found[0], folder)
        if made.suffix.lower() != ".parquet":
            target = folder / "look.parquet"
            text_rows.convert(
                made, target, max_columns=settings.max_columns, max_rows=settings.max_upload_rows
            )
            made = target
        read = query_cells.talks([inspect_parquet(made, settings)], [], folder, settings)
        facts = read.facts[0]
        batch = next(pq.ParquetFile(facts.path).iter_batches(ROWS), None)
        rows = [] if batch is None else batch.to_pylist()
    names = list(facts.columns)
    guess = roles.guessed(names)
    return {
        "columns": names,
        "roles": recalled(settings, names) or {c: guess.get(c, "") for c in names},
        "rows": [[_shown(row.get(c)) for c in names] for row in rows[:ROWS]],
        "known": columns.is_known(facts.columns, found[0].name),
        "model": "" if "model" in names else said_last(settings, names).get("model", ""),
    }


def _shown(cell: object) -> str:
    if cell is None:
        return ""
    text = cell if isinstance(cell, str) else json.dumps(cell, ensure_ascii=False, default=str)
    return text if len(text) <= CELL else text[: CELL - 1] + "…"


def _file(settings: Settings) -> Path:
    return settings.home / "column-roles.json"


def _key(names: Sequence[str]) -> str:
    return hashlib.sha256("\0".join(sorted(names)).encode()).hexdigest()[:16]


def remember(settings: Settings, names: Sequence[str], mapping: Mapping[str, str]) -> None:
    """Keep what a person said of these columns for the next file that has them."""
    kept = _kept(settings)
    kept.pop(_key(names), None)
    kept[_key(names)] = dict(mapping)
    newest = dict(list(kept.items())[-MOST_KEPT:])
    with replacing(_file(settings)) as aside:
        aside.write_text(json.dumps(newest, ensure_ascii=False), encoding="utf-8")


def said_last(settings: Settings, names: Sequence[str]) -> dict[str, str]:
    """The mapping that was kept last for a file with these columns; empty where there is none."""
    return dict(_kept(settings).get(_key(names), {}))


def recalled(settings: Settings, names: Sequence[str]) -> dict[str, str] | None:
    """What was said last of a file with these columns: column -> role ("" for none)."""
    kept = _kept(settings).get(_key(names))
    return None if kept is None else {c: kept.get(c, "") for c in names}


def _kept(settings: Settings) -> dict[str, dict[str, str]]:
    try:
        kept = json.loads(_file(settings).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return kept if isinstance(kept, dict) else {}
