"""Homes that tests of pages share where they need none of their own."""

import shutil
from pathlib import Path

import pytest
from exported_study import home

from analysis.settings import Settings
from pages.ui import example

__all__ = ["home"]


@pytest.fixture(scope="session")
def first_home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home as the first visit leaves it, with the example. To be read, or copied."""
    settings = Settings(home=tmp_path_factory.mktemp("first") / "home")
    example.build(settings)
    return settings


@pytest.fixture
def with_example(first_home: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A home of one's own with the example, which no page has to build again."""
    shutil.copytree(first_home.home, tmp_path / "home")
    monkeypatch.setenv("FAULTLINE_HOME", str(tmp_path / "home"))
    return Settings(home=tmp_path / "home")
