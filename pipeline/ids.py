"""Run ids: ULIDs, so that folders sort by time and a name can't point outside the runs folder."""

import os
import re
import time
from pathlib import Path

from analysis.errors import FaultlineError
from analysis.settings import PLAN_FILE, Settings

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LAST = (1 << 48) - 1
PATTERN = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")


def new_ulid(now_ms: int | None = None, after: str = "") -> str:
    """26 characters: 48 bits of time in milliseconds, then 80 random bits.

    Sorts behind the id `after` also where the clock was set back since.
    """
    stamp = time.time_ns() // 1_000_000 if now_ms is None else now_ms
    if is_ulid(after):
        stamp = max(stamp, min(_stamp(after) + 1, _LAST))
    number = (stamp << 80) | int.from_bytes(os.urandom(10), "big")
    return "".join(ALPHABET[(number >> shift) & 31] for shift in range(125, -5, -5))


def _stamp(ulid: str) -> int:
    """The milliseconds of an id's first ten characters."""
    number = 0
    for char in ulid[:10]:
        number = number * 32 + ALPHABET.index(char)
    return number


def is_ulid(text: str) -> bool:
    return PATTERN.fullmatch(text) is not None


def run_folder(settings: Settings, run: str) -> Path:
    """The folder of an existing run. Raises FaultlineError for a malformed or unknown id."""
    if not is_ulid(run):
        raise FaultlineError(
            f"{run!r} is not a run id: a run id has 26 letters and digits, as `run` printed it."
        )
    folder = settings.runs / run
    if folder.resolve().parent != settings.runs.resolve() or not (folder / PLAN_FILE).is_file():
        raise FaultlineError(f"There is no run {run} in {settings.runs}: check the id.")
    return folder
