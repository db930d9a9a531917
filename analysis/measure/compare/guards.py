"""Guards: what a comparison must not say, such as `refusals.o3<0.02`.

`METRIC<X` speaks of B's number, `METRIC.difference<X` of the difference B - A. By its bound
(`bound`, the default) a guard breaks where the whole interval lies on the wrong side of X, so that
chance does not break it; by its point (`point`) where the number does. A number without an interval
breaks no guard by its bound and keeps none: that is an error, as an unknown metric is.
"""

import re
from dataclasses import dataclass
from difflib import get_close_matches

from analysis.errors import FaultlineError
from analysis.measure.compare.metric_differences import Comparison, Metric
from analysis.measure.estimates.estimates import Estimate, Measured

BOUND, POINT = "bound", "point"
WAYS = (BOUND, POINT)
DIFFERENCE = ".difference"
_GUARD = re.compile(r"\s*(?P<metric>[^<>=]*[^<>=\s])\s*(?P<sign><=|>=|<|>)\s*(?P<limit>\S+)\s*")


@dataclass(frozen=True)
class Guard:
    """A number that must lie below (`<`, `<=`) or above (`>`, `>=`) a limit."""

    text: str
    metric: str
    difference: bool
    sign: str
    limit: float

    def is_broken_by(self, value: float) -> bool:
        """Whether this value is not as asked for."""
        if self.sign.startswith("<"):
            return value > self.limit or (value == self.limit and self.sign == "<")
        return value < self.limit or (value == self.limit and self.sign == ">")


@dataclass(frozen=True)
class Broken:
    """A guard that broke, and the sentence that says by what."""

    guard: Guard
    sentence: str


def parse_guard(text: str) -> Guard:
    """A guard from its words. Raises FaultlineError that says what one looks like."""
    found = _GUARD.fullmatch(text)
    limit = _number(found["limit"]) if found else None
    if found is None or limit is None:
        raise FaultlineError(
            f"“{text}” is no guard. Write a metric, < or >, and a number: refusals.o3<0.02, or "
            "refusals.o3.difference<0.02 for the difference B - A."
        )
    name = found["metric"]
    return Guard(
        text.strip(), name.removesuffix(DIFFERENCE), name.endswith(DIFFERENCE), found["sign"], limit
    )


def _number(word: str) -> float | None:
    try:
        value = float(word.removesuffix("%")) / (100 if word.endswith("%") else 1)
    except ValueError:
        return None
    return value if abs(value) < float("inf") else None


def broken(guards: list[Guard], found: Comparison, by: str = BOUND) -> list[Broken]:
    """The guards that a comparison breaks, in their order.

    Raises FaultlineError for a metric that the comparison does not have, or whose number (or, by
    its bound, interval) is undefined: whether such a guard holds is not known.
    """
    if by not in WAYS:
        raise FaultlineError(f"A guard can't be read by “{by}”. Use one of {', '.join(WAYS)}.")
    judged = [(guard, *_read(guard, found, by)) for guard in guards]
    return [
        Broken(guard, f"Guard {guard.text} is broken: {sentence}.")
        for guard, ends, sentence in judged
        if all(guard.is_broken_by(end) for end in ends)
    ]


def _read(guard: Guard, found: Comparison, by: str) -> tuple[tuple[float, ...], str]:
    """The numbers that must all be on the wrong side for the guard to break, and them in words."""
    metric = _metric(guard, found)
    number: Measured = metric.difference if guard.difference else metric.b
    what = f"the difference of {metric.name}" if guard.difference else f"{metric.name} of B"
    if guard.difference and metric.same:
        return (0.0,), f"{what} is 0, the two hold the same content"
    if number.value is None:
        raise FaultlineError(f"Guard {guard.text} can't be checked: {_why(number)}.")
    value = float(number.value)
    if by == POINT:
        return (value,), f"{what} is {value:.4g}"
    if not isinstance(number, Estimate):
        raise FaultlineError(
            f"Guard {guard.text} can't be checked by its interval: {_why(number)}. Compare more "
            "queries, or check the number alone with --by point."
        )
    ends = f"{number.low:.4g} to {number.high:.4g}"
    return (number.low, number.high), f"{what} is {value:.4g} (95%: {ends})"


def _metric(guard: Guard, found: Comparison) -> Metric:
    if guard.metric in found.metrics:
        return found.metrics[guard.metric]
    near = get_close_matches(guard.metric, found.metrics, 3, 0.5)
    meant = f"Did you mean {', '.join(near)}?" if near else "--format json lists all there are."
    raise FaultlineError(
        f"Guard {guard.text} can't be checked: the comparison has no metric “{guard.metric}”. "
        f"{meant}"
    )


def _why(number: Measured) -> str:
    return f"it is undefined ({getattr(number, 'reason', 'no cases')})"
