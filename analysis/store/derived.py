"""What is computed from a study after it was built, kept beside it as parquet.

    derived/<content hash>-<version>/<name>.parquet
    derived/<content hash>-<version>/.<name>.parquet.<SHA-256>.whole

Keyed by content, so a study that is rebuilt from the same source finds its labels, map and
citations again. A file is whole or absent: it is written aside and renamed, and a mark beside it
says which content was written. One that was damaged since is as good as absent: nobody reads it,
and whatever computes it computes it again.

Looking writes nothing: what a query finds out on the way is held in memory by a study that a page
opened (`keep`), also where the disk is full or read-only. Readers ask `relation`, and don't care.
"""

import time
from contextlib import suppress
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from analysis.errors import FaultlineError
from analysis.settings import Settings
from analysis.store import damage
from analysis.store.build.sources import sha256
from analysis.store.sql import name as quoted
from analysis.store.sql import parquet
from analysis.store.study import OpenStudy, StudyInfo
from analysis.whole_files import replacing

VERSION = 1
"""Of these tables, apart from the study's own: labels cost money, so they outlive its schema."""
_MEMORY = "derived "
_OLD = 3_600
"""Seconds after which a mark of other content is nobody's: its writer has renamed or died."""


def folder(settings: Settings, study: StudyInfo) -> Path:
    """Where the derived files of a study's content lie (may not exist yet)."""
    return settings.home / "derived" / f"{study.content_hash[:16]}-{VERSION}"


def path(settings: Settings, study: StudyInfo, name: str) -> Path:
    """The file of one derived table, e.g. `topics-rules-1`; `holds` says whether it can be read."""
    return folder(settings, study) / f"{_safe(name)}.parquet"


def write(settings: Settings, study: StudyInfo, name: str, frame: pd.DataFrame) -> Path:
    """Store one derived table, replacing it whole."""
    target = path(settings, study, name)
    try:
        with replacing(target) as aside:
            frame.to_parquet(aside, index=False)
            # Before the rename: whoever finds the new file finds its mark.
            mark = target.with_name(f".{target.name}.{sha256(aside)}.whole")
            mark.touch()
        _sweep(target, mark)
    except OSError as error:
        raise FaultlineError(
            f"“{name}” of the study “{study.id}” could not be stored: {error.strerror or error}. "
            "Free some space and try again; the study itself is untouched."
        ) from error
    return target


def keep(study: OpenStudy, name: str, frame: pd.DataFrame) -> None:
    """Keep what reading found out: in a file where the study was opened to keep it and the disk
    takes it, else in memory for as long as the study is open."""
    if study.keeps:
        with suppress(FaultlineError):
            write(study.settings, study.info, name, frame)
            let_go(study, name)
            return
    study.keep_in_memory(_memory_name(name), pa.Table.from_pandas(frame, preserve_index=False))


def relation(study: OpenStudy, name: str) -> str | None:
    """SQL for one derived table, None where there is none. What is in memory gives way to a file
    that was written after it."""
    since, file = study.in_memory().get(_memory_name(name)), path(study.settings, study.info, name)
    if holds(study.settings, study.info, name) and (since is None or _written(file) > since):
        return parquet([file])
    if since is None:
        return None
    study.show_in_memory(_memory_name(name))
    return quoted(_memory_name(name))


def _written(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:
        return 0.0


def relations(study: OpenStudy, prefix: str) -> dict[str, str]:
    """Name -> SQL of every derived table whose name begins with `prefix`, by name."""
    stored = (h.removeprefix(_MEMORY) for h in study.in_memory())
    files = (f.name.removesuffix(".parquet") for f in found(study.settings, study.info, prefix))
    names = sorted({*files, *(h for h in stored if h.startswith(prefix))})
    return {n: sql for n in names if (sql := relation(study, n))}


def stamp(study: OpenStudy, name: str) -> tuple[int, float]:
    """Changes whenever a derived table does: for caches."""
    since = study.in_memory().get(_memory_name(name), 0.0)
    try:
        return path(study.settings, study.info, name).stat().st_mtime_ns, since
    except OSError:
        return 0, since


def _memory_name(name: str) -> str:
    return _MEMORY + _safe(name)


def _safe(name: str) -> str:
    return "".join(c if c.isalnum() or c in "-_." else "_" for c in name)


def let_go(study: OpenStudy, name: str) -> None:
    """Forget what is held in memory under that name: a file has taken its place."""
    study.keep_in_memory(_memory_name(name), None)


def remove(settings: Settings, study: StudyInfo, name: str) -> None:
    """Take one derived table away, if it is there."""
    target = path(settings, study, name)
    for file in (target, *_marks(target)):
        file.unlink(missing_ok=True)


def holds(settings: Settings, study: StudyInfo, name: str) -> bool:
    """Whether one derived table is there and is what was written."""
    return _is_whole(path(settings, study, name))


def found(settings: Settings, study: StudyInfo, prefix: str) -> list[Path]:
    """Derived tables whose name begins with `prefix` and that are what was written, sorted."""
    return sorted(f for f in folder(settings, study).glob(f"{prefix}*.parquet") if _is_whole(f))


def damaged(settings: Settings, study: StudyInfo) -> list[str]:
    """Names of derived tables that are there and are not what was written, sorted."""
    return sorted(f.stem for f in folder(settings, study).glob("*.parquet") if not _is_whole(f))


def _is_whole(file: Path) -> bool:
    marks = _marks(file)
    if not file.is_file():
        return False
    if not marks:  # written before there were marks
        return _is_parquet(file)
    return any(damage.is_whole(file, mark.name.split(".")[-2]) for mark in marks)


def _is_parquet(file: Path) -> bool:
    try:
        pq.read_metadata(file)
    except (OSError, pa.ArrowException):
        return False
    return True


def _marks(file: Path) -> list[Path]:
    return list(file.parent.glob(f".{file.name}.*.whole"))


def _sweep(target: Path, mine: Path) -> None:
    for mark in _marks(target):
        with suppress(OSError):
            if mark != mine and time.time() - mark.stat().st_mtime > _OLD:
                mark.unlink()
