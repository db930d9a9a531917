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
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from analysis.errors import FaultlineError
from analysis.settings import HUB_REPO, Settings
from analysis.store.schema import SCHEMA_VERSION

POINTER = "current.json"
LOCK = ".publishing"
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

    def __init__(self, info: StudyInfo, con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
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


def is_selected(info: StudyInfo) -> bool:
    """Whether a study's scenarios are those of the public dataset's `default` splits, which were
    kept because models disagreed on them."""
    wide = [s for s in info.sources if s.get("kind") == "scenarios"]
    return bool(wide) and all(
        s.get("repo") == HUB_REPO and s.get("config") == "default" for s in wide
    )


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
    for _ in range(5):
        info = find_study(settings, name)
        if info.schema_version != SCHEMA_VERSION:
            raise FaultlineError(
                f"The study “{name}” was built by Faultline {info.program_version} in an older "
                "form. Load its sources again."
            )
        try:
            return OpenStudy(info, _connect(info, settings), settings)
        except FaultlineError:
            # Gone means rebuilt between reading the pointer and opening: follow the new pointer.
            if info.path.exists():
                raise
    raise FaultlineError(
        f"The file of the study “{name}” is gone ({info.path.name}). Load its sources again."
    )


def _connect(info: StudyInfo, settings: Settings) -> duckdb.DuckDBPyConnection:
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": f"{settings.memory_limit_mb}MB",
        "temp_directory": str(settings.home / "spill"),
        "autoinstall_known_extensions": "false",
    }
    try:
        con = duckdb.connect(str(info.path), read_only=True, config=config)
        held = con.execute("SELECT content_hash FROM study").fetchall()
    except duckdb.Error as error:
        raise FaultlineError(
            f"The study's file {info.path.name} can't be opened: {str(error).splitlines()[0]} "
            "Load its sources again."
        ) from error
    if held != [(info.content_hash,)]:
        con.close()
        raise FaultlineError(
            f"The study's file {info.path.name} holds another study. Load its sources again."
        )
    return con


def publish(settings: Settings, info: StudyInfo, built: Path) -> StudyInfo:
    """Give a finished file its name, make it current and remove the file that it replaces.

    Raises OSError where the disk is full; the study that was current stays so.
    """
    folder = settings.studies / info.id
    named = folder / f"{info.content_hash[:12]}-{secrets.token_hex(4)}.duckdb"
    _sync(built)
    with _publishing(folder):
        try:
            built.rename(named)
            _sync(folder)
            done = replace(info, path=named)
            _write_pointer(folder, done)
        finally:
            # Either the old file is in nobody's way any more, or the new one never got named.
            _remove(_strays(folder))
    return done


def delete_study(settings: Settings, name: str) -> None:
    """Remove a study and its files. People's notes live elsewhere and stay, as does a build of
    the same name that is under way."""
    folder = settings.studies / find_study(settings, name).id
    with _publishing(folder):
        _remove([folder / POINTER])
        _remove(_strays(folder))
    remove_if_empty(folder)


def clean_up(settings: Settings) -> list[Path]:
    """Remove what a publisher that was killed left: study files that no pointer names, pointers
    that were never put in place, folders without a study. Gives the files removed."""
    removed = []
    for folder in settings.studies.glob("*/"):
        if _strays(folder):
            with _publishing(folder):
                removed += _remove(_strays(folder))
        remove_if_empty(folder)
    return removed


def remove_if_empty(folder: Path) -> None:
    """Remove a study's folder where nothing but the publishers' lock is in it."""
    with suppress(OSError):
        if {p.name for p in folder.iterdir()} == {LOCK}:
            with _publishing(folder):
                (folder / LOCK).unlink()
        folder.rmdir()


def _strays(folder: Path) -> list[Path]:
    """Files that no pointer names. A pointer that is there but can't be read keeps its files: a
    later version may have written it."""
    strays = list(folder.glob(f".{POINTER}.*"))
    info = _read_pointer(folder / POINTER)
    if info is None and (folder / POINTER).exists():
        return strays
    return strays + [p for p in folder.glob("*.duckdb") if info is None or p != info.path]


def _remove(paths: list[Path]) -> list[Path]:
    for path in paths:
        path.unlink(missing_ok=True)
    return paths


@contextmanager
def _publishing(folder: Path) -> Iterator[None]:
    """One publisher at a time per study. The folder is made where it is not there (any more)."""
    while True:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            # Whoever removed the folder while we waited took the lock's name with it.
            if _is_at(folder / LOCK, lock.fileno()):
                yield
                return


def _is_at(path: Path, handle: int) -> bool:
    with suppress(FileNotFoundError):
        return os.path.samestat(path.stat(), os.fstat(handle))
    return False


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
        known = {f.name for f in fields(StudyInfo)}
        return StudyInfo(**{k: v for k, v in facts.items() if k in known})
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
