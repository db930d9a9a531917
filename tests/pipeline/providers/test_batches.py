"""Both batch APIs over real HTTP: submitted once, found again, every item accounted for."""

import asyncio
import itertools
import time
from contextlib import asynccontextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st
from provider_kit import SCHEMA, faulty, opened, request, served

from analysis.vocabulary import Outcome
from pipeline.providers import errors
from pipeline.providers.types import Message, Rung
from pipeline.providers.wire.batch_types import BatchIntent, BatchState, packed

ways = pytest.mark.parametrize("way", ["messages", "chat", "responses"])
numbers = itertools.count(1)


def calls(way, count=6, **changes):
    """Distinct requests by key, and the intent to send them."""
    start = next(numbers) * 1000
    asked = [
        request(way, messages=(Message("user", f"Question {start + i}"),), **changes)
        for i in range(count)
    ]
    by_key = {one.key("http://x"): one for one in asked}
    rung = Rung.SCHEMA if "schema" in changes else Rung.NONE
    intent = BatchIntent(f"intent-{start}", asked[0].model, tuple(by_key), time.time(), rung)
    return by_key, intent


@asynccontextmanager
async def batches_at(server, way):
    async with opened(server, way) as provider:
        yield provider.batches()


async def collected(batches, intent, batch_id):
    return {item.key: item async for item in batches.results(intent, batch_id)}


@ways
def test_a_batch_answers_every_call_under_its_key(way):
    by_key, intent = calls(way, schema=SCHEMA)

    async def go(server):
        async with batches_at(server, way) as batches:
            batch_id = await batches.submit(intent, by_key)
            status = await batches.status(batch_id)
            assert (status.state, status.total) == (BatchState.ENDED, 6)
            return await collected(batches, intent, batch_id)

    with served(answerer=lambda asked: f'{{"said": "{asked.messages[0].content}"}}') as server:
        items = asyncio.run(go(server))
    assert set(items) == set(by_key)
    for key, item in items.items():
        assert item.reply.outcome is Outcome.ANSWERED
        assert item.reply.rung is Rung.SCHEMA
        assert by_key[key].messages[0].content in item.reply.text
        assert item.reply.usage_known
        assert not item.resend


@ways
@pytest.mark.parametrize(
    ("kind", "outcome", "resend"),
    [
        ("expired", Outcome.ERROR, True),
        ("item_error", Outcome.ERROR, True),
        ("refusal", Outcome.API_REFUSAL, False),
        ("length", Outcome.TRUNCATED, False),
        ("wrong_model", Outcome.ANSWERED, False),
    ],
)
def test_what_can_befall_an_item(way, kind, outcome, resend):
    by_key, intent = calls(way)

    async def go(server):
        async with batches_at(server, way) as batches:
            return await collected(batches, intent, await batches.submit(intent, by_key))

    with faulty({"kind": kind, "api": "item", "first": 2}) as server:
        items = asyncio.run(go(server))
    struck = [i for i in items.values() if (i.reply.outcome, i.resend) == (outcome, resend)]
    assert len(items) == 6
    assert len(struck) == (6 if kind == "wrong_model" else 2)
    assert all(i.reply.error for i in items.values() if i.reply.outcome is Outcome.ERROR)


@ways
def test_a_batch_whose_id_was_lost_is_found_and_not_paid_twice(way):
    """The provider took the batch, the connection broke before the id came back."""
    by_key, intent = calls(way)
    other_calls, other = calls(way)

    async def go(server):
        async with batches_at(server, way) as batches:
            assert not (await batches.find(intent)).id
            with pytest.raises(errors.ConnectionLostError):
                await batches.submit(intent, by_key)
            other_id = await batches.submit(other, other_calls)
            found = await batches.find(intent, known={other_id})
            assert found.id not in ("", other_id)
            assert (await batches.find(other)).id == other_id
            return await collected(batches, intent, found.id)

    with faulty({"kind": "disconnect", "api": "batch", "first": 1}) as server:
        items = asyncio.run(go(server))
        assert server.core.ledger.billed == 12
    assert {item.reply.outcome for item in items.values()} == {Outcome.ANSWERED}


def test_while_anthropics_batch_runs_it_is_undecided_and_then_found():
    by_key, intent = calls("messages")

    async def go(server):
        async with batches_at(server, "messages") as batches:
            batch_id = await batches.submit(intent, by_key)
            assert (await batches.status(batch_id)).state is BatchState.RUNNING
            running = await batches.find(intent)
            # The server may still run batches of other tests: only ours is asked about.
            assert running.id == ""
            assert batch_id in running.undecided
            assert batch_id not in (await batches.find(intent, known={batch_id})).undecided
            server.core.plan.batch_seconds = 0.0
            assert (await batches.find(intent)).id == batch_id

    with faulty(batch_seconds=600.0) as server:
        asyncio.run(go(server))


def test_openais_label_finds_a_batch_that_still_runs():
    by_key, intent = calls("chat")

    async def go(server):
        async with batches_at(server, "chat") as batches:
            batch_id = await batches.submit(intent, by_key)
            assert (await batches.find(intent)).id == batch_id

    with faulty(batch_seconds=600.0) as server:
        asyncio.run(go(server))


@ways
def test_a_listing_of_several_pages_is_read_to_its_end(way, monkeypatch):
    module = "anthropic.batches" if way == "messages" else "openai.batches"
    monkeypatch.setattr(f"pipeline.providers.{module}.PAGE_ITEMS", 2)
    by_key, intent = calls(way, count=1)

    async def go(server):
        async with batches_at(server, way) as batches:
            first = await batches.submit(intent, by_key)
            for _ in range(5):
                later_calls, later = calls(way, count=1)
                await batches.submit(later, later_calls)
            assert (await batches.find(intent)).id == first

    with served() as server:
        asyncio.run(go(server))


@ways
def test_an_intent_looks_no_further_back_than_its_own_time(way):
    by_key, intent = calls(way)
    tomorrow = BatchIntent(intent.id, intent.model, intent.keys, time.time() + 86_400)

    async def go(server):
        async with batches_at(server, way) as batches:
            await batches.submit(intent, by_key)
            assert not (await batches.find(tomorrow)).id

    with served() as server:
        asyncio.run(go(server))


@ways
def test_a_call_without_a_result_line_is_not_lost(way):
    by_key, intent = calls(way)
    extra = BatchIntent(intent.id, intent.model, (*intent.keys, "f" * 64), intent.created_at)

    async def go(server):
        async with batches_at(server, way) as batches:
            return await collected(batches, extra, await batches.submit(intent, by_key))

    with served() as server:
        item = asyncio.run(go(server))["f" * 64]
    assert item.resend
    assert "without a result" in item.reply.error


@ways
@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("rate_limit", errors.RateLimitedError),
        ("auth", errors.AuthError),
        ("server_error", errors.ServerFaultError),
    ],
)
def test_a_submission_that_fails_is_a_known_error(way, kind, error):
    by_key, intent = calls(way)

    async def go(server):
        async with batches_at(server, way) as batches:
            await batches.submit(intent, by_key)

    with faulty({"kind": kind, "api": "batch"}) as server, pytest.raises(error):
        asyncio.run(go(server))


@ways
def test_a_batch_that_is_not_there(way):
    async def go(server):
        async with batches_at(server, way) as batches:
            await batches.status("batch_nowhere")

    with served() as server, pytest.raises(errors.ModelNotFoundError):
        asyncio.run(go(server))


@ways
def test_a_cancelled_batch_ends(way):
    by_key, intent = calls(way)

    async def go(server):
        async with batches_at(server, way) as batches:
            batch_id = await batches.submit(intent, by_key)
            await batches.cancel(batch_id)
            assert (await batches.status(batch_id)).state is BatchState.ENDED

    with faulty(batch_seconds=600.0) as server:
        asyncio.run(go(server))


@ways
def test_of_a_batch_cancelled_half_way_what_was_done_is_kept_and_billed(way):
    by_key, intent = calls(way)

    async def go(server):
        async with batches_at(server, way) as batches:
            batch_id = await batches.submit(intent, by_key)
            await batches.cancel(batch_id)
            return await collected(batches, intent, batch_id)

    with faulty(batch_seconds=600.0) as server:
        items = asyncio.run(go(server))
        assert server.core.ledger.billed == 3
    assert sum(item.reply.outcome is Outcome.ANSWERED for item in items.values()) == 3
    assert all(i.resend and i.unbilled for i in items.values() if i.reply.error)


@ways
def test_a_slow_batch_runs_while_others_end(way):
    by_key, intent = calls(way)
    other_calls, other = calls(way)

    async def go(server):
        async with batches_at(server, way) as batches:
            slow = await batches.submit(intent, by_key)
            quick = await batches.submit(other, other_calls)
            states = [(await batches.status(one)).state for one in (slow, quick)]
            assert states == [BatchState.RUNNING, BatchState.ENDED]
            assert server.core.ledger.billed == 6

    with faulty({"kind": "slow", "api": "batch", "first": 1, "seconds": 600.0}) as server:
        asyncio.run(go(server))


@ways
def test_a_batch_whose_time_runs_out_leaves_every_call_to_be_sent_again(way):
    by_key, intent = calls(way)

    async def go(server):
        async with batches_at(server, way) as batches:
            return await collected(batches, intent, await batches.submit(intent, by_key))

    with faulty({"kind": "expired", "api": "batch"}) as server:
        items = asyncio.run(go(server))
        assert server.core.ledger.billed == 0
    assert len(items) == 6
    assert all(item.resend and item.unbilled for item in items.values())


@ways
def test_a_submission_whose_answer_never_comes_is_found(way):
    by_key, intent = calls(way)

    async def go(server):
        async with opened(server, way, time_limit_s=0.5) as provider:
            batches = provider.batches()
            with pytest.raises(errors.AttemptTimeoutError):
                await batches.submit(intent, by_key)
            assert (await batches.find(intent)).id

    with faulty({"kind": "hang", "api": "batch", "first": 1}) as server:
        asyncio.run(go(server))


@ways
def test_a_question_about_a_batch_can_fail_like_any_other(way):
    by_key, intent = calls(way)

    async def go(server):
        async with batches_at(server, way) as batches:
            batch_id = await batches.submit(intent, by_key)
            with pytest.raises(errors.ServerFaultError):
                await batches.status(batch_id)
            assert (await batches.status(batch_id)).state is BatchState.ENDED

    with faulty({"kind": "server_error", "api": "poll", "first": 1}) as server:
        asyncio.run(go(server))


@ways
def test_an_item_whose_model_takes_no_schema_says_so_and_the_next_goes_without(way):
    by_key, intent = calls(way, schema=SCHEMA)
    asked = next(iter(by_key.values()))

    async def go(server):
        async with batches_at(server, way) as batches:
            items = await collected(batches, intent, await batches.submit(intent, by_key))
            assert all(item.unstructured and item.unbilled for item in items.values())
            assert batches.rung(asked) is Rung.SCHEMA
            assert batches.step_down(asked.model, Rung.SCHEMA)
            assert batches.rung(asked) is Rung.TOOL

    with faulty({"kind": "no_schema", "api": "item"}) as server:
        asyncio.run(go(server))


@ways
def test_items_of_one_body_are_replicates_and_differ(way):
    """A request's replicate is told to no provider: the loopback one counts equal bodies."""
    asked = [request(way, replicate=i) for i in range(3)]
    by_key = {one.key("http://x"): one for one in asked}
    intent = BatchIntent("replicates", asked[0].model, tuple(by_key), time.time())

    async def go(server):
        async with batches_at(server, way) as batches:
            return await collected(batches, intent, await batches.submit(intent, by_key))

    with served(answerer=lambda r: f"{r.stage} {r.replicate}") as server:
        items = asyncio.run(go(server))
    assert [items[key].reply.text for key in by_key] == ["respond 0", "respond 1", "respond 2"]


@given(
    st.dictionaries(st.integers(), st.integers(1, 100), max_size=40),
    st.integers(1, 10),
    st.integers(50, 300),
)
def test_portions_keep_order_and_limits(sizes, most_items, most_bytes):
    named = {str(key): size for key, size in sizes.items()}
    portions = list(packed(named, most_items, most_bytes))
    assert [key for portion in portions for key in portion] == list(named)
    for portion in portions:
        assert 1 <= len(portion) <= most_items
        assert len(portion) == 1 or sum(named[key] for key in portion) <= most_bytes


@ways
def test_the_spec_makes_bytes_the_limit(way):
    """With 100 KB of spec in each, a batch holds some two thousand calls, not fifty thousand."""

    async def go(server):
        async with batches_at(server, way) as batches:
            asked = request(way, cached_prefix="x" * 100_000)
            many = dict.fromkeys(map(str, range(3000)), asked)
            return [len(portion) for portion in batches.portions(many, Rung.NONE)]

    with served() as server:
        first = asyncio.run(go(server))[0]
    assert 1_800 < first < 2_500
