"""What is computed from a study after it was built, kept beside it as parquet.

    derived/<content hash>-<schema>/<name>.parquet

Keyed by content, so a study that is rebuilt from the same source finds its labels, map and
citations again. A file is whole or absent: it is written aside and renamed.
"""

import os
import secrets
from pathlib import Path

import pandas as pd

from analysis.errors import FaultlineError
from analysis.settings import Settings
from analysis.store.schema import SCHEMA_VERSION
from analysis.store.study import StudyInfo


def folder(settings: Settings, study: StudyInfo) -> Path:
    """Where the derived files of a study's content lie (may not exist yet)."""
    return settings.home / "derived" / f"{study.content_hash[:16]}-{SCHEMA_VERSION}"


def path(settings: Settings, study: StudyInfo, name: str) -> Path:
    """The file of one derived table, e.g. `topics-rules-1`."""
    safe = "".join(c if c.isalnum() or c in "-_." else "_" for c in name)
    return folder(settings, study) / f"{safe}.parquet"


def write(settings: Settings, study: StudyInfo, name: str, frame: pd.DataFrame) -> Path:
    """Store one derived table, replacing it whole."""
    target = path(settings, study, name)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        aside = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
        frame.to_parquet(aside, index=False)
        _sync(aside)
        aside.replace(target)
    except OSError as error:
        raise FaultlineError(
            f"“{name}” of the study “{study.id}” could not be stored: {error.strerror or error}. "
            "Free some space and try again; the study itself is untouched."
        ) from error
    return target


def remove(settings: Settings, study: StudyInfo, name: str) -> None:
    """Take one derived table away, if it is there."""
    path(settings, study, name).unlink(missing_ok=True)


def found(settings: Settings, study: StudyInfo, prefix: str) -> list[Path]:
    """Derived tables whose name begins with `prefix`, sorted."""
    return sorted(folder(settings, study).glob(f"{prefix}*.parquet"))


def _sync(file: Path) -> None:
    handle = os.open(file, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
