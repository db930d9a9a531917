"""One call from intent to stored reply: journal, budget, limiter and retries in the right order.

Before every attempt: room in the budget, then the intent on disk, then the request. After it:
the raw reply on disk, then the reading of it.
"""

import asyncio
import logging
import traceback
from dataclasses import dataclass, field
from pathlib import Path

from analysis.registry import Price
from analysis.vocabulary import Outcome
from pipeline.journal.journal import AlreadyDoneError, Intent, Journal
from pipeline.journal.writer import JournalError
from pipeline.prompting import UnparsableError
from pipeline.providers.errors import FatalError, ProviderError, RateLimitedError, unforeseen
from pipeline.providers.limits import retry
from pipeline.providers.limits.concurrency import Limiter, ModelPausedError
from pipeline.providers.texts import SENTENCE, brief
from pipeline.providers.types import Provider, Reply
from pipeline.providers.wire.batch_types import BatchClient
from pipeline.run import served
from pipeline.run.budget import Budget, cost_of, estimate_usd
from pipeline.stage_spec import Work

log = logging.getLogger("faultline.run")


class StoppedError(Exception):
    """The run is being stopped: nothing more is sent."""


@dataclass
class RunContext:
    """What all calls of a run share. `stopping` is set once and stays set; with `one_by_one`
    nothing more goes out in batches."""

    journal: Journal
    budget: Budget
    policy: retry.RetryPolicy = field(default_factory=retry.RetryPolicy)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    in_flight: set[str] = field(default_factory=set)
    odd_models: set[tuple[str, str]] = field(default_factory=set)
    stand_ins: set[str] = field(default_factory=set)
    one_by_one: bool = False

    async def sleep(self, seconds: float) -> None:
        """Wait between attempts, and no longer than the run goes on."""
        try:
            await asyncio.wait_for(self.stopping.wait(), seconds)
        except TimeoutError:
            return
        raise StoppedError


@dataclass
class ModelChannel:
    """Where one model's calls go, what they cost, and how many may be under way at once."""

    model: str
    provider: Provider
    limiter: Limiter
    price: Price
    batches: BatchClient | None = None  # None where the provider has no batch API


@dataclass
class _Attempts:
    """What happened to one call so far. `open` while an attempt is reserved and not settled,
    `sent` once it may have left."""

    open: bool = False
    sent: bool = False
    last: ProviderError | None = None


async def send(context: RunContext, channel: ModelChannel, work: Work, key: str) -> None:
    """Make one call and store how it ended.

    Raises ModelPausedError, StoppedError, BudgetSpentError or JournalError when it was not made;
    then the journal has it as waiting, or as open where even that could not be written.
    """
    context.in_flight.add(key)
    try:
        await _send(context, channel, work, key)
    except AlreadyDoneError:
        return  # the same request twice in one stage: one reply serves both
    finally:
        context.in_flight.discard(key)


async def _send(context: RunContext, channel: ModelChannel, work: Work, key: str) -> None:
    call, state = work.call, _Attempts()
    estimate = estimate_usd(call.request, channel.price)
    intent = Intent(key, call.subject, call.model, call.request, estimate)
    opened = False

    async def before(attempt: int) -> None:
        nonlocal opened
        if context.stopping.is_set():
            raise StoppedError
        await context.budget.reserve(estimate)
        state.open = True
        await context.journal.intend(intent)
        opened = state.sent = True

    async def failed(attempt: int, error: ProviderError) -> None:
        state.open, state.sent, state.last = False, False, error
        risk = estimate if error.possibly_billed else 0.0
        context.budget.settle(estimate, at_risk=risk)
        await context.journal.attempt_failed(key, risk)
        if not isinstance(error, RateLimitedError):
            log.warning("%s %s: attempt %d: %s", call.request.stage, call.model, attempt, error)

    try:
        reply = await retry.call(
            channel.provider,
            call.request,
            channel.limiter,
            context.policy,
            before=before,
            failed=failed,
            sleep=context.sleep,
        )
        _check_model(channel, state, reply)
    except BaseException:
        risk = estimate if state.sent else 0.0  # what nobody foresaw may have been billed
        if state.open:
            context.budget.settle(estimate, at_risk=risk)
        if opened:
            if risk:
                await context.journal.attempt_failed(key, risk)
            await context.journal.release(key)
        raise
    usd, risk = cost_of(reply, channel.price, estimate) if state.open else (0.0, 0.0)
    plain = call.request.schema is None and bool(reply.text.strip())
    try:
        await context.journal.settle(key, reply, usd, risk, plain=plain)
    except JournalError:
        raise
    except Exception as error:  # a reply that can't be written down is an error, not an end
        usd, risk = 0.0, estimate if state.open else 0.0
        reply = retry.gave_up(unforeseen(error), reply.attempts)
        await context.journal.settle(key, reply, usd, risk)
    if state.open:
        context.budget.settle(estimate, usd, risk)
    if not plain:
        _read(context, work, key, reply)
    check_served(context, call.model, call.request.model, reply, call.request.provider)


def _check_model(channel: ModelChannel, state: _Attempts, reply: Reply) -> None:
    """What no call gets past is the model's trouble, not this call's: a key, a bill, a name, or a
    provider that nobody reaches. The call stays undone until the model is resumed."""
    if reply.outcome is not Outcome.ERROR or state.open or state.last is None:
        return
    if isinstance(state.last, FatalError) or channel.limiter.silent:
        channel.limiter.pause(state.last.sentence)
        raise ModelPausedError(state.last.sentence)


def _read(context: RunContext, work: Work, key: str, reply: Reply) -> None:
    """Note whether the stored reply can be read: a reply that can't be is done all the same."""
    if reply.outcome is Outcome.ANSWERED:
        context.journal.parsed(key, problem_of(work, reply.text))


def problem_of(work: Work, text: str) -> str:
    """Why a reply can't be read, "" when it can. Whatever its reader meets in it is such a why."""
    try:
        work.read(text)
    except UnparsableError as error:
        return brief(str(error), SENTENCE) or "unreadable"
    except Exception as error:
        return f"unreadable ({type(error).__name__})"
    return ""


def check_served(
    context: RunContext, model: str, requested: str, reply: Reply, endpoint: str = ""
) -> None:
    """Say once when another model answers than the one that was asked; note once in the journal
    when a stand-in server answers for an endpoint."""
    if reply.stand_in and endpoint and endpoint not in context.stand_ins:
        context.stand_ins.add(endpoint)
        context.journal.set_meta(served.meta_of(endpoint), "yes")
        log.warning("%s is answered by a stand-in server: its replies are made up", endpoint)
    name = reply.served_model
    if served.as_asked(model, requested, name):
        return
    if (requested, name) not in context.odd_models:
        context.odd_models.add((requested, name))
        log.warning("%s was asked for %s and %s answered", model, requested, name)


def broke(error: Exception) -> str:
    """The sentence for what nobody foresaw: its kind alone, since its message may hold a header."""
    return f"A call broke ({type(error).__name__}): the run's log says where."


def place_of(error: Exception) -> str:
    """An exception's kind and the places it came through, innermost first, for the log."""
    places = traceback.extract_tb(error.__traceback__)
    where = " < ".join(f"{Path(p.filename).name}:{p.lineno}" for p in reversed(places))
    return f"{type(error).__name__} at {where}"
