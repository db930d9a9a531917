"""How many calls to one model run at once: found out from its 429s, not configured.

Starts at 20; a 429 takes a fifth off, at most once per cooldown; only clean first tries while
at least four fifths busy add to it. A wait that the provider asks for closes one gate for all
calls to the model. A breaker pauses the model, with a sentence, when nine tenths of its replies
have been 429s for two minutes, or after ten key or billing errors in a row. Where nobody answers
at all, `silent` says so: a call that has tried often enough then pauses the model as well.

Measured shape: against a limit of 150 a second this keeps to it with few 429s, where a fixed 20
leaves half unused and a fixed 100 wastes four fifths of its requests.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from pipeline.providers.errors import (
    FatalError,
    NotConnectedError,
    OverloadedError,
    ProviderError,
    RateLimitedError,
    RetryableError,
)


@dataclass(frozen=True)
class Tuning:
    """The numbers of the rule. Times are seconds."""

    start: float = 20.0
    floor: float = 1.0
    ceiling: float = 1000.0
    cut: float = 0.8
    cooldown_s: float = 1.0
    busy: float = 0.8
    # Until the first 429 each clean try adds half a place; afterwards a busy model's limit grows
    # by this share a second, whatever its latency: a place a round would take a slow model
    # minutes to win back what one cut took.
    first_growth: float = 0.5
    growth_per_s: float = 0.03
    # A gate shorter than this would let the waiting calls through one 429 at a time.
    least_gate_s: float = 0.1
    most_gate_s: float = 120.0
    breaker_share: float = 0.9
    breaker_s: float = 120.0
    breaker_window: int = 50
    breaker_least: int = 10
    fatal_row: int = 10


class ModelPausedError(Exception):
    """The model takes no calls until a person resumes it. The message is one plain sentence."""


@dataclass(frozen=True)
class LimiterState:
    """A limiter at one moment, for the page that watches a run. Counts are since its start."""

    limit: float
    in_flight: int
    waiting: int
    replies: int
    rate_limited: int
    gate_s: float
    paused: str


class Limiter:
    """The adaptive limit for one (provider, model). Used from one event loop."""

    def __init__(
        self,
        name: str,
        tuning: Tuning | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self.tuning = tuning or Tuning()
        self.limit = self.tuning.start
        self.in_flight = 0
        self.replies = 0
        self.rate_limited = 0
        self.paused = ""
        self._clock = clock
        self._waiters: deque[asyncio.Future[None]] = deque()
        self._gate_until = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._cut_at = -float("inf")
        self._success_at = clock()
        self._ever_cut = False
        self._recent: deque[bool] = deque(maxlen=self.tuning.breaker_window)
        self._bad_since: float | None = None
        self._fatal_row = 0
        self._silent_row = 0

    @property
    def silent(self) -> bool:
        """True when the latest tries, ten at least, found no connection or no capacity."""
        return self._silent_row >= self.tuning.fatal_row

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Hold one of the places; waits for one. Raises ModelPausedError when paused."""
        await self.acquire()
        try:
            yield
        finally:
            self.release()

    async def acquire(self) -> None:
        """Take a place, in order of asking. Raises ModelPausedError when paused."""
        if self.paused:
            raise ModelPausedError(self.paused)
        if not self._waiters and self._free() > 0 and self._gate_left() <= 0:
            self.in_flight += 1
            return
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        try:
            await waiter
        except asyncio.CancelledError:
            # The place may have been handed over in the same moment: pass it on.
            if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                self.release()
            raise

    def release(self) -> None:
        """Give a place back, to the next that waits."""
        self.in_flight -= 1
        self._wake()

    def succeeded(self, *, first_try: bool) -> None:
        """A reply came. Clean first tries of a busy model raise the limit."""
        self._counted(rate_limited=False)
        self._fatal_row = self._silent_row = 0
        tuning, now = self.tuning, self._clock()
        since, self._success_at = min(now - self._success_at, 10.0), now
        if not first_try or self.in_flight < tuning.busy * int(self.limit):
            return
        if now - self._cut_at < tuning.cooldown_s:
            return
        step = self.limit * tuning.growth_per_s * since if self._ever_cut else tuning.first_growth
        self.limit = min(tuning.ceiling, self.limit + step)
        self._wake()

    def failed(self, error: ProviderError) -> None:
        """An attempt failed: cut, close the gate or trip the breaker, as the error says."""
        nobody = isinstance(error, (NotConnectedError, OverloadedError))
        self._silent_row = self._silent_row + 1 if nobody else 0
        if isinstance(error, RateLimitedError):
            self._counted(rate_limited=True)
            self._cut()
        if isinstance(error, RateLimitedError) or (
            isinstance(error, RetryableError) and error.retry_after_s is not None
        ):
            self._close_gate(error.retry_after_s)
        if isinstance(error, FatalError):
            self._fatal_row += 1
            if self._fatal_row >= self.tuning.fatal_row:
                self.pause(
                    f"{error.sentence} Paused after {self._fatal_row} such replies in a row."
                )

    def pause(self, sentence: str) -> None:
        """Let nobody through; those who wait get ModelPausedError."""
        self.paused = sentence
        waiting, self._waiters = self._waiters, deque()
        for waiter in waiting:
            if not waiter.done():
                waiter.set_exception(ModelPausedError(sentence))

    def resume(self) -> None:
        """Start again as if new, with a small limit and an open gate."""
        self.paused = ""
        self.limit = min(self.limit, self.tuning.start)
        self._recent.clear()
        self._bad_since, self._gate_until = None, 0.0
        self._fatal_row = self._silent_row = 0
        self._wake()

    def state(self) -> LimiterState:
        return LimiterState(
            limit=self.limit,
            in_flight=self.in_flight,
            waiting=len(self._waiters),
            replies=self.replies,
            rate_limited=self.rate_limited,
            gate_s=max(0.0, self._gate_left()),
            paused=self.paused,
        )

    def _free(self) -> int:
        return int(self.limit) - self.in_flight

    def _gate_left(self) -> float:
        return self._gate_until - self._clock()

    def _wake(self) -> None:
        """Hand free places to those who wait, if the gate is open."""
        if self._gate_left() > 0:
            return
        while self._waiters and self._free() > 0:
            waiter = self._waiters.popleft()
            if not waiter.done():
                self.in_flight += 1
                waiter.set_result(None)

    def _cut(self) -> None:
        now = self._clock()
        if now - self._cut_at < self.tuning.cooldown_s:
            return
        self._cut_at, self._ever_cut = now, True
        self.limit = max(self.tuning.floor, self.limit * self.tuning.cut)

    def _close_gate(self, asked_s: float | None) -> None:
        wait = max(self.tuning.least_gate_s, min(asked_s or 0.0, self.tuning.most_gate_s))
        until = self._clock() + wait
        if until <= self._gate_until:
            return
        self._gate_until = until
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(wait, self._open_gate)

    def _open_gate(self) -> None:
        """Timers may fire a moment early: then wait for the rest."""
        left = self._gate_left()
        if left > 0:
            self._timer = asyncio.get_running_loop().call_later(left, self._open_gate)
            return
        self._timer = None
        self._wake()

    def _counted(self, *, rate_limited: bool) -> None:
        self.replies += 1
        self.rate_limited += rate_limited
        self._recent.append(rate_limited)
        tuning, now = self.tuning, self._clock()
        share = sum(self._recent) / len(self._recent)
        if len(self._recent) < tuning.breaker_least or share < tuning.breaker_share:
            self._bad_since = None
        elif self._bad_since is None:
            self._bad_since = now
        elif now - self._bad_since >= tuning.breaker_s:
            self.pause(
                f"{self.name} has answered {share:.0%} of the calls with 'too many requests' for "
                f"{tuning.breaker_s:g} seconds: wait, or ask the provider for a higher limit."
            )
