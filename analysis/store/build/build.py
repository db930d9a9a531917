"""Build a study: sources in, one immutable DuckDB file out, or nothing at all.

The file grows under a temporary name inside a locked folder, is synced to disk, renamed, and only
then named by the study's pointer. Whoever kills this process at any moment leaves the old study
as it was; `sweep` removes what a dead build left behind.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import duckdb

from analysis.errors import FaultlineError
from analysis.settings import Settings
from analysis.store.build import assemble
from analysis.store.build.places import sweep, workspace
from analysis.store.build.sources import CANCELLED, Cancelled, Report, Source, Step
from analysis.store.library.specs import known_spec
from analysis.store.study import StudyInfo, folder_of, publish


class BuildCancelledError(FaultlineError):
    """The person who asked for the build stopped it; what was there before is untouched."""


def build_study(
    settings: Settings,
    title: str,
    sources: list[Source],
    *,
    copy_texts: bool = False,
    parent: str | None = None,
    report: Report = lambda step: None,
    cancelled: Cancelled = lambda: False,
) -> StudyInfo:
    """Build the study named `title` from `sources` and make it the current one under its name.

    Raises FaultlineError where the name is unusable, no source has a usable row, the disk is
    full or the build was cancelled; the study of that name that was there stays as it was.
    """
    folder = folder_of(settings, title)
    if not sources:
        raise FaultlineError(f"There is nothing to load into the study “{title}”: name a source.")
    with plain_words(title):
        sweep(settings)
    with plain_words(title, ", ".join(s.name for s in sources)), workspace(folder) as place:
        path = place / "study.duckdb"
        with _connection(path, settings, copy_texts) as con:
            job = assemble.Job(
                con,
                title,
                tuple(sources),
                copy_texts,
                parent,
                report,
                cancelled,
                partial(known_spec, settings),
            )
            info = assemble.assemble(job, folder.name)
            # Closing would do it too, but keeps silent when the disk is full.
            con.execute("CHECKPOINT")
        if cancelled():
            raise BuildCancelledError(f"Loading “{title}” {CANCELLED}")
        report(Step("writing to disk", assemble.STEPS, assemble.STEPS))
        return publish(settings, info, path)


@contextmanager
def plain_words(title: str, reading: str = "its files") -> Iterator[None]:
    """Turn what DuckDB and the file system say while loading `title` into one sentence."""
    try:
        yield
    except duckdb.Error as error:
        raise _plain(error, title, reading) from error
    except BrokenPipeError:
        raise
    except OSError as error:
        raise _disk(error, title) from error


@contextmanager
def _connection(
    path: Path, settings: Settings, copy_texts: bool
) -> Iterator[duckdb.DuckDBPyConnection]:
    # Without texts a build needs little; the limit keeps it far below what a laptop has.
    limit = settings.memory_limit_mb if copy_texts else min(settings.memory_limit_mb, 900)
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": f"{limit}MB",
        "temp_directory": str(path.parent / "spill"),
        "preserve_insertion_order": "false",
        "autoinstall_known_extensions": "false",
    }
    con = duckdb.connect(str(path), config=config)
    try:
        yield con
    finally:
        con.close()


def _plain(error: duckdb.Error, title: str, reading: str) -> FaultlineError:
    words = str(error).splitlines()[0]
    lowered = words.lower()
    if "no space left" in lowered or "could not write" in lowered or "file too large" in lowered:
        return _full(title)
    if isinstance(error, duckdb.InterruptException):
        return BuildCancelledError(f"Loading “{title}” {CANCELLED}")
    if isinstance(error, duckdb.OutOfMemoryException):
        return FaultlineError(
            f"Loading “{title}” needs more memory than it may use. Raise FAULTLINE_MEMORY_MB, "
            "or load fewer splits; the study that was there is untouched."
        )
    return FaultlineError(
        f"Loading “{title}” failed while reading {reading}: {words} "
        "Check the files; the study that was there is untouched."
    )


def _disk(error: OSError, title: str) -> FaultlineError:
    import errno

    if error.errno in (errno.ENOSPC, errno.EFBIG, errno.EDQUOT):
        return _full(title)
    return FaultlineError(
        f"Loading “{title}” failed: {error.strerror or error} ({error.filename})."
    )


def _full(title: str) -> FaultlineError:
    return FaultlineError(
        f"The disk is full: the study “{title}” could not be written. Free some space and load it "
        "again; the study that was there is untouched."
    )
