"""One model's calls of one stage, sent as batches: the lane beside those that call one by one.

First the batches that a runner before this one left open are brought home. Then what is still to
be done goes out in portions, as large as the provider takes and the budget has room for, until
nothing is left: a call that its batch did not do goes out again, a few times at most.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Coroutine, Iterable, Iterator, Mapping
from contextlib import aclosing
from itertools import islice
from typing import Any

from pipeline.budget import Budget, estimate_usd
from pipeline.concurrency import ModelPausedError
from pipeline.flow import Flow
from pipeline.journal import Intent, Journal
from pipeline.journal_batches import BatchBook, BatchRow
from pipeline.providers.batch_types import BatchClient
from pipeline.providers.types import ChatRequest, Rung
from pipeline.runner_batch import BatchRefusedError, Patience, Trip
from pipeline.runner_calls import Desk, Line, StoppedError

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
        self, stage: str, model: str, flow: Flow, desk: Desk, line: Line, client: BatchClient
    ) -> None:
        self.stage, self.model, self.flow = stage, model, flow
        self.desk, self.line, self.client = desk, line, client
        self.book = BatchBook(desk.journal)
        self.patience = Patience.towards(line.provider.base_url)
        self.room = asyncio.Semaphore(MOST_BATCHES)
        self.trips: set[asyncio.Task[None]] = set()
        self.refused = ""
        self.came_home = 0
        self.trouble: Exception | None = None

    async def bring_home(self) -> None:
        """Wait for the batches that a runner before this one left open."""
        for row in self.book.open(self.stage, self.model):
            trip = Trip(self.desk, self.line, self.client, row, self.patience)
            self.desk.budget.take_up(len(trip.left))
            await self._begin(trip.run())
        await self._all_home()

    async def send(self) -> None:
        """Send what is to be done until nothing is left."""
        while await self._round():
            pass

    async def _round(self) -> bool:
        """Send what is left; whether there may be more. Raises what ended a batch early."""
        sent, self.came_home, self.refused = False, 0, ""
        try:
            async with aclosing(self._batches()) as batches:
                async for row, requests in batches:
                    sent = True
                    trip = Trip(self.desk, self.line, self.client, row, self.patience)
                    await self._begin(trip.run(requests))
                    if self.trouble or self.refused:
                        break
        finally:
            await self._all_home()
        if self.desk.stopping.is_set():
            raise StoppedError
        if self.refused and not self.came_home:  # no other batch's end could have made room
            raise ModelPausedError(self.refused)
        return sent

    async def _begin(self, trip: Coroutine[Any, Any, None]) -> None:
        await self.room.acquire()
        task = asyncio.create_task(self._home(trip))
        self.trips.add(task)
        task.add_done_callback(self._gone)

    def _gone(self, task: "asyncio.Task[None]") -> None:
        self.trips.discard(task)
        self.room.release()

    async def _home(self, trip: Coroutine[Any, Any, None]) -> None:
        try:
            await trip
            self.came_home += 1
        except BatchRefusedError as error:
            self.refused = str(error)
            log.warning("%s %s: a batch was refused: %s", self.stage, self.model, error)
        except (ModelPausedError, StoppedError) as error:
            self.trouble = self.trouble or error
        except Exception as error:
            self.trouble = error
            self.desk.stopping.set()

    async def _all_home(self) -> None:
        while self.trips:
            await asyncio.wait(self.trips)
        if self.trouble is not None:
            raise self.trouble

    # ---- portions -------------------------------------------------------------------------

    async def _batches(self) -> AsyncGenerator[tuple[BatchRow, dict[str, ChatRequest]]]:
        """What is to be done in batches whose intent is on disk and whose dollars are reserved."""
        for portion in self._portions():
            rest = portion
            while rest and not self.desk.stopping.is_set():
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
            if key not in self.desk.in_flight:
                ask = work.ask
                usd = estimate_usd(ask.request, self.line.price, batch=True)
                yield key, Intent(key, ask.subject, ask.model, ask.request, usd)

    async def _afford(self, portion: Portion) -> Portion:
        """As many of the calls as the budget has room for now, waiting for one at least."""
        taken: Portion = {}
        for key, intent in portion.items():
            if taken and not self.desk.budget.fits(intent.estimate_usd):
                break
            await self.desk.budget.reserve(intent.estimate_usd)
            taken[key] = intent
        return taken

    async def _intended(self, taken: Portion) -> tuple[BatchRow, dict[str, ChatRequest]] | None:
        in_flight, left = self.desk.in_flight, set[str]()
        if fresh := {key: one for key, one in taken.items() if key not in in_flight}:
            in_flight.update(fresh)
            first = next(iter(fresh.values())).request
            intents, rung = list(fresh.values()), self.client.rung(first)
            row = await self.book.intend(self.stage, first.model, rung, intents)
            left = {call.key for call in self.book.calls(row.id)}
            in_flight.difference_update(fresh.keys() - left)
        for key in taken.keys() - left:  # the same request met twice: one reply serves both
            self.desk.budget.settle(taken[key].estimate_usd)
        return (row, {key: fresh[key].request for key in fresh if key in left}) if left else None


async def recall(journal: Journal, budget: Budget, lines: Mapping[str, Line | str]) -> None:
    """Call back every batch that is still out, and store what it had done by then.

    What can't be called back within `RECALL_S` stays open in the journal, its dollars at risk.
    """
    desk, trips = Desk(journal, budget), []
    for row in BatchBook(journal).open():
        line = lines.get(row.model)
        if not isinstance(line, Line) or line.batches is None:
            log.warning("%s: batch %s is left at the provider: %s", row.model, row.id, line)
            continue
        patience = Patience.towards(line.provider.base_url)
        trip = Trip(desk, line, line.batches, row, patience)
        budget.take_up(len(trip.left))
        trips.append(_recalled(trip))
    await asyncio.gather(*trips)


async def _recalled(trip: Trip) -> None:
    try:
        async with asyncio.timeout(RECALL_S):
            await trip.recalled()
    except (TimeoutError, ModelPausedError, BatchRefusedError) as error:
        why = str(error) or "it takes too long to end"
        log.warning("batch %s was not called back (%s): it may be billed", trip.row.id, why)


def _chunks(calls: Iterable[tuple[str, Intent]]) -> Iterator[Portion]:
    """Calls by key, at most `MOST_CALLS` at a time."""
    stream = iter(calls)
    while chunk := dict(islice(stream, MOST_CALLS)):
        yield chunk
