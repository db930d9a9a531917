"""What both official SDK clients share: one attempt under a time limit, its failure translated.

An SDK exception holds the request with its headers, and those the key. So it is read here,
never kept: our own error is raised after the `except` block, with no context to print.
"""

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, replace
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from pipeline.providers import errors, translate
from pipeline.providers.secret import Secret
from pipeline.providers.structured import Ladder, refuses_structure
from pipeline.providers.types import Capabilities, ChatRequest, Reply, Rung

if TYPE_CHECKING:
    from pipeline.providers.batch_types import BatchClient

Result = TypeVar("Result")
STAGE_HEADER = "x-faultline-stage"
REPLICATE_HEADER = "x-faultline-replicate"


@dataclass(frozen=True)
class Raw:
    """A 2xx answer, not parsed yet."""

    text: str
    request_id: str


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

    def __repr__(self) -> str:
        return f"{type(self).__name__}(name={self._name!r}, base_url={self._base_url!r})"

    def __reduce__(self) -> str:
        raise TypeError("A provider holds a key and a connection: open it again instead.")

    @abstractmethod
    async def aclose(self) -> None: ...

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

    def rung(self, request: ChatRequest) -> Rung:
        """The rung a request would be sent on now (batches are built on it)."""
        return self._ladder.rung(request, self.capabilities_of(request.model))

    def step_down(self, model: str, refused: Rung) -> bool:
        """Leave a rung that a batch of a model was refused on; False at the bottom."""
        return self._ladder.step_down(model, refused, self.capabilities_of(model))

    @abstractmethod
    def batches(self) -> "BatchClient":
        """The batch API of the same endpoint, on the same client."""

    async def _attempt(self, request: ChatRequest, rung: Rung) -> Reply:
        started = time.perf_counter()
        try:
            raw = await self.guarded(self._post(request, rung), f"{request.model} ({self._name})")
        except _FailedStatusError as failed:
            status = failed.failure
        else:
            reply = self._read(self._secret.scrub(raw.text), rung)
            took = time.perf_counter() - started
            return replace(reply, request_id=raw.request_id, latency_s=took)
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


async def streamed_lines(provider: SdkProvider, opening: Any, who: str) -> AsyncGenerator[str]:
    """The lines of a long body as they come, each wait for one under the time limit.

    `opening` is what the SDK's `with_streaming_response` gives. Raises `errors.ProviderError`.
    """
    response = await provider.sorted(opening.__aenter__(), who)
    try:
        lines = response.iter_lines()
        while (line := await provider.sorted(anext(lines, None), who)) is not None:
            if line.strip():
                yield provider.scrubbed(line)
    finally:
        await opening.__aexit__(None, None, None)


class _FailedStatusError(Exception):
    """An HTTP status that is no success, on its way to being sorted."""

    def __init__(self, failed: translate.Failure) -> None:
        super().__init__(failed.status)
        self.failure = failed


def unsendable(error: Exception) -> errors.ProviderError:
    """For what the SDK raises before sending, such as text that no encoding can carry."""
    return errors.RequestRejectedError(f"The request could not be sent: {type(error).__name__}.")


def sdk_failure(error: Exception, sdk: Any) -> translate.Failure | errors.ProviderError:
    """What an exception of either SDK says; both name their classes alike."""
    if isinstance(error, sdk.APIStatusError):
        return translate.failure(error.status_code, error.response.text, error.response.headers)
    if isinstance(error, sdk.APITimeoutError):
        return errors.AttemptTimeoutError("The connection went silent before the reply was whole.")
    if isinstance(error, sdk.APIConnectionError):
        return _connection(error)
    return unsendable(error)


def _connection(error: Exception) -> errors.ProviderError:
    cause = type(error.__cause__).__name__
    if cause in ("ConnectError", "ConnectTimeout", "PoolTimeout", "UnsupportedProtocol"):
        return errors.NotConnectedError("No connection to the endpoint: check its address.")
    if cause in ("UnicodeEncodeError", "LocalProtocolError"):
        return errors.RequestRejectedError(f"The request could not be sent: {cause}.")
    return errors.ConnectionLostError("The connection broke before the reply was whole.")


def is_loopback(url: str) -> bool:
    """Whether a base URL stays on this machine."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
