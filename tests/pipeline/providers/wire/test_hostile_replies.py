"""What an endpoint may say to do harm: every field, every size, every way of sending it."""

import asyncio
import gzip
import json
import random
import ssl
import tracemalloc
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from provider_kit import WAYS, opened, request

from analysis.registry import Price
from analysis.vocabulary import Outcome
from pipeline.providers import errors
from pipeline.providers.limits import retry
from pipeline.providers.limits.concurrency import Limiter
from pipeline.providers.texts import NAME, SENTENCE, brief, storable
from pipeline.providers.types import Reply
from pipeline.providers.wire import translate
from pipeline.providers.wire.validator import (
    IMPLAUSIBLE,
    Bounds,
    NotAReplyError,
    accepted,
    bounds_of,
    read_json,
)
from pipeline.run.budget import cost_of
from tests.hostile import mutations
from tests.hostile.mutations import COUNTS, LONG, STATUSES, SURROGATE, places, put
from tests.hostile.server import HostileServer, Plain

ways = pytest.mark.parametrize("way", list(WAYS))
READ = {
    "input_tokens",
    "output_tokens",
    "prompt_tokens",
    "completion_tokens",
    "cached_tokens",
    "cache_read_input_tokens",
    "cache_creation_input_tokens",
    "cache_write_tokens",
}
CERTIFICATE = Path(mutations.__file__).with_name("self_signed.pem")


def answers(change):
    """A provider that changes the body of each answer."""

    async def spoil(asked, honest):
        answer = await honest()
        return Plain(200, answer.headers, change(json.loads(answer.body))).wire()

    return spoil


def sends(wire):
    """A provider that answers everything with the same."""

    async def spoil(asked, honest):
        return wire

    return spoil


def result(server, way="messages", asked=None, time_limit_s=20.0):
    """What becomes of one call, through the SDK and the retry loop: its reply, and whether any
    attempt that failed may have been billed."""
    risks = []

    async def failed(attempt, error):
        risks.append(error)

    async def go():
        async with opened(server, way, time_limit_s=time_limit_s) as provider:
            return await retry.call(
                provider,
                asked or request(way),
                Limiter("model"),
                retry.RetryPolicy(attempts=1, rate_limit_attempts=1, fatal_attempts=1),
                failed=failed,
            )

    return asyncio.run(go()), risks


def is_storable(reply):
    for name in (
        "text",
        "raw",
        "stop_reason",
        "served_model",
        "request_id",
        "error",
        "refusal_category",
    ):
        value = getattr(reply, name)
        value.encode("utf-8")
        assert "\x00" not in value
        if name not in ("text", "raw"):
            assert len(value) <= SENTENCE
    return True


def at_risk(reply, risks):
    """Whether the whole price of the call is at risk, and none of it taken for granted."""
    if risks:
        return all(error.possibly_billed for error in risks)
    return cost_of(reply, Price(1.0, 1.0), 7.0) == (0.0, 7.0)


# ---- counts -----------------------------------------------------------------------------------


def count_paths(way):
    with HostileServer() as server:
        reply, _ = result(server, way)
    body = json.loads(reply.raw)
    used = body["usage"]
    return [("usage", *path) for path in places(used) if str(path[-1]).endswith("tokens")]


@ways
@pytest.mark.parametrize(
    "counts", [COUNTS[::3], pytest.param(COUNTS, marks=pytest.mark.slow)], ids=["some", "all"]
)
def test_no_count_that_can_not_be_true_is_paid(way, counts):
    """Negative, astronomic, fractional, a text, a truth value: the counts that we read."""
    paths = [path for path in count_paths(way) if path[-1] in READ]
    assert len(paths) >= 3
    wanted = [(path, value) for path in paths for value in counts]
    left = list(wanted)
    with HostileServer(answers(lambda body: json.dumps(put(body, *left[0])).encode())) as server:
        for path, value in wanted:
            reply, risks = result(server, way)
            if value is None and len(path) + ("cache" in path[-1]) > 2:
                assert reply.outcome is Outcome.ANSWERED  # a cache nobody speaks of
            else:
                assert reply.outcome is Outcome.ERROR, (path, value)
                assert at_risk(reply, risks), (path, value)
                assert reply.stop_reason in (IMPLAUSIBLE, "broken_body")
                assert "at risk" in reply.error or "malformed" in reply.error
            left.pop(0)


@ways
def test_more_cached_tokens_than_there_are_is_implausible(way):
    if way == "messages":
        more = ("usage", "cache_read_input_tokens")
    else:
        name = "prompt_tokens_details" if way == "chat" else "input_tokens_details"
        more = ("usage", name, "cached_tokens")
    with HostileServer(answers(lambda b: json.dumps(put(b, more, 10**7)).encode())) as server:
        reply, risks = result(server, way)
    assert (reply.outcome, reply.stop_reason) == (Outcome.ERROR, IMPLAUSIBLE)
    assert at_risk(reply, risks)


@ways
def test_a_reply_that_counts_nothing_keeps_its_answer_and_is_at_risk(way):
    def nothing(body):
        for path in places(body["usage"]):
            if isinstance(path[-1], str) and path[-1].endswith("tokens"):
                body = put(body, ("usage", *path), 0)
        return json.dumps(body).encode()

    with HostileServer(answers(nothing)) as server:
        reply, risks = result(server, way)
    assert reply.outcome is Outcome.ANSWERED
    assert at_risk(reply, risks)


WHOLE = st.one_of(st.integers(), st.none())


@given(
    st.one_of(st.integers(), st.none(), st.floats(), st.booleans(), st.text(max_size=3)),
    WHOLE,
    WHOLE,
    WHOLE,
    st.integers(0, 10**6),
    st.integers(0, 10**5),
)
def test_what_is_accepted_is_never_negative_nor_absurd(read, wrote, cached, written, size, most):
    bounds, price = Bounds(size, most), Price(2.0, 8.0, cached=0.2, cache_write=2.5)
    reply = Reply(
        outcome=Outcome.ANSWERED,
        input_tokens=read,
        output_tokens=wrote,
        cached_tokens=cached,
        cache_write_tokens=written,
    )
    kept = accepted(reply, bounds)
    usd, risk = cost_of(kept, price, 1.0)
    dearest = (bounds.most_input * 2.5 + bounds.most_output * 8.0) / 1e6
    assert (0 <= usd <= dearest * 1.001 and risk == 0) or (usd, risk) == (0.0, 1.0)


@ways
def test_an_honest_reply_is_within_its_bounds(way):
    asked = request(way, cached_prefix="A clause of the spec. " * 400, max_tokens=500)
    with HostileServer() as server:
        reply, _ = result(server, way, asked)
    assert accepted(reply, bounds_of(asked)) == reply
    assert reply.usage_known


# ---- texts ------------------------------------------------------------------------------------


@ways
@pytest.mark.parametrize("bad", [SURROGATE, "a\x00b", LONG, "\x1b[2J", "\u202e"])
def test_every_text_of_a_reply_is_made_storable(way, bad):
    with HostileServer() as server:
        body = json.loads(result(server, way)[0].raw)
    texts = [path for path in places(body) if isinstance(_at(body, path), str)]
    left = list(texts)
    with HostileServer(answers(lambda b: json.dumps(put(b, left[0], bad)).encode())) as server:
        for path in texts:
            reply, _ = result(server, way)
            assert is_storable(reply), path
            left.pop(0)


def _at(value, path):
    for step in path:
        value = value[step]
    return value


@ways
def test_a_half_emoji_at_the_end_of_an_answer_is_no_reason_to_drop_it(way):
    def halved(body):
        return json.dumps(body).replace("Should the", "\\ud83d The").encode()

    with HostileServer(answers(halved)) as server:
        reply, _ = result(server, way)
    assert reply.outcome is Outcome.ANSWERED
    assert "\ufffd The harbour" in reply.text


@ways
@pytest.mark.parametrize(
    "said",
    [
        b'{"error": {"message": "no \\ud800 \\u0000 way", "type": "x\\udfff", "code": "\\ud800"}}',
        b'{"error": {"message": {"a": [1]}, "type": ["x"], "code": {"b": 2}}}',
        b'{"error": "' + b"e" * 500_000 + b'"}',
        b'{"error": {"message": "forged\\n2026-01-01 ERROR line"}}',
        b"[" * 100_000,
        b'{"error": ' + b"9" * 5_000 + b"}",
        b"\xff\xfe\x00",
    ],
)
def test_every_text_of_an_error_is_made_storable(way, said):
    with HostileServer(sends(Plain(400, [], said).wire())) as server:
        reply, (error,) = result(server, way)
    assert isinstance(error, errors.RequestRejectedError)
    assert is_storable(reply)
    assert "\n" not in error.sentence
    error.sentence.encode("utf-8")


@ways
@pytest.mark.parametrize("value", ["\udcff\udcfe", "r" * 50_000, "é", "a\tb"])
def test_a_request_id_is_one_short_storable_line(way, value):
    async def spoil(asked, honest):
        answer = await honest()
        named = [("request-id", value), ("x-request-id", value)]
        return Plain(200, answer.without("request-id", "x-request-id") + named, answer.body).wire()

    with HostileServer(spoil) as server:
        reply, _ = result(server, way)
    assert reply.outcome is Outcome.ANSWERED
    assert is_storable(reply)
    assert len(reply.request_id) <= NAME


@given(st.text(st.characters(codec=None, categories=None), max_size=300), st.integers(1, 50))
def test_any_text_becomes_storable_and_short(text, most):
    storable(text).encode("utf-8")
    assert "\x00" not in storable(text)
    short = brief(text, most)
    short.encode("utf-8")
    assert len(short) <= most
    assert short.isprintable() or not any(ord(c) < 32 for c in short)


@given(
    st.one_of(st.text(max_size=400), st.sampled_from(["1e400", "9" * 400, "0x1", "١٢", "1_0"])),
    st.one_of(st.none(), st.text(max_size=100)),
)
def test_any_retry_after_is_a_wait_or_none(said, date):
    headers = {"retry-after": said, "retry-after-ms": said} | ({"date": date} if date else {})
    wait = translate.retry_after(headers)
    assert wait is None or 0 <= wait < float("inf")
    del headers["retry-after-ms"]
    wait = translate.retry_after(headers)
    assert wait is None or 0 <= wait < float("inf")


# ---- JSON -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("[" * 200_000, "nested"),
        ('{"a":' * 150 + "1" + "}" * 150, "nested"),
        ('{"a": 1, "a": 2}', "twice"),
        ('{"a\\ud800": 1, "a\\udc00": 2}', "twice"),
        ('{"usage": {"output_tokens": 1, "output_tokens": 9}}', "twice"),
        ('{"a": NaN}', "malformed"),
        ('{"a": ' + "9" * 10_000 + "}", "malformed"),
        ("", "empty"),
        ("<html>", "web page"),
    ],
)
def test_json_that_is_none_is_told_by_a_sentence(raw, words):
    with pytest.raises(NotAReplyError, match=words):
        read_json(raw)


@ways
@pytest.mark.parametrize("change", mutations.BODIES)
def test_a_spoiled_body_ends_as_an_outcome(way, change):
    dice = random.Random(5)
    with HostileServer(answers(lambda body: change(dice, body))) as server:
        for _ in range(8):
            reply, _ = result(server, way)
            assert is_storable(reply)
            assert all(n is None or n >= 0 for n in (reply.input_tokens, reply.output_tokens))


# ---- sizes ------------------------------------------------------------------------------------


async def _endless():
    yield b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n"
    while True:
        yield b" " * 65_536


async def _endless_bomb():
    yield b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n"
    zipped = zlib.compressobj(9, wbits=31)
    while True:
        yield zipped.compress(b" " * 4_000_000)


async def _endless_nothing():
    """Deflate blocks that are empty: bytes for ever, and never one decompressed."""
    yield b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n"
    yield b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03"
    while True:
        yield b"\x00\x00\x00\xff\xff" * 13_000


@ways
@pytest.mark.parametrize("body", [_endless, _endless_bomb, _endless_nothing])
@pytest.mark.parametrize("status", [b"200 OK", b"400 Bad"])
def test_a_body_without_end_is_read_to_its_limit_and_no_further(way, body, status):
    async def spoil(asked, honest):
        async def with_status():
            async for piece in body():
                yield piece.replace(b"200 OK", status)

        return with_status()

    with HostileServer(spoil) as server:
        tracemalloc.start()
        try:
            reply, risks = result(server, way, time_limit_s=60.0)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert reply.outcome is Outcome.ERROR
    assert "more than 8 MB" in reply.error
    assert at_risk(reply, risks)
    assert peak < 60_000_000


@ways
def test_a_body_compressed_several_times_is_not_unpacked(way):
    async def spoil(asked, honest):
        answer = await honest()
        packed = gzip.compress(gzip.compress(answer.body))
        return Plain(200, [("content-encoding", "gzip, gzip")], packed).wire()

    with HostileServer(spoil) as server:
        reply, risks = result(server, way)
    assert "several times" in reply.error
    assert at_risk(reply, risks)


@ways
def test_honest_compression_is_read(way):
    async def spoil(asked, honest):
        answer = await honest()
        return Plain(200, [("content-encoding", "gzip")], gzip.compress(answer.body)).wire()

    with HostileServer(spoil) as server:
        reply, _ = result(server, way)
    assert reply.outcome is Outcome.ANSWERED


@ways
@pytest.mark.parametrize("charset", mutations.CHARSETS)
@pytest.mark.parametrize("status", [200, 400])
def test_a_charset_decodes_nothing(way, charset, status):
    """`zlib_codec` is a charset that Python knows, and a bomb of 8 MB under it 8 GB."""

    async def spoil(asked, honest):
        answer = await honest()
        headers = [("content-type", f"application/json; charset={charset}")]
        return Plain(status, headers, answer.body if status == 200 else b"\x00\xff").wire()

    with HostileServer(spoil) as server:
        reply, _ = result(server, way)
    assert reply.outcome is (Outcome.ANSWERED if status == 200 else Outcome.ERROR)
    assert is_storable(reply)


# ---- statuses, addresses, certificates --------------------------------------------------------


@ways
def test_every_status_ends_as_an_outcome(way):
    left = list(STATUSES + mutations.UNKNOWN_STATUSES + mutations.GOOD_STATUSES)

    async def spoil(asked, honest):
        return Plain(left[0], [], (await honest()).body).wire()

    with HostileServer(spoil) as server:
        for status in list(left):
            reply, risks = result(server, way)
            assert is_storable(reply)
            if status in mutations.UNKNOWN_STATUSES or status in (408, 502, 504, 520):
                assert at_risk(reply, risks), status
            left.pop(0)


@ways
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("other", ["http://127.0.0.1:{port}/v1/x", "//127.0.0.1:{port}", "/v1/x"])
def test_no_redirect_is_followed(way, status, other):
    with HostileServer() as elsewhere:
        target = other.format(port=elsewhere.port)
        with HostileServer(sends(Plain(status, [("location", target)]).wire())) as server:
            reply, (error,) = result(server, way)
            assert len(server.heard) == 1
        assert elsewhere.heard == []
    assert isinstance(error, errors.UntrustedEndpointError)
    assert "redirects to http://127.0.0.1" in error.sentence
    assert not error.possibly_billed
    assert reply.outcome is Outcome.ERROR


@ways
@pytest.mark.parametrize("target", ["::", "http://[", "", "javascript:x", "http://a@b:999999/"])
def test_a_redirect_to_nowhere_is_told(way, target):
    with HostileServer(sends(Plain(307, [("location", target)]).wire())) as server:
        _, (error,) = result(server, way)
    assert isinstance(error, errors.UntrustedEndpointError)


@ways
def test_a_certificate_that_is_not_valid_is_told_in_a_sentence(way):
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(CERTIFICATE)
    with HostileServer(tls=tls) as server:
        _, (error,) = result(server, way)
        assert server.heard == []
    assert isinstance(error, errors.UntrustedEndpointError)
    assert not error.possibly_billed
    assert "certificate" in error.sentence
    assert "self-signed" in error.sentence
    assert "SSL_CERT_FILE" in error.sentence


@ways
def test_https_towards_a_server_without_it_is_told_in_a_sentence(way):
    with HostileServer() as server:
        server._tls = True  # only the address says https
        _, (error,) = result(server, way)
    assert isinstance(error, errors.UntrustedEndpointError)
    assert "http://" in error.sentence


# ---- what nobody foresaw ----------------------------------------------------------------------


class Broken:
    name, base_url = "broken", "http://127.0.0.1:9"

    def __init__(self, error):
        self.error = error

    async def send(self, asked):
        raise self.error

    async def aclose(self):
        return


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("sk-canary"),
        KeyError("x"),
        OverflowError(),
        RecursionError(),
        UnicodeEncodeError("utf-8", "\ud800", 0, 1, "no"),
    ],
)
def test_an_exception_that_nobody_foresaw_is_an_error_at_risk(error):
    seen = []

    async def failed(attempt, found):
        seen.append(found)

    reply = asyncio.run(retry.call(Broken(error), request(), Limiter("m"), failed=failed))
    assert (reply.outcome, reply.attempts) == (Outcome.ERROR, 1)
    assert [found.possibly_billed for found in seen] == [True]
    assert type(error).__name__ in reply.error
    assert "canary" not in reply.error


@ways
@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 abc\r\n\r\n", b"\x00" * 300, b"x" * 200_000])
def test_what_is_no_http_may_have_been_billed(way, said):
    with HostileServer(sends(said)) as server:
        reply, risks = result(server, way)
    assert reply.outcome is Outcome.ERROR
    assert at_risk(reply, risks)


# ---- listings and vectors ---------------------------------------------------------------------


def check(server, way):
    async def go():
        async with opened(server, way) as provider:
            return await provider.check()

    return asyncio.run(go())


@ways
@pytest.mark.parametrize(
    "said",
    [
        b"{}",
        b'{"data": [1, null, "x"]}',
        b'{"data": [{"id": 7}]}',
        b'{"data": {"id": "x"}}',
        b"[]",
        b'{"data": null}',
        b"no",
    ],
)
def test_what_is_no_list_of_models_is_told(way, said):
    told = pytest.raises(errors.ServerFaultError, match="can't be used")
    with HostileServer(sends(Plain(200, [], said).wire())) as server, told:
        check(server, way)


@ways
def test_model_ids_are_short_and_storable(way):
    rows = [{"id": SURROGATE}, {"id": LONG}, {"id": "a\nb"}]
    said = json.dumps({"data": rows, "object": "list", "has_more": False}).encode()
    with HostileServer(sends(Plain(200, [], said).wire())) as server:
        ids = check(server, way)
    assert ids[0] == "a\ufffdb"
    assert len(ids[1]) == NAME
    assert ids[2] == "a b"


GOOD = {"data": [{"index": 0, "embedding": [0.5, 0.5]}, {"index": 1, "embedding": [1.0, 0.0]}]}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("data", 0, "embedding", 1), "0.5"),
        (("data", 0, "embedding", 1), None),
        (("data", 0, "embedding", 1), True),
        (("data", 0, "embedding", 1), 10**400),
        (("data", 0, "embedding", 1), 1e300),
        (("data", 0, "embedding"), [0.5]),
        (("data", 0, "embedding"), []),
        (("data", 0, "embedding"), "AAAA"),
        (("data", 0, "index"), 1),
        (("data", 0, "index"), -1),
        (("data", 0, "index"), "0"),
        (("data", 0, "index"), True),
        (("data",), []),
        (("data",), None),
        (("data", 0), 7),
        (("data", 0, "embedding", 1), float("nan")),
        (("data", 0, "embedding", 1), float("inf")),
    ],
)
def test_vectors_that_are_none_are_refused_and_at_risk(path, value):
    async def go(server):
        async with opened(server, "chat") as provider:
            return await provider.embed(["a", "b"], "embed-1")

    def wire(body):
        return Plain(200, [], json.dumps(body).encode()).wire()

    with HostileServer(sends(wire(GOOD))) as server:
        assert asyncio.run(go(server)) == [[0.5, 0.5], [1.0, 0.0]]
    told = pytest.raises(errors.UnusableReplyError)
    with HostileServer(sends(wire(put(GOOD, path, value)))) as server, told as caught:
        asyncio.run(go(server))
    assert caught.value.possibly_billed
