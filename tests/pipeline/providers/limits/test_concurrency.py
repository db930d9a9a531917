"""How many calls at once, under a clock of our own: growth, cuts, one gate, breakers, bounds."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from provider_kit import request

from analysis.vocabulary import Outcome
from pipeline.providers import errors
from pipeline.providers.limits import retry
from pipeline.providers.limits.concurrency import Limiter, ModelPausedError, Tuning
from pipeline.providers.limits.retry import RetryPolicy
from pipeline.providers.types import Reply

BUSY = errors.RateLimitedError("Too many requests.")
KEY = errors.AuthError("The key was refused.")
AWAY = errors.NotConnectedError("No connection.")
FAULT = errors.ServerFaultError("It failed.")


class Clock:
    """Monotonic seconds that pass when a test says so."""

    def __init__(self):
        self.at = 1_000.0

    def __call__(self):
        return self.at


@pytest.fixture
def clock():
    return Clock()


def limiter(clock, **tuning):
    return Limiter("m (p)", Tuning(**tuning), clock)


def in_loop(work):
    async def go():
        return work()

    return asyncio.run(go())


def busy(one, replies, *, first_try=True):
    """So many replies while all places are taken."""
    for _ in range(replies):
        one.in_flight = int(one.limit)
        one.succeeded(first_try=first_try)


def test_it_starts_at_twenty_and_clean_first_tries_of_a_busy_model_raise_it(clock):
    one = limiter(clock)
    assert one.limit == 20
    busy(one, 10)
    assert one.limit == 25
    busy(one, 10, first_try=False)
    one.in_flight = 3  # hardly used
    one.succeeded(first_try=True)
    assert one.limit == 25


def test_a_429_takes_a_fifth_off_and_many_at_once_no_more_than_one(clock):
    one = limiter(clock, start=100)

    def burst():
        for _ in range(50):
            one.failed(BUSY)

    in_loop(burst)
    assert one.limit == 80
    clock.at += 1.0
    in_loop(lambda: one.failed(BUSY))
    assert one.limit == 64
    assert one.state().rate_limited == 51


def test_after_a_cut_it_waits_and_then_grows_by_time_and_not_by_replies(clock):
    one = limiter(clock, start=100)
    in_loop(lambda: one.failed(BUSY))
    busy(one, 5)
    assert one.limit == 80  # the cooldown
    clock.at += 2.0
    busy(one, 1)
    assert one.limit == pytest.approx(80 * 1.06)
    busy(one, 100)
    assert one.limit == pytest.approx(80 * 1.06)


@given(st.lists(st.sampled_from(["ok", "429", "500", "wait"]), max_size=200))
def test_it_stays_between_its_floor_and_its_ceiling(events):
    clock = Clock()
    one = limiter(clock, floor=2, ceiling=40, breaker_s=1e9)

    def live():
        for event in events:
            clock.at += 3.0 if event == "wait" else 0.1
            if event == "ok":
                busy(one, 1)
            elif event != "wait":
                one.failed(BUSY if event == "429" else FAULT)
            assert 2 <= one.limit <= 40

    in_loop(live)


def test_one_wait_that_was_asked_for_holds_everybody_back():
    async def go():
        one = Limiter("m", Tuning())
        one.failed(errors.RateLimitedError("Too many.", retry_after_s=0.15))
        begun = asyncio.get_running_loop().time()
        await asyncio.gather(*(one.acquire() for _ in range(5)))
        return asyncio.get_running_loop().time() - begun, one.state()

    waited, state = asyncio.run(go())
    assert waited >= 0.14
    assert (state.in_flight, state.waiting, state.gate_s) == (5, 0, 0.0)


def test_a_wait_of_years_is_no_wait_of_years(clock):
    one = limiter(clock)
    in_loop(lambda: one.failed(errors.RateLimitedError("Too many.", retry_after_s=1e9)))
    assert one.state().gate_s <= one.tuning.most_gate_s


def test_nine_tenths_of_429s_for_two_minutes_pause_the_model(clock):
    one = limiter(clock)

    def minutes(seconds):
        for _ in range(seconds):
            clock.at += 1.0
            in_loop(lambda: one.failed(BUSY))

    minutes(100)
    assert not one.paused
    minutes(40)
    assert "too many requests" in one.paused
    with pytest.raises(ModelPausedError):
        asyncio.run(one.acquire())
    one.resume()
    assert (one.paused, one.limit <= 20) == ("", True)


def test_ten_refused_keys_in_a_row_pause_it_and_one_reply_between_does_not(clock):
    one = limiter(clock)
    for _ in range(9):
        one.failed(KEY)
    one.succeeded(first_try=True)
    for _ in range(9):
        one.failed(KEY)
    assert not one.paused
    one.failed(KEY)
    assert "10 such replies in a row" in one.paused


def test_nobody_there_is_noticed_and_any_reply_undoes_it(clock):
    one = limiter(clock)
    for _ in range(10):
        one.failed(AWAY)
    assert one.silent
    one.failed(FAULT)  # a reply, if a bad one: somebody is there
    assert not one.silent


def test_those_who_wait_get_the_sentence_when_it_pauses():
    async def go():
        one = Limiter("m", Tuning(start=1))
        await one.acquire()
        waiting = [asyncio.create_task(one.acquire()) for _ in range(3)]
        await asyncio.sleep(0)
        one.pause("Why.")
        return await asyncio.gather(*waiting, return_exceptions=True)

    assert [str(found) for found in asyncio.run(go())] == ["Why."] * 3


def test_a_place_given_to_one_that_gave_up_goes_to_the_next():
    async def go():
        one = Limiter("m", Tuning(start=1))
        await one.acquire()
        first, second = (asyncio.create_task(one.acquire()) for _ in range(2))
        await asyncio.sleep(0)
        one.release()
        first.cancel()
        await asyncio.wait_for(second, 1)
        return one.state()

    state = asyncio.run(go())
    assert (state.in_flight, state.waiting) == (1, 0)


# ---- retries ------------------------------------------------------------------------------------


class Failing:
    """A provider that fails so many times in one way, then answers."""

    name = base_url = ""

    def __init__(self, error, times):
        self.error, self.left, self.asked = error, times, 0

    async def send(self, asked):
        self.asked += 1
        self.left -= 1
        if self.left >= 0:
            raise self.error
        return Reply(outcome=Outcome.ANSWERED, text="yes")


def called(error, times):
    slept = []

    async def sleep(seconds):
        slept.append(seconds)

    provider = Failing(error, times)
    one = Limiter("m", Tuning(least_gate_s=0.0, cooldown_s=1e9))
    reply = asyncio.run(retry.call(provider, request(), one, sleep=sleep, chance=lambda: 0.5))
    return provider.asked, reply, slept


@pytest.mark.parametrize(
    ("error", "bound"),
    [
        (FAULT, 6),
        (AWAY, 6),
        (BUSY, 30),
        (KEY, 3),
        (errors.AttemptTimeoutError("Late."), 6),
        (errors.RequestRejectedError("No."), 1),
    ],
)
def test_every_failure_has_a_bound_and_ends_in_a_stored_error(error, bound):
    asked, reply, slept = called(error, 10_000)
    assert (asked, len(slept)) == (bound, bound - 1)
    assert reply.outcome is Outcome.ERROR
    assert reply.error.startswith(error.sentence)
    assert max(slept, default=0) <= RetryPolicy().cap_s


def test_one_that_mends_is_answered_and_says_how_often_it_was_asked():
    asked, reply, slept = called(FAULT, 3)
    assert (asked, reply.attempts, reply.text) == (4, 4, "yes")
    assert slept == sorted(slept)


@given(st.floats(0, 1e12), st.integers(1, 1_000), st.floats(0, 0.999))
def test_no_provider_makes_a_call_wait_beyond_the_cap(asked, failures, chance):
    policy = RetryPolicy()
    told = errors.RateLimitedError("Too many.", retry_after_s=asked)
    assert 0 <= policy.delay(told, failures, chance) <= policy.retry_after_cap_s + policy.base_s
    assert 0 < policy.delay(FAULT, failures, chance) <= policy.cap_s
