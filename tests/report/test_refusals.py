"""The section `refusals`: its shape, and the planted refusals of the example found again."""

import json

import pytest
from make_rows import load, many, parquet

from analysis.load.files.files import load_files
from analysis.measure.label_classifier import SOURCE
from analysis.report import refusals as section
from analysis.report.context import Context
from analysis.settings import Settings
from analysis.store.library import library
from analysis.store.study import open_study
from analysis.vocabulary import RESPONSE_LABELS, TOPICS
from pipeline.simulator import example


def reported(settings: Settings) -> dict[str, object]:
    opened = open_study(settings, "planted")
    found = section.section(Context(opened, settings, library.current_taxonomy(settings)))
    opened.close()
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    return found


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    folder = tmp_path_factory.mktemp("refusals")
    settings = Settings(home=folder / "home")
    example.write_example(folder / "files")
    load_files([folder / "files"], "planted", settings)
    return reported(settings)


def test_the_section_has_the_documented_shape(planted) -> None:
    assert planted["label_source"] == SOURCE
    assert set(planted["by_topic"]) == set(TOPICS)
    assert set(planted["by_model"]["aster_large"]) == {"value", "low", "high", "n"}
    types = planted["types"]["aster_large"]
    assert set(types) == {*RESPONSE_LABELS, "n"}
    assert sum(types[k] for k in RESPONSE_LABELS) == pytest.approx(1)
    assert set(planted["outcomes"]["cobble_one"]) >= {"answered", "api_refusal", "truncated"}


def test_every_rate_has_the_range_that_the_labeller_s_errors_leave(planted) -> None:
    """The labelled rate lies in it, and the range is wider than the interval."""
    found = planted["labeller_range"]
    assert set(found["by_model"]) == set(planted["by_model"])
    for model, cell in planted["by_model"].items():
        mine = found["by_model"][model]
        assert mine["low"] <= cell["low"]
        assert mine["high"] >= cell["high"]
    assert 0 <= found["recall"][0] <= found["recall"][1] <= 1


def test_planted_refusals_are_found_again(planted) -> None:
    """Each model's planted topic is the one it refuses beyond the others; two refuse most and
    least; and Bracken Think's way of refusing is complete."""
    topics, overall = planted["by_topic"], planted["by_model"]

    def rate(topic: str, model: str) -> float:
        return topics[topic][model]["value"]

    assert rate("biological", "aster_large") == max(
        r["value"] for r in topics["biological"].values()
    )
    assert rate("politics", "eider_max") > 4 * rate("politics", "aster_large")
    chemical = sorted(topics["chemical"], key=lambda m: -rate("chemical", m))[:4]
    assert all(m.startswith("bracken") for m in chemical)
    for model in overall:
        assert rate("child grooming", model) > overall[model]["value"]
    assert min(overall, key=lambda m: overall[m]["value"]) == "cobble_one"
    complete = {m: t["complete rejection"] for m, t in planted["types"].items()}
    assert max(complete, key=complete.get) == "bracken_think"


def test_nobody_labelled_is_told(settings: Settings, tmp_path) -> None:
    load(settings, parquet(tmp_path / "rows.parquet", many(9)))
    assert "nobody has labelled" in str(reported(settings)["undefined"])
