"""Both batch APIs: Anthropic's message batches, OpenAI's files and batches.

A batch is answered when it is submitted and shown when its time is up, so a runner killed in
between finds it in the listing. Everything is kept in memory.
"""

import hashlib
import itertools
import json
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from pipeline.providers.loopback import formats
from pipeline.providers.loopback.core import Core, failed
from pipeline.providers.loopback.faults import Fault
from pipeline.providers.loopback.ledger import Entry

_ENDPOINTS = {"/v1/chat/completions": "chat", "/v1/responses": "responses"}
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
        return self.core.refused(entry, rule, {}), False

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


def batch_routes(batches: Batches) -> list[Route]:
    """The routes of both APIs."""
    return [*_anthropic_routes(batches), *_openai_routes(batches)]


def _cut() -> Response:
    """A response that breaks off: the client never learns the batch's id."""
    return Response(b"{", headers={"content-length": "500"})


def _anthropic_routes(batches: Batches) -> list[Route]:
    async def submit(request: Request) -> Response:
        raw = await request.body()
        asked = json.loads(raw)["requests"]
        digest = hashlib.sha256(raw).hexdigest()
        answer, cut = batches.stopped("anthropic_batch", len(asked), digest, request.headers)
        if answer is not None:
            return Response(answer.body, answer.status, dict(answer.headers), answer.media_type)
        batch = Batch(batches.next_id("msgbatch"), len(asked), time.time())
        for one in asked:
            batch.rows.append(_anthropic_row(batches, batch, one["custom_id"], one["params"]))
        batches.messages[batch.id] = batch
        return _cut() if cut else JSONResponse(_anthropic_view(batches, batch, request))

    async def listing(request: Request) -> Response:
        newest = sorted(batches.messages.values(), key=lambda b: b.id, reverse=True)
        after = request.query_params.get("after_id")
        if after:
            newest = [b for b in newest if b.id < after]
        page = newest[: int(request.query_params.get("limit", "20"))]
        data = [_anthropic_view(batches, b, request) for b in page]
        more = len(newest) > len(page)
        ends = {"first_id": page[0].id, "last_id": page[-1].id} if page else {}
        return JSONResponse({"data": data, "has_more": more, **ends})

    async def one(request: Request) -> Response:
        batch = batches.messages.get(request.path_params["id"])
        if batch is None:
            return _missing("messages")
        if request.url.path.endswith("/cancel"):
            batch.cancelled = True
        if request.url.path.endswith("/results"):
            return _lines(batch.rows)
        return JSONResponse(_anthropic_view(batches, batch, request))

    return [
        Route("/messages/batches", submit, methods=["POST"]),
        Route("/messages/batches", listing, methods=["GET"]),
        Route("/messages/batches/{id}", one, methods=["GET"]),
        Route("/messages/batches/{id}/results", one, methods=["GET"]),
        Route("/messages/batches/{id}/cancel", one, methods=["POST"]),
    ]


def _anthropic_row(
    batches: Batches, batch: Batch, custom_id: str, params: dict[str, Any]
) -> dict[str, Any]:
    fault, body = batches.item("messages", batch.id, custom_id, params)
    if fault is Fault.EXPIRED:
        batch.expired += 1
        return {"custom_id": custom_id, "result": {"type": "expired"}}
    if fault is Fault.ITEM_ERROR:
        error = formats.render_error("messages", "api_error", "simulated item error")
        return {"custom_id": custom_id, "result": {"type": "errored", "error": error}}
    return {"custom_id": custom_id, "result": {"type": "succeeded", "message": body}}


def _anthropic_view(batches: Batches, batch: Batch, request: Request) -> dict[str, Any]:
    ended = batches.ended(batch)
    made = datetime.fromtimestamp(batch.created, UTC)
    kinds = [row["result"]["type"] for row in batch.rows] if ended else []
    counts = {k: kinds.count(k) for k in ("succeeded", "errored", "expired", "canceled")}
    results = f"{request.base_url}v1/messages/batches/{batch.id}/results"
    return {
        "id": batch.id,
        "type": "message_batch",
        "processing_status": "ended" if ended else "in_progress",
        "request_counts": {"processing": 0 if ended else batch.total, **counts},
        "created_at": made.isoformat(),
        "expires_at": (made + timedelta(days=1)).isoformat(),
        "ended_at": datetime.now(UTC).isoformat() if ended else None,
        "results_url": results if ended else None,
    }


def _openai_routes(batches: Batches) -> list[Route]:
    async def upload(request: Request) -> Response:
        form = await request.form()
        content = form["file"]
        data = content.encode() if isinstance(content, str) else await content.read()
        file_id = batches.next_id("file")
        batches.files[file_id] = data
        return JSONResponse(_file_view(file_id, data))

    async def content(request: Request) -> Response:
        data = batches.files.get(request.path_params["id"])
        return _missing("chat") if data is None else Response(data)

    async def submit(request: Request) -> Response:
        raw = await request.body()
        asked = json.loads(raw)
        lines = batches.files[asked["input_file_id"]].splitlines()
        digest = hashlib.sha256(raw).hexdigest()
        answer, cut = batches.stopped("openai_batch", len(lines), digest, request.headers)
        if answer is not None:
            return Response(answer.body, answer.status, dict(answer.headers), answer.media_type)
        batch = Batch(batches.next_id("batch"), len(lines), time.time(), asked["endpoint"])
        batch.input_file = asked["input_file_id"]
        batch.metadata = asked.get("metadata") or {}
        for line in lines:
            _openai_row(batches, batch, json.loads(line))
        batches.openai[batch.id] = batch
        return _cut() if cut else JSONResponse(_openai_view(batches, batch))

    async def listing(request: Request) -> Response:
        newest = sorted(batches.openai.values(), key=lambda b: b.id, reverse=True)
        after = request.query_params.get("after")
        if after:
            newest = [b for b in newest if b.id < after]
        page = newest[: int(request.query_params.get("limit", "20"))]
        data = [_openai_view(batches, b) for b in page]
        more = len(newest) > len(page)
        return JSONResponse({"object": "list", "data": data, "has_more": more})

    async def one(request: Request) -> Response:
        batch = batches.openai.get(request.path_params["id"])
        if batch is None:
            return _missing("chat")
        if request.url.path.endswith("/cancel"):
            batch.cancelled = True
        return JSONResponse(_openai_view(batches, batch))

    return [
        Route("/files", upload, methods=["POST"]),
        Route("/files/{id}/content", content, methods=["GET"]),
        Route("/batches", submit, methods=["POST"]),
        Route("/batches", listing, methods=["GET"]),
        Route("/batches/{id}", one, methods=["GET"]),
        Route("/batches/{id}/cancel", one, methods=["POST"]),
    ]


def _openai_row(batches: Batches, batch: Batch, line: dict[str, Any]) -> None:
    custom_id = line["custom_id"]
    fault, body = batches.item(_ENDPOINTS[batch.endpoint], batch.id, custom_id, line["body"])
    row: dict[str, Any] = {"id": batches.next_id("batch_req"), "custom_id": custom_id}
    if fault is Fault.EXPIRED:
        batch.expired += 1
        error = {"code": "batch_expired", "message": "This request was not done in time."}
        batch.failed_rows.append({**row, "response": None, "error": error})
    elif fault is Fault.ITEM_ERROR:
        error_body = formats.render_error("chat", "server_error", "simulated item error")
        response = {"status_code": 500, "request_id": "", "body": error_body}
        batch.failed_rows.append({**row, "response": response, "error": None})
    else:
        response = {"status_code": 200, "request_id": row["id"], "body": body}
        batch.rows.append({**row, "response": response, "error": None})


def _openai_view(batches: Batches, batch: Batch) -> dict[str, Any]:
    ended = batches.ended(batch)
    view: dict[str, Any] = {
        "id": batch.id,
        "object": "batch",
        "endpoint": batch.endpoint,
        "input_file_id": batch.input_file,
        "completion_window": "24h",
        "created_at": int(batch.created),
        "metadata": batch.metadata,
        "status": _openai_status(batch) if ended else "in_progress",
    }
    done = {"completed": len(batch.rows), "failed": len(batch.failed_rows)} if ended else {}
    view["request_counts"] = {"total": batch.total, "completed": 0, "failed": 0, **done}
    if ended:
        view["output_file_id"] = _result_file(batches, batch, "output", batch.rows)
        view["error_file_id"] = _result_file(batches, batch, "error", batch.failed_rows)
    return view


def _openai_status(batch: Batch) -> str:
    if batch.cancelled:
        return "cancelled"
    return "expired" if batch.expired else "completed"


def _result_file(
    batches: Batches, batch: Batch, kind: str, rows: list[dict[str, Any]]
) -> str | None:
    if not rows:
        return None
    file_id = f"file_{kind}_{batch.id}"
    batches.files[file_id] = b"".join(json.dumps(row).encode() + b"\n" for row in rows)
    return file_id


def _file_view(file_id: str, data: bytes) -> dict[str, Any]:
    return {
        "id": file_id,
        "object": "file",
        "bytes": len(data),
        "created_at": int(time.time()),
        "filename": "batch.jsonl",
        "purpose": "batch",
        "status": "processed",
    }


def _lines(rows: list[dict[str, Any]]) -> Response:
    body = b"".join(json.dumps(row).encode() + b"\n" for row in rows)
    return Response(body, media_type="application/x-jsonl")


def _missing(api: str) -> Response:
    answer = failed(api, 404, "not_found_error", "there is no such thing here")
    return Response(answer.body, 404, media_type="application/json")
