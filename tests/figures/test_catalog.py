"""Recipes: every one computes, is drawn, says what it is, and refuses what it does not know."""

import json
import re
from contextlib import suppress
from functools import cache

import pandas as pd
import pytest
from exported_study import PARAMETERS

from analysis import glossary
from analysis.errors import FaultlineError
from analysis.figures import catalog
from analysis.figures.draw import draw, drawn
from analysis.figures.inputs import in_words, plain_filter, scenario_filter
from analysis.files import columns
from analysis.queries.filters import ScenarioFilter

NAMES = catalog.names()


@pytest.fixture(scope="module")
def made(planted):
    """A figure by its name, with its content and its facts, each drawn once."""
    return cache(lambda name: drawn(name, PARAMETERS.get(name, {}), planted))


@pytest.mark.parametrize("name", NAMES)
def test_every_figure_gives_rows_that_its_keys_name_and_a_figure(planted, made, name):
    figure, content, facts = made(name)
    frame, found = content.frame, catalog.find(name)
    assert figure.data
    assert set(found.keys) <= set(frame.columns)
    assert not found.keys or not frame.duplicated(list(found.keys)).any()
    assert facts.recipe == name
    assert facts.rows == len(frame)
    assert facts.content_hash == planted.info.content_hash
    assert len(facts.definition) > 40
    assert facts.note.startswith("n = ")
    assert str(planted.settings.home) not in facts.sealed()


@pytest.mark.parametrize("name", NAMES)
def test_a_declared_figure_says_all_that_is_to_be_said(made, name):
    found, (_, content, _) = catalog.find(name), made(name)
    assert content.title
    assert content.note.startswith("n = ")
    assert content.alt
    words = f"{content.title} {content.note} {content.alt}"
    assert "click" not in words.lower()
    assert not re.search(r"\d\.\d{6,}", words)  # a number for people, not all that a float holds
    assert "@" not in content.note, "a hash belongs to the facts, not to the note"
    assert found.terms
    assert found.source
    assert set(found.keys) <= set(content.frame.columns)
    known = catalog.columns_of(name, content.frame)
    assert sorted(c.name for c in columns.in_files(known)) == sorted(content.frame.columns)
    assert len({c.name for c in known}) == len(known)


PLAIN = {"Model", "Models", "Provider", "Kind"}
"""Headings that say all there is to say."""


@pytest.mark.parametrize("name", NAMES)
def test_every_number_of_a_declared_figure_is_explained(planted, made, name):
    _, content, _ = made(name)
    frame = content.frame
    read = catalog.rows_of(planted, content.request, frame)
    in_files = [(c, frame) for c in catalog.columns_of(name, frame)]
    for column, rows in [*in_files, *((c, read.frame) for c in read.columns)]:
        if column.made is None and pd.api.types.is_numeric_dtype(rows[column.name]):
            told = column.help or glossary.columns().get(column.heading) or column.heading in PLAIN
            assert told, f"{name}: nothing explains “{column.heading}”"


def test_asking_settles_defaults_and_what_is_in_use(planted):
    asked = catalog.bind(planted, "values.by_category", filter={"nudges": ["neutral"]})
    settled = asked.parameters
    assert settled["measure"] == "lean"
    assert settled["filter"] == {"model_set": "all", "nudges": ["neutral"]}
    assert settled["taxonomy"].startswith("embedded@")
    assert catalog.bind(planted, "values.by_category", **settled) == asked


def test_the_filter_reaches_the_numbers(planted):
    everything = catalog.compute(planted, catalog.bind(planted, "scenarios.listed"))
    neutral = catalog.bind(planted, "scenarios.listed", filter={"nudges": ["neutral"]})
    left = catalog.compute(planted, neutral)
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
        ("archetypes.tree", {"style": "style-0"}, "measure it on the Archetypes page"),
    ],
)
def test_a_mistake_ends_in_one_sentence(planted, name, parameters, word):
    with pytest.raises(FaultlineError, match=word):
        draw(name, parameters, planted)


HOSTILE = (None, -1, "x'; --", [["x"]], {"values": [1]}, {"d_min": "x"}, {"model_set": 3})


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "values", [HOSTILE[1::2], pytest.param(HOSTILE, marks=pytest.mark.slow)], ids=["some", "all"]
)
def test_any_parameter_from_a_file_is_drawn_or_refused_in_a_sentence(
    planted, parameters, name, values
):
    given = parameters.get(name, {})
    for key in catalog.find(name).defaults:
        for value in values:
            # What is refused is refused before anything is computed, so this is cheap.
            with suppress(FaultlineError):
                catalog.compute(planted, catalog.bind(planted, name, **{**given, key: value}))


def test_a_filter_survives_json():
    flt = ScenarioFilter(model_set=("o3", "grok_4"), d_min=1.5, values=("candour",), text="x")
    assert scenario_filter(json.loads(json.dumps(plain_filter(flt)))) == flt
    assert "disagreement from 1.5 to 3" in in_words({"filter": plain_filter(flt)})


def test_the_queries_behind_a_figure_are_told(planted):
    _, queries = catalog.compute_with_queries(
        planted, catalog.bind(planted, "disagreement.histogram")
    )
    assert any("FROM disagreement" in q for q in queries)


def test_an_earlier_name_of_a_figure_gives_the_same_figure(planted):
    before = catalog.bind(planted, "refusals.odd_ones", share=0.6)
    assert before == catalog.bind(planted, "refusals.isolated_refusals", share=0.6)
    assert catalog.is_known("refusals.odd_ones")
    assert "refusals.odd_ones" not in NAMES
