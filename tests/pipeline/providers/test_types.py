"""Requests keep their key, replies their price, and neither holds a secret."""

import dataclasses
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st
from provider_kit import SCHEMA, request

from analysis.registry import Capabilities, Price
from analysis.vocabulary import Outcome
from pipeline.providers.types import ChatRequest, JsonSchema, Message, Options, Reply, same_model

# Any text at all, lone surrogates included: model answers are quoted in later requests.
texts = st.text(st.characters(codec=None), max_size=40)
options = st.builds(
    Options,
    temperature=st.none() | st.floats(0, 2),
    seed=st.none() | st.integers(0, 10),
    effort=st.none() | st.sampled_from(["low", "high"]),
)
requests = st.builds(
    ChatRequest,
    stage=texts,
    provider=texts,
    model=texts,
    messages=st.lists(
        st.builds(Message, st.sampled_from(["user", "assistant"]), texts), max_size=3
    ).map(tuple),
    max_tokens=st.integers(1, 10_000),
    system=texts,
    cached_prefix=texts,
    schema=st.none() | st.just(SCHEMA),
    options=options,
    replicate=st.integers(0, 5),
)


@given(requests)
def test_a_request_survives_its_canonical_form(asked):
    again = ChatRequest.from_canonical(asked.canonical(), asked.cached_prefix)
    assert again == asked
    assert again.key("http://x") == asked.key("http://x")


@given(requests, requests)
def test_two_requests_share_a_key_only_when_they_are_the_same(one, other):
    assert (one.key("http://x") == other.key("http://x")) == (one == other)


def test_every_field_reaches_the_key():
    plain = request()
    changed = {
        "stage": "judge",
        "provider": "openai",
        "model": "another",
        "messages": (Message("user", "else"),),
        "max_tokens": 501,
        "system": "be brief",
        "cached_prefix": "the spec",
        "schema": SCHEMA,
        "options": Options(temperature=0.5),
        "replicate": 1,
    }
    assert set(changed) == {field.name for field in dataclasses.fields(ChatRequest)}
    keys = {dataclasses.replace(plain, **{n: v}).key("http://x") for n, v in changed.items()}
    assert len(keys | {plain.key("http://x"), plain.key("http://y")}) == len(changed) + 2


def test_the_key_is_pinned():
    """A changed canonical form would send every call of a resumed run again."""
    key = request().key("https://api.anthropic.com")
    assert key == PINNED
    assert request().key("https://api.anthropic.com/") == key


PINNED = "b89f91ee11cbad3d0727a60dbd2b25b736280b960bbb9cb7681d0904c89c635d"


def test_the_long_prefix_is_in_the_canonical_form_as_its_digest_only():
    asked = request(cached_prefix="Clause one. " * 1000)
    assert len(asked.canonical()) < 1000
    assert asked.prefix_digest.encode() in asked.canonical()
    with pytest.raises(ValueError, match="another cached prefix"):
        ChatRequest.from_canonical(asked.canonical(), "another text")


def test_a_temperature_of_one_is_a_temperature_of_one():
    assert request(options=Options(temperature=1)).key("") == (
        request(options=Options(temperature=1.0)).key("")
    )


def test_records_are_hashable_and_pickle():
    asked = request(schema=SCHEMA)
    reply = Reply(outcome=Outcome.ANSWERED, text="yes", input_tokens=3, output_tokens=1)
    assert pickle.loads(pickle.dumps(asked)) == asked
    assert pickle.loads(pickle.dumps(reply)) == reply
    assert len({asked, request(schema=SCHEMA)}) == 1


def test_a_schema_is_the_same_however_its_keys_are_ordered():
    one = JsonSchema.of("a", {"type": "object", "required": []})
    assert one == JsonSchema.of("a", {"required": [], "type": "object"})
    assert one.body == {"type": "object", "required": []}


def test_an_unknown_price_is_never_zero():
    for price in (Price(), Price(input=1.0), Price(output=1.0)):
        assert not price.known
        assert price.usd(1000, 1000) is None


def test_an_unknown_usage_has_no_price():
    assert Price(1.0, 2.0).of_reply(Reply(outcome=Outcome.ERROR)) is None


def test_price_by_hand():
    price = Price(input=2.0, output=10.0, cached=0.2, cache_write=2.5, batch_share=0.5)
    million = 1_000_000
    assert price.usd(million, million) == pytest.approx(12.0)
    assert price.usd(0, 0, million, million) == pytest.approx(2.7)
    assert price.usd(million, million, batch=True) == pytest.approx(6.0)


def test_a_long_prompt_costs_its_surcharge():
    price = Price(input=0.1, output=0.5, long_over=100_000, long_input=5.0, long_output=5.0)
    assert price.usd(100_000, 0) == pytest.approx(0.01)
    assert price.usd(100_001, 0) == pytest.approx(0.0500005)
    assert price.usd(1, 0, cached_tokens=100_000) == pytest.approx(0.0500005)


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**6))
def test_missing_cache_prices_never_make_it_cheaper(fresh, cached, written):
    """Where the cache's price is unknown the estimate is no lower than without a cache."""
    price = Price(input=2.0, output=10.0)
    assert price.usd(fresh, 0, cached, written) == pytest.approx(
        price.usd(fresh + cached + written, 0)
    )


@pytest.mark.parametrize(
    ("asked", "served", "same"),
    [
        ("gpt-4.1-mini", "gpt-4.1-mini", True),
        ("gpt-4.1-mini", "gpt-4.1-mini-2025-04-14", True),
        ("claude-haiku-4-5", "claude-haiku-4-5-20251001", True),
        ("claude-x-latest", "claude-x-20250219", True),
        ("gemini-2.5-pro", "models/gemini-2.5-pro", True),
        ("gpt-4.1", "gpt-4.1-mini", False),
        ("gpt-4.1", "gpt-4.1-mini-2025-04-14", False),
        ("claude-opus-5", "claude-opus-5-5", False),
        ("gpt-4.1", "gpt-4x1", False),
        ("gpt-4.1", "", False),
    ],
)
def test_which_served_model_is_the_one_asked_for(asked, served, same):
    assert same_model(asked, served) is same


def test_options_a_model_does_not_take_are_named():
    can = Capabilities(takes=("temperature",), effort=("low",))
    assert can.not_taken(Options(temperature=0.0, effort="low")) == []
    assert can.not_taken(Options(top_p=0.5, seed=1, effort="max")) == ["effort", "seed", "top_p"]
