"""Recipes: every one computes, is drawn, says what it is, and refuses what it does not know."""

import json
from contextlib import suppress

import pytest

from analysis.errors import FaultlineError
from analysis.export import recipes
from analysis.export.draw import draw
from analysis.export.drawings import DRAWINGS
from analysis.export.inputs import in_words, plain_filter, scenario_filter
from analysis.store.queries.filters import ScenarioFilter

NAMES = recipes.names()


@pytest.mark.parametrize("name", NAMES)
def test_every_recipe_gives_rows_that_its_keys_name_and_a_figure(planted, parameters, name):
    figure, frame, facts = draw(name, parameters.get(name, {}), planted)
    found = recipes.find(name)
    assert figure.data
    assert set(found.keys) <= set(frame.columns)
    assert not frame.duplicated(list(found.keys)).any()
    assert facts.recipe == name
    assert facts.rows == len(frame)
    assert facts.content_hash == planted.info.content_hash
    assert len(facts.definition) > 40
    assert facts.note.startswith("n = ")
    assert str(planted.settings.home) not in facts.sealed()


def test_every_drawing_has_a_recipe():
    assert set(DRAWINGS) <= set(NAMES)


def test_asking_settles_defaults_and_what_is_in_use(planted):
    asked = recipes.ask(planted, "values.by_category", filter={"nudges": ["neutral"]})
    settled = asked.parameters
    assert settled["measure"] == "lean"
    assert settled["filter"] == {"model_set": "all", "nudges": ["neutral"]}
    assert settled["taxonomy"].startswith("embedded@")
    assert recipes.ask(planted, "values.by_category", **settled) == asked


def test_the_filter_reaches_the_numbers(planted):
    everything = recipes.compute(planted, recipes.ask(planted, "scenarios.listed"))
    neutral = recipes.ask(planted, "scenarios.listed", filter={"nudges": ["neutral"]})
    left = recipes.compute(planted, neutral)
    assert len(left) == (everything["nudge"] == "neutral").sum() == 20


@pytest.mark.parametrize(
    ("name", "parameters", "word"),
    [
        ("values.nothing", {}, "values.nothing"),
        ("outliers.bars", {"distanc": 4}, "distanc"),
        ("outliers.bars", {"distance": "far"}, "a whole number"),
        ("outliers.bars", {"distance": True}, "a whole number"),
        ("outliers.bars", {"distance": 9}, "distance of 9"),
        ("values.by_category", {"measure": "love"}, "love"),
        ("values.by_category", {"kind": "planet"}, "planet"),
        ("values.by_category", {"filter": {"mood": 1}}, "mood"),
        ("values.by_category", {"filter": {"values": [1]}}, "filtered by values"),
        ("scenarios.listed", {"limit": -1}, "whole number from 0"),
        ("values.by_category", {"taxonomy": "gone"}, "gone"),
        ("values.by_category", {"taxonomy": "embedded@0123"}, "another one"),
        ("disagreement.bins", {"models": "gpt_9"}, "gpt_9"),
        ("scenarios.positions", {"scenario": "9_9"}, "9_9"),
        ("map.points", {"by": "mood"}, "mood"),
        ("archetypes.tree", {"kinds": 9}, "use 2 to 5"),
        ("archetypes.tree", {"style": "style-0"}, "open the Archetypes page"),
    ],
)
def test_a_mistake_ends_in_one_sentence(planted, name, parameters, word):
    with pytest.raises(FaultlineError, match=word):
        draw(name, parameters, planted)


HOSTILE = (None, -1, "x'; --", [["x"]], {"values": [1]}, {"d_min": "x"}, {"model_set": 3})


@pytest.mark.parametrize("name", NAMES)
def test_any_parameter_from_a_file_is_drawn_or_refused_in_a_sentence(planted, parameters, name):
    given = parameters.get(name, {})
    for key in recipes.find(name).defaults:
        for value in HOSTILE:
            # What is refused is refused before anything is computed, so this is cheap.
            with suppress(FaultlineError):
                recipes.compute(planted, recipes.ask(planted, name, **{**given, key: value}))


def test_a_filter_survives_json():
    flt = ScenarioFilter(model_set=("o3", "grok_4"), d_min=1.5, values=("candour",), text="x")
    assert scenario_filter(json.loads(json.dumps(plain_filter(flt)))) == flt
    assert "disagreement from 1.5 to 3" in in_words({"filter": plain_filter(flt)})


def test_the_queries_behind_a_figure_are_told(planted):
    _, queries = recipes.worked(planted, recipes.ask(planted, "disagreement.histogram"))
    assert any("FROM disagreement" in q for q in queries)
