"""The runner: takes a run through its stages, in order, until it is done or has to stop.

One process, one event loop, one writer thread. It works while it holds the run's lock, beats
twice a second, and obeys the journal's control table: pause and cancel.
"""

import asyncio
import contextlib
import logging
import math
import signal
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis.errors import FaultlineError
from analysis.vocabulary import Outcome
from pipeline.journal.batches import BatchBook
from pipeline.journal.journal import Journal
from pipeline.plan.inputs import Inputs
from pipeline.plan.plan import Plan
from pipeline.providers.client_pool import ClientPool
from pipeline.providers.limits.concurrency import Limiter, Tuning
from pipeline.providers.limits.retry import RetryPolicy
from pipeline.providers.types import Provider
from pipeline.run.batch_lane import recall
from pipeline.run.budget import Budget
from pipeline.run.calls import ModelChannel, RunContext, problem_of
from pipeline.run.embed_calls import EmbeddingProvider, EmbedFlow
from pipeline.run.flow import Flow
from pipeline.run.heartbeat import Heartbeat
from pipeline.run.left_out import WITHOUT, left_out
from pipeline.run.search import draw_round, looping, rounds_left
from pipeline.run.selection import run_selection
from pipeline.run.stage import StageEnd, run_stage
from pipeline.run.state import CANCELLED, State
from pipeline.stages import BY_NAME, respond

log = logging.getLogger("faultline.run")
SIM_AT_ONCE = 64
MOST_AT_ONCE = 400
FEW, LOW_CACHE = 20, 0.5  # below this share of cached input, judging costs more than it need
Providers = Mapping[str, Provider | str]


@dataclass(frozen=True)
class Result:
    """How a runner left its run."""

    state: State
    sentence: str = ""


class Runner:
    """One runner's work on one run. Made while holding the run's lock."""

    def __init__(
        self,
        folder: Path,
        plan: Plan,
        providers: Providers,
        policy: RetryPolicy | None = None,
    ) -> None:
        self.folder, self.plan, self.providers = folder, plan, providers
        self.policy = policy or RetryPolicy()
        self.journal = Journal(folder)
        self.inputs = Inputs(plan, folder)
        self.complete: set[str] = set()
        self.order: Result | None = None  # a reason to stop before the work is done
        self.channels: dict[str, ModelChannel | str] = {}
        self.cancelled = False
        self.without = left_out(self.journal.reading, WITHOUT)

    async def run(self) -> Result:
        """Work until nothing is left or there is a reason to stop; store the state either way."""
        if lost := self.journal.recover():
            log.warning("%d calls were in flight when a runner died: their cost is at risk", lost)
        budget = Budget(self._cap(), *self.journal.ledger())
        self.context = RunContext(self.journal, budget, self.policy)
        self.context.one_by_one = self.journal.meta("one_by_one") is not None
        self.context.budget.hold(BatchBook(self.journal).held_usd())
        for name in self.plan.used_models():
            self.channels[name] = self._channel(name)
        self.enter(Result(State.RUNNING))
        self._obey_signals()
        if self.journal.meta("cancelling"):
            self.stop(State.STOPPED, "", cancelled=True)
        beat = asyncio.create_task(
            Heartbeat(self.folder, self.journal, self.channels, self.stop).run()
        )
        try:
            result = await self._stages()
            if self.cancelled:
                await recall(self.journal, self.context.budget, self.channels)
                self.journal.set_meta("cancelled", "1")
        except FaultlineError as error:
            result = Result(State.FAILED, str(error))
        finally:
            beat.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await beat
            await self._close_providers()
        self.enter(result)
        return result

    def enter(self, result: Result) -> None:
        self.journal.set_meta("state", result.state.value)
        self.journal.set_meta("sentence", result.sentence)

    def stop(self, state: State, sentence: str, *, cancelled: bool = False) -> None:
        """Let what is in flight come back, send nothing more, then leave the run in this state."""
        if self.order is None:
            self.order = Result(state, CANCELLED if cancelled else sentence)
            log.info("stopping: %s", self.order.sentence)
        if cancelled:  # for good only when what is out in batches has been called back
            self.journal.set_meta("cancelling", "1")
            self.cancelled = True
        self.context.stopping.set()

    def _obey_signals(self) -> None:
        loop = asyncio.get_running_loop()
        sentence = "Stopped by a signal; what was in flight has been stored. Resume it at any time."

        def caught(number: signal.Signals) -> None:
            loop.remove_signal_handler(number)  # a second signal ends the process at once
            self.stop(State.STOPPED, sentence)

        for number in (signal.SIGTERM, signal.SIGINT):
            with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
                loop.add_signal_handler(number, caught, number)

    def _cap(self) -> float:
        raised = self.journal.meta("budget_usd")
        return self.plan.budget_usd if raised is None else float(raised)

    def _channel(self, name: str) -> ModelChannel | str:
        """Where a model's calls go. Two ids of one served model share its limit."""
        entry = self.plan.models[name]
        provider = self.providers[entry.provider]
        if isinstance(provider, str):
            return provider
        label = f"{entry.name} ({entry.provider})"
        channels = [
            channel for channel in self.channels.values() if isinstance(channel, ModelChannel)
        ]
        shared = next(
            (channel.limiter for channel in channels if channel.limiter.name == label), None
        )
        most = entry.most_at_once or (MOST_AT_ONCE if provider.base_url else SIM_AT_ONCE)
        tuning = Tuning(start=float(min(20, most)), ceiling=float(most))
        limiter = shared or Limiter(label, tuning)
        if isinstance(provider, ClientPool) and name in self.plan.embedders:
            return ModelChannel(name, EmbeddingProvider(provider), limiter, entry.price.price())
        batches = provider.batches() if isinstance(provider, ClientPool) else None
        return ModelChannel(name, provider, limiter, entry.price.price(), batches)

    def close(self) -> None:
        self.journal.close()

    async def _close_providers(self) -> None:
        for provider in self.providers.values():
            if not isinstance(provider, str):
                await provider.aclose()

    # ---- stages ---------------------------------------------------------------------------

    async def _stages(self) -> Result:
        """All rounds of a search, each up to its scores, then the plan's stages to the end."""
        while left := rounds_left(self.plan, self.journal.reading):
            stages = looping(self.plan)
            result = await self._through(stages)
            if self.order is not None or not {*stages} <= self.complete:
                return result
            flow = Flow(self.plan, self.inputs, self.journal.reading)
            await asyncio.to_thread(draw_round, flow, self.journal)
            if rounds_left(self.plan, self.journal.reading) >= left:
                raise RuntimeError("a round that was drawn was not written down")
            self.complete.clear()
        return await self._through(self.plan.stages)

    async def _through(self, stages: Sequence[str]) -> Result:
        reasons: list[str] = []
        for position, stage in enumerate(stages):
            known = BY_NAME[stage]
            if not self._have(known.after(self.plan.settings(known))):
                continue
            if sentence := await self._stage(stage, position):
                reasons.append(sentence)
            if self.order is not None:
                return self.order
            if self._have(known.fed_by) and not sentence:
                self.complete.add(stage)
        if reasons:
            why = " ".join(dict.fromkeys(reasons))
            return Result(State.PAUSED, f"{why} Resume the run when that is mended.")
        if self.without:
            names = ", ".join(self.without)
            return Result(
                State.PAUSED,
                f"Everything else is done; {names} was left out. Load what is there, or resume the "
                f"run to ask {names} now.",
            )
        return Result(State.DONE)

    def _have(self, stages: Iterable[str]) -> bool:
        return all(stage in self.complete for stage in stages if stage in self.plan.stages)

    async def _stage(self, stage: str, position: int) -> str:
        """Run one stage; a sentence when a model of it is paused. Sets `order` to stop the run."""
        flow = EmbedFlow(self.plan, self.inputs, self.journal.reading)
        known = BY_NAME[stage]
        if known.makes is not None:
            log.info("%s: %d made", stage, known.makes(flow))
            self.journal.set_progress(stage, position, 1, "complete")
            return ""
        if known.selection is not None:
            return await self._selection(stage, position, flow)
        total = expected(stage, flow, self.journal.tally(respond.SPEC.name))
        self.journal.set_progress(stage, position, total, "running")
        log.info("%s: about %d calls", stage, total)
        ended = await run_stage(stage, flow, self.context, self.channels, self.without)
        self.journal.flush()
        if self.journal.tally(stage)["unread"]:
            self._read_again(stage, flow)
        return self._ended(stage, position, total, ended)

    async def _selection(self, stage: str, position: int, flow: EmbedFlow) -> str:
        """A selection, after the calls for vectors that its embedder may need."""
        total = 1
        targets = self.plan.models_of(stage) if self.journal.document(stage) is None else ()
        if calls := sum(1 for model in targets for _ in flow.work(stage, model)):
            total = calls
            self.journal.set_progress(stage, position, total, "running")
            ended = await run_stage(stage, flow, self.context, self.channels)
            self.journal.flush()
            sentence = self._ended(stage, position, total, ended)
            if sentence or self.order is not None:
                return sentence
        self.journal.set_progress(stage, position, total, "running")
        await run_selection(stage, flow, self.journal)
        self.journal.set_progress(stage, position, total, "complete")
        return ""

    def _read_again(self, stage: str, flow: Flow) -> None:
        """Read replies that were stored, but not read, when a runner died."""
        for model in self.plan.models_of(stage):
            for work, stored in flow.stored(flow.work(stage, model)):
                if stored is not None and stored.outcome is Outcome.ANSWERED:
                    self.journal.parsed(stored.key, problem_of(work, stored.text))
        self.journal.flush()

    def _ended(self, stage: str, position: int, total: int, ended: StageEnd) -> str:
        if ended.failure is not None:
            raise ended.failure
        if ended.stop:
            self.stop(State.PAUSED, ended.stop)
        if self.order is not None:
            self.journal.set_progress(stage, position, total, "waiting", self.order.sentence)
            return ""
        if not ended.complete:
            self.journal.set_progress(stage, position, total, "paused", ended.sentence)
            return ended.sentence
        tally = self.journal.tally(stage)
        total = int(tally["done"] + tally["failed"])
        self.journal.set_progress(stage, position, total, "complete")
        unread = int(tally["unparsable"])
        ends = f"{tally['done'] - unread:.0f} done, {tally['failed']:.0f} failed"
        log.info("%s: %s, %d unparsable", stage, ends, unread)
        self._check_cache(stage, tally)
        self._check_any_use(stage, tally)
        return ""

    def _check_cache(self, stage: str, tally: Mapping[str, float]) -> None:
        """Say when the spec was paid for in full most of the time."""
        read = tally["input_tokens"] + tally["cached_tokens"]
        simulated = all(self.plan.models[name].simulated for name in self.plan.models_of(stage))
        if BY_NAME[stage].sends_spec and not simulated and tally["done"] >= FEW and read > 0:
            share = tally["cached_tokens"] / read
            if share < LOW_CACHE:
                log.warning("%s: only %.0f%% of the input came from the cache", stage, 100 * share)

    def _check_any_use(self, stage: str, tally: Mapping[str, float]) -> None:
        """A stage without one usable reply leaves nothing to go on with: say so and stop."""
        lost = tally["failed"]
        if not BY_NAME[stage].refusal_is_finding:
            lost += tally[Outcome.API_REFUSAL] + tally[Outcome.TRUNCATED] + tally["unparsable"]
        total = tally["done"] + tally["failed"]
        if total == 0 or lost < total:
            return
        parts = {
            "errors": tally["failed"],
            "unreadable replies": tally["unparsable"],
            "API refusals": tally[Outcome.API_REFUSAL],
            "cut-off replies": tally[Outcome.TRUNCATED],
        }
        listed = ", ".join(f"{count:.0f} {name}" for name, count in parts.items() if count)
        self.stop(
            State.FAILED,
            f"The stage {stage} has no usable reply ({listed}). See the run's log; resume it to "
            "try the failed calls again.",
        )


def expected(stage: str, flow: Flow, responded: Mapping[str, float]) -> int:
    """Calls of one stage, from the records before it; exact once it is through.

    `responded`: the tally of respond.
    """

    def answers(share: float) -> int:
        return _answers(flow, responded, share)

    count = BY_NAME[stage].expected
    return 0 if count is None else count(flow, answers)


def _answers(flow: Flow, responded: Mapping[str, float], share: float) -> int:
    """About how many answers can be read in this share of the queries."""
    if respond.SPEC.name not in flow.plan.stages:
        models = len(flow.inputs.snapshot.models) if flow.inputs.snapshot is not None else 0
        return math.ceil(models * len(flow.scenarios) * share)
    read = responded["done"] - responded[Outcome.API_REFUSAL] - responded[Outcome.TRUNCATED]
    return math.ceil(read * share)
