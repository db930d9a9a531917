"""What happens to one request: limit, fault, answer, ledger. Knows the formats, not the server."""

import hashlib
import json
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from analysis.vocabulary import Outcome
from pipeline.providers.types import ChatRequest, Reply
from pipeline.providers.wire.sdk import STAND_IN_HEADER
from tests.fake_provider import formats
from tests.fake_provider.answers import Answerer, PrefixCache, Thought, echo
from tests.fake_provider.faults import Fault, FaultPlan, Rule
from tests.fake_provider.ledger import Entry, Ledger, Tokens

# Status and the provider's own word for the faults that are an HTTP status, per family.
_STATUS = {
    Fault.RATE_LIMIT: (429, "rate_limit_error"),
    Fault.SERVER_ERROR: (500, "api_error"),
    Fault.OVERLOADED: (529, "overloaded_error"),
    Fault.AUTH: (401, "authentication_error"),
    Fault.BILLING: (402, "billing_error"),
    Fault.NOT_FOUND: (404, "not_found_error"),
    Fault.BAD_REQUEST: (400, "invalid_request_error"),
    Fault.NO_SCHEMA: (400, "invalid_request_error"),
    Fault.NO_TOOL: (400, "invalid_request_error"),
}
_OPENAI_STATUS = {
    Fault.OVERLOADED: (503, "server_error"),
    Fault.BILLING: (429, "insufficient_quota"),
    Fault.RATE_LIMIT: (429, "rate_limit_exceeded"),
    Fault.AUTH: (401, "invalid_api_key"),
}
COMPLAINTS = {
    Fault.NO_SCHEMA: "output_config.format / response_format: this model takes no json_schema.",
    Fault.NO_TOOL: "tool_choice: this model takes no forced tool.",
    Fault.RATE_LIMIT: "This would exceed the rate limit.",
    Fault.BILLING: "The credit balance is too low.",
}


@dataclass
class Bucket:
    """A token bucket: `rate` a second, at most `burst` saved up."""

    rate: float
    burst: float
    level: float = field(init=False)
    at: float = field(init=False)

    def __post_init__(self) -> None:
        self.level, self.at = self.burst, time.monotonic()

    def wait(self) -> float:
        """Take one token and return 0, or the seconds until there is one."""
        now = time.monotonic()
        self.level = min(self.burst, self.level + (now - self.at) * self.rate)
        self.at = now
        if self.level >= 1:
            self.level -= 1
            return 0.0
        return (1 - self.level) / self.rate


@dataclass(frozen=True)
class HttpAnswer:
    """What to send back. `manner` is the fault that shapes how it is sent, if one does."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    manner: Rule | None = None
    media_type: str = "application/json"


class Core:
    """The state of one loopback provider. One event loop uses it at a time."""

    def __init__(self, plan: FaultPlan, ledger: Ledger, answerer: Answerer = echo) -> None:
        # Set by whoever keeps the batches: how to forget them, and the ids of those there are.
        self.forget: Callable[[], None] = lambda: None
        self.batches: Callable[[], list[str]] = list
        self.restart(plan, ledger, answerer)

    def restart(self, plan: FaultPlan, ledger: Ledger, answerer: Answerer = echo) -> None:
        """Begin again with other faults and another ledger, on the same address."""
        self.plan = plan
        self.ledger = ledger
        self.answerer = answerer
        self._buckets: dict[str, Bucket] = {}
        self._cache = PrefixCache()
        self.forget()

    def handle(self, api: str, raw: bytes, headers: Mapping[str, str]) -> HttpAnswer:
        """The answer to one chat request of the format `api`."""
        digest = hashlib.sha256(raw).hexdigest()
        try:
            body = json.loads(raw)
            request = formats.request_of(api, body, headers)
        except (KeyError, TypeError, ValueError) as error:
            self.ledger.write(Entry(api, "", "", 0, digest, 400, "malformed"))
            return failed(api, 400, "invalid_request_error", f"malformed: {error}")
        entry = Entry(api, request.model, request.stage, request.replicate, digest, 200)
        barred = self.barred(entry, headers) or self.limited(entry)
        if barred is not None:
            return barred
        rule = self.plan.choose(api, request.model, request.stage, digest, spared(body))
        if rule is not None:
            refused = self.refused(entry, rule)
            if refused is not None:
                return refused
        return self._answered(api, body, request, entry, rule)

    def barred(self, entry: Entry, headers: Mapping[str, str]) -> HttpAnswer | None:
        """A wrong key or a model that is not served, where the plan restricts them."""
        key = headers.get("x-api-key") or headers.get("authorization", "").removeprefix("Bearer ")
        if self.plan.accepted_key is not None and key != self.plan.accepted_key:
            return self._status(entry, Fault.AUTH, "wrong_key")
        if self.plan.models is not None and entry.model not in self.plan.models:
            return self._status(entry, Fault.NOT_FOUND, "unknown_model")
        return None

    def limited(self, entry: Entry) -> HttpAnswer | None:
        """A 429 when the model is over its rate."""
        if self.plan.rate_per_s is None:
            return None
        rate = self.plan.rate_per_s
        burst = rate if self.plan.burst is None else self.plan.burst
        bucket = self._buckets.setdefault(entry.model, Bucket(rate, max(1.0, burst)))
        wait = bucket.wait()
        return self._status(entry, Fault.RATE_LIMIT, "over_rate", wait) if wait else None

    def refused(self, entry: Entry, rule: Rule) -> HttpAnswer | None:
        """The failed status that a rule asks for; None when the fault is of another kind."""
        fault = rule.kind
        if fault is Fault.HTML:
            self.ledger.write(replace(entry, fault=fault))
            page = b"<!doctype html><html><body><h1>Gateway</h1></body></html>"
            return HttpAnswer(200, page, media_type="text/html")
        if fault not in _STATUS:
            return None
        wait = rule.seconds if fault is Fault.RATE_LIMIT else None
        return self._status(entry, fault, fault, wait)

    def _status(
        self, entry: Entry, fault: Fault, named: str, wait: float | None = None
    ) -> HttpAnswer:
        status, word = _STATUS[fault]
        if entry.api not in ("messages", "anthropic_batch"):
            status, word = _OPENAI_STATUS.get(fault, (status, word))
        self.ledger.write(replace(entry, status=status, fault=named))
        headers = self._wait_headers(wait) if wait is not None else {}
        message = COMPLAINTS.get(fault, f"simulated {fault}")
        return failed(entry.api, status, word, message, headers)

    def _wait_headers(self, wait: float) -> dict[str, str]:
        headers = {"retry-after": str(math.ceil(wait))}
        if self.plan.exact_retry_after:
            headers["retry-after-ms"] = str(math.ceil(wait * 1000))
        return headers

    def _answered(
        self,
        api: str,
        body: Mapping[str, Any],
        request: ChatRequest,
        entry: Entry,
        rule: Rule | None,
    ) -> HttpAnswer:
        said = self.say(api, request, rule.kind if rule else None, formats.wants_tool(body))
        named = rule.kind if rule else ""
        self.ledger.write(replace(entry, fault=named, tokens=said.tokens, billed=True))
        if rule is not None and rule.kind is Fault.EMPTY:
            return HttpAnswer(200, b"{}")
        made = json.dumps(formats.render(api, said)).encode()
        if rule is not None and rule.kind is Fault.TRUNCATED:
            made = made[: len(made) // 2]
        named_request = f"req_{entry.digest[:12]}"
        headers = {
            "request-id": named_request,
            "x-request-id": named_request,
            STAND_IN_HEADER: "yes",
        }
        return HttpAnswer(200, made, headers, rule)

    def say(
        self, api: str, request: ChatRequest, fault: Fault | None, as_tool: bool
    ) -> formats.Said:
        """What is said to a request, with the faults that change it; tokens counted."""
        outcome, text, category, reasoning = self._words(request, fault)
        room = request.max_tokens * 4
        if len(text) > room:
            outcome, text = Outcome.TRUNCATED, text[:room]
        tokens = self._cache.count(request, text, writes_billed=api == "messages")
        model = "another-model-1" if fault is Fault.WRONG_MODEL else request.model
        as_tool = as_tool and _is_json(text)
        return formats.Said(text, model, tokens, outcome, category, as_tool, reasoning)

    def _words(self, request: ChatRequest, fault: Fault | None) -> tuple[Outcome, str, str, str]:
        """Outcome, text, category of a refusal, reasoning beside the text."""
        if fault is Fault.REFUSAL:
            return Outcome.API_REFUSAL, "I can't help with that.", "general_harms", ""
        if fault is Fault.CONTENT_FILTER:
            return Outcome.API_REFUSAL, "", "content_filter", ""
        given = self.answerer(request)
        if isinstance(given, Reply):
            return given.outcome, given.text, given.refusal_category, ""
        reasoning = given.reasoning if isinstance(given, Thought) else ""
        text = given.text if isinstance(given, Thought) else given
        if fault is Fault.LENGTH:
            return Outcome.TRUNCATED, text[: max(1, len(text) // 2)], "", reasoning
        return Outcome.ANSWERED, text, "", reasoning

    def note(self, entry: Entry, tokens: Tokens, fault: str = "") -> None:
        """Enter a billed answer that does not go through `handle` (batches, embeddings)."""
        self.ledger.write(replace(entry, tokens=tokens, billed=True, fault=fault))


def failed(
    api: str, status: int, word: str, message: str, headers: Mapping[str, str] | None = None
) -> HttpAnswer:
    """An error in the format's shape."""
    body = json.dumps(formats.render_error(api, word, message)).encode()
    return HttpAnswer(status, body, headers or {})


def spared(body: Mapping[str, Any]) -> set[Fault]:
    """A request that asks for no schema, or no tool, can't be refused for it."""
    by_tool = formats.wants_tool(body)
    by_schema = not by_tool and formats.schema_of(body) is not None
    spared = set() if by_schema else {Fault.NO_SCHEMA}
    return spared if by_tool else spared | {Fault.NO_TOOL}


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
