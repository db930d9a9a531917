"""The section `archetypes`: its shape, and planted relatives in one kind."""

import json

import pytest
from make_rows import load, many, parquet

from analysis.load.files.files import load_files
from analysis.load.style import measure_style
from analysis.report import archetypes as section
from analysis.report.context import Context
from analysis.settings import Settings
from analysis.store.library import library
from analysis.store.study import open_study
from pipeline.simulator import example


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    folder = tmp_path_factory.mktemp("archetypes")
    settings = Settings(home=folder / "home")
    example.write_example(folder / "files", families=400)
    load_files([folder / "files"], "planted", settings)
    opened = open_study(settings, "planted")
    measure_style(opened)
    found = section.section(Context(opened, settings, library.current_taxonomy(settings)))
    opened.close()
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    return found


def test_each_kind_has_models_and_a_stability(planted) -> None:
    assert len({m for kind in planted for m in kind["models"]}) == 12
    assert all(0 <= kind["stability"] <= 1 for kind in planted)
    assert all(len(kind["apart"]) == 3 for kind in planted)


def test_models_that_were_made_alike_fall_into_one_kind(planted) -> None:
    """Four of the five Aster models share leans, refusals and a courteous tone."""
    kinds = {m: i for i, kind in enumerate(planted) for m in kind["models"]}
    family = [kinds[m] for m in ("aster_large", "aster_medium", "aster_small", "aster_think")]
    assert len(set(family)) == 1
    assert kinds["cobble_one"] != family[0]


def test_two_models_say_why_not(settings, tmp_path) -> None:
    load(settings, parquet(tmp_path / "rows.parquet", many(9, models=("o3", "grok_4"))))
    opened = open_study(settings, "planted")
    found = section.section(Context(opened, settings, library.current_taxonomy(settings)))
    opened.close()
    assert "at least 4 models" in str(found["undefined"])
