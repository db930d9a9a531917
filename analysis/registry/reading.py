"""The registry's files as records: what is shipped, and a home's `providers.toml` over it.

Entries are tables by id, `[models.gpt_4_1]`; an own entry is laid over the shipped one of the same
id, field by field. What is shipped is trusted (a test checks it); what a person wrote is checked,
and what does not fit is a sentence that names the file, the entry and the remedy.
"""

import math
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from analysis.errors import FaultlineError
from analysis.registry.entries import (
    OTHER,
    Capabilities,
    Endpoint,
    Judge,
    Model,
    ModelSet,
    Price,
    Provider,
    cost_class,
)
from analysis.registry.names import Name, begins_with, spelled_id, take_apart
from analysis.regular_files import text_of

FOLDER = Path(__file__).parent
SHIPPED = (FOLDER / "models.toml", FOLDER / "simulated.toml")
PROVIDERS_FILE = "providers.toml"
TABLES = ("providers", "endpoints", "models", "judges", "sets")
OWN_TABLES = ("providers", "endpoints", "models")
Kind = TypeVar("Kind")
_COLOR = re.compile(r"#[0-9A-Fa-f]{6}")
_ID = re.compile(r"[a-z0-9][a-z0-9_]*")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_SIZES, _COSTS = ("small", "medium", "large"), ("low", "middle", "high")
_SECRET = re.compile(r"authorization|api[-_]?key|token|secret|password|cookie", re.I)
# Plotly's markers that theme.py uses: others are hard to tell apart at the size of a dot.
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "x", "star", "hexagon", "pentagon")
Tables = dict[str, dict[str, dict[str, Any]]]


def read(own_file: Path | None = None) -> dict[str, tuple[Any, ...]]:
    """All entries, by table. Raises FaultlineError for an own file that is wrong."""
    shipped = _shipped()
    own = _own(own_file) if own_file is not None else {}
    merged: Tables = {t: _laid(shipped.get(t, {}), own.get(t, {}), t) for t in TABLES}
    read = {table: _entries(table, merged[table], own.get(table, {})) for table in TABLES}
    read["models"] = [_completed(m, read) for m in read["models"]]
    _check(read, own)
    return {table: tuple(found) for table, found in read.items()}


@lru_cache(maxsize=1)
def _shipped() -> Tables:
    merged: Tables = {table: {} for table in TABLES}
    for path in SHIPPED:
        for table, entries in tomllib.loads(path.read_text(encoding="utf-8")).items():
            merged[table].update(entries)
    return merged


def _own(path: Path) -> Mapping[str, Any]:
    try:
        own = tomllib.loads(text_of(path))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FaultlineError(f"{PROVIDERS_FILE} is not valid TOML: {error}.") from None
    except OSError as error:
        raise FaultlineError(
            f"{PROVIDERS_FILE} can't be read: {error.strerror}. Mend its permissions or move it."
        ) from None
    unknown = [name for name in own if name not in OWN_TABLES or not isinstance(own[name], dict)]
    if unknown:
        raise FaultlineError(
            f"{PROVIDERS_FILE} may hold [providers.…], [endpoints.…] and [models.…], "
            f"not '{unknown[0]}'."
        )
    return own


def _laid(
    shipped: Mapping[str, Any], own: Mapping[str, Any], table: str
) -> dict[str, dict[str, Any]]:
    """Entries of both, an own one laid over the shipped one of the same name."""
    broken = [name for name in own if not isinstance(own[name], dict)]
    if broken:
        raise FaultlineError(
            f"'{broken[0]}' in {PROVIDERS_FILE} should be a table: write [{table}.{broken[0]}]."
        )
    names = [*shipped, *(name for name in own if name not in shipped)]
    return {name: {**shipped.get(name, {}), **own.get(name, {})} for name in names}


_KINDS: dict[str, Any] = {
    "providers": Provider,
    "endpoints": Endpoint,
    "models": Model,
    "judges": Judge,
    "sets": ModelSet,
}
# What is worked out and never written.
_DERIVED = {"snapshot", "family", "guessed", "id"}


def _entries(table: str, merged: Mapping[str, dict[str, Any]], own: Mapping[str, Any]) -> list[Any]:
    kind = _KINDS[table]
    key = "name" if table == "endpoints" else "id"
    return [_entry(kind, {**entry, key: name}, name, name in own) for name, entry in merged.items()]


def _entry(kind: type[Kind], given: dict[str, Any], name: str, own: bool) -> Kind:
    given = dict(given)
    if kind is Model:
        given.setdefault("label", "")
        for part, of in (("price", Price), ("can", Capabilities)):
            if part in given:
                given[part] = _record(of, given[part], name, own)
    return _record(kind, given, name, own)


def _record(kind: type[Kind], given: Any, name: str, own: bool) -> Kind:
    if not own:
        tidy = {k: tuple(v) if isinstance(v, list) else v for k, v in given.items()}
        return kind(**tidy)
    return _checked(kind, given, name)


def _checked(kind: type[Kind], given: Any, name: str) -> Kind:
    """One entry as a record. Unknown fields are refused: a typo would be a silent default."""
    from pydantic import ValidationError

    if not isinstance(given, dict):
        given = {"": given}
    known = {f.name for f in fields(kind)}  # type: ignore[arg-type]
    allowed = known - (_DERIVED - {"id"} if kind is Model else set())
    unknown = sorted(set(given) - allowed)
    if unknown:
        hint = (
            " Keys are never stored: set the environment variable that key_env names."
            if "key" in unknown[0]
            else f" It takes {', '.join(sorted(allowed - {'id'}))}."
        )
        raise FaultlineError(
            f"'{name}' in {PROVIDERS_FILE} has an unknown field '{unknown[0]}'.{hint}"
        )
    try:
        checked: Kind = _adapter(kind.__name__).validate_python(given)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"]) or "entry"
        raise FaultlineError(
            f"'{name}' in {PROVIDERS_FILE}: {where} is wrong: {first['msg']}."
        ) from None
    return checked


@lru_cache(maxsize=8)
def _adapter(kind: str) -> Any:
    """Building one takes a millisecond, and a file may have a hundred entries."""
    from pydantic import TypeAdapter

    kinds: dict[str, Any] = {k.__name__: k for k in (*_KINDS.values(), Price, Capabilities)}
    return TypeAdapter(kinds[kind])


def _completed(model: Model, read: Mapping[str, list[Any]]) -> Model:
    """A model with what its entry leaves to its endpoint, its name and its price."""
    endpoint = next((e for e in read["endpoints"] if e.name == model.endpoint), None)
    provider, guessed = model.provider, False
    if provider == OTHER:
        provider = endpoint.provider if endpoint is not None else ""
        if not provider:
            families = {spelled_id(v): p.families for p in read["providers"] for v in p.vendors}
            apart = take_apart(model.name or model.id, families)
            provider = provider_named(apart, read["providers"])
            guessed = bool(provider)
    return replace(
        model,
        label=model.label or model.name or model.id,
        provider=provider or OTHER,
        guessed=guessed,
        cost=model.cost or (None if model.can.embed else cost_class(model.price)),
    )


def provider_named(name: Name, providers: Sequence[Provider]) -> str:
    """Id of the provider that a model's name tells, "" where it tells none.

    Who stands before the name is believed over how it begins: `nvidia/llama-3.1-nemotron`.
    """
    vendors = {spelled_id(v): p.id for p in providers for v in p.vendors}
    if name.vendor in vendors:
        return vendors[name.vendor]
    families = ((f, p.id) for p in providers for f in p.families)
    return next((p for f, p in families if begins_with(name.core, f)), "")


def _check(read: Mapping[str, list[Any]], own: Mapping[str, Any]) -> None:
    """What a person's entries say of each other, and of colours, prices and addresses."""
    providers = {p.id for p in read["providers"]}
    endpoints = {e.name for e in read["endpoints"]}
    for provider in (p for p in read["providers"] if p.id in own.get("providers", {})):
        _check_provider(provider)
    for endpoint in (e for e in read["endpoints"] if e.name in own.get("endpoints", {})):
        check_endpoint(endpoint)
        _check_cloud(endpoint)
        _check_known(endpoint.provider, providers, f"Endpoint '{endpoint.name}'", "provider")
    for model in (m for m in read["models"] if m.id in own.get("models", {})):
        _check_model(model)
        _check_known(model.provider, providers, f"Model '{model.id}'", "provider")
        _check_known(model.endpoint, endpoints, f"Model '{model.id}'", "endpoint")
    _check_spellings(read["models"], own)


def _check_known(name: str, known: set[str], who: str, what: str) -> None:
    if name and name not in known:
        raise FaultlineError(
            f"{who} in {PROVIDERS_FILE} names a {what} '{name}' that is not listed: add "
            f"[{what}s.{name}], or name one of {', '.join(sorted(known))}."
        )


def _check_provider(provider: Provider) -> None:
    where = f"Provider '{provider.id}' in {PROVIDERS_FILE}"
    if not _ID.fullmatch(provider.id):
        raise FaultlineError(f"{where}: write its id in small letters, digits and _.")
    if provider.color and not _COLOR.fullmatch(provider.color):
        raise FaultlineError(
            f"{where} has the color '{provider.color}': write six hexadecimal digits, as #1B7F86."
        )
    if provider.symbol and provider.symbol not in SYMBOLS:
        raise FaultlineError(
            f"{where} has the symbol '{provider.symbol}': it is one of {', '.join(SYMBOLS)}."
        )


def check_endpoint(endpoint: Endpoint) -> None:
    """Raises FaultlineError for an address that is none, or a key where none may stand."""
    parts = urlsplit(endpoint.base_url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise FaultlineError(
            f"The base URL of {endpoint.name} is no web address: write https://host/path."
        )
    if parts.username or parts.password:
        raise FaultlineError(
            f"The base URL of {endpoint.name} holds a password: put it in "
            f"{endpoint.key_env or 'an environment variable that key_env names'}."
        )
    secret = next((n for n in (*endpoint.headers, *endpoint.query) if _SECRET.search(n)), None)
    if secret:
        raise FaultlineError(
            f"Endpoint '{endpoint.name}' in {PROVIDERS_FILE} holds '{secret}': keys are never "
            f"stored. Name the environment variable in key_env, and the header in key_header."
        )


def _check_cloud(endpoint: Endpoint) -> None:
    wanted = {"bedrock": ("region",), "vertex": ("region", "project")}.get(endpoint.kind, ())
    missing = [name for name in wanted if not getattr(endpoint, name)]
    if missing:
        raise FaultlineError(
            f"Endpoint '{endpoint.name}' in {PROVIDERS_FILE} lacks {' and '.join(missing)}: "
            f"{endpoint.kind} needs it to find your account."
        )


def _check_model(model: Model) -> None:
    where = f"Model '{model.id}' in {PROVIDERS_FILE}"
    if not _ID.fullmatch(model.id):
        raise FaultlineError(
            f"{where}: write its id as '{spelled_id(model.id) or 'my_model'}' (small letters, "
            "digits and _), and the endpoint's spelling in name."
        )
    if model.endpoint and not model.name:
        raise FaultlineError(f"{where} has no name: write how {model.endpoint} calls it.")
    price = model.price
    amounts = (price.input, price.output, price.cached, price.cache_write, price.batch_share)
    if any(amount is not None and not (0 <= amount < math.inf) for amount in amounts):
        raise FaultlineError(f"The price of '{model.id}' must be a number of dollars, 0 or more.")
    if model.context is not None and model.context < 1:
        raise FaultlineError(f"{where}: context is a number of tokens, 1 or more.")
    for what, value, known in (("size", model.size, _SIZES), ("cost", model.cost, _COSTS)):
        if value is not None and value not in known:
            raise FaultlineError(f"{where}: {what} is one of {', '.join(known)}, not '{value}'.")
    for what, day in (("retires", model.retires), ("price.dated", price.dated)):
        if day and not _DAY.fullmatch(day):
            raise FaultlineError(f"{where}: write {what} as a day, such as 2026-11-30.")


def _check_spellings(models: list[Model], own: Mapping[str, Any]) -> None:
    """Two models can't have one spelling: which of them would a file mean?"""
    taken: dict[str, str] = {}
    for model in models:
        for spelling in {spelled_id(s) for s in (model.id, model.label, *model.aliases)}:
            other = taken.setdefault(spelling, model.id)
            if other != model.id and {other, model.id} & set(own.get("models", {})):
                raise FaultlineError(
                    f"Models '{other}' and '{model.id}' in {PROVIDERS_FILE} share the spelling "
                    f"'{spelling}': give one of them another label or alias."
                )
