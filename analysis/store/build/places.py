"""Where builds work: a locked folder each, and the sweep of what dead builds left."""

import fcntl
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from analysis.settings import Settings
from analysis.store.study import clean_up, remove_if_empty

BUILDING = ".building-"


@contextmanager
def workspace(folder: Path) -> Iterator[Path]:
    """A locked temporary folder inside `folder`; gone afterwards, come what may."""
    place = folder / f"{BUILDING}{os.getpid()}-{secrets.token_hex(4)}"
    place.mkdir(parents=True)
    with (place / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            yield place
        finally:
            shutil.rmtree(place, ignore_errors=True)
            remove_if_empty(folder)


def staging_folder(settings: Settings) -> Path:
    """Where workspaces for converted uploads are made, and swept."""
    return settings.home / "staging"


def sweep(settings: Settings) -> list[Path]:
    """Remove what dead builds left: workspaces whose lock nobody holds, files that no pointer
    names. Whatever starts (a build, the app, the list of studies) calls it. Gives what was removed.
    """
    removed = []
    staging = staging_folder(settings)
    for place in [*settings.studies.glob(f"*/{BUILDING}*"), *staging.glob(f"{BUILDING}*")]:
        if _abandoned(place):
            shutil.rmtree(place, ignore_errors=True)
            removed.append(place)
    remove_if_empty(staging)
    return removed + clean_up(settings)


def _abandoned(place: Path) -> bool:
    try:
        with (place / "lock").open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
    except FileNotFoundError:
        # Killed between making the folder and the lock; a live build is there for microseconds.
        return place.exists() and _age(place) > 5
    except OSError:
        return False


def _age(place: Path) -> float:
    try:
        return time.time() - place.stat().st_mtime
    except FileNotFoundError:
        return 0.0
