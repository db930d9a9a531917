"""What the loopback provider says, and how it counts tokens.

The answerer is any function from a request to a text, or to a `Reply` where it wants to refuse
or stop early. The one here is an echo that fits whatever schema was asked for.
"""

import hashlib
import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pipeline.providers.types import ChatRequest, Reply
from tests.fake_provider.ledger import Tokens


@dataclass(frozen=True)
class Thought:
    """An answer with the reasoning that stands beside it, in the format's own place."""

    text: str
    reasoning: str


Answerer = Callable[[ChatRequest], str | Reply | Thought]
_CHARS_PER_TOKEN = 4
_CACHED_FROM = 1024


def echo(request: ChatRequest) -> str:
    """A deterministic answer: JSON that fits the schema if there is one, else the question."""
    digest = hashlib.sha256(request.canonical()).hexdigest()
    last = request.messages[-1].content if request.messages else ""
    if request.schema is None:
        return f"[{digest[:8]}] {last[:200]}"
    return json.dumps(fitting(request.schema.body, digest), ensure_ascii=False)


def fitting(schema: Any, digest: str) -> Any:
    """A value that fits a JSON schema of the plain kinds, chosen by the digest."""
    if not isinstance(schema, dict):
        return None
    number = int(digest[:8], 16)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][number % len(schema["enum"])]
    if "anyOf" in schema:
        return fitting(schema["anyOf"][0], digest)
    return _of_kind(schema, digest, number)


def _of_kind(schema: dict[str, Any], digest: str, number: int) -> Any:
    kind = schema.get("type")
    if kind == "object":
        properties = schema.get("properties", {})
        return {n: fitting(part, _deeper(digest, n)) for n, part in properties.items()}
    if kind == "array":
        count = max(1, schema.get("minItems", 1))
        items = schema.get("items", {"type": "string"})
        return [fitting(items, _deeper(digest, str(i))) for i in range(count)]
    if kind in ("integer", "number"):
        low = schema.get("minimum", 0)
        return low + number % (schema.get("maximum", low + 6) - low + 1)
    if kind == "boolean":
        return number % 2 == 0
    return None if kind == "null" else f"echo {digest[:8]}"


def _deeper(digest: str, step: str) -> str:
    return hashlib.sha256(f"{digest}/{step}".encode()).hexdigest()


def tokens_of(text: str) -> int:
    """A round count of tokens, four characters each: the ledger needs a count, not the count."""
    return math.ceil(len(text) / _CHARS_PER_TOKEN)


class PrefixCache:
    """Which long prefixes each model has seen, as a provider's prompt cache would."""

    def __init__(self) -> None:
        self._seen: set[tuple[str, str]] = set()

    def count(self, request: ChatRequest, output: str, *, writes_billed: bool) -> Tokens:
        """Tokens of one call: the prefix is written the first time and read from then on."""
        said = sum(tokens_of(message.content) for message in request.messages)
        prefix, system = tokens_of(request.cached_prefix), tokens_of(request.system)
        if request.schema is not None:
            said += tokens_of(request.schema.text)
        known = self._known(request) if prefix >= _CACHED_FROM else None
        fresh = said + system + (0 if known or (writes_billed and known is False) else prefix)
        return Tokens(
            input=fresh,
            output=tokens_of(output),
            cached=prefix if known else 0,
            cache_write=prefix if known is False and writes_billed else 0,
        )

    def _known(self, request: ChatRequest) -> bool:
        key = (request.model, request.prefix_digest)
        known = key in self._seen
        self._seen.add(key)
        return known


def embedding(text: str, dimensions: int = 64) -> list[float]:
    """A unit vector from hashed words: texts that share words lie near each other."""
    vector = [0.0] * dimensions
    for word in text.lower().split() or [""]:
        digest = hashlib.sha256(word.encode("utf-8", "surrogatepass")).digest()
        vector[digest[0] % dimensions] += 1.0 if digest[1] % 2 else -1.0
    length = math.sqrt(sum(value * value for value in vector))
    if length == 0:
        return [1.0] + [0.0] * (dimensions - 1)
    return [value / length for value in vector]
