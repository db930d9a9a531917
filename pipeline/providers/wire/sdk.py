"""What both official SDK clients share: one attempt under a time limit, its failure translated.

An SDK exception holds the request with its headers, and those the key. So it is read here,
never kept: our own error is raised after the `except` block, with no context to print.
"""

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Awaitable,
    Callable,
    Mapping,
    MutableMapping,
)
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from typing import Any, TypeVar
from urllib.parse import urlsplit

from analysis.registry import Capabilities
from pipeline.providers import errors
from pipeline.providers.secret import Secret
from pipeline.providers.texts import NAME, brief
from pipeline.providers.types import ChatRequest, Reply, Rung
from pipeline.providers.wire import translate
from pipeline.providers.wire.batch_types import BatchClient
from pipeline.providers.wire.body_limit import MOST_BODY, MOST_FILE, MOST_LINE, larger_body
from pipeline.providers.wire.bounded_http import Sign
from pipeline.providers.wire.replies import broken
from pipeline.providers.wire.structured import Ladder, refuses_structure

Result = TypeVar("Result")
FILE_LIMITS = 6  # a result file may take as many times the limit of one attempt
STAGE_HEADER = "x-faultline-stage"
REPLICATE_HEADER = "x-faultline-replicate"
STAND_IN_HEADER = "x-faultline-stand-in"  # by which a server says that its replies are made up


@dataclass(frozen=True)
class Extras:
    """What an endpoint wants with every call: headers and query without a key, and the header that
    carries the key where it is not the SDK's own ("")."""

    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    key_header: str = ""

    def signing(self, secret: Secret, own: str) -> Sign | None:
        """What moves the key of a call from the SDK's header `own` to the endpoint's; None where
        that is the same. The SDKs refuse to send a call without a header of their own."""
        if not self.key_header or not secret:
            return None

        def sign(headers: MutableMapping[str, str]) -> None:
            headers.pop(own, None)
            headers[self.key_header] = secret.reveal()

        return sign


@dataclass(frozen=True)
class Cloud:
    """A cloud that serves Anthropic's models, bedrock or vertex, and whose account it is."""

    kind: str
    region: str
    project: str = ""


@dataclass(frozen=True)
class Raw:
    """A 2xx answer, not parsed yet."""

    text: str
    request_id: str
    stand_in: bool = False

    @classmethod
    def of(cls, answer: Any, id_header: str) -> "Raw":
        """From what the SDKs' `with_raw_response` gives."""
        http = answer.http_response
        request_id = brief(http.headers.get(id_header, ""), NAME)
        return cls(http.text, request_id, bool(http.headers.get(STAND_IN_HEADER)))


class StructureRefusedError(Exception):
    """The provider does not take this way of asking for JSON; nothing was billed."""


class SdkProvider(ABC):
    """One endpoint behind an official SDK client. See `types.Provider` for the contract.

    `capabilities_of` answers for a model id; `time_limit_s` bounds one attempt as a whole,
    since the SDKs' own timeouts start again with every byte received.
    """

    def __init__(
        self,
        name: str,
        base_url: str,
        secret: Secret,
        capabilities_of: Callable[[str], Capabilities],
        time_limit_s: float = 600.0,
    ) -> None:
        self._name = name
        self._base_url = base_url.rstrip("/")
        self._secret = secret
        self._time_limit_s = time_limit_s
        self._ladder = Ladder()
        self._local = is_loopback(base_url)
        self.capabilities_of = capabilities_of

    @property
    def name(self) -> str:
        return self._name

    @property
    def base_url(self) -> str:
        return self._base_url

    @property
    def time_limit_s(self) -> float:
        return self._time_limit_s

    def __repr__(self) -> str:
        return f"{type(self).__name__}(name={self._name!r}, base_url={self._base_url!r})"

    def __reduce__(self) -> str:
        raise TypeError("A provider holds a key and a connection: open it again instead.")

    @abstractmethod
    async def aclose(self) -> None: ...

    @abstractmethod
    def body(self, request: ChatRequest, rung: Rung) -> dict[str, Any]:
        """The JSON body that a request is sent with."""

    @abstractmethod
    async def _post(self, request: ChatRequest, rung: Rung) -> Raw:
        """One HTTP call through the SDK, the body unread."""

    @abstractmethod
    def _read(self, raw: str, rung: Rung) -> Reply:
        """The body as a reply."""

    @abstractmethod
    def _failure(self, error: Exception) -> translate.Failure | errors.ProviderError:
        """What an SDK exception says, without the exception."""

    async def send(self, request: ChatRequest) -> Reply:
        """One attempt. Steps down the structured-output ladder where the provider asks for it.

        Raises one of `errors.ProviderError`.
        """
        capabilities = self.capabilities_of(request.model)
        bad = capabilities.not_taken(request.options)
        if bad:
            raise errors.RequestRejectedError(
                f"{request.model} takes no {', '.join(bad)}: remove it from the plan."
            )
        while True:
            rung = self._ladder.rung(request, capabilities)
            try:
                return await self._attempt(request, rung)
            except StructureRefusedError as refused:
                sentence = str(refused)
            if not self._ladder.step_down(request.model, rung, capabilities):
                raise errors.RequestRejectedError(sentence)

    def read(self, raw: str, rung: Rung) -> Reply:
        """A body as a reply, whatever is in it. Raises one of `errors.ProviderError`."""
        raw = self._secret.scrub(raw)
        try:
            return self._read(raw, rung)
        except errors.ProviderError:
            raise
        except Exception as error:
            return broken(raw, f"The reply can't be read ({type(error).__name__}).", rung)

    def rung(self, request: ChatRequest) -> Rung:
        """The rung a request would be sent on now (batches are built on it)."""
        return self._ladder.rung(request, self.capabilities_of(request.model))

    def step_down(self, model: str, refused: Rung) -> bool:
        """Leave a rung that a batch of a model was refused on; False at the bottom."""
        return self._ladder.step_down(model, refused, self.capabilities_of(model))

    @abstractmethod
    def batches(self) -> BatchClient:
        """The batch API of the same endpoint, on the same client."""

    async def _attempt(self, request: ChatRequest, rung: Rung) -> Reply:
        started = time.perf_counter()
        try:
            raw = await self.guarded(self._post(request, rung), f"{request.model} ({self._name})")
        except _FailedStatusError as failed:
            status = failed.failure
        else:
            reply = self.read(raw.text, rung)
            took = time.perf_counter() - started
            return replace(reply, request_id=raw.request_id, latency_s=took, stand_in=raw.stand_in)
        refused = translate.refusal(status)
        if refused is not None:
            return replace(refused, latency_s=time.perf_counter() - started)
        sorted_error = translate.error(status, f"{request.model} ({self._name})")
        structured = rung not in (Rung.NONE, Rung.TOLERANT)
        if status.status == 400 and structured and refuses_structure(status.message):
            raise StructureRefusedError(str(sorted_error))
        raise sorted_error

    async def guarded(self, call: Awaitable[Result], who: str) -> Result:
        """Await an SDK call under the time limit, its exceptions translated and forgotten.

        Raises `_FailedStatusError` for an HTTP status, else one of `errors.ProviderError`.
        """
        found: translate.Failure | errors.ProviderError
        try:
            async with asyncio.timeout(self._time_limit_s):
                return await call
        except TimeoutError:
            found = errors.AttemptTimeoutError(
                f"{who} gave no whole reply within {self._time_limit_s:g} s."
            )
        except errors.ProviderError as known:
            found = known
        except Exception as error:
            found = self._failure(error)
        if isinstance(found, errors.ProviderError):
            raise found
        scrubbed = replace(
            found, raw=self._secret.scrub(found.raw), message=self._secret.scrub(found.message)
        )
        raise _FailedStatusError(scrubbed)

    async def sorted(self, call: Awaitable[Result], who: str) -> Result:
        """As `guarded`, with an HTTP status turned into one of `errors.ProviderError`."""
        try:
            return await self.guarded(call, who)
        except _FailedStatusError as failed:
            status = failed.failure
        raise translate.error(status, who)

    def scrubbed(self, text: str) -> str:
        """A text that came back, without the key should it be in there."""
        return self._secret.scrub(text)

    def marks(self, request: ChatRequest) -> dict[str, str]:
        """Headers of our own for the loopback provider; a real provider never sees them."""
        if not self._local:
            return {}
        return {STAGE_HEADER: request.stage, REPLICATE_HEADER: str(request.replicate)}


async def streamed_lines(
    provider: SdkProvider, opening: Any, who: str, calls: int
) -> AsyncGenerator[str]:
    """The lines of a batch's result file as they come, "" for one that is longer than a reply.

    Each wait is under the time limit, the file as a whole under six of them and under a size for
    its `calls`. `opening` is what the SDK's `with_streaming_response` gives. Raises
    `errors.ProviderError`.
    """
    with larger_body(MOST_FILE + calls * MOST_LINE):
        response = await provider.sorted(opening.__aenter__(), who)
    until = time.monotonic() + FILE_LIMITS * provider.time_limit_s
    lines = _lines(response.iter_bytes())
    try:
        while (line := await provider.sorted(anext(lines, None), who)) is not None:
            if time.monotonic() > until:
                raise errors.AttemptTimeoutError(f"{who}: a result file never came to its end.")
            yield provider.scrubbed(line.decode("utf-8", "replace"))
    finally:
        await lines.aclose()
        await opening.__aexit__(None, None, None)


async def _lines(pieces: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
    """Lines without their ends, blank ones left out; one that is too long comes empty.

    Only a line feed ends a line: JSON may hold all the other separators that Python knows.
    """
    kept, size = list[bytes](), 0
    async for piece in pieces:
        *whole, rest = piece.split(b"\n")
        for part in whole:
            line = b"".join((*kept, part)) if size + len(part) <= MOST_BODY else b""
            if line.strip() or size > MOST_BODY:
                yield line
            kept, size = [], 0
        size += len(rest)
        kept = [*kept, rest] if size <= MOST_BODY else []
    if size > MOST_BODY or b"".join(kept).strip():
        yield b"".join(kept)


class _FailedStatusError(Exception):
    """An HTTP status that is no success, on its way to being sorted."""

    def __init__(self, failed: translate.Failure) -> None:
        super().__init__(failed.status)
        self.failure = failed


def sdk_failure(error: Exception, sdk: Any) -> translate.Failure | errors.ProviderError:
    """What an exception of either SDK says; both name their classes alike.

    What nobody foresaw counts as sent: only a request that is known not to have left the process
    is known not to be billed.
    """
    from pipeline.providers.wire import bounded_http as http

    if isinstance(error, sdk.APIStatusError):
        return translate.failure(error.status_code, error.response.text, error.response.headers)
    if known := http.cause_of(error):
        return known
    if http.is_unsent(error):
        return errors.NotConnectedError("No connection to the endpoint: check its address.")
    if isinstance(error, sdk.APITimeoutError) or http.is_timeout(error):
        return errors.AttemptTimeoutError("The connection went silent before the reply was whole.")
    if http.is_unsendable(error) or _is_unwritable(error):
        return errors.RequestRejectedError(
            f"The request could not be sent: {type(error).__name__}."
        )
    if isinstance(error, sdk.APIConnectionError) or http.is_broken(error):
        return errors.ConnectionLostError("The connection broke before the reply was whole.")
    return errors.unforeseen(error)


def _is_unwritable(error: Exception) -> bool:
    """Text that no encoding carries fails before anything is sent."""
    causes = (error, error.__cause__)
    return any(isinstance(cause, UnicodeEncodeError) for cause in causes)


def is_loopback(url: str) -> bool:
    """Whether a base URL stays on this machine."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
