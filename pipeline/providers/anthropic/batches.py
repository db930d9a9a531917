"""Anthropic's message batches, on the client of an open provider.

Its listing names no custom ids and takes no label, so an intent is recognised by when it was
submitted, how many requests it has, and, once it has ended, the ids in its results.
"""

import json
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Iterator, Mapping
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from pydantic import AwareDatetime, BaseModel

from pipeline.providers.errors import ServerFaultError
from pipeline.providers.types import ChatRequest, Rung
from pipeline.providers.wire import translate
from pipeline.providers.wire.batch_types import (
    ANTHROPIC_BYTES,
    ANTHROPIC_ITEMS,
    CLOCK_SKEW_S,
    MOST_PAGES,
    PAGE_ITEMS,
    BatchFound,
    BatchIntent,
    BatchItem,
    BatchState,
    BatchStatus,
    failed_item,
    item_of,
    missing,
    not_done,
    packed,
    size_of,
)
from pipeline.providers.wire.sdk import SdkProvider, streamed_lines
from pipeline.providers.wire.validator import Count, Identifier, as_object, asked_json

if TYPE_CHECKING:
    from anthropic import AsyncAnthropic

ReplyModel = TypeVar("ReplyModel", bound=BaseModel)
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


# What an item that was not done reports, and with it that it cost nothing.
_NOT_DONE = {"expired", "canceled"}


class _View(BaseModel):
    """One batch as the provider describes it, without what nobody here needs."""

    id: Identifier
    processing_status: Literal["in_progress", "canceling", "ended"]
    request_counts: dict[str, Count]
    created_at: AwareDatetime

    @property
    def total(self) -> int:
        return sum(self.request_counts.values())


class _Page(BaseModel):
    data: list[_View]
    has_more: bool = False
    last_id: Identifier | None = None


class AnthropicBatches:
    """The batch API of one Anthropic endpoint. See `batch_types` for the order of calls."""

    def __init__(self, provider: SdkProvider, client: "AsyncAnthropic") -> None:
        self._provider = provider
        self._api = client.messages.batches
        self._who = f"the batches of {provider.name}"

    def rung(self, request: ChatRequest) -> Rung:
        return self._provider.rung(request)

    def step_down(self, model: str, refused: Rung) -> bool:
        return self._provider.step_down(model, refused)

    def portions(self, requests: Mapping[str, ChatRequest], rung: Rung) -> Iterator[list[str]]:
        """Keys in portions that fit one batch each."""
        sizes = {key: size_of(self._provider.body(one, rung)) for key, one in requests.items()}
        return packed(sizes, ANTHROPIC_ITEMS, ANTHROPIC_BYTES)

    async def submit(self, intent: BatchIntent, requests: Mapping[str, ChatRequest]) -> str:
        """Submit the intent's calls and return the batch's id."""
        items: Any = [
            {"custom_id": key, "params": self._provider.body(requests[key], intent.rung)}
            for key in intent.keys
        ]
        marks = self._provider.marks(requests[intent.keys[0]])
        made = self._api.with_raw_response.create(requests=items, extra_headers=marks)
        return (await self._answered(made, _View)).id

    async def find(self, intent: BatchIntent, known: Collection[str] = ()) -> BatchFound:
        """Look for the batch of an intent; `known` are ids that belong to other intents."""
        undecided = []
        async for view in self._listed(intent.created_at - CLOCK_SKEW_S):
            if view.id in known or view.total != len(intent.keys):
                continue
            if view.processing_status != "ended":
                undecided.append(view.id)
            elif await self._holds(view.id, intent):
                return BatchFound(view.id)
        return BatchFound(undecided=tuple(undecided))

    async def _listed(self, since: float) -> AsyncIterator[_View]:
        """Batches from the newest back to a moment."""
        after: dict[str, Any] = {}
        for _ in range(MOST_PAGES):
            page = await self._answered(
                self._api.with_raw_response.list(limit=PAGE_ITEMS, **after), _Page
            )
            for view in page.data:
                if view.created_at.timestamp() < since:
                    return
                yield view
            if not page.has_more or page.last_id is None:
                return
            after = {"after_id": page.last_id}
        raise ServerFaultError(f"The list of {self._who} does not come to its end.")

    async def _holds(self, batch_id: str, intent: BatchIntent) -> bool:
        """Whether a batch that ended has the intent's keys: its first line that can be read tells.

        Raises ServerFaultError when none can be: the batch may be the one.
        """
        keys, lines = set(intent.keys), 0
        async with aclosing(self._rows(batch_id, len(keys))) as rows:
            async for row in rows:
                lines += 1
                if isinstance(row.get("custom_id"), str):
                    return row["custom_id"] in keys
        if lines:
            raise ServerFaultError(f"The results of one of {self._who} can't be read.")
        return False

    async def status(self, batch_id: str) -> BatchStatus:
        view = await self._answered(self._api.with_raw_response.retrieve(batch_id), _View)
        ended = view.processing_status == "ended"
        state = BatchState.ENDED if ended else BatchState.RUNNING
        return BatchStatus(batch_id, state, view.total)

    async def results(self, intent: BatchIntent, batch_id: str) -> AsyncIterator[BatchItem]:
        """Every call of the intent with its result, in no order."""
        keys, seen = set(intent.keys), set()
        async for row in self._rows(batch_id, len(keys)):
            key = row.get("custom_id")
            if isinstance(key, str) and key in keys and key not in seen:
                seen.add(key)
                yield item_of(key, partial(self._item, key, row, intent))
        for item in missing(intent, seen):  # each call has its line here, done or not
            yield item

    async def _rows(self, batch_id: str, calls: int) -> AsyncGenerator[dict[str, Any]]:
        opening = self._api.with_streaming_response.results(batch_id)
        async with aclosing(streamed_lines(self._provider, opening, self._who, calls)) as lines:
            async for line in lines:
                yield as_object(line)

    def _item(self, key: str, row: Mapping[str, Any], intent: BatchIntent) -> BatchItem:
        result = row["result"]
        kind = result["type"]
        if kind == "succeeded":
            raw = json.dumps(result["message"], ensure_ascii=False)
            return BatchItem(key, self._provider.read(raw, intent.rung))
        if kind == "errored":
            raw = json.dumps(result["error"], ensure_ascii=False)
            error = result["error"].get("error", result["error"])
            status = _STATUS.get(error["type"], 500)
            return failed_item(key, translate.failure(status, raw, {}), intent.model)
        if kind not in _NOT_DONE:
            raise ValueError("a result of no known type")
        return not_done(key, kind, f"The call was not done: the batch reports it {kind}.")

    async def cancel(self, batch_id: str) -> None:
        await self._answered(self._api.with_raw_response.cancel(batch_id), _View)

    async def _answered(self, call: Any, kind: type[ReplyModel]) -> ReplyModel:
        """What a call answers with, checked."""
        answer = await self._provider.sorted(call, self._who)
        return asked_json(self._provider.scrubbed(answer.http_response.text), kind, self._who)
