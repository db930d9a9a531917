"""The example study: built from simulated data when nothing else is there yet."""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from analysis.errors import FaultlineError
from analysis.regular_files import to_lock
from analysis.settings import Settings
from analysis.store.study import damaged_pointers, list_studies

NAME = "Example"


def missing(settings: Settings) -> bool:
    """Whether there is no study at all, also no damaged one, so that the example has to be made."""
    return not list_studies(settings) and not damaged_pointers(settings)


def build(settings: Settings) -> None:
    """Simulate the example and load it like any other source; whoever comes second waits.

    Takes a few seconds. Raises FaultlineError where it can't be written.
    """
    from analysis.load.files.files import load_files
    from analysis.load.prepare import prepared
    from pipeline.simulator.example import write_example

    folder = settings.home / "example"
    try:
        with _alone(settings):
            try:
                if missing(settings):
                    write_example(folder)
                    made = load_files([folder], NAME, settings, copy_texts=True)
                    prepared(made, settings)
            finally:
                shutil.rmtree(folder, ignore_errors=True)
    except OSError as error:
        raise FaultlineError(
            f"There is no study yet, and the example could not be built in {settings.home}: "
            f"{error.strerror or error}. Make that folder writable, free some space, "
            "or point FAULTLINE_HOME at another folder."
        ) from error


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    settings.home.mkdir(parents=True, exist_ok=True)
    with to_lock(Path(settings.home) / ".example.lock") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
