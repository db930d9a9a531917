"""Small frames kept under home, one JSON record each: written whole or not at all.

The parquet file carries its content hash in its name and is never written twice, so a process
that holds its path reads the same rows until the item is deleted. The record beside it is the
only thing that is replaced.
"""

import contextlib
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from analysis.errors import FaultlineError
from analysis.regular_files import text_of
from analysis.store import damage, entry_times
from analysis.store.build.sources import sha256
from analysis.store.damage import with_checksum, without_checksum
from analysis.whole_files import replacing

EMBEDDED_NAME = "embedded"
NOT_KEPT = "was not kept when it was loaded: load it again."
_POINTER = "_current.json"
_STRAY_SECONDS = 3_600


@dataclass(frozen=True)
class Item:
    """One item in a catalog: its key, its parquet file and what was noted about it."""

    key: str
    path: Path
    meta: dict[str, Any]


def write_atomic(path: Path, write: Callable[[Path], object]) -> None:
    """`write` fills a temporary file that takes the place of `path` once it is on the disk."""
    try:
        with replacing(path) as aside:
            write(aside)
    except OSError as error:
        raise FaultlineError(
            f"{path.name} could not be written to {path.parent}: {error.strerror or error}; "
            "what was there before is unchanged."
        ) from None


SHIPPED_AT = "1970-01-01T00:00:00+00:00"
"""When what ships with the program was loaded: before anything else."""


def refuse_embedded(name: str, noun: str) -> None:
    if name == EMBEDDED_NAME:
        raise FaultlineError(
            f"{EMBEDDED_NAME} is the {noun} that ships with the program: it stays as it is; "
            "rename your file to load it."
        )


def read_frame(path: Path) -> pd.DataFrame:
    """A stored item as a frame; list columns hold Python lists."""
    try:
        table = pq.read_table(path)
    except (pa.ArrowException, OSError):
        raise FaultlineError(f"{path.name} cannot be read; load it again.") from None
    frame: pd.DataFrame = table.to_pandas()
    for column in (f.name for f in table.schema if pa.types.is_list(f.type)):
        frame[column] = pd.Series(table[column].to_pylist(), index=frame.index, dtype=object)
    return frame


def _is_whole(path: Path, record: dict[str, Any]) -> bool:
    """Whether an item's rows are there as they were stored; an old record says no digest."""
    digest = record.get("sha256")
    return path.is_file() and (digest is None or damage.is_whole(path, str(digest)))


@dataclass(frozen=True)
class FileCatalog:
    """All items of one noun in one folder. Keys must be safe file names already.

    `shipped` comes with the program and lies in no home: it takes the place of one of that key
    that an older program wrote there.
    """

    folder: Path
    noun: str
    shipped: Item

    def put(self, key: str, table: pa.Table, content_hash: str, meta: dict[str, Any]) -> Path:
        """Store an item under its key; an earlier one of that key gives way."""
        path = self._rows(key, content_hash)
        self._sweep()
        if not self.holds(key, content_hash):
            write_atomic(path, lambda to: pq.write_table(table, to))
        facts = {"file": path.name, "sha256": sha256(path), "meta": meta}
        write_atomic(self._record(key), lambda to: to.write_text(with_checksum(facts)))
        return path

    def holds(self, key: str, content_hash: str) -> bool:
        """Is exactly this content stored under this key, record and rows?"""
        path = self._rows(key, content_hash)
        with contextlib.suppress(FaultlineError):
            record = self._json(self._record(key)) or {}
            return record.get("file") == path.name and _is_whole(path, record)
        return False

    def get(self, key: str) -> Item | None:
        if key == self.shipped.key:
            return self.shipped
        record = self._json(self._record(key))
        if record is None:
            return None
        path = self.folder / Path(str(record.get("file"))).name
        if not path.is_file():
            raise FaultlineError(f"The file of the {self.noun} {key} is gone; load it again.")
        if not _is_whole(path, record):
            raise FaultlineError(
                f"The file of the {self.noun} {key} ({path.name}) is damaged; load it again."
            )
        return Item(key, path, dict(record.get("meta") or {}))

    def moment(self) -> str:
        """Now, but later than when any item here was loaded: what was loaded last is the latest
        also where the clock was set back."""
        last = [str(record.get("meta", {}).get("loaded_at", "")) for record in self._records()]
        return entry_times.after(entry_times.now(), max(last, default=None))

    def _records(self) -> Iterator[dict[str, Any]]:
        for key in self.all_keys():
            with contextlib.suppress(FaultlineError):
                yield self._json(self._record(key)) or {}

    def must_get(self, key: str) -> Item:
        item = self.get(key)
        if item is None:
            raise self.unknown(key)
        return item

    def unknown(self, key: str) -> FaultlineError:
        """The sentence for a key that nobody has, with those that there are."""
        keys = [k.replace("@", " ") for k in self.all_keys() if not k.startswith(EMBEDDED_NAME)]
        there = ", ".join([EMBEDDED_NAME, *keys][:8])
        return FaultlineError(
            f"There is no {self.noun} {key.replace('@', ' ')}; load it first, or choose one of "
            f"these: {there}."
        )

    def all_keys(self) -> list[str]:
        found = self.folder.glob("*.json") if self.folder.is_dir() else ()
        stems = (path.stem for path in found if not path.name.startswith(("_", ".")))
        return sorted({self.shipped.key, *stems})

    def current(self) -> str | None:
        """The key in use, or None where nothing was chosen or the choice was deleted."""
        key = (self._json(self.folder / _POINTER) or {}).get("key")
        if key == self.shipped.key:
            return self.shipped.key
        return str(key) if key and self._record(str(key)).exists() else None

    def choose(self, key: str | None) -> None:
        text = with_checksum({"key": key})
        write_atomic(self.folder / _POINTER, lambda to: to.write_text(text))

    def delete(self, key: str) -> None:
        """Remove an item with every earlier version of it."""
        own = re.compile(re.escape(key) + r"-[0-9a-f]{12}\.parquet")
        rows = [p for p in self.folder.glob("*.parquet") if own.fullmatch(p.name)]
        try:
            for path in [self._record(key), *rows]:
                path.unlink(missing_ok=True)
        except OSError as error:
            raise FaultlineError(
                f"The {self.noun} {key} could not be deleted: {error.strerror or error}."
            ) from None

    def damaged(self, key: str) -> FaultlineError:
        return self._damaged(self._record(key))

    def _damaged(self, path: Path) -> FaultlineError:
        return FaultlineError(
            f"{path} is damaged; delete it and load or choose the {self.noun} again."
        )

    def _rows(self, key: str, content_hash: str) -> Path:
        return self.folder / f"{key}-{content_hash[:12]}.parquet"

    def _record(self, key: str) -> Path:
        return self.folder / f"{Path(key).name}.json"

    def _json(self, path: Path) -> dict[str, Any] | None:
        try:
            record = without_checksum(text_of(path))
            if record is not None:
                return record
        except FileNotFoundError:
            return None
        except (OSError, ValueError):
            pass
        raise self._damaged(path)

    def _sweep(self) -> None:
        """Temporary files that a killed process left behind an hour ago or earlier."""
        for path in self.folder.glob(".tmp-*"):
            with contextlib.suppress(OSError):
                if time.time() - path.stat().st_mtime > _STRAY_SECONDS:
                    path.unlink()
