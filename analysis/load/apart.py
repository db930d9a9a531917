"""Load files in a process of its own, with a limit on its memory.

A parquet file of some kilobytes can claim, and unpack to, hundreds of gigabytes. Whoever may
upload one must not be able to take the server with it: at the limit the child ends, with a
sentence, and nothing else does.
"""

import contextlib
import json
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from analysis.errors import FaultlineError
from analysis.load.files import load_files
from analysis.settings import Settings, current
from analysis.store.build import BuildCancelledError, sweep
from analysis.store.sources import Cancelled, Report, Step
from analysis.store.study import StudyInfo, list_studies

BESIDE_MB = 3_000
"""What the interpreter, its libraries and Arrow may hold beside DuckDB's own limit."""
PATIENCE = 20.0
"""Seconds that a child gets to stop by itself after it was asked to."""


@dataclass(frozen=True)
class Asked:
    """What the child is told, as JSON on its standard input."""

    paths: list[str]
    study: str
    copy_texts: bool
    cap_mb: int


def load_files_apart(
    paths: Sequence[Path],
    study: str,
    settings: Settings,
    *,
    copy_texts: bool = False,
    report: Report = lambda step: None,
    cancelled: Cancelled = lambda: False,
) -> StudyInfo:
    """`load_files` in a process of its own, whose memory is bounded.

    Raises FaultlineError with the child's sentence, or with one of our own where the child died.
    """
    cap = settings.memory_limit_mb + BESIDE_MB
    asked = Asked([str(p) for p in paths], study, copy_texts, cap)
    with _child(asked, settings) as child:
        watcher = threading.Thread(target=_stop_when, args=(child, cancelled), daemon=True)
        watcher.start()
        last = _follow(child.stdout, report)
        code = child.wait()
    if cancelled() and "study" not in last:
        sweep(settings)
        raise BuildCancelledError(f"Loading “{study}” was cancelled. Nothing was changed.")
    if "error" in last:
        raise FaultlineError(str(last["error"]))
    if code or "study" not in last:
        sweep(settings)
        raise FaultlineError(
            f"Loading “{study}” ended early: reading the files needs more than the {cap:,} MB that "
            "a load may use, or the process was killed. Nothing was changed. Split the files, or "
            "raise FAULTLINE_MEMORY_MB."
        )
    return next(s for s in list_studies(settings) if s.id == last["study"])


def _child(asked: Asked, settings: Settings) -> "subprocess.Popen[str]":
    environment = {
        **os.environ,
        "FAULTLINE_HOME": str(settings.home),
        "FAULTLINE_MEMORY_MB": str(settings.memory_limit_mb),
        "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
    }
    child = subprocess.Popen(
        [sys.executable, "-m", "analysis.load.apart"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        text=True,
        start_new_session=True,
    )
    with contextlib.suppress(BrokenPipeError):
        assert child.stdin is not None
        child.stdin.write(json.dumps(asdict(asked)))
        child.stdin.close()
    return child


def _follow(lines: IO[str] | None, report: Report) -> dict[str, Any]:
    """Pass the child's steps on; gives its last word."""
    last: dict[str, Any] = {}
    for line in lines or ():
        try:
            said = json.loads(line)
        except ValueError:
            continue
        if "what" in said:
            report(Step(**said))
        else:
            last = said
    return last


def _stop_when(child: "subprocess.Popen[str]", cancelled: Cancelled) -> None:
    while child.poll() is None:
        if cancelled():
            child.terminate()
            try:
                child.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                child.kill()
            return
        time.sleep(0.1)


def main() -> int:
    """The child: read what is asked, bound this process, load, and say how it goes in JSON."""
    asked = Asked(**json.load(sys.stdin))
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    limit = asked.cap_mb * 1_000_000
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    try:
        info = load_files(
            [Path(p) for p in asked.paths],
            asked.study,
            current(),
            copy_texts=asked.copy_texts,
            report=lambda step: _say(asdict(step)),
            cancelled=stop.is_set,
        )
    except FaultlineError as error:
        _say({"error": str(error)})
        return 2
    except MemoryError:
        return 3
    _say({"study": info.id})
    return 0


def _say(record: dict[str, Any]) -> None:
    print(json.dumps(record), flush=True)


if __name__ == "__main__":
    sys.exit(main())
