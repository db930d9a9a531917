"""The example study, built once for all workers: writing and loading it takes ten seconds."""

import os
import shutil
from contextlib import suppress

import pytest
from make_rows import load

from analysis.settings import Settings
from pipeline.simulator.example import write_example


def example_home(factory: pytest.TempPathFactory) -> Settings:
    """A home of one's own with the example as the study `planted`."""
    base = factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "example-home"
    if not shared.exists():
        made = factory.mktemp("example")
        load(Settings(home=made / "home"), write_example(made / "files"))
        with suppress(OSError):  # another worker was first
            (made / "home").rename(shared)
    home = factory.mktemp("planted") / "home"
    shutil.copytree(shared, home)
    return Settings(home=home)
