"""The hard stop on money: confirmed + at risk + in flight never passes the cap.

All figures are US dollars of one run. An estimate is an upper bound for one attempt; when the
attempt is over, its reservation becomes what it cost, what it may have cost, or nothing.
"""

import asyncio
import math
from dataclasses import dataclass

from analysis.errors import FaultlineError
from analysis.number_text import in_dollars
from analysis.registry import Price
from pipeline.prompting import OVERHEAD_TOKENS, most_tokens
from pipeline.providers.types import ChatRequest, Reply
from pipeline.providers.wire.validator import request_bytes

SLACK = 1e-9  # sums of floats


class BudgetSpentError(Exception):
    """No room for another attempt, and nothing in flight that could give some back."""


@dataclass
class Budget:
    """One event loop's ledger in memory; the journal holds the same sums on disk."""

    cap: float
    confirmed: float = 0.0
    at_risk: float = 0.0
    in_flight: float = 0.0
    attempts_in_flight: int = 0

    def __post_init__(self) -> None:
        if not math.isfinite(self.cap) or self.cap < 0:
            raise FaultlineError(f"A budget of {self.cap} is no amount of dollars: give 0 or more.")
        self._change = asyncio.Event()

    def hold(self, usd: float) -> None:
        """Count batches that a runner before this one submitted: they may still cost this."""
        self.in_flight += usd

    def take_up(self, attempts: int) -> None:
        """Begin to wait for attempts whose dollars are held: room may come of them."""
        self.attempts_in_flight += attempts

    def put_down(self, attempts: int) -> None:
        """Wait for them no longer; their dollars stay held."""
        self.attempts_in_flight -= attempts
        self._change.set()

    @property
    def committed(self) -> float:
        return self.confirmed + self.at_risk + self.in_flight

    def fits(self, estimate: float) -> bool:
        return self.committed + estimate <= self.cap + SLACK

    async def reserve(self, estimate: float) -> None:
        """Wait for room for one attempt. Raises BudgetSpentError when there can't be any."""
        while not self.fits(estimate):
            if self.attempts_in_flight == 0:
                raise BudgetSpentError(spent_sentence(self))
            self._change.clear()
            await self._change.wait()
        self.in_flight += estimate
        self.attempts_in_flight += 1

    def settle(self, estimate: float, usd: float = 0.0, at_risk: float = 0.0) -> None:
        """An attempt ended: turn its reservation into what it cost or may have cost."""
        self.in_flight = max(0.0, self.in_flight - estimate)
        self.attempts_in_flight -= 1
        self.confirmed += usd
        self.at_risk += at_risk
        self._change.set()


def spent_sentence(budget: Budget) -> str:
    return (
        f"The budget of {in_dollars(budget.cap)} has no room for another call: "
        f"{in_dollars(budget.confirmed)} confirmed, {in_dollars(budget.at_risk)} at risk. "
        "Raise it with `resume RUN --budget USD`, or cancel the run."
    )


def input_bound(request: ChatRequest) -> int:
    """Tokens that the input of a request can have at most, by its bytes."""
    return math.ceil(most_tokens(request_bytes(request))) + OVERHEAD_TOKENS


def estimate_usd(request: ChatRequest, price: Price, *, batch: bool = False) -> float:
    """Upper bound in dollars for one attempt. Raises FaultlineError for an unknown price."""
    usd = price.most_usd(input_bound(request), request.max_tokens, batch=batch)
    if usd is None:
        raise FaultlineError(
            f"No price is known for {request.model}: enter one in the plan before it may be called."
        )
    return usd


def cost_of(
    reply: Reply, price: Price, estimate: float, *, batch: bool = False
) -> tuple[float, float]:
    """(confirmed, at risk) dollars of a reply: without its usage the whole estimate is at risk."""
    usd = price.of_reply(reply, batch=batch)
    if usd is None or not 0 <= usd < math.inf:  # the validator lets no such counts through
        return 0.0, estimate
    return usd, 0.0
