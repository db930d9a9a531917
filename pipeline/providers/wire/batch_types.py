"""Batches: the same requests and replies at half the price, hours later.

The order that survives a kill: store the intent, `submit`, store the id. On resume an intent
without an id is first looked for with `find`, and submitted again only when the provider has no
such batch. `custom_id` is the call's key, so results need no order.
"""

import json
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Protocol

from analysis.vocabulary import Outcome
from pipeline.providers import errors
from pipeline.providers.types import ChatRequest, Reply, Rung
from pipeline.providers.wire import translate
from pipeline.providers.wire.structured import refuses_structure
from pipeline.providers.wire.validator import IMPLAUSIBLE

# The limits on bytes are the provider's, less what the envelope and the headers take.
ANTHROPIC_ITEMS, ANTHROPIC_BYTES = 100_000, 250_000_000
OPENAI_ITEMS, OPENAI_BYTES = 50_000, 195_000_000
PAGE_ITEMS = 100  # batches asked for at once
CLOCK_SKEW_S = 600.0  # how far a provider's clock may be from ours when batches are looked for
MOST_PAGES = 1_000  # of a listing: one that never ends is a fault of the provider


@dataclass(frozen=True)
class BatchIntent:
    """A batch about to be submitted: one model, one way of asking for JSON, the calls' keys."""

    id: str
    model: str
    keys: tuple[str, ...]
    created_at: float
    rung: Rung = Rung.NONE


class BatchState(StrEnum):
    RUNNING = "running"
    ENDED = "ended"
    FAILED = "failed"


@dataclass(frozen=True)
class BatchStatus:
    """Where a batch stands. `sentence` says why it failed."""

    id: str
    state: BatchState
    total: int
    sentence: str = ""


@dataclass(frozen=True)
class BatchFound:
    """What the provider's listing says about an intent.

    `id` is the batch that was submitted for it, "" when none was found; `undecided` are batches
    that might be it and can't be told apart until they end: wait for those, don't submit.
    """

    id: str = ""
    undecided: tuple[str, ...] = ()


@dataclass(frozen=True)
class BatchItem:
    """One call's result.

    `resend`: it was not done, so it may be sent again. `unbilled`: it cost nothing.
    `unstructured`: the model does not take the way that JSON was asked for.
    """

    key: str
    reply: Reply
    resend: bool = False
    unbilled: bool = False
    unstructured: bool = False


class BatchClient(Protocol):
    """One provider's batch API. All methods that wait raise `errors.ProviderError`."""

    def rung(self, request: ChatRequest) -> Rung:
        """The way of asking for JSON that a request would be sent with now."""
        ...

    def step_down(self, model: str, refused: Rung) -> bool:
        """Leave a rung that a model refused; False when there is none below it."""
        ...

    def portions(self, requests: Mapping[str, ChatRequest], rung: Rung) -> Iterator[list[str]]: ...

    async def submit(self, intent: BatchIntent, requests: Mapping[str, ChatRequest]) -> str: ...

    async def find(self, intent: BatchIntent, known: Collection[str] = ()) -> BatchFound: ...

    async def status(self, batch_id: str) -> BatchStatus: ...

    def results(self, intent: BatchIntent, batch_id: str) -> AsyncIterator[BatchItem]: ...

    async def cancel(self, batch_id: str) -> None: ...


def packed(sizes: Mapping[str, int], most_items: int, most_bytes: int) -> Iterator[list[str]]:
    """Keys in portions that fit one batch each, in order. One that fits none goes alone."""
    portion: list[str] = []
    filled = 0
    for key, size in sizes.items():
        if portion and (len(portion) >= most_items or filled + size > most_bytes):
            yield portion
            portion, filled = [], 0
        portion.append(key)
        filled += size
    if portion:
        yield portion


def size_of(body: Mapping[str, Any]) -> int:
    """Bytes that a request takes in a batch, its envelope included."""
    return len(json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass")) + 200


def not_done(key: str, reason: str, sentence: str) -> BatchItem:
    """An item that expired, was cancelled or is missing: not done, not billed."""
    reply = Reply(outcome=Outcome.ERROR, stop_reason=reason, error=sentence)
    return BatchItem(key, reply, resend=True, unbilled=True)


def item_of(key: str, read: Callable[[], BatchItem]) -> BatchItem:
    """A result as an item. One that is not a result at all is a stored error, all at risk."""
    try:
        return read()
    except Exception as error:
        reply = Reply(
            outcome=Outcome.ERROR,
            stop_reason=IMPLAUSIBLE,
            error=f"The batch's result for this call can't be read ({type(error).__name__}).",
        )
        return BatchItem(key, reply)


def failed_item(key: str, failed: translate.Failure, who: str) -> BatchItem:
    """An item that the provider answered with an error, or with a refusal in its shape."""
    refused = translate.refusal(failed)
    if refused is not None:
        return BatchItem(key, refused)
    error = translate.error(failed, who)
    reply = Reply(
        outcome=Outcome.ERROR, raw=failed.raw, stop_reason="batch_item", error=error.sentence
    )
    return BatchItem(
        key,
        reply,
        resend=isinstance(error, errors.RetryableError),
        unbilled=True,
        unstructured=failed.status == 400 and refuses_structure(failed.message),
    )


def missing(
    intent: BatchIntent, seen: Collection[str], *, unbilled: bool = False
) -> Iterator[BatchItem]:
    """Items for the keys that no result line named: none may vanish. Unless the provider says so,
    they were not certainly unbilled."""
    for key in intent.keys:
        if key not in seen:
            item = not_done(key, "missing", "The batch ended without a result for this call.")
            yield replace(item, unbilled=unbilled)
