"""One stage of a run: a lane per model, each with its own stream of calls.

A lane that pauses (a wrong key, a used-up quota) leaves the others alone. What is done already
is passed over, whoever did it.
"""

import asyncio
import logging
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field

from pipeline.budget import BudgetSpentError
from pipeline.concurrency import ModelPausedError
from pipeline.flow import Flow, Work
from pipeline.journal_writer import JournalError
from pipeline.runner_batches import BatchLane
from pipeline.runner_calls import Desk, Line, StoppedError, send

log = logging.getLogger("faultline.run")
MOST_OPEN = 400


@dataclass
class Ended:
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


async def run_stage(stage: str, flow: Flow, desk: Desk, lines: Mapping[str, Line | str]) -> Ended:
    """Make every call of a stage that has not been made. A line that is a string can't be used,
    and says why."""
    ended = Ended()
    lanes = []
    for model in dict.fromkeys(flow.plan.models_of(stage)):
        line = lines[model]
        if isinstance(line, str):
            ended.paused[model] = line
        elif line.limiter.paused:
            ended.paused[model] = line.limiter.paused
        else:
            lanes.append(_Lane(stage, model, flow, desk, line, ended).run())
    await asyncio.gather(*lanes)
    return ended


class _Lane:
    """One model's calls of one stage, at most `MOST_OPEN` of them waiting or under way."""

    def __init__(
        self, stage: str, model: str, flow: Flow, desk: Desk, line: Line, ended: Ended
    ) -> None:
        self.stage, self.model, self.flow = stage, model, flow
        self.desk, self.line, self.ended = desk, line, ended
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
        if self.line.batches is None:
            raise ModelPausedError(f"{self.line.provider.name} has no batch API.")
        lane = BatchLane(self.stage, self.model, self.flow, self.desk, self.line, self.line.batches)
        await lane.bring_home()
        await (self._feed() if self.desk.one_by_one else lane.send())

    @property
    def over(self) -> bool:
        return self.desk.stopping.is_set() or self.model in self.ended.paused

    async def _feed(self) -> None:
        warm = self.stage != "judge" or self.line.provider.base_url == ""
        for work, key in self.flow.pending(self.flow.work(self.stage, self.model)):
            await self.room.acquire()
            if self.over:
                self.room.release()
                return
            if key in self.desk.in_flight:
                self.room.release()
                continue
            self.desk.in_flight.add(key)
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
        await self._outlive(send(self.desk, self.line, work, key))

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
            self.desk.stopping.set()
        except Exception as error:
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        if self.ended.failure is None:
            self.ended.failure = error
        self.desk.stopping.set()
