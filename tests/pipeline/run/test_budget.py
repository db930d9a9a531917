"""The hard stop: no order of reserving and settling passes the cap."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import FaultlineError
from analysis.registry import Price
from analysis.vocabulary import Outcome
from pipeline.providers.types import ChatRequest, Message, Reply
from pipeline.run.budget import (
    Budget,
    BudgetSpentError,
    cost_of,
    estimate_usd,
    input_bound,
)

CENTS = st.integers(0, 100).map(lambda n: n / 100)


def request(text: str = "hello", **more) -> ChatRequest:
    return ChatRequest(
        stage="respond",
        provider="p",
        model="m",
        messages=(Message("user", text),),
        max_tokens=100,
        **more,
    )


@given(st.lists(st.tuples(CENTS, CENTS, st.booleans()), max_size=30), CENTS)
def test_spent_and_reserved_never_pass_the_cap(calls, cap):
    async def one(budget, estimate, share, lost):
        try:
            await budget.reserve(estimate)
        except BudgetSpentError:
            return
        assert budget.committed <= cap + 1e-6
        await asyncio.sleep(0)
        cost = estimate * share
        budget.settle(estimate, **({"at_risk": estimate} if lost else {"usd": cost}))

    async def go():
        budget = Budget(cap)
        await asyncio.gather(*(one(budget, *call) for call in calls))
        assert budget.attempts_in_flight == 0
        assert budget.in_flight == pytest.approx(0.0, abs=1e-9)
        assert budget.confirmed + budget.at_risk <= cap + 1e-6

    asyncio.run(go())


def test_a_call_waits_for_what_others_give_back():
    async def go():
        budget = Budget(1.0)
        await budget.reserve(0.9)
        waiting = asyncio.create_task(budget.reserve(0.8))
        await asyncio.sleep(0)
        assert not waiting.done()
        budget.settle(0.9, usd=0.1)
        await waiting
        assert budget.committed == pytest.approx(0.9)

    asyncio.run(go())


def test_nothing_in_flight_and_no_room_says_so():
    async def go():
        await Budget(1.0, confirmed=0.7, at_risk=0.2).reserve(0.2)

    with pytest.raises(BudgetSpentError, match=r"\$0.70 confirmed, \$0.20 at risk"):
        asyncio.run(go())


def test_a_budget_of_zero_lets_free_calls_through():
    asyncio.run(Budget(0.0).reserve(0.0))
    with pytest.raises(BudgetSpentError):
        asyncio.run(Budget(0.0).reserve(0.01))


@pytest.mark.parametrize("cap", [-1.0, float("nan"), float("inf")])
def test_a_cap_that_is_no_amount_is_refused(cap):
    with pytest.raises(FaultlineError, match="no amount"):
        Budget(cap)


def test_an_unknown_price_is_refused_and_never_zero():
    with pytest.raises(FaultlineError, match="No price is known for m"):
        estimate_usd(request(), Price(input=1.0))
    assert estimate_usd(request(), Price(0.0, 0.0)) == 0.0


@given(
    st.text(max_size=400),
    st.text(max_size=400),
    st.integers(0, 400),
    st.sampled_from(["plain", "cached", "written"]),
)
def test_an_estimate_covers_what_four_characters_a_token_would_cost(said, prefix, words, way):
    price = Price(2.0, 8.0, cached=0.2, cache_write=2.5, long_over=100, long_input=2.0)
    asked = request(said, cached_prefix=prefix)
    tokens = (len(said) + len(prefix)) // 4 + 1
    spent = {
        "plain": price.usd(tokens, min(words, 100)),
        "cached": price.usd(0, min(words, 100), tokens),
        "written": price.usd(0, min(words, 100), 0, tokens),
    }[way]
    assert spent <= estimate_usd(asked, price)


def test_bytes_bound_the_input_also_for_scripts_with_many_tokens():
    assert input_bound(request("日本語" * 50)) >= 150


def test_a_reply_without_usage_puts_the_whole_estimate_at_risk():
    price = Price(1.0, 2.0)
    known = Reply(outcome=Outcome.ANSWERED, input_tokens=1_000_000, output_tokens=500_000)
    assert cost_of(known, price, 9.0) == (2.0, 0.0)
    assert cost_of(Reply(outcome=Outcome.ANSWERED), price, 9.0) == (0.0, 9.0)
