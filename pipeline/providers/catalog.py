"""Which endpoints and models there are, what they cost and take, and how to open one.

Endpoints and models are the registry's (`analysis/registry/`); the environment may point an
endpoint anywhere: `FAULTLINE_<ENDPOINT>_BASE_URL`. Keys are read
when a provider is opened, from a mapping passed in (a page passes its secrets) or else from the
environment, and go nowhere but into the client.
"""

import datetime
import importlib.util
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from analysis import settings
from analysis.errors import FaultlineError
from analysis.number_text import in_dollars
from analysis.registry import (
    PROVIDERS_FILE,
    Capabilities,
    Endpoint,
    Model,
    Price,
    Registry,
    check_endpoint,
    of_home,
    spelled_id,
)
from pipeline.providers.secret import Secret
from pipeline.providers.types import OPENAI_HOST
from pipeline.providers.wire.sdk import Cloud, Extras, SdkProvider, is_loopback

# What each wire format can carry at all, whatever a model's entry says.
_CARRIES = {
    "messages": {"thinking_tokens"},
    "responses": {"temperature", "top_p"},
    "chat": {"temperature", "top_p", "seed"},
}


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
    """Endpoints by name, models that a run can ask by id, and the registry they come from."""

    endpoints: Mapping[str, Endpoint]
    models: Mapping[str, Model]
    registry: Registry

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
        known = self.registry.model(spelled_id(name))
        return Model(
            known.id,
            known.label,
            known.provider,
            name=name,
            endpoint=endpoint,
            price=price,
            family=known.family,
            guessed=True,
        )

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
        if missing := _lacking(endpoint, keys):
            sentence = f"{model.id} needs {missing}."
        elif not key:
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
        if missing := _lacking(entry, keys):
            raise FaultlineError(f"{entry.title or endpoint} needs {missing}.")
        if not secret and _needs_key(entry):
            raise FaultlineError(
                f"There is no key for {entry.title or endpoint}: set {entry.key_env} in the "
                "environment."
            )

        def capabilities_of(name: str) -> Capabilities:
            return self.capabilities(endpoint, name)

        if entry.kind != "openai":
            from pipeline.providers.anthropic.provider import AnthropicProvider

            return AnthropicProvider(
                endpoint,
                entry.base_url,
                secret,
                capabilities_of,
                time_limit_s,
                extras=_extras(entry),
                cloud=Cloud(entry.kind, entry.region, entry.project) if entry.in_cloud else None,
            )
        from pipeline.providers.openai.provider import OpenAIProvider

        return OpenAIProvider(
            endpoint,
            entry.base_url,
            secret,
            capabilities_of,
            time_limit_s,
            api="responses" if entry.api == "responses" else "chat",
            tokens_field=entry.tokens_field,
            extras=_extras(entry),
        )

    def _endpoint(self, name: str) -> Endpoint:
        if name not in self.endpoints:
            known = ", ".join(sorted(self.endpoints))
            raise FaultlineError(f"There is no endpoint '{name}': the known ones are {known}.")
        return self.endpoints[name]


def _extras(endpoint: Endpoint) -> Extras:
    return Extras(dict(endpoint.headers), dict(endpoint.query), endpoint.key_header)


_PACKAGES = {"bedrock": "botocore", "vertex": "google.auth"}


def _lacking(endpoint: Endpoint, keys: Mapping[str, str] | None) -> str:
    """What must be installed for an endpoint's own sign-in, "" where nothing is: a cloud's token in
    `key_env` needs no package, the account of this machine does."""
    package = _PACKAGES.get(endpoint.kind, "")
    if not package or _key(endpoint, keys):
        return ""
    try:
        there = importlib.util.find_spec(package) is not None
    except ModuleNotFoundError:
        there = False
    if there:
        return ""
    token = f", or a token in {endpoint.key_env}" if endpoint.key_env else ""
    return f"the packages of requirements-clouds.txt to sign in with{token}"


def _needs_key(endpoint: Endpoint) -> bool:
    """Nothing on this machine needs one: what is sent there does not leave it."""
    needs = endpoint.needs_key and not endpoint.in_cloud
    return needs and not is_loopback(endpoint.base_url)


def _key(endpoint: Endpoint, keys: Mapping[str, str] | None) -> Secret:
    name = endpoint.key_env
    given = (keys or {}).get(name) or os.environ.get(name, "")
    return Secret(given.strip())


SOON_DAYS = 90
"""So long before a model retires it is marked."""


def leaving(model: Model, today: datetime.date | None = None) -> str:
    """That a model has retired, or will within `SOON_DAYS`; "" where neither is known."""
    if not model.retires:
        return ""
    day = datetime.date.fromisoformat(model.retires)
    left = (day - (today or datetime.datetime.now(datetime.UTC).date())).days
    if left > SOON_DAYS:
        return ""
    return f"{'retires' if left >= 0 else 'retired'} on {day:%-d %B %Y}"


def priced(model: Model) -> str:
    """A model's price per million tokens with its day, and when it leaves, for a list to choose
    from."""
    price, parts = model.price, []
    if price.input is not None and price.output is not None and (price.input or price.output):
        dated = f" of {price.dated}" if price.dated else ""
        parts.append(f"{in_dollars(price.input)} in, {in_dollars(price.output)} out{dated}")
    if leaves := leaving(model):
        parts.append(leaves)
    return ", ".join(parts)


def load(home: Path | None = None, env: Mapping[str, str] | None = None) -> Catalog:
    """The catalog as it stands now. Raises FaultlineError for a providers file that is wrong."""
    book = of_home(home or settings.current().home)
    env = os.environ if env is None else env
    endpoints = {e.name: _directed(e, env) for e in book.endpoints}
    order = {name: place for place, name in enumerate(endpoints)}
    models = sorted((m for m in book.models if m.plannable), key=lambda m: order[m.endpoint])
    return Catalog(endpoints, {m.id: m for m in models}, book)


def _directed(endpoint: Endpoint, env: Mapping[str, str]) -> Endpoint:
    """The endpoint as the environment points it; another host gets Chat Completions."""
    if endpoint.kind != "openai":
        endpoint = replace(endpoint, api="messages")
    prefix = f"FAULTLINE_{endpoint.name.upper()}"
    url = env.get(f"{prefix}_BASE_URL", "").strip()
    if url:
        endpoint = replace(endpoint, base_url=url)
    check_endpoint(endpoint)
    if endpoint.kind == "openai" and url and urlsplit(url).hostname != OPENAI_HOST:
        endpoint = replace(endpoint, api="chat", tokens_field="max_tokens")
    api = env.get(f"{prefix}_API", "").strip()
    if endpoint.kind == "openai" and api:
        endpoint = replace(endpoint, api="responses" if api == "responses" else "chat")
    return endpoint
