"""Bring one file of a dataset repository into the hub cache, and only whole.

The client (2.4) deletes what it has when a download breaks, so that an interrupted one starts
again at zero. Here the bytes stay in `blobs/<digest>.incomplete`, are continued with a range
request by whoever comes next, and get their final name after size, digest and parquet footer
have been checked.
"""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from analysis.errors import FaultlineError
from analysis.load.hub.cache import (
    CachePaths,
    cache_paths,
    fault_of,
    keep,
    looks_whole,
    make_folders,
    point,
    size_of,
)
from analysis.load.hub.client import (
    HubFile,
    Timeouts,
    attempt_once,
    endpoint,
    headers,
    request_for,
    wait_or_raise,
)
from analysis.load.hub.errors import (
    STOPPED,
    BadTransferError,
    DownloadStoppedError,
    HubFailure,
    HubRequest,
)
from analysis.settings import Settings

if TYPE_CHECKING:
    from httpx2 import Response


@dataclass
class Tally:
    """What all workers of one fetch have brought so far, and the wish to stop. Bytes."""

    stop: threading.Event = field(default_factory=threading.Event)
    arrived: int = 0
    on_disk: int = 0
    busy: set[str] = field(default_factory=set)
    waiting: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def hold(self, count: int) -> None:
        """`count` bytes were on disk already (negative: they had to be given up)."""
        with self._lock:
            self.on_disk += count

    def arrive(self, count: int) -> None:
        if self.stop.is_set():
            raise DownloadStoppedError(STOPPED)
        with self._lock:
            self.arrived += count


@dataclass(frozen=True)
class _Job:
    file: HubFile
    what: HubRequest
    where: CachePaths
    timeouts: Timeouts
    tally: Tally

    @property
    def missing(self) -> int:
        return self.file.size_bytes - size_of(self.where.part)


def download(
    repo: str, revision: str, file: HubFile, settings: Settings, timeouts: Timeouts, tally: Tally
) -> Path:
    """The path of `file` in the cache's snapshot of `revision`, downloaded if it is not there.

    Raises FaultlineError with what went wrong; a partial download is kept for the next time,
    a file that fails its checks is removed.
    """
    where = cache_paths(settings, repo, revision, file)
    make_folders(where)
    job = _Job(file, request_for(repo, revision, file.path), where, timeouts, tally)
    with _alone(job):
        if looks_whole(where.pointer, file):
            tally.hold(file.size_bytes)
            return where.pointer
        if looks_whole(where.blob, file):
            tally.hold(file.size_bytes)
        else:
            where.blob.unlink(missing_ok=True)
            _complete(job)
        point(where)
    return where.pointer


@contextmanager
def _alone(job: _Job) -> Iterator[None]:
    """Hold the file's lock: two processes must not append to the same partial file."""
    from filelock import Timeout
    from huggingface_hub.utils import WeakFileLock  # type: ignore[attr-defined]

    path, tally = job.file.path, job.tally
    with ExitStack() as stack:
        tally.waiting.add(path)
        stack.callback(tally.waiting.discard, path)
        while True:
            try:
                stack.enter_context(WeakFileLock(job.where.lock, timeout=0.3))
                break
            except Timeout:
                if tally.stop.is_set():
                    raise DownloadStoppedError("The download was stopped.") from None
        tally.waiting.discard(path)
        tally.busy.add(path)
        stack.callback(tally.busy.discard, path)
        yield


def _complete(job: _Job) -> None:
    part, file = job.where.part, job.file
    if job.missing < 0:
        part.unlink()
    continued = size_of(part)
    job.tally.hold(continued)
    _receive_all(job)
    fault = fault_of(part, file, job.what.repo)
    if fault and continued:
        # The kept part may be the culprit (a crash can leave zeros in it): once from the start.
        part.unlink()
        job.tally.hold(-file.size_bytes)
        _receive_all(job)
        fault = fault_of(part, file, job.what.repo)
    if fault:
        part.unlink()
        raise FaultlineError(fault)
    keep(job.where)


def _receive_all(job: _Job) -> None:
    """Attempts until the part has the file's size, renewed by every attempt worth its while."""
    part, timeouts = job.where.part, job.timeouts
    part.touch()
    best, tries = size_of(part), 0
    while job.missing:
        failure = attempt_once(lambda: _receive(job), job.what)
        if not job.missing:
            return
        tries = 1 if size_of(part) - best >= timeouts.worthwhile else tries + 1
        best = max(best, size_of(part))
        failure = failure or _ended_early(job.what)
        if failure.spoils:
            part.unlink()
        wait_or_raise(failure, tries, timeouts, job.tally.stop)


def _receive(job: _Job) -> None:
    """One request: append what comes to the part."""
    import httpx2
    from huggingface_hub import get_session, hf_hub_url
    from huggingface_hub.utils import hf_raise_for_status  # type: ignore[attr-defined]

    what, timeouts = job.what, job.timeouts
    have = size_of(job.where.part)
    url = hf_hub_url(
        what.repo, job.file.path, repo_type="dataset", revision=what.revision, endpoint=endpoint()
    )
    # Offsets count the bytes of the file, so no compression on the way.
    request_headers = {**headers(), "Accept-Encoding": "identity"}
    if have:
        request_headers["Range"] = f"bytes={have}-"
    limits = httpx2.Timeout(timeouts.silence, connect=timeouts.answer)
    with get_session().stream("GET", url, headers=request_headers, timeout=limits) as response:
        if response.status_code == 416:
            raise BadTransferError(_shorter_there(what))
        hf_raise_for_status(response)
        _append(response, have, job)


def _append(response: "Response", have: int, job: _Job) -> None:
    continues = _continues(response, have, job.what)
    if have and not continues:
        job.tally.hold(-have)
    pace = _Pace(job)
    with job.where.part.open("ab" if continues else "wb") as out:
        for chunk in response.iter_bytes():
            job.tally.arrive(len(chunk))
            if out.tell() + len(chunk) > job.file.size_bytes:
                raise BadTransferError(_longer_there(job.what))
            out.write(chunk)
            out.flush()  # a killed process loses nothing that arrived
            pace.note(len(chunk))


def _continues(response: "Response", have: int, what: HubRequest) -> bool:
    """Whether the answer starts where the part ends; a 200 starts at zero, as servers may."""
    if response.status_code != 206:
        return False
    start = response.headers.get("Content-Range", "").removeprefix("bytes").strip().split("-")[0]
    if start != str(have):
        raise BadTransferError(
            HubFailure(
                f"The hub sent another piece of {what.thing} than was asked for; something between "
                "answers range requests wrongly: try without that proxy."
            )
        )
    return True


class _Pace:
    """Gives up on a hub that drips: a read timeout alone lets one byte a second go on for ever."""

    def __init__(self, job: _Job) -> None:
        self.timeouts, self.what = job.timeouts, job.what
        self.since, self.seen = monotonic(), 0

    def note(self, count: int) -> None:
        self.seen += count
        spent = monotonic() - self.since
        if spent < self.timeouts.slow_for:
            return
        if self.seen < self.timeouts.slowest * spent:
            raise BadTransferError(_too_slow(self.what, self.timeouts))
        self.since, self.seen = monotonic(), 0


def _too_slow(what: HubRequest, timeouts: Timeouts) -> HubFailure:
    return HubFailure(
        f"The hub at {what.hub} sends {what.thing} at under {timeouts.slowest:,} bytes a second: "
        "try again later, what was downloaded is kept.",
        final=False,
    )


def _ended_early(what: HubRequest) -> HubFailure:
    return HubFailure(
        f"The hub ends {what.thing} before its whole length: it is truncated there, or something "
        "between cuts it; try again later.",
        final=False,
    )


def _shorter_there(what: HubRequest) -> HubFailure:
    return HubFailure(
        f"{what.thing} is shorter on the hub than its own listing says: it is truncated there; "
        "what came of it was removed, try again later or choose another split.",
        spoils=True,
    )


def _longer_there(what: HubRequest) -> HubFailure:
    return HubFailure(
        f"{what.thing} is longer on the hub than its own listing says, so it is not the file that "
        "was asked for; what came of it was removed, try again later.",
        spoils=True,
    )
