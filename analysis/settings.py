"""Paths and limits in one frozen object: the only place that reads the environment.

Everything Faultline writes goes under `Settings.home` (`FAULTLINE_HOME`, by default
`.faultline/` in the working folder). Functions take a `Settings` or read `current()`;
nobody keeps a copy of a path.
"""

import os
from dataclasses import dataclass
from pathlib import Path

PROGRAM_VERSION = "0.1.0"
EMBEDDED = Path(__file__).parent / "embedded"
HUB_REPO = "jifanz/stress_testing_model_spec"
TAXONOMY_REPO = "Anthropic/values-in-the-wild"


@dataclass(frozen=True)
class Settings:
    """Where things are and how large they may get. Sizes are bytes unless named otherwise."""

    home: Path
    memory_limit_mb: int = 4_000
    max_upload_rows: int = 5_000_000
    max_columns: int = 2_000
    max_spec_bytes: int = 4_000_000

    @property
    def studies(self) -> Path:
        return self.home / "studies"

    @property
    def taxonomies(self) -> Path:
        return self.home / "taxonomies"

    @property
    def specs(self) -> Path:
        return self.home / "specs"

    @property
    def hub_cache(self) -> Path:
        return self.home / "hub"

    @property
    def uploads(self) -> Path:
        return self.home / "uploads"

    @property
    def runs(self) -> Path:
        return self.home / "runs"


def current() -> Settings:
    """Settings of this process, read afresh from the environment (tests change it)."""
    home = Path(os.environ.get("FAULTLINE_HOME", ".faultline")).expanduser().resolve()
    memory = int(os.environ.get("FAULTLINE_MEMORY_MB", "4000"))
    return Settings(home=home, memory_limit_mb=memory)
