"""The HTTP client that both SDKs are given: bodies under a limit, and nothing sent elsewhere.

Two hooks do it, for every request and response that passes, whichever part of an SDK made it:
what leaves goes to the endpoint's own address and to no other (an SDK follows redirects, and
fetches a batch's results from an address inside a reply; the key would travel along), and what
comes is counted while it streams, as received and as decompressed.
"""

import functools
import os
import ssl
from collections.abc import AsyncIterator, Callable, Iterator, MutableMapping
from pathlib import Path
from typing import Any

import httpx2

from pipeline.providers.errors import ProviderError, UntrustedEndpointError, UnusableReplyError
from pipeline.providers.texts import brief
from pipeline.providers.wire.body_limit import body_limit

SLACK = 65_536  # bytes of a body that was compressed for nothing
PORTS = {"http": 80, "https": 443}
Origin = tuple[str, str, int | None]
Sign = Callable[[MutableMapping[str, str]], None]


def bounded_client(
    make: Callable[..., httpx2.AsyncClient],
    base_url: str,
    time_limit_s: float,
    sign: Sign | None = None,
) -> httpx2.AsyncClient:
    """An SDK's own client (`make`, with its defaults) that keeps to one address and its limits.

    `sign` changes the headers of each call before it leaves.
    """
    home = _origin(httpx2.URL(base_url))

    async def leaving(request: httpx2.Request) -> None:
        if _origin(request.url) != home:
            raise UntrustedEndpointError(
                f"The endpoint names another address, {_shown(request.url)}: nothing was sent "
                "there, since the key would go along. Make that the base URL if you trust it."
            )
        if sign is not None:
            sign(request.headers)

    async def coming(response: httpx2.Response) -> None:
        if response.has_redirect_location:
            raise UntrustedEndpointError(
                f"The endpoint redirects to {_target(response)}, which is not followed, since the "
                "key would go along. Make that the base URL if you trust it."
            )
        _check_head(response)
        _bound(response)

    hooks: dict[str, list[Callable[..., Any]]] = {"request": [leaving], "response": [coming]}
    return make(
        timeout=time_limit_s, follow_redirects=False, event_hooks=hooks, verify=certificates()
    )


def certificates() -> ssl.SSLContext:
    """The authorities that TLS connections trust: the system's, or what SSL_CERT_FILE or
    SSL_CERT_DIR names. Reading them takes a tenth of a second, and a run opens dozens of clients,
    so that all share one, read anew when another place is named or its files have changed."""
    return _certificates(*(_stamp(os.environ.get(n)) for n in ("SSL_CERT_FILE", "SSL_CERT_DIR")))


@functools.lru_cache(maxsize=1)
def _certificates(*_: tuple[str, int]) -> ssl.SSLContext:
    return httpx2.create_ssl_context()


def _stamp(place: str | None) -> tuple[str, int]:
    """A file or folder and when it changed, 0 where there is none."""
    try:
        return place or "", Path(place).stat().st_mtime_ns if place else 0
    except OSError:
        return place or "", 0


def _origin(url: httpx2.URL) -> Origin:
    return url.scheme, url.host, url.port or PORTS.get(url.scheme)


def _shown(url: httpx2.URL) -> str:
    """An address as a sentence may name it: without a query, which may hold what was sent."""
    port = f":{url.port}" if url.port else ""
    return brief(f"{url.scheme}://{url.host}{port}{url.path}", 120)


def _target(response: httpx2.Response) -> str:
    try:
        return _shown(response.url.join(response.headers["location"]))
    except (httpx2.InvalidURL, ValueError):
        return "what is no address"


def _check_head(response: httpx2.Response) -> None:
    if not 200 <= response.status_code < 600:
        raise UnusableReplyError(
            f"The endpoint answered with the status {response.status_code}, which is none of HTTP."
        )


def _bound(response: httpx2.Response) -> None:
    """Let the body stream through a count; it is UTF-8, whatever its header says."""
    inner = httpx2.Response(200, headers=response.headers, stream=_Counted(response.stream))
    response.stream = _Decoded(inner)
    if "content-encoding" in response.headers:
        del response.headers["content-encoding"]
    # Any codec that Python knows may stand in that header, also ones that decompress.
    response.encoding = "utf-8"


class _Counted(httpx2.AsyncByteStream):
    """A body as received, counted: what decompresses to nothing has no end either."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._most = body_limit.get()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        seen = 0
        async for chunk in self._stream:
            seen += len(chunk)
            if seen > self._most + SLACK:
                raise _too_large(self._most)
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


class _Decoded(httpx2.AsyncByteStream):
    """A body as decompressed, a piece at a time, and no more of it than the limit."""

    def __init__(self, response: httpx2.Response) -> None:
        self._response = response
        self._most = body_limit.get()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if "," in self._response.headers.get("content-encoding", ""):
            raise UnusableReplyError("The endpoint answered with a body compressed several times.")
        seen = 0
        async for piece in self._response.aiter_bytes():
            seen += len(piece)
            if seen > self._most:
                raise _too_large(self._most)
            yield piece

    async def aclose(self) -> None:
        await self._response.aclose()


def _too_large(most: int) -> UnusableReplyError:
    return UnusableReplyError(
        f"The endpoint answered with more than {most / 1e6:,.0f} MB: the rest was not read."
    )


def cause_of(error: BaseException) -> ProviderError | None:
    """What stands behind an SDK's exception: ours from the hooks, or a certificate that is not
    valid; None for anything else."""
    chain = list(_chain(error))
    connecting = any(isinstance(link, httpx2.ConnectError) for link in chain)
    for link in chain:
        if isinstance(link, ProviderError):
            return link
        if isinstance(link, ssl.SSLError) and connecting:
            return _untrusted(link)
    return None


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _untrusted(error: ssl.SSLError) -> ProviderError:
    if isinstance(error, ssl.SSLCertVerificationError):
        why = brief(error.verify_message, 200).rstrip(".")
        return UntrustedEndpointError(
            f"The TLS certificate of the endpoint is not valid ({why}), so nothing was sent. Check "
            "the base URL; for a certificate of your own, name its file in SSL_CERT_FILE."
        )
    return UntrustedEndpointError(
        f"No secure connection to the endpoint ({brief(error.reason or 'TLS failed', 100)}): "
        "should its base URL begin with http:// instead of https://?"
    )


def is_timeout(error: BaseException) -> bool:
    return any(isinstance(link, httpx2.TimeoutException) for link in _chain(error))


def is_unsent(error: BaseException) -> bool:
    """Whether no connection was made, so that nothing can have been sent."""
    kinds = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)
    return any(isinstance(link, (*kinds, httpx2.UnsupportedProtocol)) for link in _chain(error))


def is_unsendable(error: BaseException) -> bool:
    """Whether the request could not be written down, so that nothing was sent."""
    return any(isinstance(link, httpx2.LocalProtocolError) for link in _chain(error))


def is_broken(error: BaseException) -> bool:
    """Whether the connection broke, or the body could not be decompressed, on the way."""
    kinds = (httpx2.TransportError, httpx2.DecodingError)
    return any(isinstance(link, kinds) for link in _chain(error))
