"""How many children may run at once in this process, over all of its sessions."""

import functools
import threading
from collections.abc import Callable

from analysis.errors import FaultlineError

AT_ONCE = 4
"""Each may hold gigabytes: more at once would fill a usual machine."""


class BusyError(FaultlineError):
    """All slots are taken; nothing was started."""


class Slots:
    """A counted number of places, given back exactly once each."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._free = threading.Semaphore(most)

    def take(self) -> Callable[[], None]:
        """A slot, or BusyError at once. Gives what frees it; calling that again does nothing."""
        if not self._free.acquire(blocking=False):
            raise BusyError(
                f"The server is busy: {self.most} others are running, as many queries and loads "
                "as it takes at once. Wait a moment and try again."
            )
        return self._freeing()

    def wait(self, cancelled: Callable[[], bool]) -> Callable[[], None] | None:
        """A slot as soon as there is one; None once `cancelled`."""
        while not self._free.acquire(timeout=0.1):
            if cancelled():
                return None
        return self._freeing()

    def _freeing(self) -> Callable[[], None]:
        once = threading.Lock()

        def free() -> None:
            if once.acquire(blocking=False):
                self._free.release()

        return free


@functools.cache
def of_process() -> Slots:
    """The slots that all sessions of this process share."""
    return Slots(AT_ONCE)
