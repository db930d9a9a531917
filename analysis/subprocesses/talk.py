"""A conversation with a child: one JSON object in, then one a line out, the last one being the
result, {"error": sentence} or {"fault": trace}.
"""

import json
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from typing import Any

from analysis.errors import FaultlineError
from analysis.subprocesses.child import Child
from analysis.subprocesses.limits import Limits
from analysis.subprocesses.slots import Slots, of_process

Record = dict[str, Any]
RecordHandler = Callable[[Record], None]
Cancelled = Callable[[], bool]
Work = Callable[[Record, RecordHandler, Cancelled], Mapping[str, Any]]
GRACE = 0.8
"""Seconds that a child gets to tidy up after it was asked to stop; then it is killed."""
LONGEST_LINE = 64_000_000
LONGEST_SENTENCE = 4_000
STEP = "what"
"""A record with this key is progress; any other is the last word."""
ERROR, FAULT, MEMORY = 2, 4, 3


def run(
    module: str,
    request: Mapping[str, Any],
    limits: Limits,
    *,
    on_record: RecordHandler = lambda record: None,
    cancelled: Cancelled = lambda: False,
    wait: bool = False,
    slots: Slots | None = None,
) -> tuple[Record, int]:
    """Run `module` in a child and follow it; gives its last word ({} for none) and exit code.

    Once `cancelled` is true the child and all that it started is gone within two seconds. With
    `wait` it queues for a slot, otherwise BusyError says that there is none.
    """
    places = slots or of_process()
    free = places.wait(cancelled) if wait else places.take()
    if free is None:
        return {}, -signal.SIGTERM
    child = Child(module, request, limits, free)
    try:
        threading.Thread(target=_stop_when, args=(child, cancelled), daemon=True).start()
        with child.lines:
            last = _follow(child, on_record)
        return last, child.code
    finally:
        child.kill()


def _follow(child: Child, on_record: RecordHandler) -> Record:
    last: Record = {}
    while line := child.lines.readline(LONGEST_LINE):
        try:
            record = json.loads(line)
        except ValueError:
            continue  # a library printed something
        if isinstance(record, dict) and STEP in record:
            on_record(record)
        elif isinstance(record, dict):
            last = record
    return last


def _stop_when(child: Child, cancelled: Cancelled) -> None:
    while not child.done.wait(0.1):
        if cancelled():
            child.ask_to_stop()
            child.done.wait(GRACE)
            child.kill()
            return


def serve(work: Work) -> int:
    """The child's side: read the request, do it, say how it goes. Gives the exit code."""
    request = json.load(sys.stdin)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    try:
        _say(work(request, _say, stop.is_set))
    except FaultlineError as error:
        _say({"error": str(error)[:LONGEST_SENTENCE]})
        return ERROR
    except MemoryError:
        return MEMORY
    except Exception:
        _say({"fault": traceback.format_exc()[-LONGEST_SENTENCE:]})
        return FAULT
    return 0


_lock = threading.Lock()


def _say(record: Mapping[str, Any]) -> None:
    with _lock:  # steps come from several threads
        sys.stdout.write(json.dumps(record) + "\n")
        sys.stdout.flush()
