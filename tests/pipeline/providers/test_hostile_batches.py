"""Batches of a provider that means harm: its listings, its views, its result files."""

import asyncio
import json
import time

import pytest
from provider_kit import WAYS, opened, request

from analysis.vocabulary import Outcome
from pipeline.providers import errors
from pipeline.providers.types import Rung
from pipeline.providers.wire import body_limit
from pipeline.providers.wire.batch_types import BatchIntent, BatchState
from pipeline.providers.wire.validator import IMPLAUSIBLE
from tests.hostile.mutations import JUNK, places, put
from tests.hostile.server import HostileServer, Plain

ways = pytest.mark.parametrize("way", list(WAYS))
RESULTS = ("/results", "/content")


def calls(way, count=3):
    made = [request(way, replicate=number) for number in range(count)]
    by_key = {one.key("http://127.0.0.1"): one for one in made}
    return by_key, BatchIntent("01HOSTILE", WAYS[way][2], tuple(by_key), time.time(), Rung.NONE)


def of_results(change):
    """A provider whose result files are changed: bytes in, bytes out."""

    async def spoil(asked, honest):
        answer = await honest()
        if asked.path.endswith(RESULTS):
            return Plain(200, answer.headers, change(answer.body)).wire()
        return answer.wire()

    return spoil


def of_views(change):
    """A provider whose other answers about batches are changed: JSON in, JSON out."""

    async def spoil(asked, honest):
        answer = await honest()
        if asked.method == "GET" and "/batches" in asked.path and not asked.path.endswith(RESULTS):
            return Plain(
                200, answer.headers, json.dumps(change(json.loads(answer.body))).encode()
            ).wire()
        return answer.wire()

    return spoil


def items_from(server, way, by_key, intent):
    async def go():
        async with opened(server, way) as provider:
            batches = provider.batches()
            batch_id = await batches.submit(intent, by_key)
            return {item.key: item async for item in batches.results(intent, batch_id)}

    return asyncio.run(go())


def changed_rows(change, which=0):
    def whole(body):
        rows = [json.loads(line) for line in body.splitlines()]
        rows[which] = change(rows[which])
        return b"".join(json.dumps(row).encode() + b"\n" for row in rows)

    return whole


@ways
@pytest.mark.parametrize(
    "junk", [JUNK[::3], pytest.param(JUNK, marks=pytest.mark.slow)], ids=["some", "all"]
)
def test_a_result_that_is_none_is_an_error_at_risk_and_its_neighbours_are_kept(way, junk):
    by_key, intent = calls(way)
    with HostileServer() as server:
        paths = [("result",), ("response",)]
        for path in paths:
            for spoiled in junk:
                server.spoil = of_results(
                    changed_rows(
                        lambda row, p=path, j=spoiled: put(row, p, j) if p[0] in row else row
                    )
                )
                items = items_from(server, way, by_key, intent)
                assert set(items) == set(by_key)
                answered = [i for i in items.values() if i.reply.outcome is Outcome.ANSWERED]
                assert len(answered) >= 2
                for item in items.values():
                    assert item in answered or not item.unbilled


@ways
@pytest.mark.parametrize("kind", ["nothing", 7, None, "canceled!"])
def test_a_result_of_an_unknown_sort_was_not_certainly_unbilled(way, kind):
    by_key, intent = calls(way)

    def change(row):
        if way == "messages":
            return put(row, ("result", "type"), kind)
        return {**row, "response": None, "error": {"code": kind}}

    with HostileServer(of_results(changed_rows(change))) as server:
        items = items_from(server, way, by_key, intent)
    (bad,) = [i for i in items.values() if i.reply.outcome is not Outcome.ANSWERED]
    assert (bad.reply.stop_reason, bad.unbilled, bad.resend) == (IMPLAUSIBLE, False, False)


@ways
def test_a_call_that_no_line_names_is_not_certainly_unbilled(way):
    by_key, intent = calls(way)
    with HostileServer(of_results(lambda body: b"\n".join(body.splitlines()[1:]))) as server:
        items = items_from(server, way, by_key, intent)
    (lost,) = [i for i in items.values() if i.reply.outcome is not Outcome.ANSWERED]
    assert lost.resend
    assert not lost.unbilled


@ways
def test_a_line_that_is_too_long_is_passed_over(way, monkeypatch):
    """Its neighbours are kept; a file of one line without end holds no memory."""
    monkeypatch.setattr("pipeline.providers.wire.sdk.MOST_BODY", 100_000)
    by_key, intent = calls(way)

    def change(body):
        first, *rest = body.splitlines()
        return b"\n".join([first[:-1] + b" " * 300_000 + b"}", *rest])

    with HostileServer(of_results(change)) as server:
        items = items_from(server, way, by_key, intent)
    assert sum(i.reply.outcome is Outcome.ANSWERED for i in items.values()) == 2
    assert not any(i.unbilled for i in items.values())


@ways
def test_a_result_file_without_end_is_read_to_its_limit(way, monkeypatch):
    monkeypatch.setattr("pipeline.providers.wire.sdk.MOST_FILE", 200_000)
    monkeypatch.setattr("pipeline.providers.wire.sdk.MOST_LINE", 0)
    by_key, intent = calls(way)

    async def spoil(asked, honest):
        async def endless():
            yield b"HTTP/1.1 200 OK\r\n\r\n"
            while True:
                yield b'{"custom_id": "x"}\n' * 1_000

        return endless() if asked.path.endswith(RESULTS) else (await honest()).wire()

    with HostileServer(spoil) as server, pytest.raises(errors.UnusableReplyError) as caught:
        items_from(server, way, by_key, intent)
    assert caught.value.possibly_billed


@ways
def test_line_separators_of_unicode_are_no_ends_of_lines(way):
    """JSON may hold U+2028 and U+0085 inside a string: a provider need not escape them."""
    by_key, intent = calls(way)

    def change(body):
        rows = [json.loads(line) for line in body.splitlines()]
        text = json.dumps(rows[0], ensure_ascii=False).replace("Should the", "\u2028\x85 The")
        return text.encode() + b"\n" + b"".join(json.dumps(r).encode() + b"\n" for r in rows[1:])

    with HostileServer(of_results(change)) as server:
        items = items_from(server, way, by_key, intent)
    assert all(item.reply.outcome is Outcome.ANSWERED for item in items.values())
    assert sum("\u2028\x85 The" in item.reply.text for item in items.values()) == 1


@ways
def test_a_result_file_that_breaks_off_is_asked_for_again(way):
    by_key, intent = calls(way)

    async def spoil(asked, honest):
        answer = await honest()
        if asked.path.endswith(RESULTS):
            answer.headers.append(("content-length", str(len(answer.body) + 50)))
        return answer.wire()

    with HostileServer(spoil) as server, pytest.raises(errors.ConnectionLostError):
        items_from(server, way, by_key, intent)


@ways
@pytest.mark.parametrize("junk", JUNK, ids=repr)
def test_every_field_of_a_view_is_checked(way, junk):
    by_key, intent = calls(way)

    async def go(server):
        async with opened(server, way) as provider:
            batches = provider.batches()
            batch_id = await batches.submit(intent, by_key)
            found = []
            for path in list(places(await seen(provider, batch_id))):
                server.spoil = of_views(lambda view, path=path: put(view, path, junk))
                try:
                    found.append(await batches.status(batch_id))
                except errors.ServerFaultError as error:
                    assert "can't be used" in error.sentence
            return found

    async def seen(provider, batch_id):
        client = provider.client.messages if way == "messages" else provider.client
        answer = await client.batches.with_raw_response.retrieve(batch_id)
        return json.loads(answer.http_response.text)

    with HostileServer() as server:
        assert all(one.state is BatchState.ENDED for one in asyncio.run(go(server)))


@ways
@pytest.mark.parametrize("name", ["../models", "a/b", "x?y=1", "", "a b", "\ud800", "b" * 500])
def test_an_id_that_leads_elsewhere_is_none(way, name):
    by_key, intent = calls(way)

    async def spoil(asked, honest):
        answer = await honest()
        if asked.method == "POST" and asked.path.endswith("/batches"):
            body = put(json.loads(answer.body), ("id",), name)
            return Plain(200, answer.headers, json.dumps(body).encode()).wire()
        return answer.wire()

    with HostileServer(spoil) as server, pytest.raises(errors.ServerFaultError, match="id"):
        items_from(server, way, by_key, intent)


@ways
def test_a_listing_that_never_ends_is_a_fault(way, monkeypatch):
    name = "anthropic" if way == "messages" else "openai"
    monkeypatch.setattr(f"pipeline.providers.{name}.batches.MOST_PAGES", 5)
    by_key, intent = calls(way)
    other = BatchIntent("01OTHER", intent.model, intent.keys[:1], intent.created_at, Rung.NONE)

    async def go(server):
        async with opened(server, way) as provider:
            await provider.batches().submit(intent, by_key)
            await provider.batches().find(other)

    async def spoil(asked, honest):
        answer = await honest()
        if asked.method == "GET":
            body = {**json.loads(answer.body), "has_more": True, "last_id": "msgbatch_999999"}
            for view in body["data"]:
                view["id"] = "z_999999"
            return Plain(200, answer.headers, json.dumps(body).encode()).wire()
        return answer.wire()

    with HostileServer(spoil) as server:
        with pytest.raises(errors.ServerFaultError, match="does not come to its end"):
            asyncio.run(go(server))
        assert len(server.heard) < 20


def test_the_address_of_anthropic_s_results_is_the_endpoint_s_own():
    by_key, intent = calls("messages")
    with HostileServer() as elsewhere:
        where = f"{elsewhere.url}/v1/messages/batches/x/results"
        spoil = of_views(lambda view: {**view, "results_url": where})
        told = pytest.raises(errors.UntrustedEndpointError, match="another address")
        with HostileServer(spoil) as server, told:
            items_from(server, "messages", by_key, intent)
        assert elsewhere.heard == []


def test_a_larger_body_is_allowed_only_where_it_is_said():
    with body_limit.larger_body(10**9):
        assert body_limit.body_limit.get() == 10**9
    assert body_limit.body_limit.get() == body_limit.MOST_BODY == 8_000_000
