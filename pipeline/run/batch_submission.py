"""One batch, from its intent to its stored replies: the same whether made now or found again.

The order that survives a kill at any moment: the intent on disk, the submission, the provider's
id on disk, the replies on disk, the batch closed. An intent without an id is looked for at the
provider before it is submitted again, so nothing is paid twice.
"""

import asyncio
import itertools
import logging
import random
import sqlite3
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeVar

from analysis.errors import FaultlineError
from analysis.number_text import in_dollars
from analysis.vocabulary import Outcome
from pipeline.journal.batches import BatchBook, BatchRow, OpenCall
from pipeline.journal.writer import JournalError
from pipeline.providers.errors import (
    FatalError,
    ModelNotFoundError,
    NotConnectedError,
    ProviderError,
    RateLimitedError,
    RequestRejectedError,
    unforeseen,
)
from pipeline.providers.limits.concurrency import ModelPausedError
from pipeline.providers.types import ChatRequest, Rung
from pipeline.providers.wire.batch_types import (
    BatchClient,
    BatchIntent,
    BatchItem,
    BatchState,
    BatchStatus,
)
from pipeline.providers.wire.sdk import is_loopback
from pipeline.providers.wire.validator import accepted
from pipeline.run.budget import cost_of
from pipeline.run.calls import ModelChannel, RunContext, StoppedError, check_served, place_of

log = logging.getLogger("faultline.run")
ReplyModel = TypeVar("ReplyModel")
KEPT_TOGETHER = 256  # replies written in one go
MOST_SENT = 3  # batches that one call may go out in before its failure is stored
MOST_FAILURES = 30  # in a row, of one question about a batch: some fifteen minutes


class BatchRefusedError(Exception):
    """The provider did not take a batch: nothing of it was done. The message is one sentence."""


@dataclass(frozen=True)
class PollSchedule:
    """Seconds between two polls of a batch, growing from first to most; `settle_s` passes before
    a batch that no listing names is taken as never submitted."""

    first_s: float = 1.0
    growth: float = 1.3
    most_s: float = 60.0
    settle_s: float = 30.0

    @classmethod
    def towards(cls, base_url: str) -> "PollSchedule":
        """A provider on this machine lists what it has at once, and may be asked often."""
        return cls(0.05, 1.3, 2.0, 0.0) if is_loopback(base_url) else cls()


@dataclass
class BatchSubmission:
    """One batch under way. Its dollars are reserved, and its keys in flight, until `run` ends."""

    context: RunContext
    channel: ModelChannel
    client: BatchClient
    row: BatchRow
    schedule: PollSchedule
    left: dict[str, OpenCall] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.book = BatchBook(self.context.journal)
        self.left = {call.key: call for call in self.book.calls(self.row.id)}
        name = f"{self.row.name} ({self.channel.provider.name})"
        self.intent = BatchIntent(
            self.row.id, name, tuple(self.left), self.row.created_at, Rung(self.row.rung)
        )

    async def run(self, requests: Mapping[str, ChatRequest] | None = None) -> None:
        """Wait for the batch and store its replies. `requests` are given for one not yet submitted.

        Raises ModelPausedError, StoppedError or BatchRefusedError when it could not be; unless
        it was refused or lost, its calls then stay open, and the next runner asks again.
        """
        keys = set(self.left)
        self.context.in_flight |= keys
        try:
            batch_id = self.row.batch_id or await self._submitted(requests)
            if not batch_id:
                return
            status = await self._ended(batch_id)
            if status.state is BatchState.FAILED:
                await self._drop()
                raise BatchRefusedError(status.sentence)
            await self.asked(lambda: self._store(batch_id))
            await self.book.close(self.row.id, "over")
        finally:
            self.context.budget.put_down(len(self.left))
            self.context.in_flight -= keys

    # ---- there ----------------------------------------------------------------------------

    async def _submitted(self, requests: Mapping[str, ChatRequest] | None) -> str:
        """The provider's id: of the batch found for this intent, or else of a new one. "" where it
        may have been taken and billed although the provider does not list it."""
        maybe_there, maybe_billed = requests is None, False
        for failures in itertools.count(1):
            found = await self._found() if maybe_there else ""
            if found:
                log.info("%s: found again as %s", self._words, found)
            elif maybe_billed:
                await self._count_at_risk()
                return ""
            try:
                made = found or await self._submit(requests)
            except ProviderError as error:
                maybe_there = maybe_there or not isinstance(
                    error, (NotConnectedError, RateLimitedError)
                )
                maybe_billed = maybe_billed or error.possibly_billed
                await self._after_failure(error, failures, "could not be submitted")
                continue
            await self.book.noted(self.row.id, made)
            return made
        raise AssertionError("the loop ends with an id")

    async def _submit(self, requests: Mapping[str, ChatRequest] | None) -> str:
        """Raises a retryable ProviderError; others end the batch."""
        calls = self.book.requests(self.row.id) if requests is None else requests
        try:
            made = await self.client.submit(self.intent, calls)
        except RequestRejectedError as error:
            sentence = error.sentence
        except FatalError as error:
            await self._drop()
            raise ModelPausedError(error.sentence) from None
        else:
            log.info("%s: submitted as %s, %d calls", self._words, made, len(calls))
            return made
        await self._drop()
        raise BatchRefusedError(sentence)

    async def _found(self) -> str:
        """The id of this intent's batch at the provider, "" when it has none.

        Anthropic's listing can't tell running batches of one size apart: those are waited for.
        """
        for look in itertools.count(1):
            found = await self.asked(partial(self.client.find, self.intent, self.book.known()))
            if found.id or (not found.undecided and look > 1):
                return found.id
            if found.undecided:
                log.info("%s: may be one of %s", self._words, ", ".join(found.undecided))
                await self._wait(look)
            else:
                await self.context.sleep(self.schedule.settle_s)
        raise AssertionError("the loop ends with an answer")

    async def _ended(self, batch_id: str) -> BatchStatus:
        for look in itertools.count(1):
            status = await self.asked(lambda: self._status(batch_id))
            if status.state is not BatchState.RUNNING:
                return status
            await self._wait(look)
        raise AssertionError("the loop ends with a status")

    async def _status(self, batch_id: str) -> BatchStatus:
        try:
            return await self.client.status(batch_id)
        except ModelNotFoundError:
            pass
        count, risk = len(self.left), sum(call.estimate_usd for call in self.left.values())
        await self.book.lose(self.row.id)
        for call in self.left.values():
            self.context.budget.settle(call.estimate_usd, at_risk=call.estimate_usd)
        self.left.clear()
        raise ModelPausedError(
            f"The provider no longer knows the batch {batch_id}: its {count:,} calls may have been "
            f"billed (up to {in_dollars(risk)}). Resuming the run sends them again."
        )

    # ---- and back -------------------------------------------------------------------------

    async def _store(self, batch_id: str) -> None:
        """Store every result; what was stored before a restart is passed over."""
        kept: list[BatchItem] = []
        async for item in self.client.results(self.intent, batch_id):
            kept.append(item)
            if len(kept) >= KEPT_TOGETHER:
                await asyncio.gather(*map(self._keep, kept))
                kept = []
        await asyncio.gather(*map(self._keep, kept))

    async def _keep(self, item: BatchItem) -> None:
        call = self.left.get(item.key)
        if call is None:
            return
        budget, journal = self.context.budget, self.context.journal
        if self._again(item, call):
            risk = 0.0 if item.unbilled else call.estimate_usd
            if risk:
                await journal.attempt_failed(item.key, risk)
            await journal.release(item.key)
            del self.left[item.key]
            budget.settle(call.estimate_usd, at_risk=risk)
            return
        reply = accepted(item.reply, call.bounds)
        if item.resend:
            sentence = f"{reply.error} Given up after {call.sent} batches."
            reply = replace(reply, error=sentence, stop_reason="gave_up")
        usd, risk = 0.0, 0.0
        if not item.unbilled:
            usd, risk = cost_of(reply, self.channel.price, call.estimate_usd, batch=True)
        plain = call.plain and bool(reply.text.strip())
        await journal.settle(item.key, reply, usd, risk, plain=plain, batched=True)
        del self.left[item.key]
        budget.settle(call.estimate_usd, usd, risk)
        if reply.outcome is not Outcome.ERROR:
            check_served(self.context, self.row.model, self.row.name, reply)

    def _again(self, item: BatchItem, call: OpenCall) -> bool:
        """Whether a call goes out once more: it was not done, or not asked for as it takes it."""
        if item.unstructured and self.intent.rung not in (Rung.NONE, Rung.TOLERANT):
            return self.client.step_down(self.row.name, self.intent.rung)
        return item.resend and call.sent < MOST_SENT

    async def recalled(self) -> None:
        """Ask the provider to stop the batch, wait for what it had done by then, and store it."""
        if batch_id := self.row.batch_id or await self._found():
            await self.book.noted(self.row.id, batch_id)
            self.row = replace(self.row, batch_id=batch_id)
            await self.asked(lambda: self.client.cancel(batch_id))
            await self.run()
        else:
            await self._drop()

    async def _count_at_risk(self) -> None:
        """Close a batch that the provider may be working on although it does not list it. Its
        dollars count as at risk; its calls go out in another batch, a few times at most."""
        tried = max((call.sent for call in self.left.values()), default=0)
        for call in self.left.values():
            await self.context.journal.attempt_failed(call.key, call.estimate_usd)
            await self.context.journal.release(call.key)
            self.context.budget.settle(call.estimate_usd, at_risk=call.estimate_usd)
        self.left.clear()
        await self.book.close(self.row.id, "over")
        if tried >= MOST_SENT:
            raise ModelPausedError(
                f"{self.row.model}: a batch was sent {tried} times and never seen at the provider. "
                "What it may have cost counts as at risk. Resuming the run sends it again."
            )

    async def _drop(self) -> None:
        """Close a batch of which nothing was done: its calls wait for another."""
        for call in self.left.values():
            await self.context.journal.release(call.key)
            self.context.budget.settle(call.estimate_usd)
        self.left.clear()
        await self.book.close(self.row.id, "dropped")

    # ---- asking ---------------------------------------------------------------------------

    async def asked(self, ask: Callable[[], Awaitable[ReplyModel]]) -> ReplyModel:
        """What the provider answers, failures of the moment outlived."""
        for failures in itertools.count(1):
            try:
                return await ask()
            except ProviderError as error:
                await self._after_failure(error, failures, "could not be asked about")
            except (FaultlineError, ModelPausedError, StoppedError, JournalError, sqlite3.Error):
                raise
            except Exception as error:  # an answer that broke its reader may be another next time
                log.error("%s: %s", self._words, place_of(error))
                found = unforeseen(error)
                await self._after_failure(found, failures, "could not be asked about")
        raise AssertionError("the loop ends with an answer")

    async def _after_failure(self, error: ProviderError, failures: int, what: str) -> None:
        log.warning("%s: %s", self._words, error)
        if isinstance(error, FatalError):
            raise ModelPausedError(error.sentence)
        if failures >= MOST_FAILURES or isinstance(error, RequestRejectedError):
            tried = f" A batch {what} in {failures} attempts."
            raise ModelPausedError(error.sentence + tried)
        await self.context.sleep(self.context.policy.delay(error, failures, random.random()))

    async def _wait(self, look: int) -> None:
        waits = self.schedule
        await self.context.sleep(min(waits.most_s, waits.first_s * waits.growth ** min(look, 99)))

    @property
    def _words(self) -> str:
        return f"{self.row.stage} {self.row.model}: batch {self.row.id}"
