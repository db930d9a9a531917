"""The one retry loop: bounded, the provider's wish for a wait kept but capped.

Every call ends in a reply, an error being one of its outcomes, unless the model is paused: then
the call stays undone and is sent when the model is resumed.
"""

import asyncio
import itertools
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from analysis.vocabulary import Outcome
from pipeline.providers.errors import (
    FatalError,
    ProviderError,
    RateLimitedError,
    RequestRejectedError,
    RetryableError,
    UnusableReplyError,
    unforeseen,
)
from pipeline.providers.limits.concurrency import Limiter, ModelPausedError
from pipeline.providers.types import ChatRequest, Provider, Reply
from pipeline.providers.wire.validator import accepted, bounds_of

Before = Callable[[int], Awaitable[None]]
Failed = Callable[[int, ProviderError], Awaitable[None]]
Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True)
class RetryPolicy:
    """How often one call is sent at most, and how long it waits in between (seconds).

    A 429 costs nothing and has its own, wider bound; a refused key or a bill that can't be paid
    is tried a few times, so that the breaker sees whether it is one reply or all.
    """

    attempts: int = 6
    rate_limit_attempts: int = 30
    fatal_attempts: int = 3
    base_s: float = 0.5
    cap_s: float = 30.0
    retry_after_cap_s: float = 120.0

    def bound(self, error: ProviderError) -> int:
        """How many failures of this sort one call may have."""
        if isinstance(error, (RequestRejectedError, UnusableReplyError)):
            return 1
        if isinstance(error, RateLimitedError):
            return self.rate_limit_attempts
        return self.fatal_attempts if isinstance(error, FatalError) else self.attempts

    def delay(self, error: ProviderError, failures: int, chance: float) -> float:
        """Seconds to wait after the n-th failure; `chance` in [0, 1) spreads the calls.

        Where the provider named a wait, the shared gate keeps it, and only a little spread is
        added here.
        """
        backoff = min(self.cap_s, self.base_s * 2.0 ** min(failures - 1, 30))
        wait = error.retry_after_s if isinstance(error, RetryableError) else None
        if wait is None:
            return backoff * (0.5 + chance / 2)
        return min(wait, self.retry_after_cap_s) + chance * self.base_s / 2


async def call(
    provider: Provider,
    request: ChatRequest,
    limiter: Limiter,
    policy: RetryPolicy | None = None,
    *,
    before: Before | None = None,
    failed: Failed | None = None,
    sleep: Sleep = asyncio.sleep,
    chance: Callable[[], float] = random.random,
) -> Reply:
    """Send a request until there is a reply or its bound is reached.

    `before(attempt)` is awaited with a place taken and nothing sent: commit the intent there.
    `failed(attempt, error)` is awaited after each failed attempt: an error that is
    `possibly_billed` belongs to the money at risk. Raises ModelPausedError, and whatever the two
    callbacks raise.
    """
    policy = policy or RetryPolicy()
    failures: Counter[str] = Counter()
    for attempt in itertools.count(1):
        async with limiter.slot():
            if before is not None:
                await before(attempt)
            result = await _attempt(provider, request, limiter, attempt)
        if isinstance(result, Reply):
            return result
        if failed is not None:
            await failed(attempt, result)
        if limiter.paused and isinstance(result, (RateLimitedError, FatalError)):
            raise ModelPausedError(limiter.paused)
        sort = _sort(result)
        failures[sort] += 1
        if failures[sort] >= policy.bound(result):
            return gave_up(result, attempt)
        await sleep(policy.delay(result, failures[sort], chance()))
    raise AssertionError("the loop ends with a reply")


def _sort(error: ProviderError) -> str:
    """Failures are bounded by sort: a call that met five 429s has not used up its attempts."""
    if isinstance(error, RateLimitedError):
        return "rate limit"
    return "fatal" if isinstance(error, FatalError) else "other"


async def _attempt(
    provider: Provider, request: ChatRequest, limiter: Limiter, attempt: int
) -> Reply | ProviderError:
    """One attempt, its result reported to the limiter. No exception of a provider ends a run."""
    try:
        reply = accepted(await provider.send(request), bounds_of(request))
    except RequestRejectedError as error:
        # The provider works; it is this request that doesn't.
        limiter.succeeded(first_try=False)
        return error
    except ProviderError as error:
        limiter.failed(error)
        return error
    except Exception as error:
        found = unforeseen(error)
        limiter.failed(found)
        return found
    limiter.succeeded(first_try=attempt == 1)
    return replace(reply, attempts=attempt)


def gave_up(error: ProviderError, attempts: int) -> Reply:
    """The stored error of a call that was rejected, or failed as often as it may."""
    rejected = isinstance(error, RequestRejectedError)
    unusable = isinstance(error, UnusableReplyError)
    tried = "" if rejected or attempts == 1 else f" Given up after {attempts} attempts."
    return Reply(
        outcome=Outcome.ERROR,
        stop_reason="rejected" if rejected else "unusable_reply" if unusable else "gave_up",
        error=f"{error.sentence}{tried}",
        attempts=attempts,
    )
