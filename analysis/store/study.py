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
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import duckdb
import pyarrow as pa
from pydantic import TypeAdapter

from analysis.errors import FaultlineError
from analysis.regular_files import text_of, to_lock
from analysis.settings import Settings
from analysis.store import damage, earlier
from analysis.store.build.sources import sha256
from analysis.store.damage import StudyDamagedError
from analysis.store.schema import VERDICTS
from analysis.store.sql import name as quoted
from analysis.store.sql import texts
from analysis.whole_files import sync, write_text

POINTER = "current.json"
LOCK = ".publishing"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _.\-]{0,62}")


@dataclass(frozen=True)
class StudyInfo:
    """One study's facts, as its pointer tells them without opening the file.

    `seal` and `digest` are what its file is known by (see `damage`); "" for one built before.
    `serial` counts builds, so that the latest is the latest also where the clock was set back.
    """

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
    seal: str = ""
    digest: str = ""
    serial: int = 0

    @property
    def rejected_rows(self) -> int:
        """Rows of the sources that were not taken, for whichever reason."""
        return sum(self.rejected.values())

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


P = ParamSpec("P")
T = TypeVar("T")
Scope = tuple[str | None, ...]
"""Values of `judgements.spec`; None stands for the rows that name no spec."""
LeftOut = tuple[tuple[str, str | None, str | None], ...]
"""Judge, spec and run of verdicts that are not read; None where a row names none."""


@dataclass(frozen=True)
class Reading:
    """What a study is read with where nothing else is named: "" stands for what is in use.

    `spec` is the key of the spec whose judgements are read, `scope` their rows (None: all there
    are). Of several runs that asked one judge, `run` is the one whose verdicts are read, `left_out`
    are the others'. `taxonomy` is name@hash; `labels` and `topic_labels` are who gave response
    types and topics. `draw` (`vocabulary.Draw`): only the scenarios that were drawn so.
    """

    spec: str = ""
    scope: Scope | None = None
    run: str = ""
    left_out: LeftOut = ()
    taxonomy: str = ""
    labels: str = ""
    topic_labels: str = ""
    draw: str = ""


def _directly(study: "OpenStudy", query: Callable[..., T], *args: Any, **kwargs: Any) -> T:
    return query(study, *args, **kwargs)


class OpenStudy:
    """A study opened for reading; shared by threads, each with a cursor of its own.

    `reader` is how `read` asks: whoever opens a study may put a cache there.


    What queries find out on the way (citations, near clauses) is kept beside the study where it was
    opened to keep it (`keeps`: commands and loads), else in memory with it (pages: nobody writes by
    looking). See `derived`.
    """

    reader: Callable[..., Any] = staticmethod(_directly)
    reading = Reading()

    def __init__(
        self,
        info: StudyInfo,
        con: duckdb.DuckDBPyConnection,
        settings: Settings,
        keeps: bool = True,
    ) -> None:
        self.info = info
        self.settings = settings
        self.keeps = keeps
        self.making = threading.RLock()  # one at a time finds out what takes a while
        self._views = earlier.views(con)
        self._con: duckdb.DuckDBPyConnection | None = con
        self._lock = threading.Lock()
        self._in_memory: dict[str, tuple[pa.Table, float]] = {}
        self._mine = threading.local()
        self._read_as: dict[Reading, OpenStudy] = {}

    def keep_in_memory(self, name: str, table: pa.Table | None) -> None:
        """A table that every cursor from now on knows under that name; None lets it go."""
        with self._lock:
            kept = {k: v for k, v in self._in_memory.items() if k != name}
            self._in_memory = kept if table is None else {**kept, name: (table, time.time())}

    def show_in_memory(self, name: str) -> None:
        """Let the cursors that this thread has open know a table that is held since they opened."""
        if name in self._in_memory:
            table, _ = self._in_memory[name]
            for cursor in getattr(self._mine, "cursors", ()):
                cursor.register(name, table)

    def in_memory(self) -> dict[str, float]:
        """The tables in memory, each with the moment (seconds) since which it is held."""
        return {name: since for name, (_, since) in self._in_memory.items()}

    @contextmanager
    def cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection to the same database for one reader, closed afterwards.

        Every query runs inside; whatever goes wrong there because the study's file is damaged is
        raised as StudyDamagedError, and the connection is made anew for the next reader.
        """
        try:
            cursor = self._cursor()
            mine = self._mine.__dict__.setdefault("cursors", [])
            mine.append(cursor)
            try:
                yield cursor
            finally:
                mine.remove(cursor)
                cursor.close()
        except (FaultlineError, GeneratorExit):
            raise
        except Exception as error:
            if isinstance(error, duckdb.FatalException | duckdb.InternalException):
                self._drop()
            if _is_to_blame(self.info, error):
                self._drop()
                raise _damaged(self.info, _first_line(error)) from error
            raise

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        with self._lock:
            if self._con is None:
                self._con = _connect(self.info, self.settings)
            cursor, in_memory = self._con.cursor(), self._in_memory
        for name, select in self._views.items():
            cursor.execute(f"CREATE TEMP VIEW {name} AS {select}")
        for name, (table, _) in in_memory.items():
            cursor.register(name, table)
        return cursor

    def _drop(self) -> None:
        """Let go of a connection that may answer nothing any more (DuckDB refuses all queries
        after a fatal error)."""
        with self._lock:
            broken, self._con = self._con, None
        if broken is not None:
            with suppress(duckdb.Error):
                broken.close()

    def read(
        self, query: Callable[Concatenate["OpenStudy", P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """The result of a function over this study, from the cache of whoever opened it, if any.

        So several figures, their words and a page can rest on one costly result without handing
        it around. The function must stand in a module and its arguments must say all it depends on.
        """
        found: T = self.reader(self, query, *args, **kwargs)
        return found

    def read_as(self, reading: Reading) -> "OpenStudy":
        """The same study, read so. `study_specs.under` knows which rows a spec has."""
        if reading == self.reading:
            return self
        known = self._read_as.get(reading)
        return known or self._read_as.setdefault(reading, _ReadAs(self, reading))

    def views(self, con: duckdb.DuckDBPyConnection) -> list[str]:
        """SQL that makes a cursor read one spec's judgements alone; none where all are read."""
        return []

    @property
    def whole(self) -> "OpenStudy":
        """The study with the judgements under all its specs, for what writes it out."""
        return self

    def close(self) -> None:
        if self._con is not None:
            self._con.close()


class _ReadAs(OpenStudy):
    """A study read in a way of its own: whatever is asked of `judgements` and `citations` is asked
    of temporary views that hold the rows of its scope alone, and with a `draw` whatever is asked of
    scenarios of those that were drawn so. All else is the study's own."""

    def __init__(self, whole: OpenStudy, reading: Reading) -> None:
        self._whole, self.reading = whole, reading
        self.settings, self.keeps, self.making = whole.settings, whole.keeps, whole.making
        self.reader = whole.reader
        self.info = self._counted(whole.info)

    def _counted(self, info: StudyInfo) -> StudyInfo:
        """The study's facts with the rows that are read."""
        counted = {}
        if self._judged_apart or self.reading.draw:
            counted["judgements"] = "SELECT count(*) FROM judgements"
        if self.reading.draw:
            counted["scenarios"] = "SELECT count(*) FROM scenarios"
            counted["families"] = "SELECT count(DISTINCT family) FROM scenarios"
            counted["responses"] = "SELECT count(*) FROM responses"
        if not counted:
            return info
        with self.cursor() as con:
            found = {k: con.execute(sql).fetchall()[0][0] for k, sql in counted.items()}
        return replace(info, **found)

    @property
    def _judged_apart(self) -> bool:
        return self.reading.scope is not None or bool(self.reading.left_out)

    @property
    def whole(self) -> OpenStudy:
        return self._whole

    def read_as(self, reading: Reading) -> OpenStudy:
        return self._whole.read_as(reading)

    @contextmanager
    def cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with self._whole.cursor() as con:
            for view in self.views(con):
                con.execute(view)
            yield con

    def views(self, con: duckdb.DuckDBPyConnection) -> list[str]:
        if not self._judged_apart and not self.reading.draw:
            return []
        (database,) = con.execute("SELECT current_database()").fetchall()[0]
        # A study that an earlier program built has views of its own, which give what it lacks.
        own = self._whole._views
        main = quoted(database) + ".main."
        tables = (*VERDICTS, *(_DRAWN if self.reading.draw else ()))
        relations = {t: f"({own[t]})" if t in own else main + t for t in tables}
        if self.reading.draw:
            named = texts([self.reading.draw])
            mine = f"SELECT scenario_no FROM {relations['scenarios']} WHERE draw = {named}[1]"
            relations = {
                t: f"(SELECT * FROM {r} WHERE scenario_no IN ({mine}))"
                for t, r in relations.items()
            }
        if self.reading.left_out:
            aside = _set_sql(self.reading.left_out)
            relations |= {t: f"(SELECT * FROM {relations[t]} WHERE NOT {aside})" for t in VERDICTS}
        scoped = {t: self.reading.scope if t in VERDICTS else None for t in tables}
        return [
            f"CREATE OR REPLACE TEMP VIEW {table} AS "
            f"{_rows(relations[table], relations['judgements'], scope)}"
            for table, scope in scoped.items()
        ]

    def keep_in_memory(self, name: str, table: pa.Table | None) -> None:
        self._whole.keep_in_memory(name, table)

    def show_in_memory(self, name: str) -> None:
        self._whole.show_in_memory(name)

    def in_memory(self) -> dict[str, float]:
        return self._whole.in_memory()

    def close(self) -> None:
        self._whole.close()


_DRAWN = ("scenarios", "responses", "disagreement", "rubrics", "topics", "response_types")
_JUDGED = ("scenario_no", "model", "replicate", "judge")


def _set_sql(sets: LeftOut) -> str:
    """SQL for whether a row is of one of these sets of verdicts."""
    named = texts(chr(31).join(part or "" for part in one) for one in sets)
    cells = "concat_ws(chr(31), judge, coalesce(spec, ''), coalesce(run, ''))"
    return f"list_contains({named}, {cells})"


def _rows(relation: str, judgements: str, scope: Scope | None) -> str:
    """The rows of a table under some specs. Where one is the spec that a person named for rows
    that name none, a row that says it itself goes before one that does not."""
    if scope is None:
        return f"SELECT * FROM {relation}"
    named = texts(s for s in scope if s is not None)
    mine = f"SELECT * FROM {relation} WHERE list_contains({named}::VARCHAR[], spec)"
    if None not in scope:
        return mine
    bare = f"SELECT * FROM {relation} b WHERE spec IS NULL"
    if len(scope) == 1:
        return bare
    same = " AND ".join(f"n.{c} = b.{c}" for c in _JUDGED)
    there = f"SELECT 1 FROM {judgements} n WHERE list_contains({named}, n.spec) AND {same}"
    return f"{mine} UNION ALL {bare} AND NOT EXISTS ({there})"


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
    """All studies, the latest built first. Those of `damaged_pointers` are left out."""
    found = [_read_pointer(p) for p in settings.studies.glob(f"*/{POINTER}")]
    return sorted((i for i in found if i), key=_when, reverse=True)


def _when(info: StudyInfo) -> tuple[int, datetime, str]:
    return info.serial, info.built_at, info.id


def damaged_pointers(settings: Settings) -> dict[str, str]:
    """Studies whose pointer is there and can't be read: id -> the sentence about it."""
    found = sorted(p.parent for p in settings.studies.glob(f"*/{POINTER}"))
    return {
        folder.name: str(_no_pointer(settings, folder))
        for folder in found
        if _read_pointer(folder / POINTER) is None
    }


def _no_pointer(settings: Settings, folder: Path) -> StudyDamagedError:
    """What is said of a study whose pointer is damaged; its sources as its file tells them."""
    title, sources = folder.name, []
    for path in [p for p in sorted(folder.glob("*.duckdb")) if p.is_file()]:
        with suppress(duckdb.Error, ValueError, TypeError):
            con = duckdb.connect(str(path), read_only=True, config=_config(settings))
            with con:
                title, sources_json = con.execute(
                    "SELECT title, sources::VARCHAR FROM study"
                ).fetchall()[0]
                sources = json.loads(sources_json)
    again = damage.rebuilding(folder.name, title, sources)
    what = "it can't be read, so which file is current is not known"
    return StudyDamagedError(damage.sentence(folder.name, POINTER, what, again))


def find_study(settings: Settings, name: str) -> StudyInfo:
    """The facts of one study. Raises FaultlineError that lists what there is."""
    folder = folder_of(settings, name)
    info = _read_pointer(folder / POINTER)
    if info is None and (folder / POINTER).exists():
        raise _no_pointer(settings, folder)
    if info is None:
        there = ", ".join(i.id for i in list_studies(settings)) or "none yet"
        raise FaultlineError(f"There is no study “{name}”. Studies here: {there}.")
    return info


def open_study(settings: Settings, name: str, *, keeps: bool = True) -> OpenStudy:
    """Open the current file of a study read-only. `keeps` as in `OpenStudy`."""
    for _ in range(5):
        info = find_study(settings, name)
        if info.schema_version not in earlier.READABLE:
            raise FaultlineError(
                f"The study “{name}” was built by Faultline {info.program_version} in an older "
                "form. Load its sources again."
            )
        try:
            return OpenStudy(info, _connect(info, settings), settings, keeps)
        except FaultlineError:
            # Gone means rebuilt between reading the pointer and opening: follow the new pointer.
            if info.path.exists():
                raise
    raise FaultlineError(_gone(info))


def _spill(settings: Settings) -> Path:
    """Where DuckDB puts what does not fit into memory, for as long as a query needs it."""
    writable = os.access(settings.home, os.W_OK)
    return settings.home / "spill" if writable else Path(tempfile.gettempdir()) / "faultline-spill"


def _config(settings: Settings) -> dict[str, str | bool | int | float | list[str]]:
    return {
        "memory_limit": f"{settings.memory_limit_mb}MB",
        "temp_directory": str(_spill(settings)),
        "autoinstall_known_extensions": "false",
    }


def _connect(info: StudyInfo, settings: Settings) -> duckdb.DuckDBPyConnection:
    check_seal(info)
    try:
        con = duckdb.connect(str(info.path), read_only=True, config=_config(settings))
        rows = con.execute("SELECT content_hash FROM study").fetchall()
    except Exception as error:
        if not info.path.exists():
            raise FaultlineError(_gone(info)) from error
        if isinstance(error, duckdb.Error) or _is_to_blame(info, error):
            raise _damaged(info, _first_line(error)) from error
        raise
    if rows != [(info.content_hash,)]:
        con.close()
        raise _damaged(info, "it holds another study")
    return con


def check_seal(info: StudyInfo) -> None:
    """See that a study's file is as long and in the order as it was written.

    Raises FaultlineError for a file that is gone, StudyDamagedError for one that is not.
    """
    try:
        as_written = damage.seal(info.path) == info.seal or not info.seal
    except FileNotFoundError:
        raise FaultlineError(_gone(info)) from None
    except OSError as error:
        raise _damaged(info, f"it can't be read ({error.strerror})") from None
    if not as_written:
        raise _damaged(info, "it was cut or changed after it was built")


def check_blame(info: StudyInfo, error: str) -> None:
    """Raises StudyDamagedError where a process that met this error had a damaged file."""
    if info.digest and info.path.exists() and not damage.is_whole(info.path, info.digest):
        raise _damaged(info, (error.splitlines() or [""])[0][:200].rstrip(". "))


def _is_to_blame(info: StudyInfo, error: Exception) -> bool:
    """Whether the study's own file is the reason for an error inside a query."""
    if isinstance(error, duckdb.InterruptException):
        return False
    if info.digest:
        return info.path.exists() and not damage.is_whole(info.path, info.digest)
    return isinstance(error, _OF_DAMAGE) and info.path.name in str(error)


def _damaged(info: StudyInfo, what: str) -> StudyDamagedError:
    again = damage.rebuilding(info.id, info.title, info.sources)
    return StudyDamagedError(damage.sentence(info.id, info.path.name, what, again))


def _gone(info: StudyInfo) -> str:
    again = damage.rebuilding(info.id, info.title, info.sources)
    return f"The file of the study “{info.id}” is gone ({info.path.name}). {again}"


def _first_line(error: Exception) -> str:
    line = (str(error).splitlines() or [type(error).__name__])[0]
    return line[:200].rstrip(". ")


_OF_DAMAGE = (
    duckdb.IOException,
    duckdb.SerializationException,
    duckdb.InternalException,
    duckdb.FatalException,
)


def publish(settings: Settings, info: StudyInfo, built: Path) -> StudyInfo:
    """Give a finished file its name, make it current and remove the file that it replaces.

    Raises OSError where the disk is full; the study that was current stays so.
    """
    folder = settings.studies / info.id
    named = folder / f"{info.content_hash[:12]}-{secrets.token_hex(4)}.duckdb"
    sync(built)
    known = replace(info, seal=damage.seal(built), digest=sha256(built))
    serial = 1 + max((i.serial for i in list_studies(settings)), default=0)
    known = replace(known, serial=serial)
    with _publishing(folder):
        try:
            built.rename(named)
            sync(folder)
            done = replace(known, path=named)
            _write_pointer(folder, done)
        finally:
            # Either the old file is in nobody's way any more, or the new one never got named.
            _remove(_strays(folder))
    return done


def delete_study(settings: Settings, name: str) -> None:
    """Remove a study and its files. People's notes live elsewhere and stay, as does a build of
    the same name that is under way."""
    folder = folder_of(settings, name)
    if not (folder / POINTER).exists():
        find_study(settings, name)
    if (folder / POINTER).is_dir():
        raise FaultlineError(f"{folder / POINTER} is a folder, not a file; move it away first.")
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
    files = [p for p in folder.glob("*.duckdb") if not p.is_dir()]
    return strays + [p for p in files if info is None or p != info.path]


def _remove(paths: list[Path]) -> list[Path]:
    for path in paths:
        path.unlink(missing_ok=True)
    return paths


@contextmanager
def _publishing(folder: Path) -> Iterator[None]:
    """One publisher at a time per study. The folder is made where it is not there (any more)."""
    while True:
        folder.mkdir(parents=True, exist_ok=True)
        with to_lock(folder / LOCK) as lock:
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
    write_text(folder / POINTER, damage.with_checksum(facts))


def _read_pointer(path: Path) -> StudyInfo | None:
    try:
        facts = damage.without_checksum(text_of(path))
        if facts is None:
            return None
        facts["built_at"] = datetime.fromisoformat(facts["built_at"]).astimezone(UTC)
        facts["path"] = path.parent / Path(facts["path"]).name
        # The folder names the study: what the file says could lead out of it.
        return _FACTS.validate_python(facts | {"id": path.parent.name})
    except (OSError, ValueError, KeyError, TypeError, OverflowError):
        return None


_FACTS = TypeAdapter(StudyInfo)
