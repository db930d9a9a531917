"""The real program as a process, `streamlit run app.py` on a free loopback port, and a bare client:
requests with whatever headers, and a session as a browser holds it, without a browser."""

import contextlib
import http.client
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 120
REPLY_SECONDS = 150


@dataclass
class Server:
    """One `streamlit run app.py` with a home of its own, on a free loopback port."""

    home: Path
    log: Path
    hub: str = "http://127.0.0.1:9"
    options: list[str] = field(default_factory=list)
    variables: dict[str, str] = field(default_factory=dict)
    path: str = ""
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Server":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> "Server":
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless", "true"]
        self.process = subprocess.Popen(
            [*command, "--server.port", str(self.port), *self.options],
            cwd=ROOT,
            env={
                **os.environ,
                "FAULTLINE_HOME": str(self.home),
                "HF_ENDPOINT": self.hub,
                **self.variables,
            },
            stdout=self.log.open("wb"),
            stderr=subprocess.STDOUT,
        )
        self._wait()
        return self

    def _wait(self) -> None:
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            assert self.process is not None
            assert self.process.poll() is None, self.log.read_text(encoding="utf-8")
            try:
                with urllib.request.urlopen(f"{self.url}{self.path}/_stcore/health", timeout=5):
                    return
            except OSError:
                time.sleep(0.1)
        raise AssertionError(f"the server did not answer in {START_SECONDS} seconds")

    def stop(self) -> None:
        assert self.process is not None
        self.process.terminate()
        self.process.wait(10)

    def resident_mb(self) -> float:
        """What the process holds in memory (Linux)."""
        assert self.process is not None
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes


HANDSHAKE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Protocol": "streamlit",
}
"""What makes a GET of `/_stcore/stream` the opening of a WebSocket: 101 where it is let in."""


def request(
    port: int, method: str, path: str, headers: list[tuple[str, str]], body: bytes = b""
) -> Reply:
    """Send exactly these headers (`Host` too, as often as it is given) and read the answer."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=REPLY_SECONDS)
    try:
        line.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in headers:
            line.putheader(name, value)
        if body:
            line.putheader("Content-Length", str(len(body)))
        # Refused before the body was read: the answer is there all the same.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            line.endheaders(body)
        answer = line.getresponse()
        found = {name.lower(): value for name, value in answer.getheaders()}
        return Reply(answer.status, found, b"" if answer.status == 101 else answer.read())
    finally:
        line.close()


class Session:
    """One visit over the WebSocket, as a tab of a browser holds it."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.line: ClientConnection
        self.id = ""
        self.texts: list[str] = []
        self._open = contextlib.ExitStack()

    def __enter__(self) -> "Session":
        address = f"{self.server.url}/_stcore/stream".replace("http", "ws")
        self.line = self._open.enter_context(
            connect(address, subprotocols=["streamlit"], origin=self.server.url, max_size=None)
        )
        self.visit()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def visit(self) -> None:
        """Run the first page and read until it has ended."""
        message = BackMsg()
        message.rerun_script.query_string = ""
        self.line.send(message.SerializeToString())
        while True:
            heard = ForwardMsg.FromString(self.line.recv(timeout=REPLY_SECONDS))
            kind = heard.WhichOneof("type")
            if kind == "new_session":
                self.id = heard.new_session.initialize.session_id
            elif kind == "delta":
                self.texts.append(str(heard.delta))
            elif (
                kind == "script_finished"
                and heard.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN
            ):
                return

    def upload(
        self, data: bytes, name: str = "file-1", *, method: str = "PUT", **more: Any
    ) -> Reply:
        """Leave a file as the uploader does, with the token that it would send."""
        own = [("Host", f"127.0.0.1:{self.server.port}")]
        asked = request(self.server.port, "GET", "/_stcore/health", own)
        token = re.search(r"_streamlit_xsrf=([^;]+)", asked.headers["set-cookie"])
        assert token is not None
        edge = "----edge"
        body = (
            (
                f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n'
                "Content-Type: text/csv\r\n\r\n"
            ).encode()
            + data
            + f"\r\n--{edge}--\r\n".encode()
        )
        headers = [
            *own,
            ("Origin", self.server.url),
            ("Cookie", f"_streamlit_xsrf={token[1]}"),
            ("X-Xsrftoken", token[1]),
            ("Content-Type", f"multipart/form-data; boundary={edge}"),
        ]
        path = f"/_stcore/upload_file/{more.get('session', self.id)}/{name}"
        return request(self.server.port, method, path, headers, body if method == "PUT" else b"")
