"""A model that nobody listed: asked what it takes, and written into the home's `providers.toml`.

What an endpoint offers is read from its own list of models. What a model takes is learned from one
short call: what it refuses costs nothing, so the call asks for everything first and for less where
that is refused. Both reach the endpoint with its key, so a person is asked before.
"""

import asyncio
import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from analysis.errors import FaultlineError
from analysis.registry import (
    OTHER,
    Capabilities,
    Endpoint,
    Model,
    Price,
    check_endpoint,
    spelled_id,
)
from analysis.registry.own_file import add_entries
from analysis.vocabulary import Outcome
from pipeline.providers.catalog import Catalog, load
from pipeline.providers.errors import ProviderError, RequestRejectedError
from pipeline.providers.types import ChatRequest, JsonSchema, Message, Options, Reply, Rung
from pipeline.providers.wire.sdk import SdkProvider

if TYPE_CHECKING:
    from pipeline.providers.anthropic.provider import AnthropicProvider
    from pipeline.providers.openai.provider import OpenAIProvider

TOKENS = 200
"""The most that the reply of a probe may have: some models think before they answer."""
TIME_LIMIT_S = 60.0
_SCHEMA = JsonSchema.of(
    "faultline_probe",
    {
        "type": "object",
        "properties": {"ready": {"type": "boolean"}},
        "required": ["ready"],
        "additionalProperties": False,
    },
)
_QUESTION = "Say that you are ready: an object whose field ready is true."
_OPTIONS = (
    Options(temperature=1.0, top_p=1.0, seed=1),
    Options(temperature=1.0, seed=1),
    Options(temperature=1.0),
    Options(),
)
_WIRES: Mapping[str, tuple[str, str]] = {
    "chat": ("openai", "chat"),
    "responses": ("openai", "responses"),
    "messages": ("anthropic", "messages"),
}
WIRES: Mapping[str, str] = {
    "chat": "OpenAI Chat Completions",
    "responses": "OpenAI Responses",
    "messages": "Anthropic Messages",
}
"""How an address may be spoken to, and what that is called."""


@dataclass(frozen=True)
class NewModel:
    """A model as a person describes it. `price` is US dollars per million tokens, in and out."""

    name: str
    endpoint: Endpoint
    price: tuple[float, float]
    label: str = ""
    provider: str = ""

    @property
    def id(self) -> str:
        return spelled_id(self.label or self.name)


@dataclass(frozen=True)
class Probe:
    """What one call learned: what the model takes, under which name it answered, what that cost in
    US dollars (None where the reply does not say), and how the endpoint calls the limit of an
    answer."""

    can: Capabilities
    served_model: str
    usd: float | None
    tokens_field: str


def new_endpoint(name: str, base_url: str, wire: str, key_env: str) -> Endpoint:
    """An address that nobody listed. Raises FaultlineError for one that is none."""
    spelled = re.sub(r"[^a-z0-9]+", "_", name.strip().lower()).strip("_")
    if not spelled:
        raise FaultlineError("The address has no name: give it one, such as my_server.")
    kind, api = _WIRES[wire]
    made = Endpoint(
        spelled,
        "anthropic" if kind == "anthropic" else "openai",
        base_url.strip(),
        title=name.strip(),
        key_env=key_env.strip(),
        api="messages" if api == "messages" else "responses" if api == "responses" else "chat",
        needs_key=bool(key_env.strip()),
    )
    check_endpoint(made)
    return made


def offered(endpoint: Endpoint, keys: Mapping[str, str] | None = None) -> list[str]:
    """Names of the models that an endpoint has. Raises FaultlineError where it does not say."""

    async def ask() -> list[str]:
        provider = _opened(endpoint, keys)
        try:
            return await cast("OpenAIProvider | AnthropicProvider", provider).check()
        finally:
            await provider.aclose()

    try:
        return sorted(asyncio.run(ask()))
    except ProviderError as error:
        raise FaultlineError(
            f"{endpoint.title or endpoint.name} gave no list of models: {error.sentence}"
        ) from None


def probe(
    endpoint: Endpoint,
    name: str,
    price: tuple[float, float],
    keys: Mapping[str, str] | None = None,
) -> Probe:
    """Learn what a model takes from one short call. Raises FaultlineError without an answer."""
    try:
        return asyncio.run(_probed(endpoint, name, price, keys))
    except ProviderError as error:
        raise FaultlineError(
            f"{name} did not answer, so nothing was added: {error.sentence}"
        ) from None


async def _probed(
    endpoint: Endpoint, name: str, price: tuple[float, float], keys: Mapping[str, str] | None
) -> Probe:
    refused: ProviderError | None = None
    for tokens_field in dict.fromkeys((endpoint.tokens_field, "max_completion_tokens")):
        provider = _opened(replace(endpoint, tokens_field=tokens_field), keys)
        try:
            for options in _OPTIONS if endpoint.kind == "openai" else (Options(),):
                try:
                    reply = await provider.send(_request(endpoint, name, options))
                except RequestRejectedError as error:
                    refused = error
                    continue
                _check(name, reply)
                usd = Price(*price).of_reply(reply)
                can = _learned(endpoint, options, reply.rung)
                return Probe(can, reply.served_model, usd, tokens_field)
        finally:
            await provider.aclose()
    raise refused or RequestRejectedError("it refused every way of asking.")


def _request(endpoint: Endpoint, name: str, options: Options) -> ChatRequest:
    return ChatRequest(
        stage="probe",
        provider=endpoint.name,
        model=name,
        messages=(Message("user", _QUESTION),),
        max_tokens=TOKENS,
        schema=_SCHEMA,
        options=options,
    )


def _check(name: str, reply: Reply) -> None:
    if reply.outcome is Outcome.ERROR:
        raise RequestRejectedError(reply.error or f"{name} gave nothing that can be read.")


def _learned(endpoint: Endpoint, options: Options, rung: Rung) -> Capabilities:
    """What a call that went through shows. A way that stands below the one that worked is taken to
    work, since a run steps down to it by itself where it must."""
    ways = (Rung.SCHEMA, Rung.TOOL, Rung.JSON_MODE, Rung.TOLERANT)
    works = set(ways[ways.index(rung) :]) if rung in ways else set(ways)
    return Capabilities(
        takes=tuple(options.given()),
        schema=Rung.SCHEMA in works,
        forced_tool=Rung.TOOL in works,
        json_mode=endpoint.kind == "openai" and Rung.JSON_MODE in works,
    )


def _opened(endpoint: Endpoint, keys: Mapping[str, str] | None) -> SdkProvider:
    """A provider that refuses nothing by itself: what the model takes is the question."""
    everything = Capabilities(takes=("temperature", "top_p", "seed"), json_mode=True)
    lone = Model("probe", "probe", endpoint=endpoint.name, name="probe")
    catalog = Catalog({endpoint.name: endpoint}, {lone.id: lone}, load().registry)
    provider = catalog.open(endpoint.name, keys, TIME_LIMIT_S)
    provider.capabilities_of = lambda name: everything
    return provider


def most_usd(price: tuple[float, float]) -> float:
    """The most that a probe costs, in US dollars."""
    return Price(*price).most_usd(500, TOKENS) or 0.0


def add_model(home: Path, model: NewModel, found: Probe | None = None) -> Model:
    """Write a model, and its address where nobody listed it, into the home's file; gives the entry
    as it is read from there. Raises FaultlineError for what does not fit."""
    known = load(home)
    if not model.id:
        raise FaultlineError("The model has no name: write what its endpoint calls it.")
    if model.id in known.models and known.models[model.id].endpoint != model.endpoint.name:
        raise FaultlineError(
            f"There is a model '{model.id}' at {known.models[model.id].endpoint} already: show "
            "this one under another label."
        )
    entries: dict[str, dict[str, dict[str, Any]]] = {"models": {model.id: _fields(model, found)}}
    if model.endpoint.name not in known.endpoints:
        entries["endpoints"] = {model.endpoint.name: _address(model.endpoint, found)}
    provider = spelled_id(model.provider)
    if provider and provider not in {p.id for p in known.registry.providers}:
        entries["providers"] = {provider: {"label": model.provider.strip()}}
    add_entries(home, entries)
    return load(home).models[model.id]


def _fields(model: NewModel, found: Probe | None) -> dict[str, Any]:
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    low, high = model.price
    fields: dict[str, Any] = {
        "label": model.label.strip() or model.name,
        "endpoint": model.endpoint.name,
        "name": model.name.strip(),
        "price": {"input": low, "output": high, "dated": today},
    }
    provider = spelled_id(model.provider)
    if provider and provider != OTHER:
        fields["provider"] = provider
    if found is not None:
        can = found.can
        fields["can"] = {
            "takes": list(can.takes),
            "schema": can.schema,
            "forced_tool": can.forced_tool,
            "json_mode": can.json_mode,
        }
    return fields


def _address(endpoint: Endpoint, found: Probe | None) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "title": endpoint.title,
        "kind": endpoint.kind,
        "base_url": endpoint.base_url,
        "needs_key": endpoint.needs_key,
    }
    if endpoint.key_env:
        fields["key_env"] = endpoint.key_env
    if endpoint.kind == "openai":
        fields["api"] = endpoint.api
        fields["tokens_field"] = found.tokens_field if found else endpoint.tokens_field
    return fields
