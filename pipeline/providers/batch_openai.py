"""OpenAI's batches, on the client of an open provider: a file of lines, then a batch of it.

The intent's id goes into the batch's metadata, so that the listing recognises it.
"""

import json
from collections.abc import AsyncIterator, Collection, Iterator, Mapping
from typing import Any

from pipeline.providers import translate
from pipeline.providers.batch_types import (
    OPENAI_BYTES,
    OPENAI_ITEMS,
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
from pipeline.providers.errors import ProviderError, ServerFaultError
from pipeline.providers.openai_provider import OpenAIProvider
from pipeline.providers.replies import as_object
from pipeline.providers.sdk import streamed_lines
from pipeline.providers.types import ChatRequest, Rung

_LABEL = "faultline_intent"
_CLOCK_SKEW_S = 600.0
_PAGE = 100
_OVER = {"completed", "expired", "cancelled"}


class OpenAIBatches:
    """The batch API of one OpenAI endpoint. See `batch_types` for the order of calls."""

    def __init__(self, provider: OpenAIProvider) -> None:
        self._provider = provider
        self._client = provider.client
        self._who = f"the batches of {provider.name}"
        responses = provider.api == "responses"
        self._endpoint: Any = "/v1/responses" if responses else "/v1/chat/completions"

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
        file = await self._asked(upload)
        made = self._client.batches.with_raw_response.create(
            input_file_id=str(file["id"]),
            endpoint=self._endpoint,
            completion_window="24h",
            metadata={_LABEL: intent.id},
            extra_headers=self._provider.marks(requests[intent.keys[0]]),
        )
        return str((await self._asked(made))["id"])

    def _line(self, key: str, request: ChatRequest, rung: Rung) -> bytes:
        body = self._provider.body(request, rung)
        row = {"custom_id": key, "method": "POST", "url": self._endpoint, "body": body}
        return json.dumps(row).encode("ascii") + b"\n"

    async def find(self, intent: BatchIntent, known: Collection[str] = ()) -> BatchFound:
        """Look for the batch of an intent by its label."""
        after: dict[str, Any] = {}
        while True:
            listing = self._client.batches.with_raw_response.list(limit=_PAGE, **after)
            page = await self._asked(listing)
            for view in page["data"]:
                if view["created_at"] < intent.created_at - _CLOCK_SKEW_S:
                    return BatchFound()
                if (view.get("metadata") or {}).get(_LABEL) == intent.id:
                    return BatchFound(str(view["id"]))
            if not page.get("has_more") or not page["data"]:
                return BatchFound()
            after = {"after": page["data"][-1]["id"]}

    async def status(self, batch_id: str) -> BatchStatus:
        view = await self._view(batch_id)
        total = int((view.get("request_counts") or {}).get("total", 0))
        if view["status"] == "failed":
            told = ((view.get("errors") or {}).get("data") or [{}])[0].get("message", "no reason")
            sentence = f"The provider did not take the batch: {str(told)[:300]}"
            return BatchStatus(batch_id, BatchState.FAILED, total, sentence)
        over = view["status"] in _OVER
        return BatchStatus(batch_id, BatchState.ENDED if over else BatchState.RUNNING, total)

    async def results(self, intent: BatchIntent, batch_id: str) -> AsyncIterator[BatchItem]:
        """Every call of the intent with its result, in no order."""
        view = await self._view(batch_id)
        keys, seen = set(intent.keys), set()
        for name in ("output_file_id", "error_file_id"):
            if not view.get(name):
                continue
            opening = self._client.files.with_streaming_response.content(str(view[name]))
            async for line in streamed_lines(self._provider, opening, self._who):
                row = as_object(line)
                key = str(row.get("custom_id"))
                if key in keys and key not in seen:
                    seen.add(key)
                    yield self._item(key, row, intent)
        for item in missing(intent, seen):
            yield item

    def _item(self, key: str, row: Mapping[str, Any], intent: BatchIntent) -> BatchItem:
        response = row.get("response")
        if not isinstance(response, dict):
            code = str((row.get("error") or {}).get("code") or "unknown")
            return not_done(key, code, f"The call was not done: the batch reports {code}.")
        raw = json.dumps(response.get("body"), ensure_ascii=False)
        status = int(response.get("status_code", 500))
        if status >= 400:
            return failed_item(key, translate.failure(status, raw, {}), intent.model)
        try:
            return BatchItem(key, self._provider.read(raw, intent.rung))
        except ProviderError as error:
            return not_done(key, "provider_failed", error.sentence)

    async def cancel(self, batch_id: str) -> None:
        await self._asked(self._client.batches.with_raw_response.cancel(batch_id))

    async def _view(self, batch_id: str) -> dict[str, Any]:
        return await self._asked(self._client.batches.with_raw_response.retrieve(batch_id))

    async def _asked(self, call: Any) -> dict[str, Any]:
        """The JSON object that a call answers with."""
        answer = await self._provider.sorted(call, self._who)
        read = as_object(self._provider.scrubbed(answer.http_response.text))
        if not read:
            raise ServerFaultError(f"The answer from {self._who} was not a JSON object.")
        return read
