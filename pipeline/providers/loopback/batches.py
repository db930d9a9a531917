"""What both batch APIs share: the batches and files, and the answer to one item.

A batch is answered when it is submitted and shown when its time is up, so a runner killed in
between finds it in the listing. Everything is kept in memory.
"""

import hashlib
import itertools
import json
import time
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import Response

from pipeline.providers.loopback import formats
from pipeline.providers.loopback.core import Core, failed
from pipeline.providers.loopback.faults import Fault
from pipeline.providers.loopback.ledger import Entry

_MOST = {"anthropic_batch": 100_000, "openai_batch": 50_000}


@dataclass
class Batch:
    """One submitted batch. `rows` are result lines, `failed_rows` OpenAI's error lines."""

    id: str
    total: int
    created: float
    endpoint: str = ""
    input_file: str = ""
    metadata: dict[str, str] = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)
    failed_rows: list[dict[str, Any]] = field(default_factory=list)
    expired: int = 0
    cancelled: bool = False


class Batches:
    """All batches and files of one loopback provider."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.messages: dict[str, Batch] = {}
        self.openai: dict[str, Batch] = {}
        self.files: dict[str, bytes] = {}
        self._ids = itertools.count(1)

    def next_id(self, kind: str) -> str:
        return f"{kind}_{next(self._ids):06d}"

    def ended(self, batch: Batch) -> bool:
        return batch.cancelled or time.time() >= batch.created + self.core.plan.batch_seconds

    def stopped(self, api: str, total: int, digest: str, headers: Any) -> Any:
        """What prevents a submission: a bar, a fault, or its size. (answer, cut the line)."""
        entry = Entry(api, "", "", 0, digest, 200)
        if total > _MOST[api]:
            return failed(api, 413, "request_too_large", "too many requests in one batch"), False
        rule = self.core.plan.choose("batch", "", "", digest)
        if rule is None:
            return None, False
        if rule.kind is Fault.DISCONNECT:
            return None, True
        return self.core.refused(entry, rule), False

    def item(self, api: str, batch_id: str, custom_id: str, params: dict[str, Any]) -> Any:
        """One request inside a batch: its fault, if any, and its body, if answered."""
        digest = hashlib.sha256(json.dumps(params, sort_keys=True).encode()).hexdigest()
        request = formats.request_of(api, params, {})
        entry = Entry(api, request.model, "", 0, digest, 200, batch=batch_id)
        rule = self.core.plan.choose("item", request.model, "", digest + custom_id)
        fault = rule.kind if rule else None
        if fault in (Fault.EXPIRED, Fault.ITEM_ERROR):
            self.core.ledger.write(Entry(**{**entry.__dict__, "fault": str(fault)}))
            return fault, None
        said = self.core.say(api, request, fault, formats.wants_tool(params))
        self.core.note(entry, said.tokens, fault or "")
        return fault, formats.render(api, said)


def cut_off() -> Response:
    """A response that breaks off: the client never learns the batch's id."""
    return Response(b"{", headers={"content-length": "500"})


def missing(api: str) -> Response:
    answer = failed(api, 404, "not_found_error", "there is no such thing here")
    return Response(answer.body, 404, media_type="application/json")
