"""What both batch APIs share: the batches and files, and the answer to one item.

A batch is there as soon as it is submitted, so a runner killed in between finds it in the
listing; its items are answered, and billed, once its time is up. Everything is kept in memory.
"""

import hashlib
import itertools
import json
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from pipeline.providers.wire.sdk import STAGE_HEADER
from tests.fake_provider import formats
from tests.fake_provider.core import Core, HttpAnswer, failed, spared
from tests.fake_provider.faults import Fault, Rule
from tests.fake_provider.ledger import Entry
from tests.fake_provider.manners import respond

_MOST = {"anthropic_batch": 100_000, "openai_batch": 50_000}


@dataclass
class Batch:
    """One submitted batch. `asked` are (custom id, body); `rows` are result lines, `failed_rows`
    OpenAI's error lines, both empty until the batch has ended."""

    id: str
    asked: list[tuple[str, dict[str, Any]]]
    created: float
    stage: str = ""
    endpoint: str = ""
    input_file: str = ""
    metadata: dict[str, str] = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)
    failed_rows: list[dict[str, Any]] = field(default_factory=list)
    seconds: float | None = None
    late: bool = False
    expired: int = 0
    cancelled: bool = False
    answered: bool = False

    @property
    def total(self) -> int:
        return len(self.asked)


class Batches:
    """All batches and files of one loopback provider."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self._ids = itertools.count(1)
        core.forget = self._forget
        core.batches = lambda: [*self.messages, *self.openai]
        self._forget()

    def _forget(self) -> None:
        self.messages: dict[str, Batch] = {}
        self.openai: dict[str, Batch] = {}
        self.files: dict[str, bytes] = {}
        self._again: Counter[str] = Counter()

    def next_id(self, kind: str) -> str:
        return f"{kind}_{next(self._ids):06d}"

    def ended(self, batch: Batch) -> bool:
        takes = self.core.plan.batch_seconds if batch.seconds is None else batch.seconds
        return batch.cancelled or time.time() >= batch.created + takes

    def struck(self, api: str, total: int, digest: str) -> HttpAnswer | Rule | None:
        """What befalls a submission: the answer that prevents it, or the rule that shapes it."""
        if total > _MOST[api]:
            return failed(api, 413, "request_too_large", "too many requests in one batch")
        rule = self.core.plan.choose("batch", "", "", digest)
        if rule is None:
            return None
        return self.core.refused(Entry(api, "", "", 0, digest, 200), rule) or rule

    def polled(self, api: str, batch_id: str) -> HttpAnswer | None:
        """The failed status that meets a question about a batch, if a rule asks for one."""
        rule = self.core.plan.choose("poll", "", "", batch_id)
        if rule is None:
            return None
        return self.core.refused(Entry(f"{api}_poll", "", "", 0, batch_id, 200), rule)

    def shape(self, batch: Batch, rule: Rule | None, headers: Mapping[str, str]) -> Batch:
        """A new batch as a rule wants it: slow, or one whose time runs out with nothing done."""
        batch.stage = headers.get(STAGE_HEADER, "")
        if rule is not None and rule.kind is Fault.SLOW:
            batch.seconds = rule.seconds
        if rule is not None and rule.kind is Fault.EXPIRED:
            batch.seconds, batch.late = rule.seconds, True
        return batch

    def answer(self, batch: Batch, one: Callable[[int, str, dict[str, Any]], None]) -> None:
        """Once a batch has ended, answer its items, each by `one(number, custom id, body)`."""
        if not self.ended(batch) or batch.answered:
            return
        batch.answered = True
        for number, (custom_id, params) in enumerate(batch.asked):
            one(number, custom_id, params)

    def undone(self, batch: Batch, number: int) -> Fault | None:
        """Whether an item was never done: its batch expired, or was cancelled half-way."""
        if batch.late or (batch.cancelled and number >= batch.total // 2):
            return Fault.EXPIRED
        return None

    def item(
        self, api: str, batch: Batch, custom_id: str, params: dict[str, Any]
    ) -> tuple[Fault | None, Any]:
        """One request inside a batch: its fault, if any, and its body, if answered."""
        digest = hashlib.sha256(json.dumps(params, sort_keys=True).encode()).hexdigest()
        request = formats.request_of(api, params, {STAGE_HEADER: batch.stage})
        entry = Entry(api, request.model, batch.stage, 0, digest, 200, batch=batch.id)
        rule = self.core.plan.choose(
            "item", request.model, batch.stage, digest + custom_id, spared(params)
        )
        fault = rule.kind if rule else None
        if fault in (Fault.EXPIRED, Fault.ITEM_ERROR, Fault.NO_SCHEMA):
            self.core.ledger.write(replace(entry, fault=str(fault)))
            return fault, None
        # Items carry no header: the same body met again is the next replicate.
        request = replace(request, replicate=self._again[digest])
        self._again[digest] += 1
        said = self.core.say(api, request, fault, formats.wants_tool(params))
        self.core.note(replace(entry, replicate=request.replicate), said.tokens, fault or "")
        return fault, formats.render(api, said)


def whole(answer: HttpAnswer) -> Response:
    return Response(answer.body, answer.status, dict(answer.headers), answer.media_type)


async def told(request: Request, rule: Rule | None, view: dict[str, Any]) -> Response:
    """The answer to a submission that was taken; a rule may keep the client from hearing it."""
    if rule is not None and rule.kind in (Fault.HANG, Fault.DISCONNECT):
        return await respond(request, HttpAnswer(200, json.dumps(view).encode(), {}, rule))
    return JSONResponse(view)


def missing(api: str) -> Response:
    return whole(failed(api, 404, "not_found_error", "there is no such thing here"))
