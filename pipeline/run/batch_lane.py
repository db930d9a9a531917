"""One model's calls of one stage, sent as batches: the lane beside those that call one by one.

First come the batches that an earlier runner left open. Then what is still to be done goes out in
portions, as large as the provider takes and the budget has room for, until nothing is left: a
call that its batch did not do goes out again, a few times at most.
"""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncGenerator, Coroutine, Iterable, Iterator, Mapping
from contextlib import aclosing
from itertools import islice
from typing import Any

from analysis.errors import FaultlineError
from pipeline.journal.batches import BatchBook, BatchRow
from pipeline.journal.journal import Intent, Journal
from pipeline.journal.writer import JournalError
from pipeline.providers.limits.concurrency import ModelPausedError
from pipeline.providers.types import ChatRequest, Rung
from pipeline.providers.wire.batch_types import BatchClient
from pipeline.run.batch_submission import BatchRefusedError, BatchSubmission, PollSchedule
from pipeline.run.budget import Budget, estimate_usd
from pipeline.run.calls import ModelChannel, RunContext, StoppedError, broke, place_of
from pipeline.run.flow import Flow

log = logging.getLogger("faultline.run")
MOST_CALLS = 10_000  # in one batch: below the providers' limits, so that little waits on one
MOST_BATCHES = 8  # of one lane at once
RECALL_S = 120.0  # how long a cancelled run waits for its batches to end
Portion = dict[str, Intent]


class BatchLane:
    """Each part runs until nothing is left, the model is paused or the run stops, and raises
    what ended it.

    Batches that are under way when one is refused are still waited for.
    """

    def __init__(
        self,
        stage: str,
        model: str,
        flow: Flow,
        context: RunContext,
        channel: ModelChannel,
        client: BatchClient,
    ) -> None:
        self.stage, self.model, self.flow = stage, model, flow
        self.context, self.channel, self.client = context, channel, client
        self.book = BatchBook(context.journal)
        self.schedule = PollSchedule.towards(channel.provider.base_url)
        self.room = asyncio.Semaphore(MOST_BATCHES)
        self.submissions: set[asyncio.Task[None]] = set()
        self.refused = ""
        self.finished = 0
        self.trouble: Exception | None = None

    async def finish_open(self) -> None:
        """Wait for the batches that a runner before this one left open."""
        for row in self.book.open(self.stage, self.model):
            submission = BatchSubmission(
                self.context, self.channel, self.client, row, self.schedule
            )
            self.context.budget.take_up(len(submission.left))
            await self._begin(submission.run())
        await self._wait_for_all()

    async def send(self) -> None:
        """Send what is to be done until nothing is left."""
        while await self._round():
            pass

    async def _round(self) -> bool:
        """Send what is left; whether there may be more. Raises what ended a batch early."""
        sent, self.finished, self.refused = False, 0, ""
        try:
            async with aclosing(self._batches()) as batches:
                async for row, requests in batches:
                    sent = True
                    submission = BatchSubmission(
                        self.context, self.channel, self.client, row, self.schedule
                    )
                    await self._begin(submission.run(requests))
                    if self.trouble or self.refused:
                        break
        finally:
            await self._wait_for_all()
        if self.context.stopping.is_set():
            raise StoppedError
        if self.refused and not self.finished:  # no other batch's end could have made room
            raise ModelPausedError(self.refused)
        return sent

    async def _begin(self, submission: Coroutine[Any, Any, None]) -> None:
        await self.room.acquire()
        task = asyncio.create_task(self._run(submission))
        self.submissions.add(task)
        task.add_done_callback(self._gone)

    def _gone(self, task: "asyncio.Task[None]") -> None:
        self.submissions.discard(task)
        self.room.release()

    async def _run(self, submission: Coroutine[Any, Any, None]) -> None:
        try:
            await submission
            self.finished += 1
        except BatchRefusedError as error:
            self.refused = str(error)
            log.warning("%s %s: a batch was refused: %s", self.stage, self.model, error)
        except (ModelPausedError, StoppedError) as error:
            self.trouble = self.trouble or error
        except (FaultlineError, JournalError, sqlite3.Error) as error:
            self.trouble = error
            self.context.stopping.set()
        except Exception as error:  # the batch stays open, and the next runner asks again
            log.error("%s %s: %s", self.stage, self.model, place_of(error))
            self.trouble = self.trouble or ModelPausedError(broke(error))

    async def _wait_for_all(self) -> None:
        while self.submissions:
            await asyncio.wait(self.submissions)
        if self.trouble is not None:
            raise self.trouble

    # ---- portions -------------------------------------------------------------------------

    async def _batches(self) -> AsyncGenerator[tuple[BatchRow, dict[str, ChatRequest]]]:
        """What is to be done in batches whose intent is on disk and whose dollars are reserved."""
        for portion in self._portions():
            rest = portion
            while rest and not self.context.stopping.is_set():
                taken = await self._afford(rest)
                rest = {key: one for key, one in rest.items() if key not in taken}
                if made := await self._intended(taken):
                    yield made

    def _portions(self) -> Iterator[Portion]:
        for chunk in _chunks(self._calls()):
            by_rung: dict[Rung, Portion] = {}
            for key, intent in chunk.items():
                by_rung.setdefault(self.client.rung(intent.request), {})[key] = intent
            for rung, intents in by_rung.items():
                requests = {key: intent.request for key, intent in intents.items()}
                for keys in self.client.portions(requests, rung):
                    yield {key: intents[key] for key in keys}

    def _calls(self) -> Iterator[tuple[str, Intent]]:
        for work, key in self.flow.pending(self.flow.work(self.stage, self.model)):
            if key not in self.context.in_flight:
                call = work.call
                usd = estimate_usd(call.request, self.channel.price, batch=True)
                yield key, Intent(key, call.subject, call.model, call.request, usd)

    async def _afford(self, portion: Portion) -> Portion:
        """As many of the calls as the budget has room for now, waiting for one at least."""
        taken: Portion = {}
        for key, intent in portion.items():
            if taken and not self.context.budget.fits(intent.estimate_usd):
                break
            await self.context.budget.reserve(intent.estimate_usd)
            taken[key] = intent
        return taken

    async def _intended(self, taken: Portion) -> tuple[BatchRow, dict[str, ChatRequest]] | None:
        in_flight, left = self.context.in_flight, set[str]()
        if fresh := {key: one for key, one in taken.items() if key not in in_flight}:
            in_flight.update(fresh)
            first = next(iter(fresh.values())).request
            intents, rung = list(fresh.values()), self.client.rung(first)
            row = await self.book.intend(self.stage, first.model, rung, intents)
            left = {call.key for call in self.book.calls(row.id)}
            in_flight.difference_update(fresh.keys() - left)
        for key in taken.keys() - left:  # the same request met twice: one reply serves both
            self.context.budget.settle(taken[key].estimate_usd)
        return (row, {key: fresh[key].request for key in fresh if key in left}) if left else None


async def recall(
    journal: Journal, budget: Budget, channels: Mapping[str, ModelChannel | str]
) -> None:
    """Call back every batch that is still out, and store what it had done by then.

    What can't be called back within `RECALL_S` stays open in the journal, its dollars at risk.
    """
    context, submissions = RunContext(journal, budget), []
    for row in BatchBook(journal).open():
        channel = channels.get(row.model)
        if not isinstance(channel, ModelChannel) or channel.batches is None:
            log.warning("%s: batch %s is left at the provider: %s", row.model, row.id, channel)
            continue
        schedule = PollSchedule.towards(channel.provider.base_url)
        submission = BatchSubmission(context, channel, channel.batches, row, schedule)
        budget.take_up(len(submission.left))
        submissions.append(_recalled(submission))
    await asyncio.gather(*submissions)


async def _recalled(submission: BatchSubmission) -> None:
    try:
        async with asyncio.timeout(RECALL_S):
            await submission.recalled()
    except (TimeoutError, ModelPausedError, BatchRefusedError) as error:
        why = str(error) or "it takes too long to end"
        log.warning("batch %s was not called back (%s): it may be billed", submission.row.id, why)


def _chunks(calls: Iterable[tuple[str, Intent]]) -> Iterator[Portion]:
    """Calls by key, at most `MOST_CALLS` at a time."""
    stream = iter(calls)
    while chunk := dict(islice(stream, MOST_CALLS)):
        yield chunk
