"""The example study: built from simulated data when nothing else is there yet."""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from analysis.settings import Settings
from analysis.store.study import list_studies

NAME = "Example"


def missing(settings: Settings) -> bool:
    """Whether there is no study at all, so that the example has to be made."""
    return not list_studies(settings)


def build(settings: Settings) -> None:
    """Simulate the example and load it like any other source; whoever comes second waits.

    Takes a few seconds. Raises FaultlineError where it can't be written.
    """
    from analysis.load.files import load_files
    from pipeline.example import write_example

    with _alone(settings):
        if not missing(settings):
            return
        folder = settings.home / "example"
        try:
            write_example(folder)
            load_files([folder], NAME, settings, copy_texts=True)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    settings.home.mkdir(parents=True, exist_ok=True)
    with (Path(settings.home) / ".example.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
