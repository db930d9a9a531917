"""The ladder of structured output, and the tolerant reading at its foot."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from provider_kit import SCHEMA, request

from analysis.registry import Capabilities
from pipeline.providers.types import Rung
from pipeline.providers.wire.structured import (
    Ladder,
    is_strict,
    read_json,
    refuses_structure,
    rung_used,
    rungs,
)

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
objects = st.dictionaries(st.text(max_size=5), values, max_size=4)


@given(objects)
def test_strict_json_is_read_as_such(value):
    assert read_json(json.dumps(value)) == (value, False)


@given(objects, st.sampled_from(["```json\n{}\n```", "Here you are:\n{}\nI hope it helps.", "{}."]))
def test_json_is_found_inside_talk_and_fences(value, around):
    text = around.replace("{}", json.dumps(value))
    assert read_json(text) == (value, True)


@given(st.text(st.characters(exclude_characters='{["0123456789tfnNI-'), max_size=60))
def test_no_json_is_a_parse_error(text):
    with pytest.raises(ValueError, match="no JSON object"):
        read_json(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('It says {"a": 1}, I say {"a": 2}.', {"a": 2}),
        ('```json\n{"a": 1}\n``` is its order. {"a": 2}', {"a": 2}),
        ('<think>{"a": 1}, or {"a": 3}?</think>{"a": 2}', {"a": 2}),
        ('{"a": 2} and then {"a": [{"b": 1}, {"b": 2}', {"a": 2}),
    ],
)
def test_the_last_complete_object_counts(text, said):
    assert read_json(text) == (said, True)


def test_an_object_said_twice_is_one():
    assert read_json('So: {"a": 1}. In short: {} ```{"a": 1}```') == ({"a": 1}, True)


@pytest.mark.parametrize(
    "text",
    ["[" * 100_000, '{"a":' * 100_000, "{" * 100_000, "", "{'a': 1}", '{"a": [{"b": 1}, {"b": 2}'],
)
def test_hostile_text_is_a_parse_error_and_no_crash(text):
    with pytest.raises(ValueError, match="no JSON object"):
        read_json(text)


def test_the_ladder_goes_down_and_stays_down():
    can = Capabilities(json_mode=True)
    ladder, asked = Ladder(), request(schema=SCHEMA)
    assert rungs(can) == (Rung.SCHEMA, Rung.TOOL, Rung.JSON_MODE, Rung.TOLERANT)
    met = [ladder.rung(asked, can)]
    while ladder.step_down(asked.model, met[-1], can):
        met.append(ladder.rung(asked, can))
    assert met == list(rungs(can))


def test_calls_in_flight_move_a_model_down_once():
    can, ladder, asked = Capabilities(), Ladder(), request(schema=SCHEMA)
    for _ in range(5):
        assert ladder.step_down(asked.model, Rung.SCHEMA, can)
    assert ladder.rung(asked, can) is Rung.TOOL
    assert ladder.rung(request(model="other", schema=SCHEMA), can) is Rung.SCHEMA


def test_without_a_schema_there_is_no_rung():
    assert Ladder().rung(request(), Capabilities()) is Rung.NONE


def test_the_rung_recorded_says_when_the_reading_was_tolerant():
    assert rung_used(Rung.SCHEMA, '{"a": 1}') is Rung.SCHEMA
    assert rung_used(Rung.SCHEMA, 'Sure: {"a": 1}') is Rung.TOLERANT
    assert rung_used(Rung.SCHEMA, "no") is Rung.SCHEMA
    assert rung_used(Rung.NONE, '{"a": 1}') is Rung.NONE


def test_only_closed_schemas_are_strict():
    assert is_strict(SCHEMA.body)
    assert not is_strict({**SCHEMA.body, "additionalProperties": True})
    assert not is_strict({**SCHEMA.body, "required": ["position"]})
    nested = {"type": "array", "items": {"type": "object", "properties": {"a": {}}}}
    assert not is_strict(nested)


@pytest.mark.parametrize(
    ("message", "about"),
    [
        ("output_config.format: json_schema is not supported by this model", True),
        ("tool_choice: forced tool use is not available while thinking", True),
        ("Invalid schema for response_format 'x'", True),
        ("prompt is too long: 210000 tokens", False),
        ("messages: at least one message is required", False),
    ],
)
def test_which_rejections_are_about_the_structure(message, about):
    assert refuses_structure(message) is about
