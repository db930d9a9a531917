"""One call from intent to stored reply: journal, budget, limiter and retries in the right order.

Before every attempt: room in the budget, then the intent on disk, then the request. After it:
the raw reply on disk, then the reading of it.
"""

import asyncio
import logging
from dataclasses import dataclass, field

from pipeline import retry
from pipeline.asking import UnparsableError
from pipeline.budget import Budget, cost_of, estimate_usd
from pipeline.concurrency import Limiter, ModelPausedError
from pipeline.flow import Work
from pipeline.journal import AlreadyDoneError, Intent, Journal
from pipeline.providers.batch_types import BatchClient
from pipeline.providers.errors import FatalError, ProviderError, RateLimitedError
from pipeline.providers.types import Outcome, Price, Provider, Reply, same_model

log = logging.getLogger("faultline.run")


class StoppedError(Exception):
    """The run is being stopped: nothing more is sent."""


@dataclass
class Desk:
    """What all calls of a run share. `stopping` is set once and stays set; with `one_by_one`
    nothing more goes out in batches."""

    journal: Journal
    budget: Budget
    policy: retry.RetryPolicy = field(default_factory=retry.RetryPolicy)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    in_flight: set[str] = field(default_factory=set)
    odd_models: set[tuple[str, str]] = field(default_factory=set)
    one_by_one: bool = False

    async def sleep(self, seconds: float) -> None:
        """Wait between attempts, and no longer than the run goes on."""
        try:
            await asyncio.wait_for(self.stopping.wait(), seconds)
        except TimeoutError:
            return
        raise StoppedError


@dataclass
class Line:
    """One model's line of calls: where they go, what they cost, how many at once."""

    model: str
    provider: Provider
    limiter: Limiter
    price: Price
    batches: BatchClient | None = None  # None where the provider has no batch API


@dataclass
class _Attempts:
    """What happened to one call so far. `open` while an attempt is reserved and not settled."""

    open: bool = False
    last: ProviderError | None = None


async def send(desk: Desk, line: Line, work: Work, key: str) -> None:
    """Make one call and store how it ended.

    Raises ModelPausedError, StoppedError, BudgetSpentError or JournalError when it was not made;
    then the journal has it as waiting, or as open where even that could not be written.
    """
    desk.in_flight.add(key)
    try:
        await _send(desk, line, work, key)
    except AlreadyDoneError:
        return  # the same request twice in one stage: one reply serves both
    finally:
        desk.in_flight.discard(key)


async def _send(desk: Desk, line: Line, work: Work, key: str) -> None:
    ask, state = work.ask, _Attempts()
    estimate = estimate_usd(ask.request, line.price)
    intent = Intent(key, ask.subject, ask.model, ask.request, estimate)
    opened = False

    async def before(attempt: int) -> None:
        nonlocal opened
        if desk.stopping.is_set():
            raise StoppedError
        await desk.budget.reserve(estimate)
        state.open = True
        await desk.journal.intend(intent)
        opened = True

    async def failed(attempt: int, error: ProviderError) -> None:
        state.open, state.last = False, error
        risk = estimate if error.possibly_billed else 0.0
        desk.budget.settle(estimate, at_risk=risk)
        await desk.journal.attempt_failed(key, risk)
        if not isinstance(error, RateLimitedError):
            log.warning("%s %s: attempt %d: %s", ask.request.stage, ask.model, attempt, error)

    try:
        reply = await retry.call(
            line.provider,
            ask.request,
            line.limiter,
            desk.policy,
            before=before,
            failed=failed,
            sleep=desk.sleep,
        )
        _check_model(line, state, reply)
    except BaseException:
        if state.open:
            desk.budget.settle(estimate)
        if opened:
            await desk.journal.release(key)
        raise
    usd, risk = cost_of(reply, line.price, estimate) if state.open else (0.0, 0.0)
    plain = ask.request.schema is None
    await desk.journal.settle(key, reply, usd, risk, plain=plain)
    if state.open:
        desk.budget.settle(estimate, usd, risk)
    if not plain:
        _read(desk, work, key, reply)
    check_served(desk, ask.model, ask.request.model, reply)


def _check_model(line: Line, state: _Attempts, reply: Reply) -> None:
    """What no call gets past is the model's trouble, not this call's: a key, a bill, a name, or a
    provider that nobody reaches. The call stays undone until the model is resumed."""
    if reply.outcome is not Outcome.ERROR or state.open or state.last is None:
        return
    if isinstance(state.last, FatalError) or line.limiter.silent:
        line.limiter.pause(state.last.sentence)
        raise ModelPausedError(state.last.sentence)


def _read(desk: Desk, work: Work, key: str, reply: Reply) -> None:
    """Note whether the stored reply can be read: a reply that can't be is done all the same."""
    if reply.outcome is Outcome.ANSWERED:
        desk.journal.parsed(key, problem_of(work, reply.text))


def problem_of(work: Work, text: str) -> str:
    """Why a reply can't be read, "" when it can."""
    try:
        work.read(text)
    except UnparsableError as error:
        return str(error) or "unreadable"
    return ""


def check_served(desk: Desk, model: str, asked: str, reply: Reply) -> None:
    """Say once when another model answers than the one that was asked."""
    served = reply.served_model
    if served and not same_model(asked, served) and (asked, served) not in desk.odd_models:
        desk.odd_models.add((asked, served))
        log.warning("%s was asked for %s and %s answered", model, asked, served)
