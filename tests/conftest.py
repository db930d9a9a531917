"""Fixtures that several folders share."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

# Under importmode=importlib no test folder is on the path; the servers of the tests stand here.
sys.path.insert(0, str(Path(__file__).parent))

from hub_server import HubServer


@pytest.fixture
def hub_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    """A loopback hub that HF_ENDPOINT points to, without a token."""
    with HubServer() as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        monkeypatch.delenv("HF_TOKEN", raising=False)
        yield server
