"""One small study for all tests of exports."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from make_rows import MODELS, many, opinions, parquet, place_map

from analysis.load.files import load_files
from analysis.load.style import measure_style
from analysis.settings import Settings
from analysis.store.study import OpenStudy, open_study

MORE = ("claude_opus_3", "gemini_2_5_pro", "gpt_4o")
PARAMETERS = {
    "clauses.arguments": {"clause": "kind_words"},
    "clauses.cases": {"clause": "kind_words"},
    "clauses.nearest": {"clause": "kind_words"},
    "clauses.rival_cases": {"clause": "kind_words", "other": "plain_truth"},
    "models.leans": {"model": "o3"},
    "models.neighbours": {"model": "o3"},
    "models.strengths": {"model": "o3"},
    "near.queries": {"clause": "kind_words"},
    "robustness.flip_cases": {"model": "o3"},
    "robustness.letter_cases": {"model": "o3"},
    "robustness.shifts_of": {"model": "o3"},
    "robustness.swing_cases": {"model": "o3"},
    "scenarios.answers": {"scenario": "1_0_neutral"},
    "scenarios.positions": {"scenario": "1_0_neutral"},
    "scenarios.without_each": {"scenario": "1_0_neutral"},
    "values.models": {"category": "uncategorised"},
    "values.single": {"kind": "model", "name": "o3"},
}


@pytest.fixture(scope="session")
def home(tmp_path_factory) -> Settings:
    """A home with the study `planted`: nine models of four providers, two of them judged."""
    folder: Path = tmp_path_factory.mktemp("export")
    settings = Settings(home=folder / "home")
    rows = many(60, models=[*MODELS, *MORE])
    said = parquet(folder / "said.parquet", opinions(rows, ("o3", "gpt_4o")))
    info = load_files([parquet(folder / "rows.parquet", rows), said], "planted", settings)
    place_map(settings, info)
    return settings


@pytest.fixture(scope="session")
def planted(home) -> Iterator[OpenStudy]:
    opened = open_study(home, "planted")
    measure_style(opened)
    yield opened
    opened.close()


@pytest.fixture
def parameters():
    """What recipes need that have no sensible default: recipe -> parameters."""
    return dict(PARAMETERS)
