"""Fixtures that several folders share."""

import gc
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

# Machines are shared and noisy: how long an example took says nothing about the code.
hypothesis_settings.register_profile(
    "suite", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("suite")

# Under importmode=importlib no test folder is on the path; the servers of the tests stand here.
sys.path.insert(0, str(Path(__file__).parent))

from hub_repo import FILES, REPO  # noqa: E402
from hub_server import HubServer  # noqa: E402

from analysis.settings import Settings  # noqa: E402


def pytest_collection_finish() -> None:
    """Thousands of tests and every module stay to the end: the collector need not walk them again
    with each of its rounds."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


@pytest.fixture(scope="module")
def exports_here() -> Iterator[None]:
    """Runs are written out by this process while they are loaded: starting Python anew takes
    seconds. That a process of its own does it is tested in `load/test_runs.py`."""
    from pipeline.export.write import export_run

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "analysis.load.runs.export_run",
            lambda run, target, settings: export_run(settings, run, target),
        )
        yield


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """An empty home of its own."""
    return Settings(home=tmp_path / "home")


@pytest.fixture
def hub_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    """A loopback hub that HF_ENDPOINT points to, without a token."""
    with HubServer() as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        monkeypatch.delenv("HF_TOKEN", raising=False)
        yield server


@pytest.fixture
def hub_sha(hub_server: HubServer) -> str:
    """The commit of the small repository in `hub_repo`, published on `hub_server`."""
    return hub_server.publish(REPO, FILES)
