"""The loopback provider's own record: one JSON line per request, written before it answers.

Columns: `n` and `at` (order, seconds since the epoch); `api`, `model`, `stage`, `replicate`;
`digest` (SHA-256 of the body); `status` (HTTP) and `fault`; the four token counts; `billed`
(whether a provider would have charged) and `usd` (null where the price is unknown); `batch`.
"""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from analysis.registry import Price


@dataclass(frozen=True)
class Tokens:
    """What one answer counts, the cached ones apart from the input."""

    input: int = 0
    output: int = 0
    cached: int = 0
    cache_write: int = 0


@dataclass(frozen=True)
class Entry:
    """One request as the provider saw it."""

    api: str
    model: str
    stage: str
    replicate: int
    digest: str
    status: int
    fault: str = ""
    tokens: Tokens = Tokens()
    billed: bool = False
    batch: str = ""


class Ledger:
    """Appends entries to a file, or only keeps counts without one. Safe between threads."""

    def __init__(self, path: Path | None, price_of: Callable[[str], Price]) -> None:
        self._price_of = price_of
        self._lock = threading.Lock()
        self._file: IO[bytes] | None = None
        self.asked = 0
        self.billed = 0
        self.rate_limited = 0
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            # Unbuffered: a line is out before the answer it accounts for.
            self._file = path.open("ab", buffering=0)

    def write(self, entry: Entry) -> None:
        with self._lock:
            self.asked += 1
            self.billed += entry.billed
            self.rate_limited += entry.status == 429
            if self._file is not None:
                self._file.write(self._line(entry))

    def _line(self, entry: Entry) -> bytes:
        row: dict[str, Any] = {"n": self.asked, "at": time.time(), **asdict(entry)}
        counts = row.pop("tokens")
        row |= {f"{name}_tokens": count for name, count in counts.items()}
        row["usd"] = self._usd(entry)
        return json.dumps(row, separators=(",", ":")).encode() + b"\n"

    def _usd(self, entry: Entry) -> float | None:
        if not entry.billed:
            return 0.0
        used = entry.tokens
        price = self._price_of(entry.model)
        counts = (used.input, used.output, used.cached, used.cache_write)
        return price.usd(*counts, batch=bool(entry.batch))

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def read_ledger(path: Path) -> list[dict[str, Any]]:
    """All entries of a ledger file, oldest first; a last line cut short is left out."""
    lines = path.read_bytes().split(b"\n")[:-1]
    return [json.loads(line) for line in lines]
