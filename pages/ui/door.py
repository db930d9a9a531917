"""What every request passes before Streamlit sees it: from whose page, and what it may leave here.

Streamlit compares the host name of a WebSocket with `server.allowedHosts`, and lets every page of
this machine in, whatever its port. Here all requests are held to both: the name must be allowed
(against DNS rebinding, where a foreign name leads to this machine), and a page that sends requests
must be one of this server or stand in `server.corsAllowedOrigins`. Browsers name the page in
`Origin` wherever a page could read or change anything; programs send none and are not meant.

Uploads lie in memory. They are taken only from sessions that were let past the sign-in, up to
`ALL_UPLOADS` times `server.maxUploadSize` at once, and go soon after their session has ended.

docs/security.md says what this promises, docs/deployment.md how a server with a name of its own
is set up.
"""

import asyncio
import logging
import webbrowser
from collections.abc import AsyncIterator, Iterable, MutableMapping
from contextlib import asynccontextmanager, suppress
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import streamlit as st
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import config, runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.web.server.server_util import get_display_address, get_url
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

UPLOADS = "_stcore/upload_file/"
HEALTH = "_stcore/health"
ALL_UPLOADS = 5
"""How many files of the largest size may lie in memory at once, over all sessions."""
KEPT_SHARE = 0.75
"""How much of `server.disconnectedSessionTTL` an ended session keeps its uploads: closing it must
come before Streamlit forgets it, or its state would hold them until the next visitor."""
DEFAULT_PORTS = {"http": 80, "https": 443}
_LOG = logging.getLogger(__name__)

WRONG_NAME = (
    "This server does not answer under this name. If the name is its own, add it to "
    "server.allowedHosts, as docs/deployment.md says."
)
FOREIGN_PAGE = (
    "A page from somewhere else asked for this. If that page may, add its address to "
    "server.corsAllowedOrigins; behind a proxy, pass the Host header on with its port, as "
    "docs/deployment.md says."
)
STRANGER = "Files are taken only from people whom the sign-in has let through."
FULL = (
    "The server holds as many uploaded files as it may. Close tabs in which files were uploaded, "
    "or load large files by their path on the server."
)


class Door:
    """ASGI middleware around all of Streamlit's routes."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._arriving = 0  # bytes of uploads on their way

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
        elif refused := refusal(scope):
            await _refuse(scope, receive, send, 403, refused)
        elif scope["type"] == "http" and UPLOADS in scope["path"]:
            await self._upload(scope, receive, send)
        else:
            await self.app(scope, receive, _guarded(send))

    async def _upload(self, scope: Scope, receive: Receive, send: Send) -> None:
        session = scope["path"].partition(UPLOADS)[2].partition("/")[0]
        if session not in _let_in():
            await _refuse(scope, receive, send, 403, STRANGER)
            return
        size = _declared(scope) if scope["method"] == "PUT" else 0
        if size and uploaded_bytes() + self._arriving + size > ALL_UPLOADS * _largest():
            await _discard(receive)
            await _refuse(scope, receive, send, 413, FULL)
            return
        self._arriving += size
        try:
            await self.app(scope, receive, _guarded(send))
        finally:
            self._arriving -= size


MIDDLEWARE = [Middleware(Door)]


def refusal(scope: Scope) -> str:
    """Why a request is turned away, or nothing. `GET /_stcore/health` answers under every name:
    who watches a server may know only its address, and the answer says nothing but `ok`."""
    headers = Headers(scope=scope)
    hosts, origins = headers.getlist("host"), headers.getlist("origin")
    host = hosts[0] if len(hosts) == 1 else None
    if not is_host_allowed(host) and scope["path"] != f"{_base()}/{HEALTH}":
        _LOG.warning("Refused: Host %.200r is not in server.allowedHosts", host)
        return WRONG_NAME
    if any(not _may_ask(origin, host) for origin in origins):
        _LOG.warning("Refused: a page of %.200r asked for Host %.200r", origins, host)
        return FOREIGN_PAGE
    return ""


def _may_ask(origin: str, host: str | None) -> bool:
    """Whether a page of that origin is this server's own, port included, or a listed friend."""
    if origin in _friends():
        return True
    try:
        page = urlsplit(origin)
        default = DEFAULT_PORTS.get(page.scheme)
        server = urlsplit(f"//{host}")
        return (
            host is not None
            and bool(page.hostname)
            and page.hostname == server.hostname
            and (page.port or default) == (server.port or default)
        )
    except ValueError:
        return False


def _friends() -> Iterable[str]:
    return [origin.strip().rstrip("/") for origin in config.get_option("server.corsAllowedOrigins")]


def _base() -> str:
    path = str(config.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{path}" if path else ""


def _guarded(send: Send) -> Send:
    """Answers that no other page may frame, nor draw in as a picture or script of its own."""
    policy = " ".join(["frame-ancestors 'self'", *_friends()])
    more = [
        (b"content-security-policy", policy.encode("latin-1", "replace")),
        (b"cross-origin-resource-policy", b"same-origin"),
    ]

    async def guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", []), *more]}
        await send(message)

    return guarded


async def _refuse(scope: Scope, receive: Receive, send: Send, status: int, sentence: str) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": sentence[:120]})
    else:
        # What was not read of a body would be taken for the next request.
        close = {"connection": "close"} if scope["method"] in ("PUT", "POST", "PATCH") else None
        await PlainTextResponse(sentence, status_code=status, headers=close)(scope, receive, send)


async def _discard(receive: Receive) -> None:
    """Read a body to its end and keep nothing: a browser that is cut off shows no reason."""
    seen, more = 0, True
    while more and seen <= _largest():
        message = await receive()
        seen += len(message.get("body", b""))
        more = message["type"] == "http.request" and message.get("more_body", False)


def let_in() -> None:
    """Note that this visit's session is past the sign-in: from now on it may upload."""
    context = get_script_run_ctx()
    if context is None:
        return
    if runtime.exists():
        active = runtime.get_instance().is_active_session
        _let_in().difference_update([s for s in list(_let_in()) if not active(s)])
    _let_in().add(context.session_id)


@cache
def _let_in() -> set[str]:
    return set()


def _stored() -> MutableMapping[str, MutableMapping[str, Any]]:
    """Session -> file -> what Streamlit keeps of the upload, its bytes in `data`."""
    manager = runtime.get_instance().uploaded_file_mgr
    stored: MutableMapping[str, MutableMapping[str, Any]] = manager.file_storage  # type: ignore[attr-defined]
    return stored


def uploaded_bytes() -> int:
    """Bytes of all uploads in memory."""
    return sum(
        len(file.data) for files in list(_stored().values()) for file in list(files.values())
    )


def _largest() -> int:
    return int(config.get_option("server.maxUploadSize")) * 1024 * 1024


def _declared(scope: Scope) -> int:
    """The size that a request announces; one that announces none may grow to the largest."""
    length = Headers(scope=scope).get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() and len(length) < 20 else _largest()


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """While the server runs: free what ended sessions uploaded; at its start, open the browser."""
    tasks = [asyncio.create_task(_free_uploads()), asyncio.create_task(_open_browser())]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def _free_uploads() -> None:
    """Close sessions with uploads that nobody came back to, before Streamlit forgets them."""
    patience = KEPT_SHARE * float(config.get_option("server.disconnectedSessionTTL"))
    gone: dict[str, float] = {}
    while True:
        await asyncio.sleep(min(5.0, max(0.2, patience / 20)))
        server, now = runtime.get_instance(), asyncio.get_running_loop().time()
        away = [s for s in list(_stored()) if not server.is_active_session(s)]
        gone = {session: gone.get(session, now) for session in away}
        for session in [s for s, since in gone.items() if now - since >= patience]:
            server.close_session(session)
            server.uploaded_file_mgr.remove_session_files(session)


async def _open_browser() -> None:
    """As `streamlit run` does for a script without a door."""
    if config.get_option("server.headless"):
        return
    await asyncio.sleep(0.5)  # the server takes connections once its start is over
    address = config.get_option("browser.serverAddress")
    if not config.is_manually_set("browser.serverAddress"):
        address = get_display_address(config.get_option("server.address") or "localhost")
    await asyncio.to_thread(webbrowser.open, get_url(address))
