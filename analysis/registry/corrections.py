"""What people said of names that were read otherwise: kept in the home, and undone there.

`names.json` in the home folder: a list of records, one a name as files write it, each saying which
model it is, or whose and what it is called. The registry goes by it before all else.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from analysis import regular_files
from analysis.errors import FaultlineError
from analysis.whole_files import write_text

NAMES_FILE = "names.json"
_MOST = 5_000
_LONGEST = 200


@dataclass(frozen=True)
class Correction:
    """One name as a file writes it: the id of the model that it means ("" for a model of its own),
    its provider and its label ("" where nothing was said of that), and when this was said."""

    spelling: str
    model: str = ""
    provider: str = ""
    label: str = ""
    said_at: str = ""


def read(path: Path) -> dict[str, Correction]:
    """Spelling -> what was said of it. Raises FaultlineError for a file that can't be read."""
    try:
        stored = json.loads(regular_files.text_of(path))
        found = [Correction(**record) for record in stored]
        if not all(isinstance(v, str) for c in found for v in asdict(c).values()):
            raise TypeError("a text")
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, RecursionError):
        raise FaultlineError(
            f"{path.name} in the home folder can't be read: it holds what was said of models' "
            "names. Mend it, or move it away to begin anew."
        ) from None
    return {c.spelling: c for c in found}


def store(home: Path, correction: Correction) -> None:
    """Keep what a person says of a name, instead of what was said of it before.

    Raises FaultlineError for a name or label that is empty or too long.
    """
    spelling = correction.spelling.strip()
    if not spelling or max(map(len, (spelling, correction.label, correction.model))) > _LONGEST:
        raise FaultlineError(f"Names and labels of models have 1 to {_LONGEST} characters.")
    if not (correction.model or correction.provider or correction.label):
        raise FaultlineError(
            f"Nothing is said of “{spelling}”: name a model, a provider or a label."
        )
    known = read(home / NAMES_FILE)
    if len(known) >= _MOST and spelling not in known:
        raise FaultlineError(f"There is room for {_MOST:,} names: undo some first.")
    stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    entry = Correction(
        spelling, correction.model, correction.provider, correction.label.strip(), stamp
    )
    _write(home, {**known, spelling: entry})


def undo(home: Path, spelling: str) -> None:
    """Forget what was said of a name. Raises FaultlineError where nothing was."""
    known = read(home / NAMES_FILE)
    if spelling not in known:
        there = ", ".join(f"“{s}”" for s in list(known)[:5])
        others = f" Something was said of {there}." if known else ""
        raise FaultlineError(f"Nothing was said of “{spelling}”.{others}")
    _write(home, {s: c for s, c in known.items() if s != spelling})


def _write(home: Path, known: Mapping[str, Correction]) -> None:
    text = json.dumps([asdict(c) for c in known.values()], ensure_ascii=False, indent=1)
    try:
        write_text(home / NAMES_FILE, text + "\n")
    except OSError as error:
        raise FaultlineError(
            f"{NAMES_FILE} can't be written to {home}: {error.strerror or error}."
        ) from error
