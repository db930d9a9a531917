"""One stage of a run: a lane per model, each with its own stream of calls.

A lane that pauses (a wrong key, a used-up quota) leaves the others alone. What is done already
is passed over, whoever did it.
"""

import asyncio
import logging
import sqlite3
from collections.abc import Awaitable, Collection, Mapping
from dataclasses import dataclass, field

from analysis.errors import FaultlineError
from pipeline.journal.writer import JournalError
from pipeline.providers.limits.concurrency import ModelPausedError
from pipeline.run.batch_lane import BatchLane
from pipeline.run.budget import BudgetSpentError
from pipeline.run.calls import ModelChannel, RunContext, StoppedError, broke, place_of, send
from pipeline.run.flow import Flow
from pipeline.stage_spec import Work
from pipeline.stages import BY_NAME

log = logging.getLogger("faultline.run")
MOST_OPEN = 400
EXPECTED = (StoppedError, ModelPausedError, BudgetSpentError, JournalError, FaultlineError)


@dataclass
class StageEnd:
    """How a stage ended: complete, or why not. `total` counts what its calls add up to."""

    paused: dict[str, str] = field(default_factory=dict)
    stop: str = ""
    failure: Exception | None = None

    @property
    def complete(self) -> bool:
        return not (self.paused or self.stop or self.failure)

    @property
    def sentence(self) -> str:
        if self.stop:
            return self.stop
        return " ".join(f"{model} is paused: {why}" for model, why in self.paused.items())


async def run_stage(
    stage: str,
    flow: Flow,
    context: RunContext,
    channels: Mapping[str, ModelChannel | str],
    without: Collection[str] = (),
) -> StageEnd:
    """Make every call of a stage that has not been made, but for those to models `without` which
    the run goes on. A channel that is a string can't be used: it says why."""
    ended = StageEnd()
    lanes = []
    for model in dict.fromkeys(flow.plan.models_of(stage)):
        if model in without:
            continue
        channel = channels[model]
        if isinstance(channel, str):
            ended.paused[model] = channel
        elif channel.limiter.paused:
            ended.paused[model] = channel.limiter.paused
        else:
            lanes.append(_Lane(stage, model, flow, context, channel, ended).run())
    await asyncio.gather(*lanes)
    return ended


class _Lane:
    """One model's calls of one stage, at most `MOST_OPEN` of them waiting or under way."""

    def __init__(
        self,
        stage: str,
        model: str,
        flow: Flow,
        context: RunContext,
        channel: ModelChannel,
        ended: StageEnd,
    ) -> None:
        self.stage, self.model, self.flow = stage, model, flow
        self.context, self.channel, self.ended = context, channel, ended
        self.room = asyncio.Semaphore(MOST_OPEN)
        self.tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        await self._outlive(self._send_all())
        while self.tasks:
            await asyncio.wait(self.tasks)

    async def _send_all(self) -> None:
        """Each call by itself, or together where the plan says so."""
        if not self.flow.plan.batched(self.stage, self.model):
            await self._feed()
            return
        if self.channel.batches is None:
            raise ModelPausedError(f"{self.channel.provider.name} has no batch API.")
        lane = BatchLane(
            self.stage, self.model, self.flow, self.context, self.channel, self.channel.batches
        )
        await lane.finish_open()
        await (self._feed() if self.context.one_by_one else lane.send())

    @property
    def over(self) -> bool:
        return self.context.stopping.is_set() or self.model in self.ended.paused

    async def _feed(self) -> None:
        warm = not BY_NAME[self.stage].sends_spec or self.channel.provider.base_url == ""
        for work, key in self.flow.pending(self.flow.work(self.stage, self.model)):
            await self.room.acquire()
            if self.over:
                self.room.release()
                return
            if key in self.context.in_flight:
                self.room.release()
                continue
            self.context.in_flight.add(key)
            task = asyncio.create_task(self._one(work, key))
            self.tasks.add(task)
            task.add_done_callback(self._gone)
            if not warm:  # the first call puts the spec into the provider's cache
                await asyncio.wait([task])
                warm = True

    def _gone(self, task: "asyncio.Task[None]") -> None:
        self.tasks.discard(task)
        self.room.release()

    async def _one(self, work: Work, key: str) -> None:
        await self._outlive(self._sent(work, key))

    async def _sent(self, work: Work, key: str) -> None:
        """One call. What nobody foresaw in it pauses its model and ends nothing for the others."""
        try:
            await send(self.context, self.channel, work, key)
        except (*EXPECTED, sqlite3.Error):
            raise
        except Exception as error:
            log.error("%s %s: %s", self.stage, self.model, place_of(error))
            raise ModelPausedError(broke(error)) from None

    async def _outlive(self, sending: Awaitable[None]) -> None:
        """Await it, and note what stops this model, or the run."""
        try:
            await sending
        except StoppedError:
            pass
        except ModelPausedError as error:
            if self.model not in self.ended.paused:
                self.ended.paused[self.model] = str(error)
                log.warning("%s: %s is paused: %s", self.stage, self.model, error)
        except (BudgetSpentError, JournalError) as error:
            if not self.ended.stop:
                self.ended.stop = str(error)
                log.error("%s: %s", self.stage, error)
            self.context.stopping.set()
        except Exception as error:
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        if self.ended.failure is None:
            self.ended.failure = error
        self.context.stopping.set()
