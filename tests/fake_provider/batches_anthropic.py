"""Anthropic's message batches, from the provider's side."""

import hashlib
import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.fake_provider import formats
from tests.fake_provider.batches import Batch, Batches, missing, told, whole
from tests.fake_provider.core import COMPLAINTS, HttpAnswer
from tests.fake_provider.faults import Fault


def anthropic_routes(batches: Batches) -> list[Route]:
    async def submit(request: Request) -> Response:
        raw = await request.body()
        asked = json.loads(raw)["requests"]
        digest = hashlib.sha256(raw).hexdigest()
        struck = batches.struck("anthropic_batch", len(asked), digest)
        if isinstance(struck, HttpAnswer):
            return whole(struck)
        items = [(one["custom_id"], one["params"]) for one in asked]
        batch = Batch(batches.next_id("msgbatch"), items, time.time())
        batches.messages[batch.id] = batches.shape(batch, struck, request.headers)
        return await told(request, struck, _view(batches, batch, request))

    async def listing(request: Request) -> Response:
        newest = sorted(batches.messages.values(), key=lambda b: b.id, reverse=True)
        after = request.query_params.get("after_id")
        if after:
            newest = [b for b in newest if b.id < after]
        page = newest[: int(request.query_params.get("limit", "20"))]
        data = [_view(batches, b, request) for b in page]
        more = len(newest) > len(page)
        ends = {"first_id": page[0].id, "last_id": page[-1].id} if page else {}
        return JSONResponse({"data": data, "has_more": more, **ends})

    async def one(request: Request) -> Response:
        batch = batches.messages.get(request.path_params["id"])
        if batch is None:
            return missing("messages")
        if stopped := batches.polled("anthropic_batch", batch.id):
            return whole(stopped)
        if request.url.path.endswith("/cancel"):
            batch.cancelled = True
        if request.url.path.endswith("/results"):
            return _lines(batch.rows)
        return JSONResponse(_view(batches, batch, request))

    return [
        Route("/messages/batches", submit, methods=["POST"]),
        Route("/messages/batches", listing, methods=["GET"]),
        Route("/messages/batches/{id}", one, methods=["GET"]),
        Route("/messages/batches/{id}/results", one, methods=["GET"]),
        Route("/messages/batches/{id}/cancel", one, methods=["POST"]),
    ]


def _answer(batches: Batches, batch: Batch) -> None:
    def one(number: int, custom_id: str, params: dict[str, Any]) -> None:
        result = _result(batches, batch, number, custom_id, params)
        batch.rows.append({"custom_id": custom_id, "result": result})

    batches.answer(batch, one)


def _result(
    batches: Batches, batch: Batch, number: int, custom_id: str, params: dict[str, Any]
) -> dict[str, Any]:
    if batches.undone(batch, number):
        return {"type": "canceled" if batch.cancelled else "expired"}
    fault, body = batches.item("messages", batch, custom_id, params)
    if fault is Fault.EXPIRED:
        return {"type": "expired"}
    if fault is Fault.ITEM_ERROR:
        error = formats.render_error("messages", "api_error", "simulated item error")
        return {"type": "errored", "error": error}
    if fault is Fault.NO_SCHEMA:
        error = formats.render_error("messages", "invalid_request_error", COMPLAINTS[fault])
        return {"type": "errored", "error": error}
    return {"type": "succeeded", "message": body}


def _view(batches: Batches, batch: Batch, request: Request) -> dict[str, Any]:
    _answer(batches, batch)
    ended = batch.answered
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


def _lines(rows: list[dict[str, Any]]) -> Response:
    body = b"".join(json.dumps(row).encode() + b"\n" for row in rows)
    return Response(body, media_type="application/x-jsonl")
