"""The loopback provider's routes: chat in three formats, embeddings, models, both batch APIs.

Paths are served with and without `/v1` in front, so that any base URL a client is given works.
"""

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.fake_provider.answers import embedding, tokens_of
from tests.fake_provider.batches import Batches
from tests.fake_provider.batches_anthropic import anthropic_routes
from tests.fake_provider.batches_openai import openai_routes
from tests.fake_provider.core import Core, failed
from tests.fake_provider.ledger import Entry, Tokens
from tests.fake_provider.manners import respond

Handler = Callable[[Request], Awaitable[Response]]
_KNOWN = ("claude-opus-5-5", "gpt-4.1-mini", "loopback-1")


def make_app(core: Core) -> ASGIApp:
    """The ASGI application around one core."""
    batches = Batches(core)
    routes = [
        Route("/messages", _chat(core, "messages"), methods=["POST"]),
        Route("/chat/completions", _chat(core, "chat"), methods=["POST"]),
        Route("/responses", _chat(core, "responses"), methods=["POST"]),
        Route("/embeddings", _embeddings(core), methods=["POST"]),
        Route("/models", _models(core), methods=["GET"]),
        *anthropic_routes(batches),
        *openai_routes(batches),
    ]
    return _without_version(Starlette(routes=routes))


def _without_version(app: ASGIApp) -> ASGIApp:
    async def stripped(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            path = scope["path"]
            while path.startswith("/v1/"):
                path = path[3:]
            scope = {**scope, "path": path, "raw_path": path.encode()}
        await app(scope, receive, send)

    return stripped


def _chat(core: Core, api: str) -> Handler:
    async def endpoint(request: Request) -> Response:
        raw = await request.body()
        if core.plan.latency_ms:
            # A limit answers at once; only an answer takes its time.
            answer = core.handle(api, raw, request.headers)
            if answer.status == 200:
                await asyncio.sleep(core.plan.latency_ms / 1000)
            return await respond(request, answer)
        return await respond(request, core.handle(api, raw, request.headers))

    return endpoint


def _embeddings(core: Core) -> Handler:
    async def endpoint(request: Request) -> Response:
        raw = await request.body()
        body = json.loads(raw)
        texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
        digest = hashlib.sha256(raw).hexdigest()
        entry = Entry("embeddings", body["model"], "", 0, digest, 200)
        barred = core.barred(entry, request.headers) or core.limited(entry)
        rule = None if barred else core.plan.choose("embeddings", entry.model, "", digest)
        if rule is not None:
            barred = core.refused(entry, rule)
        if barred is not None:
            return await respond(request, barred)
        used = sum(tokens_of(text) for text in texts)
        core.note(entry, Tokens(input=used))
        rows = [
            {"object": "embedding", "index": i, "embedding": embedding(text)}
            for i, text in enumerate(texts)
        ]
        usage = {"prompt_tokens": used, "total_tokens": used}
        listed = {"object": "list", "data": rows, "model": entry.model, "usage": usage}
        return JSONResponse(listed)

    return endpoint


def _models(core: Core) -> Handler:
    async def endpoint(request: Request) -> Response:
        entry = Entry("models", "", "", 0, "", 200)
        names = core.plan.models or _KNOWN
        key = request.headers.get("x-api-key") or request.headers.get("authorization", "")
        if core.plan.accepted_key not in (None, key.removeprefix("Bearer ")):
            return await respond(request, failed(entry.api, 401, "authentication_error", "no"))
        rows = [{"id": n, "object": "model", "type": "model", "display_name": n} for n in names]
        stamped = [{**row, "created": 0, "created_at": "2026-01-01T00:00:00Z"} for row in rows]
        return JSONResponse({"object": "list", "data": stamped, "has_more": False})

    return endpoint
