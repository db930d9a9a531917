"""OpenAI's files and batches, from the provider's side."""

import hashlib
import json
import time
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.fake_provider import formats
from tests.fake_provider.batches import Batch, Batches, missing, told, whole
from tests.fake_provider.core import COMPLAINTS, HttpAnswer
from tests.fake_provider.faults import Fault

_ENDPOINTS = {"/v1/chat/completions": "chat", "/v1/responses": "responses"}
_WORDS = {
    Fault.ITEM_ERROR: (500, "server_error", "simulated item error"),
    Fault.NO_SCHEMA: (400, "invalid_request_error", COMPLAINTS[Fault.NO_SCHEMA]),
}


def openai_routes(batches: Batches) -> list[Route]:
    async def upload(request: Request) -> Response:
        form = await request.form()
        content = form["file"]
        data = content.encode() if isinstance(content, str) else await content.read()
        file_id = batches.next_id("file")
        batches.files[file_id] = data
        return JSONResponse(_file_view(file_id, data))

    async def content(request: Request) -> Response:
        data = batches.files.get(request.path_params["id"])
        return missing("chat") if data is None else Response(data)

    async def submit(request: Request) -> Response:
        raw = await request.body()
        asked = json.loads(raw)
        lines = batches.files[asked["input_file_id"]].splitlines()
        digest = hashlib.sha256(raw).hexdigest()
        struck = batches.struck("openai_batch", len(lines), digest)
        if isinstance(struck, HttpAnswer):
            return whole(struck)
        items = [(line["custom_id"], line["body"]) for line in map(json.loads, lines)]
        batch = Batch(batches.next_id("batch"), items, time.time(), endpoint=asked["endpoint"])
        batch.input_file = asked["input_file_id"]
        batch.metadata = asked.get("metadata") or {}
        batches.openai[batch.id] = batches.shape(batch, struck, request.headers)
        return await told(request, struck, _view(batches, batch))

    async def listing(request: Request) -> Response:
        newest = sorted(batches.openai.values(), key=lambda b: b.id, reverse=True)
        after = request.query_params.get("after")
        if after:
            newest = [b for b in newest if b.id < after]
        page = newest[: int(request.query_params.get("limit", "20"))]
        data = [_view(batches, b) for b in page]
        more = len(newest) > len(page)
        return JSONResponse({"object": "list", "data": data, "has_more": more})

    async def one(request: Request) -> Response:
        batch = batches.openai.get(request.path_params["id"])
        if batch is None:
            return missing("chat")
        if stopped := batches.polled("openai_batch", batch.id):
            return whole(stopped)
        if request.url.path.endswith("/cancel"):
            batch.cancelled = True
        return JSONResponse(_view(batches, batch))

    return [
        Route("/files", upload, methods=["POST"]),
        Route("/files/{id}/content", content, methods=["GET"]),
        Route("/batches", submit, methods=["POST"]),
        Route("/batches", listing, methods=["GET"]),
        Route("/batches/{id}", one, methods=["GET"]),
        Route("/batches/{id}/cancel", one, methods=["POST"]),
    ]


def _answer(batches: Batches, batch: Batch) -> None:
    def one(number: int, custom_id: str, params: dict[str, Any]) -> None:
        row: dict[str, Any] = {"id": batches.next_id("batch_req"), "custom_id": custom_id}
        undone = batches.undone(batch, number)
        if undone and batch.cancelled:
            return  # a cancelled batch has no line for what was not done
        fault, body = (undone, None) if undone else _item(batches, batch, custom_id, params)
        _put(batch, row, fault, body)

    batches.answer(batch, one)


def _item(
    batches: Batches, batch: Batch, custom_id: str, params: dict[str, Any]
) -> tuple[Fault | None, Any]:
    return batches.item(_ENDPOINTS[batch.endpoint], batch, custom_id, params)


def _put(batch: Batch, row: dict[str, Any], fault: Fault | None, body: Any) -> None:
    """The line of one item, in the file of answers or in the file of errors."""
    if fault is Fault.EXPIRED:
        batch.expired += 1
        error = {"code": "batch_expired", "message": "This request was not done in time."}
        batch.failed_rows.append({**row, "response": None, "error": error})
    elif fault in _WORDS:
        status, word, message = _WORDS[fault]
        error_body = formats.render_error("chat", word, message)
        response = {"status_code": status, "request_id": "", "body": error_body}
        batch.failed_rows.append({**row, "response": response, "error": None})
    else:
        response = {"status_code": 200, "request_id": row["id"], "body": body}
        batch.rows.append({**row, "response": response, "error": None})


def _view(batches: Batches, batch: Batch) -> dict[str, Any]:
    _answer(batches, batch)
    ended = batch.answered
    view: dict[str, Any] = {
        "id": batch.id,
        "object": "batch",
        "endpoint": batch.endpoint,
        "input_file_id": batch.input_file,
        "completion_window": "24h",
        "created_at": int(batch.created),
        "metadata": batch.metadata,
        "status": _status(batch) if ended else "in_progress",
    }
    done = {"completed": len(batch.rows), "failed": len(batch.failed_rows)} if ended else {}
    view["request_counts"] = {"total": batch.total, "completed": 0, "failed": 0, **done}
    if ended:
        view["output_file_id"] = _result_file(batches, batch, "output", batch.rows)
        view["error_file_id"] = _result_file(batches, batch, "error", batch.failed_rows)
    return view


def _status(batch: Batch) -> str:
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
