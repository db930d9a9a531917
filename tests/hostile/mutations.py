"""Ways to spoil an answer: in its JSON, in its bytes, in its headers, in its status.

A mutation never turns a count of tokens into another one that could be true: nobody could tell.
"""

import copy
import gzip
import json
import random
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from tests.hostile.server import Asked, Honest, Plain

SURROGATE, LONG = "a\ud800b", "m" * 100_000
JUNK: tuple[Any, ...] = (
    None,
    True,
    -1,
    -(10**30),
    10**30,
    1e308,
    1.5,
    "",
    "x",
    SURROGATE,
    "a\x00b",
    "\u202e\u2028\n",
    LONG,
    [],
    {},
    [[]],
    {"a": {"b": []}},
    ["x", 1],
    "=1+1",
)
COUNTS: tuple[Any, ...] = (
    -1,
    -36_000_000_000,
    10**9,
    10**18,
    2**63,
    10**30,
    10**400,
    0.5,
    12.0,
    1e30,
    True,
    False,
    "12",
    "",
    None,
    [],
    {},
    float("nan"),
    float("inf"),
    float("-inf"),
)
STATUSES = (
    300,
    304,
    307,
    308,
    400,
    405,
    408,
    409,
    413,
    422,
    429,
    500,
    501,
    502,
    503,
    504,
    520,
    529,
    599,
)
UNKNOWN_STATUSES = (101, 600, 604, 999)
GOOD_STATUSES = (201, 202, 204, 206, 226)
CHARSETS = ("utf-16", "latin-1", "utf-7", "zlib_codec", "hex_codec", "idna", "nowhere", "\xff")
BOMB = zlib.compressobj(9, wbits=31)
BOMB_BYTES = BOMB.compress(b" " * 20_000_000) + BOMB.flush()


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every value inside a JSON value, outermost first."""
    items = value.items() if isinstance(value, dict) else ()
    items = enumerate(value) if isinstance(value, list) else items
    for step, part in items:
        yield (*at, step)
        yield from places(part, (*at, step))


def put(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """A copy with another value at a path."""
    made = copy.deepcopy(value)
    inside = made
    for step in path[:-1]:
        inside = inside[step]
    inside[path[-1]] = new
    return made


def _is_count(path: tuple[Any, ...]) -> bool:
    return any(str(step).endswith("tokens") for step in path)


def _told(value: Any) -> bytes:
    return json.dumps(value).encode()


def junk(dice: random.Random, body: Any) -> bytes:
    path = dice.choice(list(places(body)))
    return _told(put(body, path, dice.choice(COUNTS if _is_count(path) else JUNK)))


def count(dice: random.Random, body: Any) -> bytes:
    counts = [path for path in places(body) if _is_count(path)]
    return (
        _told(put(body, dice.choice(counts), dice.choice(COUNTS))) if counts else junk(dice, body)
    )


def text(dice: random.Random, body: Any) -> bytes:
    texts = [path for path in places(body) if isinstance(_at(body, path), str)]
    if not texts:
        return junk(dice, body)
    return _told(put(body, dice.choice(texts), dice.choice((SURROGATE, "a\x00b", LONG, "\x1b[2J"))))


def removed(dice: random.Random, body: Any) -> bytes:
    path = dice.choice(list(places(body)))
    made = put(body, path, None)
    inside = _at(made, path[:-1])
    del inside[path[-1]]
    return _told(made)


def deep(dice: random.Random, body: Any) -> bytes:
    path, depth = dice.choice(list(places(body))), dice.choice((90, 200, 5_000, 200_000))
    way = dice.choice((("[", "]"), ('{"a":', "}")))
    inner = way[0] * depth + ("1" if way[0] != "[" else "") + way[1] * depth
    return _told(put(body, path, "@@")).replace(b'"@@"', inner.encode(), 1)


def twice(dice: random.Random, body: Any) -> bytes:
    """A name that an object has twice, with another value the second time."""
    inside = [p for p in places(body) if isinstance(p[-1], str)]
    path = dice.choice(inside)
    other = json.dumps(dice.choice(COUNTS if _is_count(path) else JUNK))
    marked = put(body, path, "@@")
    honest = json.dumps(_at(body, path))
    return _told(marked).replace(b'"@@"', f'{honest}, "{path[-1]}": {other}'.encode(), 1)


def cut(dice: random.Random, body: Any) -> bytes:
    told = _told(body)
    return told[: dice.randrange(len(told))]


def bytes_changed(dice: random.Random, body: Any) -> bytes:
    told = bytearray(_told(body))
    for _ in range(dice.randint(1, 8)):
        at = dice.randrange(len(told))
        around = bytes(told[max(0, at - 1) : at + 2])
        if not any(48 <= byte <= 57 for byte in around):
            told[at] = dice.choice([b for b in range(256) if not 48 <= b <= 57])
    return bytes(told)


NO_JSON = (
    b"",
    b"null",
    b"[]",
    b"true",
    b"12",
    b'"x"',
    b"<html>no</html>",
    b"\xff\xfe\x00",
    b"{",
    b"NaN",
    b"-",
    b"9" * 5_000,
    b'{"error": "' + b"e" * 50_000 + b'"}',
    b'{"error": {"message": "\\ud800", "code": [1]}}',
    b'{"error": {"code": "server_error", "message": 7}}',
    b'{"type": "error", "error": {"type": "overloaded_error", "message": null}}',
)


def no_json(dice: random.Random, body: Any) -> bytes:
    return dice.choice(NO_JSON)


def _at(value: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        value = value[step]
    return value


BODIES: tuple[Callable[[random.Random, Any], bytes], ...] = (
    junk,
    count,
    count,
    text,
    removed,
    deep,
    twice,
    cut,
    bytes_changed,
    no_json,
)


def spoiled_lines(dice: random.Random, body: bytes, mutated: Counter[str]) -> bytes:
    """A result file of which half the lines are spoiled, and sometimes the end is missing."""
    lines = body.splitlines()
    for number, line in enumerate(lines):
        if dice.random() < 0.5:
            change = dice.choice(BODIES)
            lines[number] = change(dice, json.loads(line))
            mutated[change.__name__] += 1
    made = b"\n".join(lines) + b"\n"
    if dice.random() < 0.1:
        made = made[: dice.randrange(len(made))]
    return made


def encoded(dice: random.Random, answer: Plain) -> Plain:
    """Headers that lie about the body, or a body compressed in ways nobody asked for."""
    plain, kind = answer.body, dice.randrange(8)
    coding, made = "", plain
    if kind == 0:
        coding, made = "gzip", gzip.compress(plain)
    elif kind == 1:
        coding, made = "gzip, gzip", gzip.compress(gzip.compress(plain))
    elif kind == 2:
        coding = dice.choice(("gzip", "deflate", "br", "zstd", "x-nothing"))
    elif kind == 3:
        coding, made = "gzip", BOMB_BYTES
    elif kind == 4:
        coding, made = "gzip", gzip.compress(plain)[:-9]
    headers = answer.without("content-type", "content-encoding")
    told = dice.choice(("application/json", "text/html", "text/plain", "", "image/png"))
    headers.append(("content-type", f"{told}; charset={dice.choice(CHARSETS)}"))
    if coding:
        headers.append(("content-encoding", coding))
    if kind == 5:
        headers.append(("content-length", str(max(0, len(made) - dice.randint(1, 50)))))
    elif kind == 6:
        headers.append(("content-length", dice.choice(("-1", "x", str(len(made) + 99), "9" * 30))))
    elif kind == 7:
        headers.append(("transfer-encoding", "chunked"))
    return Plain(answer.status, headers, made)


def headed(dice: random.Random, answer: Plain) -> Plain:
    """Headers that we read, and read too trustingly perhaps."""
    dropped = answer.without("request-id", "x-request-id")
    value = dice.choice(("\udcff\udcfe", "r" * 5_000, "\x01\x02", "", "é", "x" * 90_000))
    more = [
        ("request-id", value),
        ("x-request-id", value),
        ("retry-after", "-1"),
        ("retry-after-ms", "nan"),
        ("set-cookie", "a=" + "b" * 50),
    ]
    return Plain(answer.status, dropped + more, answer.body)


RETRY_AFTER = ("0", "-1", "nan", "", "0.01", "\udcff", "Thu, 01 Jan 1970 00:00:00 GMT", "x" * 300)


async def spoiled(
    dice: random.Random, asked: Asked, honest: Honest, mutated: Counter[str]
) -> bytes:
    """One spoiled answer, counted by how. Statuses from 300 to 599 are not billed."""
    way = dice.random()
    if way < 0.08:
        mutated["status"] += 1
        return _failed(dice).wire()
    answer = await honest()
    if answer.status != 200:
        return answer.wire()
    if way < 0.27:
        how, wire = _sent_badly(dice, answer, way)
        mutated[how] += 1
        return wire
    if asked.path.endswith(("/results", "/content")):
        return Plain(200, answer.headers, spoiled_lines(dice, answer.body, mutated)).wire()
    change = dice.choice(BODIES)
    mutated[change.__name__] += 1
    return Plain(200, answer.headers, change(dice, json.loads(answer.body))).wire()


def _failed(dice: random.Random) -> Plain:
    status = dice.choice(STATUSES)
    headers = [("retry-after", dice.choice(RETRY_AFTER))]
    if status < 309 and dice.random() < 0.2:
        headers.append(("location", dice.choice(("http://other.invalid/v1", "::", "/x"))))
    return Plain(status, headers, no_json(dice, {}))


def _sent_badly(dice: random.Random, answer: Plain, way: float) -> tuple[str, bytes]:
    """An answer whose JSON is as it was, and nothing around it."""
    if way < 0.12:
        status = dice.choice(UNKNOWN_STATUSES + GOOD_STATUSES)
        return "unknown status", Plain(status, answer.headers, answer.body).wire()
    if way < 0.20:
        return "encoding", encoded(dice, answer).wire()
    if way < 0.24:
        return "headers", headed(dice, answer).wire()
    wire = answer.wire()
    cut_short = wire[: dice.randrange(len(wire))]
    return "bytes", dice.choice((b"", b"HTTP/1.1 abc\r\n\r\n", b"\x00" * 300, cut_short))
