"""What every provider takes and gives: a request in, a reply with an outcome out.

Frozen records without a key, a client or a header in them, so each may be stored, logged and
pickled. The exceptions that a provider raises are in `errors.py`.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from functools import lru_cache
from typing import Any, Literal, Protocol

from analysis.vocabulary import Outcome

CANONICAL_VERSION = 1
OPENAI_HOST = "api.openai.com"
"""Who is asked there speaks as OpenAI does, also where others that speak its formats differ."""
BATCH_HOURS = 24
"""How long a batch may take: the window that providers promise; most take less than one hour."""


class Rung(StrEnum):
    """How structured output was had, best first; `NONE` where no schema was asked for."""

    NONE = "none"
    SCHEMA = "schema"
    TOOL = "tool"
    JSON_MODE = "json_mode"
    TOLERANT = "tolerant"


@dataclass(frozen=True)
class Message:
    """One turn of the conversation."""

    role: Literal["user", "assistant"]
    content: str


@dataclass(frozen=True)
class JsonSchema:
    """One fixed schema per stage, kept as canonical text so that a request stays hashable."""

    name: str
    text: str

    @classmethod
    def of(cls, name: str, body: Mapping[str, Any]) -> "JsonSchema":
        return cls(name=name, text=_dumps(body))

    @property
    def body(self) -> dict[str, Any]:
        loaded: dict[str, Any] = json.loads(self.text)
        return loaded


@dataclass(frozen=True)
class Options:
    """Sampling and thinking, all optional: what a model does not take is refused, not dropped.

    `effort` is a level ("low", "medium", "high"); `thinking_tokens` a budget.
    """

    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    seed: int | None = None
    effort: str | None = None
    thinking_tokens: int | None = None

    def given(self) -> dict[str, float | int | str]:
        """Only the parameters that were set; 1 and 1.0 mean the same temperature."""
        named = ((name, getattr(self, name)) for name in _OPTIONS)  # asdict copies, and takes long
        kept = {name: value for name, value in named if value is not None}
        return {n: float(v) if n in ("temperature", "top_p") else v for n, v in kept.items()}


_OPTIONS = tuple(option.name for option in fields(Options))


@dataclass(frozen=True, kw_only=True)
class ChatRequest:
    """One call to one model, complete, without secrets.

    `cached_prefix` is a long text repeated in many calls (the spec): it is sent first, before
    `system`, and carries the provider's cache marker. `replicate` tells apart calls that are
    otherwise the same; it reaches the key and never the provider.
    """

    stage: str
    provider: str
    model: str
    messages: tuple[Message, ...]
    max_tokens: int
    system: str = ""
    cached_prefix: str = ""
    schema: JsonSchema | None = None
    options: Options = field(default_factory=Options)
    replicate: int = 0

    @property
    def prefix_digest(self) -> str:
        """SHA-256 of `cached_prefix` ("" without one): the text is stored once under it."""
        return text_digest(self.cached_prefix) if self.cached_prefix else ""

    def canonical(self) -> bytes:
        """Deterministic JSON of the request; the long prefix stands there as its digest."""
        return _dumps(self._record()).encode("ascii")

    def key(self, base_url: str) -> str:
        """SHA-256 (64 hex digits) of the canonical request and the endpoint it goes to."""
        record = {**self._record(), "base_url": base_url.rstrip("/")}
        return hashlib.sha256(_dumps(record).encode("ascii")).hexdigest()

    def _record(self) -> dict[str, Any]:
        schema = {"name": self.schema.name, "text": self.schema.text} if self.schema else None
        return {
            "v": CANONICAL_VERSION,
            "stage": self.stage,
            "provider": self.provider,
            "model": self.model,
            "prefix": self.prefix_digest,
            "system": self.system,
            "messages": [[m.role, m.content] for m in self.messages],
            "schema": schema,
            "max_tokens": self.max_tokens,
            "options": self.options.given(),
            "replicate": self.replicate,
        }

    @classmethod
    def from_canonical(cls, stored: bytes, cached_prefix: str = "") -> "ChatRequest":
        """The request that `canonical()` wrote, given the prefix text its digest names.

        Raises ValueError when the prefix is not the one the request was made with.
        """
        record = json.loads(stored)
        digest = text_digest(cached_prefix) if cached_prefix else ""
        if digest != record["prefix"]:
            raise ValueError("the stored request was made with another cached prefix")
        return cls(
            stage=record["stage"],
            provider=record["provider"],
            model=record["model"],
            messages=tuple(Message(role, content) for role, content in record["messages"]),
            max_tokens=record["max_tokens"],
            system=record["system"],
            cached_prefix=cached_prefix,
            schema=JsonSchema(**record["schema"]) if record["schema"] else None,
            options=Options(**record["options"]),
            replicate=record["replicate"],
        )


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What came of one call.

    `text` is the answer (with a forced tool: the tool's input as JSON); `raw` the body exactly
    as received, stored before anybody parses it. Tokens are counts, None where the provider did
    not say; `input_tokens` excludes those read from (`cached_tokens`) or written to
    (`cache_write_tokens`) the cache, whatever the provider's own convention; `output_tokens`
    includes thinking. `attempts` counts what was sent, `latency_s` only the last attempt.
    `error` is one plain sentence, only with `Outcome.ERROR`. `stand_in`: the server said that it
    makes its replies up.
    """

    outcome: Outcome
    text: str = ""
    raw: str = ""
    stop_reason: str = ""
    refusal_category: str = ""
    served_model: str = ""
    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_tokens: int | None = None
    cache_write_tokens: int | None = None
    latency_s: float = 0.0
    request_id: str = ""
    rung: Rung = Rung.NONE
    error: str = ""
    attempts: int = 1
    stand_in: bool = False

    @property
    def usage_known(self) -> bool:
        """False when the provider may have billed but did not say for how many tokens."""
        return self.input_tokens is not None and self.output_tokens is not None


class Provider(Protocol):
    """One endpoint. `base_url` goes into the key of a call ("" for the in-process simulator).

    `send` makes exactly one attempt within the provider's time limit and raises one of
    `errors.ProviderError`; retries belong to `pipeline.providers.limits.retry`.
    """

    @property
    def name(self) -> str: ...

    @property
    def base_url(self) -> str: ...

    async def send(self, request: ChatRequest) -> Reply: ...

    async def aclose(self) -> None: ...


def same_model(requested: str, served: str) -> bool:
    """Whether the served model is the one asked for: itself, or a dated snapshot of its alias."""
    served = served.removeprefix("models/")
    requested = requested.removeprefix("models/").removesuffix("-latest")
    return (
        served == requested
        or re.fullmatch(re.escape(requested) + r"-[\d-]{4,}", served) is not None
    )


@lru_cache(maxsize=32)
def text_digest(text: str) -> str:
    """SHA-256 of a text; remembered, because a spec is hashed once per call otherwise."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _dumps(value: object) -> str:
    """JSON with one spelling: keys sorted, no spaces, ASCII (a lone surrogate survives)."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
