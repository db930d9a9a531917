"""A run's dollars as its journal has them: confirmed, at risk, and in flight.

Confirmed is what replies say they cost. At risk is the estimate of calls of which nobody can say
whether the provider charged for them: the connection broke after the request was sent, or the
runner ended while it waited (`run/calls.py` and `run/batch_submission.py` settle them; the journal
sums them in `tally`). In flight is reserved for calls that are being answered now.
"""

import sqlite3
from dataclasses import dataclass


@dataclass(frozen=True)
class Dollars:
    """Sums over all calls of a run, in US dollars, 0 or more."""

    confirmed: float
    at_risk: float
    in_flight: float

    def of_runner(self, *, alive: bool) -> "Dollars":
        """The same, where a runner that is gone leaves at risk what was in flight."""
        return self if alive else Dollars(self.confirmed, self.at_risk + self.in_flight, 0.0)


def read(connection: sqlite3.Connection) -> Dollars:
    """The dollars that a run's journal has."""
    row = connection.execute(
        "SELECT total(usd), total(at_risk_usd), total(estimate_usd) FROM tally"
    ).fetchone()
    return Dollars(*(round(float(value), 9) + 0.0 for value in row))
