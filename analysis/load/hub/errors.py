"""What the hub refused, as one plain sentence and whether asking again makes sense.

No text of an exception or of an answer is ever passed on: both can carry request headers,
and with them a token.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from analysis.errors import FaultlineError

if TYPE_CHECKING:
    from httpx2 import Response

PASSING_STATUS = frozenset({408, 429, 500, 502, 503, 504})


@dataclass(frozen=True)
class HubRequest:
    """What was asked of which hub: the words that every sentence about it needs."""

    endpoint: str
    repo: str
    revision: str | None = None
    path: str | None = None
    with_token: bool = False

    @property
    def hub(self) -> str:
        """The hub's address without a user name or password that stands in it."""
        parts = urlsplit(self.endpoint)
        port = f":{parts.port}" if parts.port else ""
        return f"{parts.scheme}://{parts.hostname or ''}{port}"

    @property
    def thing(self) -> str:
        return f"{self.path} of {self.repo}" if self.path else self.repo


@dataclass(frozen=True)
class HubFailure:
    """One failed attempt: `final` if another can't help, `spoils` if what was kept is wrong.

    `wait` is what the hub asks for, in seconds.
    """

    sentence: str
    final: bool = True
    spoils: bool = False
    wait: float | None = None


STOPPED = "The download was stopped; what arrived is kept."


class DownloadStoppedError(FaultlineError):
    """Somebody stopped the download; what arrived is kept."""


class BadTransferError(Exception):
    """An answer that arrived, but can't be the file that was asked for."""

    def __init__(self, failure: HubFailure) -> None:
        super().__init__(failure.sentence)
        self.failure = failure


def explain(error: Exception, request: HubRequest) -> HubFailure:
    """The failure behind an exception of huggingface_hub, httpx2 or the file system."""
    import httpx2
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, OfflineModeIsEnabled

    if isinstance(error, BadTransferError):
        return error.failure
    if isinstance(error, HfHubHTTPError):
        return _of_status(error, error.response, request)
    if isinstance(error, HFValidationError):
        return HubFailure(f"“{request.repo}” is not a dataset's name on the hub; write owner/name.")
    if isinstance(error, OfflineModeIsEnabled):
        return HubFailure(
            f"{request.thing} can't be fetched: HF_HUB_OFFLINE is set, so nothing is asked of the "
            "hub; unset it, or load files that are here already with “load files”."
        )
    if isinstance(error, httpx2.HTTPError | httpx2.InvalidURL):
        return _of_connection(error, request)
    if isinstance(error, OSError):
        return _of_disk(error, request)
    return HubFailure(
        f"{request.hub} does not answer as a Hugging Face hub does; check the address in "
        "HF_ENDPOINT, and whether a proxy or a login page answers in its place."
    )


def _of_status(error: Exception, response: "Response", request: HubRequest) -> HubFailure:
    from huggingface_hub.errors import (
        DisabledRepoError,
        GatedRepoError,
        RemoteEntryNotFoundError,
        RevisionNotFoundError,
    )

    status = response.status_code
    if isinstance(error, GatedRepoError):
        return _gated(request)
    if isinstance(error, DisabledRepoError):
        return HubFailure(f"The hub has disabled {request.repo}; nothing of it can be fetched.")
    if isinstance(error, RevisionNotFoundError):
        return HubFailure(
            f"{request.repo} has no revision “{request.revision}”; name a branch, a tag or a whole "
            "commit id, or leave the revision out for the newest one."
        )
    if isinstance(error, RemoteEntryNotFoundError):
        return HubFailure(
            f"The hub has no file {request.path} in {request.repo} at {request.revision}."
        )
    if status in (401, 403, 404):
        return _closed(status, request)
    if status == 429:
        return _too_many(response, request)
    return HubFailure(
        f"The hub at {request.hub} answered {status} for {request.thing}; the fault is on its "
        "side: try again later, what was downloaded is kept.",
        final=status not in PASSING_STATUS,
        wait=retry_after(response),
    )


def _gated(request: HubRequest) -> HubFailure:
    token = (
        "set HF_TOKEN to a token of the account that accepted them"
        if request.with_token
        else "set HF_TOKEN to a token of that account"
    )
    page = f"{request.hub}/datasets/{request.repo}"
    return HubFailure(
        f"{request.repo} is gated: accept its terms at {page}, {token}, and load again."
    )


def _closed(status: int, request: HubRequest) -> HubFailure:
    if status == 404:
        return HubFailure(
            f"The hub at {request.hub} has no dataset {request.repo}; check the spelling "
            "(owner/name), or set HF_TOKEN if it is private."
        )
    if request.with_token:
        return HubFailure(
            f"The hub refused {request.thing} with the token in HF_TOKEN ({status}): the token has "
            "expired or may not read it; make a new one with read access, and load again."
        )
    return HubFailure(
        f"The hub refused {request.thing} ({status}): it does not exist, or it is private; check "
        "the spelling, or set HF_TOKEN to a token that may read it."
    )


def _too_many(response: "Response", request: HubRequest) -> HubFailure:
    wait = retry_after(response)
    when = f"; it asks to wait {wait:.0f} s" if wait is not None else ""
    return HubFailure(
        f"The hub at {request.hub} has had too many requests from here (429){when}: try again "
        "later, what was downloaded is kept.",
        final=False,
        wait=wait,
    )


def retry_after(response: "Response") -> float | None:
    """Seconds that the hub asks to wait: Retry-After (seconds or a date), else RateLimit's t."""
    from huggingface_hub.utils import parse_ratelimit_headers  # type: ignore[attr-defined]

    header = response.headers.get("Retry-After", "").strip()
    if header.isdigit():
        return float(header)
    if header:
        try:
            moment = parsedate_to_datetime(header)
        except ValueError:
            return None
        return max(0.0, (moment.astimezone(UTC) - datetime.now(UTC)).total_seconds())
    limit = parse_ratelimit_headers(response.headers)
    return float(limit.reset_in_seconds) if limit and limit.remaining == 0 else None


def _of_connection(error: Exception, request: HubRequest) -> HubFailure:
    import httpx2

    if isinstance(error, httpx2.ConnectTimeout | httpx2.ReadTimeout | httpx2.TimeoutException):
        return HubFailure(
            f"The hub at {request.hub} stopped answering while {request.thing} was asked for: "
            "check the network and try again, what was downloaded is kept.",
            final=False,
        )
    if isinstance(error, httpx2.ConnectError | httpx2.ProxyError):
        return HubFailure(
            f"The hub at {request.hub} can't be reached from here: check the network, the proxy "
            "settings, and HF_ENDPOINT if it is set.",
            final=False,
        )
    if isinstance(error, httpx2.RemoteProtocolError | httpx2.NetworkError):
        return HubFailure(
            f"The connection to {request.hub} broke while {request.thing} was fetched: try again, "
            "what was downloaded is kept.",
            final=False,
        )
    kind = type(error).__name__
    return HubFailure(
        f"{request.thing} could not be asked for at {request.hub} ({kind}): check HF_ENDPOINT and "
        "the proxy settings."
    )


def _of_disk(error: OSError, request: HubRequest) -> HubFailure:
    reason = error.strerror or type(error).__name__
    return HubFailure(
        f"{request.thing} could not be written under FAULTLINE_HOME ({reason}): make room there "
        "or point FAULTLINE_HOME at another disk, and load again; what was downloaded is kept."
    )
