"""A page of another port of this machine tries, in a real browser, what it could do to the app."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from app_server import Server

TRY = """async ([app, session]) => {
  const socket = address => new Promise(done => {
    const line = new WebSocket(address, ['streamlit'])
    line.onopen = () => done('open')
    line.onerror = () => done('refused')
  })
  const asked = (path, options) => fetch(app + path, options).then(r => r.status, () => 'refused')
  const drawn = path => new Promise(done => {
    const script = document.createElement('script')
    script.onload = () => done('drawn in')
    script.onerror = () => done('refused')
    script.src = app + path
    document.head.append(script)
  })
  const framed = () => new Promise(done => {
    const frame = document.createElement('iframe')
    frame.onload = () => setTimeout(() => done('waited'), 1500)
    frame.src = app + '/'
    document.body.append(frame)
  })
  const script = (await (await fetch('/where')).text())
  return {
    session: await socket(app.replace('http', 'ws') + '/_stcore/stream'),
    config: await asked('/_stcore/host-config'),
    upload: await asked(session, {method: 'PUT', body: new FormData(), credentials: 'include'}),
    script: await drawn(script),
    cookie: document.cookie.includes('_streamlit_xsrf'),
    frame: await framed(),
  }
}"""


@pytest.fixture
def elsewhere() -> Iterator[Callable[[str], str]]:
    """A web server on another port; `/where` says what it was told to."""
    said = [""]

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = said[0] if self.path == "/where" else "<!doctype html><title>Elsewhere</title>"
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()

        def address(script: str) -> str:
            said[0] = script
            return f"http://127.0.0.1:{server.server_port}"

        yield address
        server.shutdown()


def test_a_page_of_another_port_can_neither_open_read_leave_nor_frame_anything(
    server: Server, visit, elsewhere
):
    own = visit("")
    script = own.page.evaluate("new URL(document.querySelector('script[src]').src).pathname")
    own.page.goto(elsewhere(script))
    found = own.page.evaluate(TRY, [server.url, "/_stcore/upload_file/a/b"])
    assert found.pop("cookie")  # the token is no protection here: browsers share it between ports
    found.pop("frame")  # had its time to load
    assert found == dict.fromkeys(("session", "config", "upload", "script"), "refused")
    inside = [f for f in own.page.frames if f.url.startswith(server.url)]
    assert inside == [] or not inside[0].query_selector("[data-testid=stApp]")
