"""Studies on disk: list, open, publish, delete.

    studies/<id>/current.json          names the current file and repeats its facts
    studies/<id>/<hash12>-<token>.duckdb

A path is never used twice: a process that still has a study open keeps reading its old file, and
whoever opens the study next follows the pointer to the new one.
"""

import fcntl
import json
import os
import re
import secrets
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from analysis.errors import FaultlineError
from analysis.settings import Settings
from analysis.store.schema import SCHEMA_VERSION

POINTER = "current.json"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _.\-]{0,62}")


@dataclass(frozen=True)
class StudyInfo:
    """One study's facts, as its pointer tells them without opening the file."""

    id: str
    title: str
    simulated: bool
    content_hash: str
    scenarios: int
    families: int
    responses: int
    judgements: int
    texts: str
    sources: list[dict[str, Any]]
    rejected: dict[str, int]
    notices: list[str]
    models: list[str]
    judges: list[str]
    built_at: datetime
    program_version: str
    schema_version: int
    parent: str | None = None
    path: Path = Path()

    def to_json(self) -> dict[str, Any]:
        """The shape that `studies --format json` prints."""
        return {
            "id": self.id,
            "title": self.title,
            "content_hash": self.content_hash,
            "simulated": self.simulated,
            "scenarios": self.scenarios,
            "responses": self.responses,
            "built_at": self.built_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "sources": self.sources,
        }


class OpenStudy:
    """A study opened for reading; shared by threads, each with a cursor of its own."""

    def __init__(
        self, info: StudyInfo, con: duckdb.DuckDBPyConnection, settings: Settings
    ) -> None:
        self.info = info
        self.settings = settings
        self._con = con
        self._lock = threading.Lock()

    @contextmanager
    def cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection to the same database for one reader, closed afterwards."""
        with self._lock:
            cursor = self._con.cursor()
        try:
            yield cursor
        finally:
            cursor.close()

    def close(self) -> None:
        self._con.close()


def study_id(name: str) -> str:
    """The id under which a study of this name is kept: lower case, blanks as hyphens.

    Raises FaultlineError for a name that could reach outside the studies' folder.
    """
    cleaned = name.strip()
    if not _NAME.fullmatch(cleaned) or ".." in cleaned:
        raise FaultlineError(
            f"“{name}” can't name a study: use letters, digits, blanks, hyphens, dots and "
            "underscores, beginning with a letter or digit, at most 63 characters."
        )
    return re.sub(r"\s+", "-", cleaned.lower())


def folder_of(settings: Settings, name: str) -> Path:
    """The folder of the study of that name; checked to lie directly under `studies`."""
    folder = settings.studies / study_id(name)
    if folder.resolve().parent != settings.studies.resolve():
        raise FaultlineError(f"“{name}” can't name a study: it points outside the studies' folder.")
    return folder


def list_studies(settings: Settings) -> list[StudyInfo]:
    """All studies, the latest built first. A pointer that can't be read is left out."""
    found = [_read_pointer(p) for p in settings.studies.glob(f"*/{POINTER}")]
    return sorted((i for i in found if i), key=lambda i: (i.built_at, i.id), reverse=True)


def find_study(settings: Settings, name: str) -> StudyInfo:
    """The facts of one study. Raises FaultlineError that lists what there is."""
    info = _read_pointer(folder_of(settings, name) / POINTER)
    if info is None:
        there = ", ".join(i.id for i in list_studies(settings)) or "none yet"
        raise FaultlineError(f"There is no study “{name}”. Studies here: {there}.")
    return info


def open_study(settings: Settings, name: str) -> OpenStudy:
    """Open the current file of a study read-only."""
    for _ in range(3):
        info = find_study(settings, name)
        if info.schema_version != SCHEMA_VERSION:
            raise FaultlineError(
                f"The study “{name}” was built by Faultline {info.program_version} in an older "
                "form. Load its sources again."
            )
        if info.path.exists():
            return OpenStudy(info, _connect(info.path, settings), settings)
        # The study was rebuilt between reading the pointer and opening: follow the new pointer.
    raise FaultlineError(
        f"The file of the study “{name}” is gone ({info.path.name}). Load its sources again."
    )


def _connect(path: Path, settings: Settings) -> duckdb.DuckDBPyConnection:
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": f"{settings.memory_limit_mb}MB",
        "temp_directory": str(settings.home / "spill"),
        "autoinstall_known_extensions": "false",
    }
    try:
        return duckdb.connect(str(path), read_only=True, config=config)
    except duckdb.Error as error:
        raise FaultlineError(
            f"The study's file {path.name} can't be opened: {str(error).splitlines()[0]} "
            "Load its sources again."
        ) from error


def publish(settings: Settings, info: StudyInfo, built: Path) -> StudyInfo:
    """Give a finished file its name, make it current and remove the file that it replaces."""
    folder = settings.studies / info.id
    named = folder / f"{info.content_hash[:12]}-{secrets.token_hex(4)}.duckdb"
    _sync(built)
    with _publishing(folder):
        built.rename(named)
        _sync(folder)
        done = replace(info, path=named)
        _write_pointer(folder, done)
        for old in folder.glob("*.duckdb"):
            if old != named:
                old.unlink(missing_ok=True)
    return done


def delete_study(settings: Settings, name: str) -> None:
    """Remove a study and its files. People's notes live elsewhere and stay."""
    info = find_study(settings, name)
    folder = settings.studies / info.id
    with _publishing(folder):
        (folder / POINTER).unlink(missing_ok=True)
        shutil.rmtree(folder, ignore_errors=True)


def clean_up(settings: Settings) -> None:
    """Remove study files that no pointer names (killed between renaming and pointing)."""
    for folder in settings.studies.glob("*/"):
        with _publishing(folder):
            info = _read_pointer(folder / POINTER)
            for path in folder.glob("*.duckdb"):
                if info is None or path != info.path:
                    path.unlink(missing_ok=True)


@contextmanager
def _publishing(folder: Path) -> Iterator[None]:
    """One publisher at a time per study."""
    with (folder / ".publishing").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _write_pointer(folder: Path, info: StudyInfo) -> None:
    facts = asdict(info) | {"path": info.path.name, "built_at": info.built_at.isoformat()}
    temporary = folder / f".{POINTER}.{secrets.token_hex(4)}"
    temporary.write_text(json.dumps(facts, ensure_ascii=False, indent=1), encoding="utf-8")
    _sync(temporary)
    temporary.replace(folder / POINTER)
    _sync(folder)


def _read_pointer(path: Path) -> StudyInfo | None:
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        facts["built_at"] = datetime.fromisoformat(facts["built_at"]).astimezone(UTC)
        facts["path"] = path.parent / Path(facts["path"]).name
        return StudyInfo(**facts)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
