"""A plain socket in front of the loopback provider, so that anything at all can be answered.

A web server keeps to HTTP; this one sends what a test wants: bodies without end, lengths that lie,
statuses that are none. The honest answer, and its line in the ledger, come from the real loopback
application, and only when the test asks for them.
"""

import asyncio
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

from tests.fake_provider.answers import Answerer, echo
from tests.fake_provider.app import make_app
from tests.fake_provider.core import Core
from tests.fake_provider.faults import FaultPlan
from tests.fake_provider.ledger import Ledger
from tests.fake_provider.server import shipped_prices


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Plain:
    """One answer before it is written as HTTP."""

    status: int = 200
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""

    def named(self, name: str) -> str:
        return next((v for n, v in self.headers if n.lower() == name), "")

    def without(self, *names: str) -> "list[tuple[str, str]]":
        return [(n, v) for n, v in self.headers if n.lower() not in names]

    def wire(self) -> bytes:
        """Its bytes, the length told as it is unless a header tells another."""
        told = list(self.headers)
        if not any(n.lower() in ("content-length", "transfer-encoding") for n, _ in told):
            told.append(("content-length", str(len(self.body))))
        told.append(("connection", "close"))
        head = f"HTTP/1.1 {self.status} X\r\n" + "".join(f"{n}: {v}\r\n" for n, v in told)
        return head.encode("utf-8", "surrogateescape") + b"\r\n" + self.body


Honest = Callable[[], Awaitable[Plain]]
Spoil = Callable[[Asked, Honest], Awaitable[bytes | AsyncIterator[bytes]]]


async def faithful(asked: Asked, honest: Honest) -> bytes:
    return (await honest()).wire()


class HostileServer:
    """Serves in a thread, as a context manager; `spoil` decides what each request gets."""

    def __init__(
        self,
        spoil: Spoil = faithful,
        ledger: Ledger | None = None,
        answerer: Answerer = echo,
        plan: FaultPlan | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        account = ledger or Ledger(None, shipped_prices())
        self.core = Core(plan or FaultPlan(), account, answerer)
        self.spoil, self.heard = spoil, list[Asked]()
        self._app, self._tls = make_app(self.core), tls
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port = self._socket.getsockname()[1]
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True, name="hostile provider")

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    @property
    def openai_url(self) -> str:
        return f"{self.url}/v1"

    def __enter__(self) -> "HostileServer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=10)
        self._socket.close()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.set_exception_handler(lambda *_: None)  # clients that hang up are the point
        server = asyncio.start_server(self._serve, sock=self._socket, ssl=self._tls)
        self._loop.run_until_complete(server)
        self._loop.run_forever()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            first = await reader.readexactly(1)
            if not first.isalpha():  # a client that greets with TLS
                writer.write(Plain(400).wire())
                return
            asked = await _read(reader, first)
            self.heard.append(asked)
            sent = await self.spoil(asked, lambda: self._honest(asked))
            if isinstance(sent, bytes):
                writer.write(sent)
            else:
                async for piece in sent:
                    writer.write(piece)
                    await writer.drain()
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _honest(self, asked: Asked) -> Plain:
        """What the loopback application answers, its line in the ledger written."""
        answer = Plain()
        scope = {
            "type": "http",
            "method": asked.method,
            "path": asked.path,
            "http_version": "1.1",
            "raw_path": asked.path.encode(),
            "query_string": asked.query.encode(),
            "scheme": "http",
            "headers": [(n.encode(), v.encode()) for n, v in asked.headers.items()],
            "server": ("127.0.0.1", self.port),
            "client": ("127.0.0.1", 1),
            "root_path": "",
        }
        left = [{"type": "http.request", "body": asked.body, "more_body": False}]

        async def receive() -> dict[str, object]:
            return left.pop() if left else {"type": "http.disconnect"}

        async def send(message: dict) -> None:
            if message["type"] == "http.response.start":
                answer.status = message["status"]
                answer.headers = [(n.decode(), v.decode()) for n, v in message["headers"]]
            else:
                answer.body += message.get("body", b"")

        await self._app(scope, receive, send)
        answer.headers = answer.without("content-length")
        return answer


async def _read(reader: asyncio.StreamReader, begun: bytes) -> Asked:
    head = (begun + await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.rstrip().split("\r\n")
    method, target, _ = first.split(" ")
    headers = {n.lower(): v for n, _, v in (line.partition(": ") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    path, _, query = target.partition("?")
    return Asked(method, path, query, headers, body)
