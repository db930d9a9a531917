"""The runner's lock: held by the operating system for the runner's whole life.

A process id in a file would be wrong (zombies, reuse, a machine restart leaves it behind); an
`flock` ends with its holder, however that ended.
"""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from analysis.errors import FaultlineError

TRIES, PAUSE_S = 10, 0.05  # a probe holds the lock for microseconds: don't mistake it for a runner


def _try_lock(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


@contextlib.contextmanager
def runner_lock(path: Path) -> Iterator[None]:
    """Hold the lock while the body runs. Raises FaultlineError when another runner has it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        for attempt in range(TRIES):
            if _try_lock(descriptor, fcntl.LOCK_EX):
                break
            time.sleep(PAUSE_S if attempt + 1 < TRIES else 0)
        else:
            raise FaultlineError(
                f"Run {path.parent.name} already has a runner at work: nothing was started."
            )
        os.truncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)


def is_held(path: Path) -> bool:
    """True while some process holds the lock; a file left by a dead one does not count."""
    if not path.exists():
        return False
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # never waits, whatever lies there
    try:
        return not _try_lock(descriptor, fcntl.LOCK_SH)
    finally:
        os.close(descriptor)
