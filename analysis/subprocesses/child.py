"""Start a bounded child, follow what it says, and leave nothing of it behind.

A child reads one JSON object from standard input. Its end frees its slot and ends its own
children, whoever still looks at it: a thread of its own waits for that.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from analysis.subprocesses.limits import Limits

ROOT = Path(__file__).resolve().parents[2]


class Child:
    """A process that runs `module` under `limits`. `done` is set once nothing of it is left."""

    def __init__(
        self,
        module: str,
        request: Mapping[str, Any],
        limits: Limits,
        free: Callable[[], None],
        out: IO[bytes] | int = subprocess.PIPE,
    ) -> None:
        """`free` gives the slot back; it is called whatever happens, a failed start included."""
        self.done = threading.Event()
        self._free = free
        self._reaping = threading.Lock()
        here, self._lifeline = os.pipe()
        try:
            self._process = _started(module, limits, here, out)
        except BaseException:
            os.close(self._lifeline)
            free()
            raise
        finally:
            os.close(here)
        threading.Thread(target=self._bury, daemon=True, name="child").start()
        self._ask(request)

    def _ask(self, request: Mapping[str, Any]) -> None:
        stdin = self._process.stdin
        assert stdin is not None
        with contextlib.suppress(BrokenPipeError):  # it is dead already: its end tells why
            stdin.write(json.dumps(request).encode())
        with contextlib.suppress(BrokenPipeError):
            stdin.close()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def lines(self) -> IO[bytes]:
        assert self._process.stdout is not None
        return self._process.stdout

    @property
    def code(self) -> int:
        """How it ended: its exit code, or the negative number of the signal. Waits for the end."""
        self.done.wait()
        return int(self._process.returncode)

    def ask_to_stop(self) -> None:
        """SIGTERM to the child itself, which may tidy up."""
        self._signal(signal.SIGTERM, os.kill)

    def kill(self) -> None:
        """End it and its own children at once."""
        self._signal(signal.SIGKILL, os.killpg)

    def _signal(self, number: int, send: Callable[[int, int], None]) -> None:
        with self._reaping:  # once it is reaped, its number may be anybody's
            if self._process.returncode is None:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    send(self.pid, number)

    def _bury(self) -> None:
        """Wait for the end; then end what it started, take its exit code and free its slot."""
        try:
            os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT)
            # Not reaped yet, so the number of its group can't be anybody else's.
            with self._reaping:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(self.pid, signal.SIGKILL)
                self._process.wait()
        finally:
            os.close(self._lifeline)
            self._free()
            self.done.set()


def _started(
    module: str, limits: Limits, lifeline: int, out: IO[bytes] | int
) -> "subprocess.Popen[bytes]":
    start = json.dumps({"module": module, "limits": asdict(limits), "lifeline": lifeline})
    return subprocess.Popen(
        [sys.executable, "-m", "analysis.subprocesses.bounded", start],
        stdin=subprocess.PIPE,
        stdout=out,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        pass_fds=(lifeline,),
        start_new_session=True,
    )
