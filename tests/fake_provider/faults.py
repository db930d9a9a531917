"""Which request gets which fault: rules by model, stage and format, seeded and repeatable.

Whether a rule with a probability strikes depends on the seed, the rule, the request's digest
and how often that same request came before, not on the order in which requests arrive. So a run
meets the same faults at any concurrency.
"""

import hashlib
import json
import tomllib
from collections import Counter
from collections.abc import Container
from dataclasses import dataclass, field, fields
from enum import StrEnum
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from analysis.errors import FaultlineError


class Fault(StrEnum):
    """What can be done to a request. The batch ones act on a batch or on one item of it."""

    RATE_LIMIT = "rate_limit"
    SERVER_ERROR = "server_error"
    OVERLOADED = "overloaded"
    AUTH = "auth"
    BILLING = "billing"
    NOT_FOUND = "not_found"
    BAD_REQUEST = "bad_request"
    NO_SCHEMA = "no_schema"
    NO_TOOL = "no_tool"
    HANG = "hang"
    DRIP = "drip"
    DISCONNECT = "disconnect"
    TRUNCATED = "truncated"
    HTML = "html"
    EMPTY = "empty"
    REFUSAL = "refusal"
    CONTENT_FILTER = "content_filter"
    LENGTH = "length"
    WRONG_MODEL = "wrong_model"
    EXPIRED = "expired"
    ITEM_ERROR = "item_error"
    SLOW = "slow"


_SAID = {Fault.REFUSAL, Fault.CONTENT_FILTER, Fault.LENGTH, Fault.WRONG_MODEL}
_SENT = {Fault.HANG, Fault.DRIP, Fault.TRUNCATED, Fault.EMPTY}
_BATCHED = {Fault.EXPIRED, Fault.ITEM_ERROR, Fault.SLOW}
_FAILS = {
    Fault.RATE_LIMIT,
    Fault.SERVER_ERROR,
    Fault.OVERLOADED,
    Fault.AUTH,
    Fault.NOT_FOUND,
}


def fits(kind: Fault, api: str) -> bool:
    """Whether a fault can befall a request of this sort: a batch's item can't hang."""
    if api == "item":
        return kind in {Fault.EXPIRED, Fault.ITEM_ERROR, Fault.NO_SCHEMA} or kind in _SAID
    if api == "batch":
        never = _SAID | _SENT | {Fault.NO_SCHEMA, Fault.NO_TOOL, Fault.ITEM_ERROR}
        return kind is Fault.HANG or kind not in never
    if api == "poll":
        return kind in _FAILS
    if kind in _BATCHED:
        return False
    return api != "embeddings" or kind not in _SAID | _SENT | {Fault.DISCONNECT}


@dataclass(frozen=True)
class Rule:
    """One fault and whom it strikes.

    `model` and `stage` are patterns (`claude-*`); `api` is messages, chat, responses,
    embeddings, batch (submitting one), poll (asking about one) or item (one request inside one).
    Of the requests that match, the first `after` are spared, then at most `first` are struck,
    each with `probability`. `seconds` is how long a hang, a drip or a slow batch takes, after
    how long a batch expires, or what Retry-After says.
    """

    kind: Fault
    model: str = "*"
    stage: str = "*"
    api: str = "*"
    probability: float = 1.0
    first: int | None = None
    after: int = 0
    seconds: float | None = None

    def matches(self, api: str, model: str, stage: str) -> bool:
        if not fits(self.kind, api):
            return False
        pairs = ((api, self.api), (model, self.model), (stage, self.stage))
        return all(fnmatch(value, pattern) for value, pattern in pairs)


@dataclass
class FaultPlan:
    """All rules and the server-side settings of one loopback provider.

    `rate_per_s` is the limit per model (None: none), `burst` how many it lets through at once,
    `latency_ms` the time an answer takes, `batch_seconds` a batch. `accepted_key` and `models`
    restrict what is served; None accepts all. `exact_retry_after` says the wait to the
    millisecond instead of whole seconds.
    """

    rules: tuple[Rule, ...] = ()
    seed: int = 0
    rate_per_s: float | None = None
    burst: float | None = None
    latency_ms: float = 0.0
    batch_seconds: float = 0.0
    accepted_key: str | None = None
    models: tuple[str, ...] | None = None
    exact_retry_after: bool = False
    _seen: Counter[int] = field(default_factory=Counter)
    _struck: Counter[int] = field(default_factory=Counter)
    _again: Counter[tuple[int, str]] = field(default_factory=Counter)

    def choose(
        self, api: str, model: str, stage: str, digest: str, spared: Container[Fault] = ()
    ) -> Rule | None:
        """The rule that strikes this request, the first one that does; None for no fault.

        `spared` are faults that make no sense for it.
        """
        for number, rule in enumerate(self.rules):
            if rule.kind in spared or not rule.matches(api, model, stage):
                continue
            if self._strikes(number, rule, digest):
                return rule
        return None

    def _strikes(self, number: int, rule: Rule, digest: str) -> bool:
        self._seen[number] += 1
        if self._seen[number] <= rule.after:
            return False
        if rule.first is not None and self._struck[number] >= rule.first:
            return False
        self._again[number, digest] += 1
        if self._draw(number, digest) >= rule.probability:
            return False
        self._struck[number] += 1
        return True

    def _draw(self, number: int, digest: str) -> float:
        named = f"{self.seed}:{number}:{digest}:{self._again[number, digest]}"
        return int.from_bytes(hashlib.sha256(named.encode()).digest()[:8]) / 2**64


def load_faults(path: Path | None) -> FaultPlan:
    """The fault plan in a TOML or JSON file, an empty one for None.

    Raises FaultlineError that names what is wrong in the file.
    """
    if path is None:
        return FaultPlan()
    try:
        text = path.read_text(encoding="utf-8")
        read = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except OSError:
        raise FaultlineError(f"There is no faults file {path}: check the path.") from None
    except ValueError as error:
        raise FaultlineError(f"{path.name} is not valid TOML or JSON: {error}.") from None
    return fault_plan(read, path.name)


def fault_plan(read: Any, where: str = "the faults") -> FaultPlan:
    """A fault plan from its plain form: settings, and a list `fault` of rules."""
    if not isinstance(read, dict):
        raise FaultlineError(f"{where} should be a table of settings with a list 'fault'.")
    settings = {name: value for name, value in read.items() if name != "fault"}
    _only_known(settings, FaultPlan, where)
    if settings.get("models") is not None:
        settings["models"] = tuple(settings["models"])
    rules = tuple(_rule(entry, where) for entry in read.get("fault", []))
    return FaultPlan(rules=rules, **settings)


def _rule(entry: Any, where: str) -> Rule:
    if not isinstance(entry, dict) or entry.get("kind") not in set(Fault):
        kinds = ", ".join(Fault)
        raise FaultlineError(f"A fault in {where} needs a kind, one of {kinds}.")
    _only_known(entry, Rule, where)
    return Rule(**{**entry, "kind": Fault(entry["kind"])})


def _only_known(given: dict[str, Any], kind: type, where: str) -> None:
    known = {f.name for f in fields(kind) if not f.name.startswith("_")} - {"rules"}
    unknown = sorted(set(given) - known)
    if unknown:
        raise FaultlineError(f"{where} has an unknown field '{unknown[0]}'.")
