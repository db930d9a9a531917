"""The states of a run, and where its files lie."""

from enum import StrEnum
from pathlib import Path

from analysis import regular_files
from analysis.errors import FaultlineError
from analysis.settings import PLAN_FILE, Settings
from pipeline.ids import is_ulid
from pipeline.ids import run_folder as folder_of
from pipeline.journal import journal

LOCK = "runner.lock"
PLAN = PLAN_FILE
LOG = "log.txt"
OUTPUT = "runner.out"  # what the runner printed, for a start that fails
EXPORT = "export"


class State(StrEnum):
    """What a run is doing. A run whose runner died is `stopped`, whatever its journal says."""

    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    DONE = "done"
    FAILED = "failed"


CANCELLED = "Cancelled: it stays as it is. Run the plan again for a new run."


def run_folder(settings: Settings, run: str) -> Path:
    return folder_of(settings, run)


def runs(settings: Settings) -> list[str]:
    """Ids of all runs, newest first."""
    if not settings.runs.is_dir():
        return []
    found = (path.name for path in settings.runs.iterdir() if (path / PLAN).is_file())
    return sorted((name for name in found if is_ulid(name)), reverse=True)


def check_usable(folder: Path) -> None:
    """Raises FaultlineError when a run's folder lost a part it can't do without, or has something
    else in the place of a file that a runner opens."""
    for name in (PLAN, journal.FILE):
        if not (folder / name).is_file():
            raise FaultlineError(f"Run {folder.name} has lost its {name}: it can't go on.")
    for name in (LOCK, LOG, OUTPUT):
        try:
            regular_files.check(folder / name)
        except OSError as error:
            raise FaultlineError(
                f"Run {folder.name} can't go on: {name} can't be used ({error.strerror}). "
                "Move it away and start the run again."
            ) from None
