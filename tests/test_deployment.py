"""The deployment page names settings that exist, and the container file what the repository has."""

import re
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest
import streamlit.config as config
from streamlit.web.server.starlette import starlette_agent_routes, starlette_routes

ROOT = Path(__file__).parents[1]
TOLD = (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8")
IMAGE = (ROOT / "docs" / "Dockerfile").read_text(encoding="utf-8")


def test_every_option_of_streamlit_exists_in_the_pinned_version():
    options = set(re.findall(r"\b(server\.[a-zA-Z]+)\b", TOLD + IMAGE))
    assert len(options) >= 6
    for option in options:
        config.get_option(option)
    variables = set(re.findall(r"STREAMLIT_SERVER_[A-Z_]+", TOLD))
    names = {
        "STREAMLIT_" + re.sub(r"(?<=[a-z])([A-Z])", r"_\1", o).replace(".", "_").upper()
        for o in options
    }
    assert variables
    assert variables <= names


def test_every_variable_of_ours_is_read_somewhere():
    code = "".join(
        path.read_text(encoding="utf-8")
        for folder in ("analysis", "pages", "pipeline")
        for path in (ROOT / folder).rglob("*.py")
    )
    variables = set(re.findall(r"FAULTLINE_[A-Z_]+", TOLD + IMAGE))
    assert len(variables) >= 4
    assert [v for v in variables if f'"{v}"' not in code] == []


@pytest.mark.parametrize("copied", re.findall(r"^COPY (.+) \S+$", IMAGE, flags=re.M))
def test_what_the_image_copies_is_there(copied):
    assert [name for name in copied.split() if not (ROOT / name).exists()] == []


def test_the_image_installs_nothing_but_what_a_lock_file_names():
    installs = re.findall(r"pip install (.+)$", IMAGE, flags=re.M)
    assert installs
    for options in installs:
        assert "--require-hashes" in options
        assert (ROOT / options.split(" -r ")[1]).exists()


def test_the_proxy_lines_close_what_only_the_operator_needs():
    nginx = re.search(r"location ~ (\S+) \{ return 404; \}", TOLD)
    assert nginx
    caddy = re.search(r"@closed path (.+)\n\s+respond @closed 404", TOLD)
    assert caddy
    closed = ["/_stcore/metrics", "/_stcore/script-health-check", "/_stcore/agent/interact"]
    for address in closed:
        assert re.search(nginx[1], address)
        assert any(fnmatch(address, pattern) for pattern in caddy[1].split())
    for address in ("/", "/_stcore/health", "/_stcore/stream", "/_stcore/upload_file/a/b"):
        assert not re.search(nginx[1], address)
        assert not any(fnmatch(address, pattern) for pattern in caddy[1].split())


def test_proxies_take_uploads_as_large_as_the_server_does():
    settings = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    largest = settings["server"]["maxUploadSize"]
    assert f"| {largest} |" in TOLD
    for proxy in re.findall(r"client_max_body_size (\d+)m|max_size (\d+)MB", TOLD):
        assert largest <= int(proxy[0] or proxy[1]) <= 1.1 * largest


def test_everything_that_answers_without_a_session_is_in_the_guide():
    """Fails where a new version of Streamlit opens another address."""
    routes = Path(starlette_routes.__file__).read_text(encoding="utf-8")
    routes += Path(starlette_agent_routes.__file__).read_text(encoding="utf-8")
    names = set(re.findall(r'"_stcore/([\w-]+)|CORE\}/([\w-]+)', routes))
    found = {a or b for a, b in names} - {"upload_file"}  # only with a session
    assert {"health", "metrics", "host-config", "agent"} <= found
    assert [name for name in found if f"`/_stcore/{name}" not in TOLD] == []
