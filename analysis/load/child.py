"""Run one piece of work in a process of its own: told by JSON, heard by JSON, stopped at once.

A child reads one object from standard input and prints one a line: its steps
({"what", "done", "total"}), and last what came of it, or {"error": sentence}.
"""

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from analysis.settings import Settings
from analysis.store.sources import Cancelled, Report, Step

PATIENCE = 20.0
"""Seconds that a child gets to stop by itself after it was asked to."""


def run(
    module: str,
    asked: Mapping[str, Any],
    settings: Settings,
    report: Report,
    cancelled: Cancelled,
) -> tuple[dict[str, Any], int]:
    """Run `python -m module` and follow it; gives its last word and its exit code."""
    with start(module, asked, settings) as child:
        watcher = threading.Thread(target=_stop_when, args=(child, cancelled), daemon=True)
        watcher.start()
        last = _follow(child.stdout, report)
        return last, child.wait()


def start(module: str, asked: Mapping[str, Any], settings: Settings) -> "subprocess.Popen[str]":
    environment = {
        **os.environ,
        "FAULTLINE_HOME": str(settings.home),
        "FAULTLINE_MEMORY_MB": str(settings.memory_limit_mb),
        "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
    }
    child = subprocess.Popen(
        [sys.executable, "-m", module],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        text=True,
        start_new_session=True,
    )
    with contextlib.suppress(BrokenPipeError):
        assert child.stdin is not None
        child.stdin.write(json.dumps(asked))
        child.stdin.close()
    return child


def say(record: Mapping[str, Any]) -> None:
    """What a child says: one line."""
    print(json.dumps(record), flush=True)


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
