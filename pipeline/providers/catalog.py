"""Which endpoints and models there are, what they cost and take, and how to open one.

Read from `models.toml` beside this file, then from `providers.toml` in the home folder, then
from the environment: `FAULTLINE_<ENDPOINT>_BASE_URL` points an endpoint anywhere. Keys are read
when a provider is opened, from a mapping passed in (a page passes its secrets) or else from the
environment, and go nowhere but into the client.
"""

import math
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit

from analysis import settings
from analysis.errors import FaultlineError
from pipeline.providers.sdk import SdkProvider, is_loopback
from pipeline.providers.secret import Secret
from pipeline.providers.types import Capabilities, Price

SHIPPED = Path(__file__).with_name("models.toml")
PROVIDERS_FILE = "providers.toml"
OPENAI_HOST = "api.openai.com"
Kind = TypeVar("Kind")
# What each wire format can carry at all, whatever a model's entry says.
_CARRIES = {
    "messages": {"thinking_tokens"},
    "responses": {"temperature", "top_p"},
    "chat": {"temperature", "top_p", "seed"},
}


@dataclass(frozen=True)
class Endpoint:
    """One address that speaks Anthropic's or OpenAI's format. `free`: it bills no tokens."""

    name: str
    kind: Literal["anthropic", "openai"]
    base_url: str
    title: str = ""
    key_env: str = ""
    api: Literal["messages", "responses", "chat"] = "chat"
    tokens_field: str = "max_tokens"
    needs_key: bool = True
    free: bool = False
    batch: bool = False


@dataclass(frozen=True)
class Model:
    """One model: `id` in the dataset's spelling, `name` as its endpoint spells it."""

    id: str
    name: str
    endpoint: str
    price: Price = field(default_factory=Price)
    can: Capabilities = field(default_factory=Capabilities)
    retires: str = ""


@dataclass(frozen=True)
class Availability:
    """Whether a model can be used now, without asking its endpoint. `sentence` says why not."""

    key_present: bool
    price_known: bool
    sentence: str = ""

    @property
    def ok(self) -> bool:
        return not self.sentence


@dataclass(frozen=True)
class Catalog:
    """Endpoints by name and models by id."""

    endpoints: Mapping[str, Endpoint]
    models: Mapping[str, Model]

    def find(self, spelled: str) -> Model:
        """A model by its id, its endpoint's name for it, or `endpoint:name` for any other.

        Raises FaultlineError for a model that is not listed and names no endpoint.
        """
        if spelled in self.models:
            return self.models[spelled]
        for model in self.models.values():
            if model.name == spelled:
                return model
        endpoint, _, name = spelled.partition(":")
        if name and endpoint in self.endpoints:
            return self._unlisted(endpoint, name)
        raise FaultlineError(
            f"There is no model '{spelled}' in the catalog: add it to {PROVIDERS_FILE}, or write "
            f"it as endpoint:name, the endpoint one of {', '.join(sorted(self.endpoints))}."
        )

    def _unlisted(self, endpoint: str, name: str) -> Model:
        for model in self.models.values():
            if (model.endpoint, model.name) == (endpoint, name):
                return model
        price = Price(0.0, 0.0) if self.endpoints[endpoint].free else Price()
        return Model(id=spelled_id(name), name=name, endpoint=endpoint, price=price)

    def capabilities(self, endpoint: str, name: str) -> Capabilities:
        """What a model takes at an endpoint, cut down to what the endpoint's format carries."""
        can = self._unlisted(endpoint, name).can
        carried = _CARRIES[self.endpoints[endpoint].api]
        return replace(can, takes=tuple(o for o in can.takes if o in carried))

    def check_batch(self, endpoint: str, name: str) -> None:
        """Raises FaultlineError when a model's calls can't go out as batches."""
        entry = self._endpoint(endpoint)
        if not entry.batch:
            raise FaultlineError(
                f"{name} can't be sent as a batch: {entry.title or endpoint} has no batch API. "
                "Take it out of the plan's batch."
            )
        if not self.capabilities(endpoint, name).batch:
            raise FaultlineError(
                f"{name} can't be sent as a batch: its catalog entry has no batch = true. Add that "
                f"in {PROVIDERS_FILE} if it takes batches, or take it out of the plan's batch."
            )

    def check_embedder(self, endpoint: str, name: str) -> None:
        """Raises FaultlineError when an endpoint gives no vectors."""
        entry = self._endpoint(endpoint)
        if entry.kind != "openai":
            raise FaultlineError(
                f"{name} can't be an embedder: {entry.title or endpoint} has no OpenAI-compatible "
                "endpoint for vectors. Choose tfidf, minilm, or a model of another endpoint."
            )

    def availability(self, model: Model, keys: Mapping[str, str] | None = None) -> Availability:
        """Whether the key is there and the price known."""
        endpoint = self._endpoint(model.endpoint)
        key = bool(_key(endpoint, keys)) or not _needs_key(endpoint)
        if not key:
            sentence = f"{model.id} needs a key: set {endpoint.key_env} in the environment."
        elif not model.price.known:
            sentence = f"{model.id} has no known price: enter one in {PROVIDERS_FILE}."
        else:
            sentence = ""
        return Availability(key, model.price.known, sentence)

    def open(
        self, endpoint: str, keys: Mapping[str, str] | None = None, time_limit_s: float = 600.0
    ) -> SdkProvider:
        """The provider of an endpoint, its SDK imported now; close it with `aclose`.

        Raises FaultlineError when the endpoint needs a key and there is none.
        """
        entry = self._endpoint(endpoint)
        secret = _key(entry, keys)
        if not secret and _needs_key(entry):
            raise FaultlineError(
                f"There is no key for {entry.title or endpoint}: set {entry.key_env} in the "
                "environment."
            )

        def capabilities_of(name: str) -> Capabilities:
            return self.capabilities(endpoint, name)

        if entry.kind == "anthropic":
            from pipeline.providers.anthropic_provider import AnthropicProvider

            return AnthropicProvider(
                endpoint, entry.base_url, secret, capabilities_of, time_limit_s
            )
        from pipeline.providers.openai_provider import OpenAIProvider

        return OpenAIProvider(
            endpoint,
            entry.base_url,
            secret,
            capabilities_of,
            time_limit_s,
            api="responses" if entry.api == "responses" else "chat",
            tokens_field=entry.tokens_field,
        )

    def _endpoint(self, name: str) -> Endpoint:
        if name not in self.endpoints:
            known = ", ".join(sorted(self.endpoints))
            raise FaultlineError(f"There is no endpoint '{name}': the known ones are {known}.")
        return self.endpoints[name]


def spelled_id(name: str) -> str:
    """An endpoint's model name in the dataset's spelling: `gpt-4.1-mini` is `gpt_4_1_mini`."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


def _needs_key(endpoint: Endpoint) -> bool:
    """Nothing on this machine needs one: what is sent there does not leave it."""
    return endpoint.needs_key and not is_loopback(endpoint.base_url)


def _key(endpoint: Endpoint, keys: Mapping[str, str] | None) -> Secret:
    name = endpoint.key_env
    given = (keys or {}).get(name) or os.environ.get(name, "")
    return Secret(given.strip())


def load(home: Path | None = None, env: Mapping[str, str] | None = None) -> Catalog:
    """The catalog as it stands now. Raises FaultlineError for a providers file that is wrong."""
    shipped = tomllib.loads(SHIPPED.read_text(encoding="utf-8"))
    own = _providers_file((home or settings.current().home) / PROVIDERS_FILE)
    merged = {table: _merge(shipped.get(table, {}), own.get(table, {})) for table in _TABLES}
    endpoints = {n: _build(Endpoint, e, n, name=n) for n, e in merged["endpoints"].items()}
    models = {i: _model(i, entry, endpoints) for i, entry in merged["models"].items()}
    env = os.environ if env is None else env
    return Catalog({n: _directed(e, env) for n, e in endpoints.items()}, models)


_TABLES = ("endpoints", "models")


def _providers_file(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        own = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FaultlineError(f"{path.name} is not valid TOML: {error}.") from None
    unknown = [name for name in own if name not in _TABLES or not isinstance(own[name], dict)]
    if unknown:
        raise FaultlineError(f"{path.name} may hold [endpoints] and [models], not '{unknown[0]}'.")
    return own


def _merge(shipped: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Entries of both, an own one laid over the shipped one of the same name."""
    names = [*shipped, *(name for name in own if name not in shipped)]
    broken = [name for name in own if not isinstance(own[name], dict)]
    if broken:
        raise FaultlineError(f"'{broken[0]}' in {PROVIDERS_FILE} should be a table.")
    return {name: {**shipped.get(name, {}), **own.get(name, {})} for name in names}


def _model(model_id: str, entry: Mapping[str, Any], endpoints: Mapping[str, Endpoint]) -> Model:
    parts = dict(entry)
    price = _build(Price, parts.pop("price", {}), model_id)
    amounts = [price.input, price.output, price.cached, price.cache_write, price.batch_share]
    if any(amount is not None and not (0 <= amount < math.inf) for amount in amounts):
        raise FaultlineError(f"The price of '{model_id}' must be a number of dollars, 0 or more.")
    can = _build(Capabilities, parts.pop("can", {}), model_id)
    model = _build(Model, parts, model_id, id=model_id, price=price, can=can)
    if model.endpoint not in endpoints:
        raise FaultlineError(
            f"Model '{model_id}' names an endpoint '{model.endpoint}' that is not."
        )
    return model


def _build(kind: type[Kind], entry: Any, where: str, **fixed: Any) -> Kind:
    """One entry as a record. Unknown fields are refused: a typo would be a silent default."""
    from pydantic import ValidationError

    given = {**entry, **fixed} if isinstance(entry, dict) else {"": entry}
    known = {f.name for f in fields(kind)}  # type: ignore[arg-type]
    unknown = sorted(set(given) - known)
    if unknown:
        hint = (
            " Keys are never stored: set the environment variable." if "key" in unknown[0] else ""
        )
        raise FaultlineError(f"'{where}' has an unknown field '{unknown[0]}'.{hint}")
    try:
        checked: Kind = _adapter(kind.__name__).validate_python(given)
    except ValidationError as error:
        first = error.errors()[0]
        field_name = ".".join(str(step) for step in first["loc"]) or "entry"
        raise FaultlineError(f"'{where}': {field_name} is wrong: {first['msg']}.") from None
    return checked


@lru_cache(maxsize=8)
def _adapter(kind: str) -> Any:
    """Building one takes a millisecond, and a catalog checks a hundred entries."""
    from pydantic import TypeAdapter

    kinds: dict[str, Any] = {k.__name__: k for k in (Endpoint, Model, Price, Capabilities)}
    return TypeAdapter(kinds[kind])


def _directed(endpoint: Endpoint, env: Mapping[str, str]) -> Endpoint:
    """The endpoint as the environment points it; another host gets Chat Completions."""
    if endpoint.kind == "anthropic":
        endpoint = replace(endpoint, api="messages")
    prefix = f"FAULTLINE_{endpoint.name.upper()}"
    url = env.get(f"{prefix}_BASE_URL", "").strip()
    if url:
        endpoint = replace(endpoint, base_url=url)
    _check_url(endpoint)
    if endpoint.kind == "openai" and url and urlsplit(url).hostname != OPENAI_HOST:
        endpoint = replace(endpoint, api="chat", tokens_field="max_tokens")
    api = env.get(f"{prefix}_API", "").strip()
    if endpoint.kind == "openai" and api:
        endpoint = replace(endpoint, api="responses" if api == "responses" else "chat")
    return endpoint


def _check_url(endpoint: Endpoint) -> None:
    parts = urlsplit(endpoint.base_url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise FaultlineError(
            f"The base URL of {endpoint.name} is no web address: write https://host/path."
        )
    if parts.username or parts.password:
        raise FaultlineError(
            f"The base URL of {endpoint.name} holds a password: put it in {endpoint.key_env}."
        )
