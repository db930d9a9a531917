"""Who may ask the real server for anything, and what may be left in its memory."""

import shutil
import time
from collections.abc import Iterator

import pytest
from app_server import HANDSHAKE, Server, Session, request

MB = 1024 * 1024
STREAM = "/_stcore/stream"
PLACES = [
    ("GET", "/"),
    ("GET", "/data?study=example"),
    ("GET", "/static/index.html"),
    ("GET", "/media/anything.png"),
    ("GET", "/component/any.name/index.html"),
    ("GET", "/_stcore/bidi-components/any/main.js"),
    ("GET", "/_stcore/host-config"),
    ("GET", "/_stcore/metrics"),
    ("GET", STREAM),
    ("PUT", "/_stcore/upload_file/a/b"),
    ("DELETE", "/_stcore/upload_file/a/b"),
    ("OPTIONS", "/_stcore/upload_file/a/b"),
    ("POST", "/_stcore/agent/interact"),
    ("GET", "/auth/login"),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory, first_home) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("door")
    shutil.copytree(first_home.home, folder / "home")
    with Server(folder / "home", folder / "log") as running:
        yield running


@pytest.fixture(scope="module")
def named(tmp_path_factory) -> Iterator[Server]:
    """A server behind a proxy, set up as docs/deployment.md says, under a path of its own."""
    folder = tmp_path_factory.mktemp("named")
    options = [
        "--server.allowedHosts",
        "faultline.example.org",
        "--server.baseUrlPath",
        "fault",
        "--server.corsAllowedOrigins",
        "https://portal.example.org",
    ]
    with Server(folder / "home", folder / "log", options=options, path="/fault") as running:
        yield running


def ask(server, method, path, host=None, origin=None):
    headers = [("Host", host if host is not None else f"127.0.0.1:{server.port}")]
    headers += [("Origin", origin)] if origin is not None else []
    headers += list(HANDSHAKE.items()) if path.endswith(STREAM) else []
    return request(server.port, method, path, headers, b"x" if method in ("PUT", "POST") else b"")


@pytest.mark.parametrize(("method", "path"), PLACES)
@pytest.mark.parametrize(
    "host", ["rebound.example:{}", "127.0.0.1.example:{}", "169.254.1.1:{}", ""]
)
def test_a_foreign_name_that_leads_here_gets_nothing(server, method, path, host):
    """DNS rebinding: the page and the server have one name, which is not the server's."""
    host = host.format(server.port)
    reply = ask(server, method, path, host, f"http://{host}")
    assert reply.status == 403
    assert b"<html" not in reply.body
    assert "access-control-allow-origin" not in reply.headers


@pytest.mark.parametrize(("method", "path"), PLACES)
@pytest.mark.parametrize(
    "origin",
    [
        "http://127.0.0.1:1",
        "http://localhost:1",
        "http://127.0.0.1",
        "http://localhost:{}",
        "https://127.0.0.1:{}.example",
        "https://elsewhere.example",
        "http://127.0.0.1:{}@elsewhere.example",
        "http://[::1",
        "http://127.0.0.1:99999",
        "null",
        "",
    ],
)
def test_a_page_of_another_port_or_place_gets_nothing(server, method, path, origin):
    reply = ask(server, method, path, origin=origin.format(server.port))
    assert reply.status == 403
    assert "access-control-allow-origin" not in reply.headers


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "LOCALHOST", "[::1]"])
def test_the_servers_own_pages_get_in_under_each_of_its_names(server, name):
    own = f"{name}:{server.port}"
    assert ask(server, "GET", "/", own, f"http://{own}").status == 200
    assert ask(server, "GET", "/_stcore/host-config", own).status == 200
    assert ask(server, "GET", STREAM, own, f"http://{own.lower()}").status == 101


def test_of_two_names_or_two_pages_none_counts(server):
    own = f"127.0.0.1:{server.port}"
    twice = request(server.port, "GET", "/", [("Host", own), ("Host", "rebound.example")])
    assert twice.status in (400, 403)
    pages = [("Host", own), ("Origin", f"http://{own}"), ("Origin", "http://127.0.0.1:1")]
    assert request(server.port, "GET", STREAM, [*pages, *HANDSHAKE.items()]).status in (400, 403)


def test_health_answers_whoever_asks_by_address_and_says_only_ok(server, named):
    for running, path in ((server, ""), (named, "/fault")):
        reply = ask(running, "GET", f"{path}/_stcore/health", "10.0.0.7:8501")
        assert (reply.status, reply.body) == (200, b"ok")
    assert ask(server, "GET", "/_stcore/health", origin="http://localhost:1").status == 403


def test_no_other_page_frames_an_answer_or_draws_it_in(server, named):
    headers = ask(server, "GET", "/").headers
    assert headers["content-security-policy"] == "frame-ancestors 'self'"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    framed = ask(named, "GET", "/fault/", "faultline.example.org").headers
    assert framed["content-security-policy"].endswith("'self' https://portal.example.org")


def test_a_server_with_a_name_of_its_own_answers_to_that_name(named):
    own = "faultline.example.org"
    assert ask(named, "GET", "/fault/", own).status == 200
    for page in (f"https://{own}", "https://portal.example.org"):
        assert ask(named, "GET", f"/fault{STREAM}", own, page).status == 101
    assert ask(named, "GET", f"/fault{STREAM}", f"{own}:8443", f"https://{own}:8443").status == 101
    for host, page in (
        ("127.0.0.1", "https://127.0.0.1"),
        ("other.example.org", "https://other.example.org"),
        (own, "https://portal.example.org.evil.example"),
        (own, f"https://{own}:8443"),
        (own, "https://other.example.org"),
    ):
        assert ask(named, "GET", f"/fault{STREAM}", host, page).status == 403


@pytest.mark.timeout(600)
def test_an_upload_of_a_visitor_is_taken_and_can_be_removed(server):
    with Session(server) as visit:
        assert visit.upload(b"a,b\n" * 1000).status == 204
        assert visit.upload(b"", method="DELETE").status == 204
        assert visit.upload(b"x", session="made-up").status == 403
        assert ask(server, "PUT", f"/_stcore/upload_file/{visit.id}/f").status == 403  # no token


@pytest.mark.timeout(600)
def test_neither_one_upload_nor_all_together_fill_the_memory(with_example, tmp_path):
    options = ["--server.maxUploadSize", "4"]
    with (
        Server(with_example.home, tmp_path / "log", options=options) as server,
        Session(server) as visit,
    ):
        taken = [visit.upload(b"x" * (3 * MB), f"file-{i}").status for i in range(8)]
        assert taken == [204] * 6 + [413] * 2
        assert visit.upload(b"x" * (5 * MB)).status == 413
        assert visit.upload(b"", "file-0", method="DELETE").status == 204
        assert visit.upload(b"x" * (3 * MB), "file-9").status == 204


@pytest.mark.timeout(600)
def test_before_the_sign_in_nothing_is_taken(tmp_path):
    variables = {"FAULTLINE_LOGIN": "required"}
    with (
        Server(tmp_path / "home", tmp_path / "log", variables=variables) as server,
        Session(server) as stranger,
    ):
        assert any("requires people to sign in" in text for text in stranger.texts)
        before = server.resident_mb()
        for number in range(3):
            assert stranger.upload(b"x" * (60 * MB), f"file-{number}").status == 403
        assert server.resident_mb() - before < 60


@pytest.mark.timeout(600)
def test_what_ended_sessions_uploaded_is_freed_without_a_further_visitor(with_example, tmp_path):
    options = ["--server.disconnectedSessionTTL", "3"]
    with Server(with_example.home, tmp_path / "log", options=options) as server:
        with Session(server) as visit:
            before = server.resident_mb()
            for number in range(2):
                assert visit.upload(b"x" * (60 * MB), f"file-{number}").status == 204
            assert server.resident_mb() - before > 90
        end = time.monotonic() + 240
        while server.resident_mb() - before > 50:
            assert time.monotonic() < end, "the uploads of a closed tab stayed in memory"
            time.sleep(0.5)
