"""What the operating system lets a child use, set by the child itself before it does anything.

None of these needs the parent, a page that asks again, or Python's own turn: the kernel ends the
process also while it is inside a library.
"""

import fcntl
import os
import resource
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from analysis.errors import FaultlineError


@dataclass(frozen=True)
class Limits:
    """Most that one child may use.

    `wall_seconds` from its start, `cpu_seconds` over its threads, `memory_mb` of memory of its own
    (10^6 bytes, mapped files not counted), `file_mb` for each file that it writes.
    """

    wall_seconds: float
    cpu_seconds: int
    memory_mb: int
    file_mb: int


def bind(limits: Limits) -> None:
    """Put this process under its limits, for good: a hard limit can't be raised again."""
    memory, size = limits.memory_mb * 1_000_000, limits.file_mb * 1_000_000
    _lower(resource.RLIMIT_DATA, memory, memory)
    _lower(resource.RLIMIT_FSIZE, size, size)
    _lower(resource.RLIMIT_CORE, 0, 0)
    # The first signal ends it with a cause that can be told, the second one a second later.
    _lower(resource.RLIMIT_CPU, limits.cpu_seconds, limits.cpu_seconds + 1)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, limits.wall_seconds)


def _lower(kind: int, soft: int, hard: int) -> None:
    """A limit that is stricter already (a container's, a shell's) stays."""
    _, most = resource.getrlimit(kind)
    if most != resource.RLIM_INFINITY:
        soft, hard = min(soft, most), min(hard, most)
    resource.setrlimit(kind, (soft, hard))


def end_with_parent(lifeline: int) -> None:
    """End this whole process group once the other end of the pipe `lifeline` is closed.

    A parent that dies, however it dies, closes its end. `PR_SET_PDEATHSIG` would follow the thread
    that started the child, not the process, and would spare the child's own children; the pipe's
    signal goes to the group, from the kernel. Where there is none (not Linux), a thread waits.
    """
    threading.Thread(target=_wait_for_end, args=(lifeline,), daemon=True).start()
    if sys.platform == "linux":
        fcntl.fcntl(lifeline, fcntl.F_SETOWN, -os.getpgrp())
        fcntl.fcntl(lifeline, _F_SETSIG, signal.SIGKILL)
        flags = fcntl.fcntl(lifeline, fcntl.F_GETFL)
        fcntl.fcntl(lifeline, fcntl.F_SETFL, flags | os.O_ASYNC)


_F_SETSIG = 10  # fcntl(2), Linux; Python has no name for it


def _wait_for_end(lifeline: int) -> None:
    # Also covers a parent that was gone before the signal was asked for.
    with suppress(OSError):
        while os.read(lifeline, 1):
            pass
    os.killpg(0, signal.SIGKILL)


def out_of_time(code: int) -> bool:
    """Whether an exit code says that the wall clock or the processor time was used up."""
    return code in (-signal.SIGALRM, -signal.SIGXCPU)


def _held() -> int:
    """Bytes of data that this process holds, as its limit counts them; 0 where nobody says."""
    with suppress(OSError, ValueError, IndexError):
        status = Path("/proc/self/status").read_text(encoding="ascii")
        line = next((one for one in status.splitlines() if one.startswith("VmData:")), "")
        return int(line.split()[1]) * 1_024
    return 0


@contextmanager
def memory_bounded(limit_mb: int, doing: str) -> Iterator[None]:
    """Bound the memory of this process for a while, beside what it holds already: for a command,
    which is its own process.

    Raises FaultlineError where `doing` ("reading x.parquet") needs more.
    """
    before = resource.getrlimit(resource.RLIMIT_DATA)
    most = limit_mb * 1_000_000 + _held()
    soft = most if before[1] == resource.RLIM_INFINITY else min(most, before[1])
    resource.setrlimit(resource.RLIMIT_DATA, (soft, before[1]))
    try:
        yield
    except MemoryError:
        raise FaultlineError(
            f"{doing[:1].upper()}{doing[1:]} needs more than the {limit_mb:,} MB of memory that it "
            "may use. The file unpacks to far more than it should: check where it comes from."
        ) from None
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, before)
