"""Talk to a Hugging Face hub: its address, its timeouts, and the list of a repository's files.

The client of `huggingface_hub` is used for what it does well (sessions, headers, typed
errors). Waiting and retrying are ours: its own calls wait without bound for a listing, obey
any Retry-After, and retry a lost connection for minutes.
"""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath
from threading import Event
from typing import TYPE_CHECKING, Literal, TypeVar

from analysis.errors import FaultlineError
from analysis.load.hub.errors import (
    STOPPED,
    BadTransferError,
    DownloadStoppedError,
    HubFailure,
    HubRequest,
    explain,
)

if TYPE_CHECKING:
    from huggingface_hub.hf_api import RepoSibling

T = TypeVar("T")
_DIGEST = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")


@dataclass(frozen=True)
class Timeouts:
    """How long to wait for a hub. Times in seconds, speed in bytes a second.

    An attempt that brings `worthwhile` new bytes renews the attempts, so a long download over
    a bad line ends, and one that gets nowhere ends too, with a sentence.
    """

    answer: float = 10.0
    silence: float = 10.0
    attempts: int = 3
    first_pause: float = 0.5
    longest_wait: float = 60.0
    slowest: int = 1_000
    slow_for: float = 30.0
    worthwhile: int = 65_536
    workers: int = 4


def default_timeouts() -> Timeouts:
    """The defaults, with the client's own HF_HUB_ETAG_TIMEOUT and HF_HUB_DOWNLOAD_TIMEOUT."""
    from huggingface_hub import constants

    return Timeouts(answer=constants.HF_HUB_ETAG_TIMEOUT, silence=constants.HF_HUB_DOWNLOAD_TIMEOUT)


@dataclass(frozen=True)
class HubFile:
    """One file of a repository at one commit.

    `blob` names its content (SHA-256 of a large file, git's SHA-1 of a small one), as the
    client's cache does; `sha256` is None for small files. Sizes are bytes.
    """

    path: str
    size_bytes: int
    blob: str
    sha256: str | None


@dataclass(frozen=True)
class Listing:
    """All files of a dataset repository at one commit (`revision`, 40 hex digits)."""

    repo: str
    revision: str
    files: dict[str, HubFile]


def endpoint() -> str:
    """The hub's address: HF_ENDPOINT of this moment, else the client's default."""
    from huggingface_hub import constants

    return (os.environ.get("HF_ENDPOINT") or constants.ENDPOINT).rstrip("/")


def token() -> str | Literal[False]:
    """The token in HF_TOKEN, else False: a stored login is never used unasked."""
    value = os.environ.get("HF_TOKEN", "").strip()
    if not value.isascii() or not value.isprintable():
        raise FaultlineError(
            "HF_TOKEN holds characters that no token has; copy the token again, without the text "
            "around it."
        )
    return value or False


def request_for(repo: str, revision: str | None = None, path: str | None = None) -> HubRequest:
    return HubRequest(endpoint(), repo, revision, path, with_token=bool(token()))


def headers() -> dict[str, str]:
    """The client's headers for one request, with the token if there is one."""
    from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]

    send_no_telemetry()
    return build_hf_headers(token=token(), library_name="faultline")


def send_no_telemetry() -> None:
    """Switch off what the client would send or fetch besides what was asked for.

    Otherwise it reads the process's environment for known tools and asks the hub for their
    list, on its import-time address.
    """
    from huggingface_hub import constants

    constants.HF_HUB_DISABLE_TELEMETRY = True


def listing(repo: str, revision: str | None, timeouts: Timeouts) -> Listing:
    """The files of `repo` at `revision` (None: the newest), in one bounded request.

    Raises FaultlineError when the repository or the revision is missing, closed or out of
    reach, or when the hub names a file that could not be stored safely.
    """
    from huggingface_hub import HfApi

    def call() -> Listing:
        api = HfApi(endpoint=endpoint(), token=token(), library_name="faultline")
        info = api.dataset_info(
            repo, revision=revision, timeout=timeouts.answer, files_metadata=True
        )
        if not info.sha or not _DIGEST.fullmatch(info.sha):
            raise ValueError("the answer names no commit")
        files = [_file(sibling) for sibling in info.siblings or []]
        return Listing(repo, info.sha, {file.path: file for file in files})

    send_no_telemetry()
    return ask(call, request_for(repo, revision), timeouts, Event())


def _file(sibling: "RepoSibling") -> HubFile:
    path = sibling.rfilename
    sha256 = sibling.lfs.sha256 if sibling.lfs else None
    size = sibling.lfs.size if sibling.lfs else sibling.size
    blob = sha256 or sibling.blob_id
    if size is None or size < 0 or not blob or not _DIGEST.fullmatch(blob):
        raise ValueError("the answer names a file without size or digest")
    if ".." in PurePosixPath(path).parts or path.startswith("/") or "\\" in path or not path:
        raise FaultlineError(
            "The hub names a file that would be stored outside its own folder; nothing was "
            "downloaded, check the address in HF_ENDPOINT."
        )
    return HubFile(path, size, blob, sha256)


def ask(call: Callable[[], T], what: HubRequest, timeouts: Timeouts, stop: Event) -> T:
    """Do `call`, again after a passing fault, at most `timeouts.attempts` times."""
    for attempt in range(1, timeouts.attempts + 1):
        outcome = attempt_once(call, what)
        if not isinstance(outcome, HubFailure):
            return outcome
        wait_or_raise(outcome, attempt, timeouts, stop)
    raise AssertionError("wait_or_raise() raises on the last attempt")


def attempt_once(call: Callable[[], T], what: HubRequest) -> T | HubFailure:
    """The result of `call`, or why it failed.

    The failure is returned, not raised, so that the sentence people get has no chain of
    exceptions behind it: those hold the request with its headers.
    """
    import httpx2

    try:
        return call()
    except (BadTransferError, httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
        return explain(error, what)
    except (ValueError, KeyError, TypeError) as error:
        # What the client raises when the answer is no hub's: HTML, a list, missing fields.
        return explain(error, what)


def wait_or_raise(failure: HubFailure, attempt: int, timeouts: Timeouts, stop: Event) -> None:
    """Wait before the next attempt, or raise the sentence when there should be none."""
    wait = failure.wait if failure.wait is not None else timeouts.first_pause * 2 ** (attempt - 1)
    if failure.final or attempt >= timeouts.attempts or wait > timeouts.longest_wait:
        raise FaultlineError(failure.sentence)
    if stop.wait(wait):
        raise DownloadStoppedError(STOPPED)
