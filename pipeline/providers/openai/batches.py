"""OpenAI's batches, on the client of an open provider: a file of lines, then a batch of it.

The intent's id goes into the batch's metadata, so that the listing recognises it.
"""

import json
from collections.abc import AsyncIterator, Collection, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from pydantic import BaseModel

from pipeline.providers.errors import ProviderError, ServerFaultError
from pipeline.providers.texts import QUOTED, brief
from pipeline.providers.types import ChatRequest, Rung
from pipeline.providers.wire import translate
from pipeline.providers.wire.batch_types import (
    CLOCK_SKEW_S,
    MOST_PAGES,
    OPENAI_BYTES,
    OPENAI_ITEMS,
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
from pipeline.providers.wire.validator import Count, Identifier, Moment, as_object, asked_json

if TYPE_CHECKING:
    from openai import AsyncOpenAI

ReplyModel = TypeVar("ReplyModel", bound=BaseModel)
_LABEL = "faultline_intent"
_OVER = {"completed", "expired", "cancelled"}
_STATUS = Literal[
    "validating",
    "failed",
    "in_progress",
    "finalizing",
    "completed",
    "expired",
    "cancelling",
    "cancelled",
]
# What an item that was not done reports, and with it that it cost nothing.
_NOT_DONE = {"batch_expired", "batch_cancelled"}


class _Counts(BaseModel):
    total: Count = 0


class _Problem(BaseModel):
    message: str = "no reason"


class _Problems(BaseModel):
    data: list[_Problem] | None = None


class _View(BaseModel):
    """One batch as the provider describes it, without what nobody here needs."""

    id: Identifier
    status: _STATUS
    created_at: Moment
    metadata: dict[str, str] | None = None
    request_counts: _Counts | None = None
    errors: _Problems | None = None
    output_file_id: Identifier | None = None
    error_file_id: Identifier | None = None


class _Page(BaseModel):
    data: list[_View]
    has_more: bool = False


class _File(BaseModel):
    id: Identifier


class OpenAIBatches:
    """The batch API of one OpenAI endpoint. See `batch_types` for the order of calls."""

    def __init__(self, provider: SdkProvider, client: "AsyncOpenAI", endpoint: str) -> None:
        self._provider = provider
        self._client = client
        self._endpoint: Any = endpoint
        self._who = f"the batches of {provider.name}"

    def rung(self, request: ChatRequest) -> Rung:
        return self._provider.rung(request)

    def step_down(self, model: str, refused: Rung) -> bool:
        return self._provider.step_down(model, refused)

    def portions(self, requests: Mapping[str, ChatRequest], rung: Rung) -> Iterator[list[str]]:
        """Keys in portions that fit one batch each."""
        sizes = {key: size_of(self._provider.body(one, rung)) for key, one in requests.items()}
        return packed(sizes, OPENAI_ITEMS, OPENAI_BYTES)

    async def submit(self, intent: BatchIntent, requests: Mapping[str, ChatRequest]) -> str:
        """Upload the intent's calls, make a batch of them and return its id."""
        lines = b"".join(self._line(key, requests[key], intent.rung) for key in intent.keys)
        upload = self._client.files.with_raw_response.create(
            file=(f"{intent.id}.jsonl", lines), purpose="batch"
        )
        file = await self._answered(upload, _File)
        made = self._client.batches.with_raw_response.create(
            input_file_id=file.id,
            endpoint=self._endpoint,
            completion_window="24h",
            metadata={_LABEL: intent.id},
            extra_headers=self._provider.marks(requests[intent.keys[0]]),
        )
        return (await self._answered(made, _View)).id

    def _line(self, key: str, request: ChatRequest, rung: Rung) -> bytes:
        body = self._provider.body(request, rung)
        row = {"custom_id": key, "method": "POST", "url": self._endpoint, "body": body}
        return json.dumps(row).encode("ascii") + b"\n"

    async def find(self, intent: BatchIntent, known: Collection[str] = ()) -> BatchFound:
        """Look for the batch of an intent by its label."""
        after: dict[str, Any] = {}
        for _ in range(MOST_PAGES):
            listing = self._client.batches.with_raw_response.list(limit=PAGE_ITEMS, **after)
            page = await self._answered(listing, _Page)
            for view in page.data:
                if view.created_at < intent.created_at - CLOCK_SKEW_S:
                    return BatchFound()
                if (view.metadata or {}).get(_LABEL) == intent.id:
                    return BatchFound(view.id)
            if not page.has_more or not page.data:
                return BatchFound()
            after = {"after": page.data[-1].id}
        raise ServerFaultError(f"The list of {self._who} does not come to its end.")

    async def status(self, batch_id: str) -> BatchStatus:
        view = await self._view(batch_id)
        total = view.request_counts.total if view.request_counts else 0
        if view.status == "failed":
            problems = (view.errors.data if view.errors else None) or [_Problem()]
            sentence = f"The provider did not take the batch: {brief(problems[0].message, QUOTED)}"
            return BatchStatus(batch_id, BatchState.FAILED, total, sentence)
        over = view.status in _OVER
        return BatchStatus(batch_id, BatchState.ENDED if over else BatchState.RUNNING, total)

    async def results(self, intent: BatchIntent, batch_id: str) -> AsyncIterator[BatchItem]:
        """Every call of the intent with its result, in no order."""
        view = await self._view(batch_id)
        keys, seen, unreadable = set(intent.keys), set[str](), False
        for name in filter(None, (view.output_file_id, view.error_file_id)):
            opening = self._client.files.with_streaming_response.content(name)
            async for line in streamed_lines(self._provider, opening, self._who, len(keys)):
                row = as_object(line)
                key = row.get("custom_id")
                if not isinstance(key, str) or key not in keys:
                    unreadable = True
                elif key not in seen:
                    seen.add(key)
                    yield item_of(key, partial(self._item, key, row, intent))
        # Only a cancelled batch has no line for what it did not do.
        unbilled = view.status == "cancelled" and not unreadable
        for item in missing(intent, seen, unbilled=unbilled):
            yield item

    def _item(self, key: str, row: Mapping[str, Any], intent: BatchIntent) -> BatchItem:
        response = row.get("response")
        if response is None:
            code = row["error"]["code"]
            if code not in _NOT_DONE:
                raise ValueError("an error of no known sort")
            return not_done(key, code, f"The call was not done: the batch reports {code}.")
        raw = json.dumps(response["body"], ensure_ascii=False)
        status = response["status_code"]
        if type(status) is not int or not 200 <= status < 600:
            raise ValueError("no status of HTTP")
        if status >= 300:
            return failed_item(key, translate.failure(status, raw, {}), intent.model)
        try:
            return BatchItem(key, self._provider.read(raw, intent.rung))
        except ProviderError as error:
            return not_done(key, "provider_failed", error.sentence)

    async def cancel(self, batch_id: str) -> None:
        await self._answered(self._client.batches.with_raw_response.cancel(batch_id), _View)

    async def _view(self, batch_id: str) -> _View:
        return await self._answered(
            self._client.batches.with_raw_response.retrieve(batch_id), _View
        )

    async def _answered(self, call: Any, kind: type[ReplyModel]) -> ReplyModel:
        """What a call answers with, checked."""
        answer = await self._provider.sorted(call, self._who)
        return asked_json(self._provider.scrubbed(answer.http_response.text), kind, self._who)
