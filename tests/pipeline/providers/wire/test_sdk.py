"""Both official SDKs over real HTTP: every fault ends as a stored outcome or a known error."""

import asyncio
import socket
import time
from pathlib import Path

import pytest
from provider_kit import SCHEMA, WAYS, catalog_at, faulty, opened, request, sent, served
from pytest_socket import SocketConnectBlockedError

from analysis.vocabulary import Outcome
from pipeline.providers import errors
from pipeline.providers.anthropic.provider import AnthropicProvider
from pipeline.providers.catalog import load as load_catalog
from pipeline.providers.types import Message, Options, Reply, Rung
from pipeline.providers.wire import translate
from pipeline.providers.wire.structured import read_json
from tests.fake_provider import Loopback
from tests.fake_provider.faults import Fault

ways = pytest.mark.parametrize("way", list(WAYS))


def sent_through(kind, way, asked=None, time_limit_s=20.0, **rule):
    """The reply or the error of one request that meets one fault."""
    with faulty({"kind": kind, **rule}) as server:
        try:
            return sent(server, way, asked, time_limit_s=time_limit_s)
        except errors.ProviderError as error:
            return error


@ways
def test_an_answer_arrives_whole(way):
    with served(answerer=lambda asked: "Close it. \u2603 \U0001f600") as server:
        reply = sent(server, way)
    assert reply.outcome is Outcome.ANSWERED
    assert reply.text == "Close it. \u2603 \U0001f600"
    assert reply.served_model == WAYS[way][2]
    assert reply.rung is Rung.NONE
    assert reply.input_tokens > 0
    assert reply.output_tokens > 0
    assert reply.latency_s > 0
    assert reply.request_id
    assert reply.raw.startswith("{")


@ways
def test_the_whole_request_arrives(way):
    heard = []

    def listen(asked):
        heard.append(asked)
        return "{}"

    turns = (Message("user", "One"), Message("assistant", "Two"), Message("user", "Three"))
    asked = request(
        way,
        messages=turns,
        system="Be kind.",
        cached_prefix="The spec.",
        schema=SCHEMA,
        replicate=3,
    )
    with served(answerer=listen) as server:
        sent(server, way, asked)
    (got,) = heard
    assert got.messages == turns
    assert got.schema.body == SCHEMA.body
    assert (got.max_tokens, got.stage, got.replicate) == (500, "respond", 3)
    if way == "messages":
        assert (got.cached_prefix, got.system) == ("The spec.", "Be kind.")
    else:
        assert got.cached_prefix == "The spec.\n\nBe kind."


@ways
def test_the_prefix_is_cached_from_the_second_call_on(way):
    asked = request(way, cached_prefix="A clause of the spec. " * 400)
    with served() as server:
        first, second = sent(server, way, asked), sent(server, way, asked)
    assert (first.cached_tokens or 0) == 0
    assert second.cached_tokens == 2200
    whole = first.input_tokens + (first.cache_write_tokens or 0)
    assert second.input_tokens + second.cached_tokens == whole


@ways
@pytest.mark.parametrize(
    ("kind", "kind_of_error", "billed"),
    [
        ("rate_limit", errors.RateLimitedError, False),
        ("server_error", errors.ServerFaultError, False),
        ("overloaded", errors.OverloadedError, False),
        ("auth", errors.AuthError, False),
        ("billing", errors.BillingError, False),
        ("not_found", errors.ModelNotFoundError, False),
        ("bad_request", errors.RequestRejectedError, False),
        ("disconnect", errors.ConnectionLostError, True),
    ],
)
def test_failures_are_sorted(way, kind, kind_of_error, billed):
    error = sent_through(kind, way)
    assert type(error) is kind_of_error
    assert error.possibly_billed is billed
    assert "Traceback" not in error.sentence
    assert error.sentence.endswith((".", "!")) or kind == "bad_request"


@ways
def test_the_wait_that_a_429_asks_for_is_read(way):
    assert sent_through("rate_limit", way, seconds=7).retry_after_s == 7
    assert sent_through("server_error", way).retry_after_s is None


@pytest.mark.parametrize("ours", [0.0, 4e9])
def test_a_wait_until_a_date_is_counted_by_the_sender_s_clock(ours, monkeypatch):
    """A clock of ours that is years wrong makes no wait of years, and none of nothing."""
    monkeypatch.setattr(time, "time", lambda: ours)
    said = {"date": "Sat, 21 Nov 2026 09:00:00 GMT", "retry-after": "Sat, 21 Nov 2026 09:00:40 GMT"}
    assert translate.retry_after(said) == 40.0
    assert translate.retry_after({**said, "date": "yesterday"}, now=1_795_251_610.0) == 30.0
    assert translate.retry_after({"retry-after": "soon"}) is None


@ways
@pytest.mark.parametrize("kind", ["hang", "drip"])
def test_a_hang_and_a_drip_end_at_our_time_limit(way, kind):
    started = time.monotonic()
    error = sent_through(kind, way, time_limit_s=0.5, seconds=30)
    assert type(error) is errors.AttemptTimeoutError
    assert error.possibly_billed
    assert time.monotonic() - started < 10


@ways
@pytest.mark.parametrize(
    ("kind", "words"),
    [("truncated", "breaks off"), ("html", "web page"), ("empty", "not a reply")],
)
def test_a_broken_200_is_a_stored_error_with_its_raw_body(way, kind, words):
    reply = sent_through(kind, way)
    assert isinstance(reply, Reply)
    assert reply.outcome is Outcome.ERROR
    assert words in reply.error
    assert reply.raw
    assert not reply.usage_known


@ways
def test_a_refusal_is_data(way):
    reply = sent_through("refusal", way)
    assert reply.outcome is Outcome.API_REFUSAL
    assert reply.refusal_category == ("general_harms" if way == "messages" else "refusal")
    assert reply.text == "I can't help with that."
    assert reply.usage_known
    assert reply.error == ""


@ways
def test_a_content_filter_is_a_refusal_with_its_name(way):
    reply = sent_through("content_filter", way)
    assert (reply.outcome, reply.refusal_category) == (Outcome.API_REFUSAL, "content_filter")


@ways
def test_a_truncated_answer_keeps_what_came(way):
    reply = sent_through("length", way)
    assert reply.outcome is Outcome.TRUNCATED
    assert reply.text
    assert reply.usage_known


@ways
def test_the_served_model_is_stored(way):
    assert sent_through("wrong_model", way).served_model == "another-model-1"


def test_every_fault_is_tried_somewhere():
    """A new fault must be met by a test: the batch ones in test_providers_batch."""
    here = {"rate_limit", "server_error", "overloaded", "auth", "billing", "not_found"}
    here |= {"bad_request", "disconnect", "hang", "drip", "truncated", "html", "empty"}
    here |= {"refusal", "content_filter", "length", "wrong_model", "no_schema", "no_tool"}
    assert {str(fault) for fault in Fault} == here | {"expired", "item_error", "slow"}


@ways
def test_nothing_listens(way):
    with Loopback() as server:
        pass
    with pytest.raises(errors.NotConnectedError) as caught:
        sent(server, way)
    assert not caught.value.possibly_billed


@ways
def test_structured_output_steps_down_one_rung_at_a_time(way):
    asked = request(way, schema=SCHEMA)
    below = {"messages": Rung.TOLERANT, "chat": Rung.JSON_MODE, "responses": Rung.JSON_MODE}[way]
    refused = [[], ["no_schema"], ["no_schema", "no_tool"]]
    for kinds, rung in zip(refused, [Rung.SCHEMA, Rung.TOOL, below], strict=True):
        with faulty(*({"kind": kind} for kind in kinds)) as server:
            reply = sent(server, way, asked)
            assert server.core.ledger.billed == 1
        assert reply.rung is rung
        if rung in (Rung.SCHEMA, Rung.TOOL):
            assert set(read_json(reply.text)[0]) == {"position", "reason"}


def test_the_step_down_is_remembered():
    async def go(server):
        async with opened(server) as provider:
            asked = request(schema=SCHEMA)
            await asyncio.gather(*(provider.send(asked) for _ in range(10)))
            before = server.core.ledger.asked
            await provider.send(asked)
            return server.core.ledger.asked - before

    with faulty({"kind": "no_schema"}) as server:
        assert asyncio.run(go(server)) == 1


def test_a_rejection_that_is_not_about_structure_does_not_step_down():
    error = sent_through("bad_request", "messages", request(schema=SCHEMA))
    assert type(error) is errors.RequestRejectedError


@ways
def test_an_option_the_model_does_not_take_is_refused_not_dropped(way):
    with served() as server, pytest.raises(errors.RequestRejectedError, match="top_k"):
        sent(server, way, request(way, options=Options(top_k=5)))
    assert server.core.ledger.asked == 0


def test_options_reach_the_wire():
    seen = []

    async def go(server):
        async with opened(server, "chat") as provider:
            asked = request("chat", options=Options(temperature=0, top_p=0.5, seed=4))
            seen.append(provider.body(asked, Rung.NONE))
            await provider.send(asked)

    with served() as server:
        asyncio.run(go(server))
    assert {n: seen[0][n] for n in ("temperature", "top_p", "seed")} == {
        "temperature": 0.0,
        "top_p": 0.5,
        "seed": 4,
    }


def test_anthropic_is_never_sent_sampling_parameters():
    with served() as server, pytest.raises(errors.RequestRejectedError, match="temperature"):
        sent(server, "messages", request(options=Options(temperature=0.0)))


@ways
def test_a_long_answer_limit_is_no_reason_to_stream(way):
    """The Anthropic SDK refuses a large limit unless a time limit is given."""
    with served() as server:
        assert sent(server, way, request(way, max_tokens=120_000)).outcome is Outcome.ANSWERED


@ways
def test_text_that_no_encoding_carries_is_rejected_not_raised(way):
    with served() as server, pytest.raises(errors.RequestRejectedError):
        sent(server, way, request(way, messages=(Message("user", "broken \ud800 half"),)))


@ways
def test_a_wrong_key_and_an_unknown_model(way):
    with faulty(accepted_key="right", models=["only-this"]) as server:
        with pytest.raises(errors.AuthError):
            sent(server, way)
        key = {"ANTHROPIC_API_KEY": "right", "OPENAI_API_KEY": "right"}
        with pytest.raises(errors.ModelNotFoundError):
            sent(server, way, keys=key)


@ways
def test_check_lists_the_models_that_an_endpoint_offers(way):
    async def go(server):
        async with opened(server, way) as provider:
            return await provider.check()

    with faulty(models=["only-this"]) as server:
        assert asyncio.run(go(server)) == ["only-this"]


def test_embeddings_come_one_per_text_in_order():
    async def go(server):
        async with opened(server, "chat") as provider:
            return await provider.embed(["a boat", "a boat", "tax law"], "embed-1")

    with served() as server:
        same, again, other = asyncio.run(go(server))
    assert same == again != other
    assert sum(value * value for value in same) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("rate_limit", errors.RateLimitedError),
        ("html", errors.UnusableReplyError),
        ("server_error", errors.ServerFaultError),
    ],
)
def test_embeddings_fail_as_known_errors(kind, error):
    async def go(server):
        async with opened(server, "chat") as provider:
            return await provider.embed(["a boat"], "embed-1")

    with faulty({"kind": kind}) as server, pytest.raises(error):
        asyncio.run(go(server))


def test_sdk_clients_never_retry_by_themselves():
    with faulty({"kind": "server_error"}) as server:
        for way in WAYS:
            with pytest.raises(errors.ServerFaultError):
                sent(server, way)
        assert server.core.ledger.asked == len(WAYS)


def test_a_base_url_works_with_and_without_its_version():
    with served() as server:
        for url in (server.url, f"{server.url}/v1", f"{server.url}/v1/"):
            provider = AnthropicProvider("anthropic", url, _no_key(), _any)
            assert asyncio.run(_one(provider)).outcome is Outcome.ANSWERED


def _no_key():
    from pipeline.providers.secret import Secret

    return Secret("")


def _any(_):
    from analysis.registry import Capabilities

    return Capabilities()


async def _one(provider):
    try:
        return await provider.send(request())
    finally:
        await provider.aclose()


def test_openai_itself_gets_responses_and_any_other_address_chat():
    with served() as server:
        assert catalog_at(server, "responses").endpoints["openai"].api == "responses"
        assert catalog_at(server, "messages").endpoints["openai"].api == "chat"


@ways
@pytest.mark.filterwarnings("ignore:A test tried to use socket")
def test_the_suite_itself_reaches_this_machine_only(way, monkeypatch):
    """A test that forgets its loopback provider must not pay a real one."""
    with pytest.raises(SocketConnectBlockedError):
        socket.create_connection(("192.0.2.1", 80), timeout=1)
    env = {
        "FAULTLINE_ANTHROPIC_BASE_URL": "http://192.0.2.1:80",
        "FAULTLINE_OPENAI_BASE_URL": "http://192.0.2.1:80/v1",
        "FAULTLINE_OPENAI_API": WAYS[way][1],
    }

    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY"):
        monkeypatch.setenv(name, "k" * 20)

    async def go():
        catalog = load_catalog(home=Path("/nonexistent"), env=env)
        provider = catalog.open(WAYS[way][0], time_limit_s=100.0)
        try:
            return await provider.send(request(way))
        finally:
            await provider.aclose()

    begun = time.monotonic()
    with pytest.raises(errors.ProviderError):
        asyncio.run(go())
    assert time.monotonic() - begun < 50  # refused here, not given up on out there
