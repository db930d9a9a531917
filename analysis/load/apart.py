"""Load files in a process of its own, with a limit on its memory.

A parquet file of some kilobytes can claim, and unpack to, hundreds of gigabytes. Whoever may
upload one must not be able to take the server with it: at the limit the child ends, with a
sentence, and nothing else does.
"""

import json
import resource
import signal
import sys
import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from analysis.errors import FaultlineError
from analysis.load import child
from analysis.load.files import load_files
from analysis.settings import Settings, current
from analysis.store.build import BuildCancelledError, sweep
from analysis.store.sources import Cancelled, Report
from analysis.store.study import StudyInfo, list_studies

BESIDE_MB = 3_000
"""What the interpreter, its libraries and Arrow may hold beside DuckDB's own limit."""


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
    last, code = child.run("analysis.load.apart", asdict(asked), settings, report, cancelled)
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
            report=lambda step: child.say(asdict(step)),
            cancelled=stop.is_set,
        )
    except FaultlineError as error:
        child.say({"error": str(error)})
        return 2
    except MemoryError:
        return 3
    child.say({"study": info.id})
    return 0


if __name__ == "__main__":
    sys.exit(main())
