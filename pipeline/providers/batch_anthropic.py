"""Anthropic's message batches, on the client of an open provider.

Its listing names no custom ids and takes no label, so an intent is recognised by when it was
submitted, how many requests it has, and, once it has ended, the ids in its results.
"""

import json
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Iterator, Mapping
from contextlib import aclosing
from datetime import datetime
from typing import Any

from pipeline.providers import anthropic_wire, translate
from pipeline.providers.anthropic_provider import AnthropicProvider
from pipeline.providers.batch_types import (
    ANTHROPIC_BYTES,
    ANTHROPIC_ITEMS,
    BatchFound,
    BatchIntent,
    BatchItem,
    BatchState,
    BatchStatus,
    failed_item,
    missing,
    not_done,
    packed,
    size_of,
)
from pipeline.providers.errors import ServerFaultError
from pipeline.providers.replies import as_object
from pipeline.providers.sdk import streamed_lines
from pipeline.providers.types import ChatRequest, Rung

_CLOCK_SKEW_S = 600.0
_PAGE = 100
_STATUS = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "timeout_error": 504,
    "overloaded_error": 529,
}


class AnthropicBatches:
    """The batch API of one Anthropic endpoint. See `batch_types` for the order of calls."""

    def __init__(self, provider: AnthropicProvider) -> None:
        self._provider = provider
        self._api = provider.client.messages.batches
        self._who = f"the batches of {provider.name}"

    def rung(self, request: ChatRequest) -> Rung:
        return self._provider.rung(request)

    def step_down(self, model: str, refused: Rung) -> bool:
        return self._provider.step_down(model, refused)

    def portions(self, requests: Mapping[str, ChatRequest], rung: Rung) -> Iterator[list[str]]:
        """Keys in portions that fit one batch each."""
        sizes = {key: size_of(anthropic_wire.body(one, rung)) for key, one in requests.items()}
        return packed(sizes, ANTHROPIC_ITEMS, ANTHROPIC_BYTES)

    async def submit(self, intent: BatchIntent, requests: Mapping[str, ChatRequest]) -> str:
        """Submit the intent's calls and return the batch's id."""
        items: Any = [
            {"custom_id": key, "params": anthropic_wire.body(requests[key], intent.rung)}
            for key in intent.keys
        ]
        marks = self._provider.marks(requests[intent.keys[0]])
        made = await self._asked(
            self._api.with_raw_response.create(requests=items, extra_headers=marks)
        )
        return str(made["id"])

    async def find(self, intent: BatchIntent, known: Collection[str] = ()) -> BatchFound:
        """Look for the batch of an intent; `known` are ids that belong to other intents."""
        undecided = []
        async for view in self._listed(intent.created_at - _CLOCK_SKEW_S):
            same_size = sum(view["request_counts"].values()) == len(intent.keys)
            if view["id"] in known or not same_size:
                continue
            if view["processing_status"] != "ended":
                undecided.append(str(view["id"]))
            elif await self._holds(view["id"], intent):
                return BatchFound(str(view["id"]))
        return BatchFound(undecided=tuple(undecided))

    async def _listed(self, since: float) -> AsyncIterator[dict[str, Any]]:
        """Batches from the newest back to a moment."""
        after: dict[str, Any] = {}
        while True:
            page = await self._asked(self._api.with_raw_response.list(limit=_PAGE, **after))
            for view in page["data"]:
                if datetime.fromisoformat(view["created_at"]).timestamp() < since:
                    return
                yield view
            if not page.get("has_more"):
                return
            after = {"after_id": page["last_id"]}

    async def _holds(self, batch_id: str, intent: BatchIntent) -> bool:
        """Whether a batch that ended has the intent's keys: its first line tells."""
        keys = set(intent.keys)
        async with aclosing(self._rows(batch_id)) as rows:
            async for row in rows:
                return row.get("custom_id") in keys
        return False

    async def status(self, batch_id: str) -> BatchStatus:
        view = await self._asked(self._api.with_raw_response.retrieve(batch_id))
        ended = view["processing_status"] == "ended"
        state = BatchState.ENDED if ended else BatchState.RUNNING
        return BatchStatus(batch_id, state, sum(view["request_counts"].values()))

    async def results(self, intent: BatchIntent, batch_id: str) -> AsyncIterator[BatchItem]:
        """Every call of the intent with its result, in no order."""
        keys, seen = set(intent.keys), set()
        async for row in self._rows(batch_id):
            key = str(row.get("custom_id"))
            if key in keys and key not in seen:
                seen.add(key)
                yield self._item(key, row, intent)
        for item in missing(intent, seen):
            yield item

    async def _rows(self, batch_id: str) -> AsyncGenerator[dict[str, Any]]:
        opening = self._api.with_streaming_response.results(batch_id)
        async with aclosing(streamed_lines(self._provider, opening, self._who)) as lines:
            async for line in lines:
                yield as_object(line)

    def _item(self, key: str, row: Mapping[str, Any], intent: BatchIntent) -> BatchItem:
        result = row.get("result") or {}
        kind = result.get("type")
        if kind == "succeeded":
            raw = json.dumps(result["message"], ensure_ascii=False)
            return BatchItem(key, anthropic_wire.reply(raw, intent.rung))
        if kind == "errored":
            raw = json.dumps(result["error"], ensure_ascii=False)
            error = result["error"].get("error", result["error"])
            status = _STATUS.get(str(error.get("type")), 500)
            return failed_item(key, translate.failure(status, raw, {}), intent.model)
        return not_done(key, str(kind), f"The call was not done: the batch reports it {kind}.")

    async def cancel(self, batch_id: str) -> None:
        await self._asked(self._api.with_raw_response.cancel(batch_id))

    async def _asked(self, call: Any) -> dict[str, Any]:
        """The JSON object that a call answers with."""
        answer = await self._provider.sorted(call, self._who)
        read = as_object(self._provider.scrubbed(answer.http_response.text))
        if not read:
            raise ServerFaultError(f"The answer from {self._who} was not a JSON object.")
        return read
