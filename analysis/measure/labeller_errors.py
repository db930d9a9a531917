"""How far an embedded labeller's errors may bend refusal rates, and so comparisons of models.

A labeller misses some refusals and invents others, more for one model than for another. What is
known of it are the shares on models that it had not seen (`docs/labeller.md`); each model's true
rate lies somewhere in the range that these shares leave possible, and two models whose ranges meet
may not differ. Rates corrected by better labels (`corrected`) need no such range.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True)
class Errors:
    """Shares called refusals on models not seen, lowest and highest bound of their 95% intervals, 0
    to 1: `recall` of the refusals, `false` of the other answers."""

    recall: tuple[float, float]
    false: tuple[float, float]


ERRORS: Final[Mapping[str, Errors]] = {
    "classifier 4": Errors((0.92, 1.0), (0.0, 0.09)),
    "classifier 3": Errors((0.93, 1.0), (0.0, 0.11)),
    "classifier 2": Errors((0.89, 1.0), (0.0, 0.11)),
    "classifier 1": Errors((0.93, 1.0), (0.0, 0.17)),
    "rules 3": Errors((0.62, 0.95), (0.0, 0.06)),
    "rules 2": Errors((0.62, 0.95), (0.0, 0.06)),
    "rules 1": Errors((0.62, 0.95), (0.0, 0.06)),
}
"""By labeller and version, since stored labels keep the version that made them: refusals on
XSTest's models, other answers on those and on SpeechMap's, each model left out of training
(`docs/labeller.md`)."""


@dataclass(frozen=True)
class Range:
    """The true refusal rates, 0 to 1, that a labelled rate and its interval leave possible."""

    low: float
    high: float

    def meets(self, other: "Range") -> bool:
        """Whether both rates may be the same."""
        return self.low <= other.high and other.low <= self.high


def known(source: str) -> Errors | None:
    """What is known of a labeller's errors; None for models, people and unknown versions."""
    return ERRORS.get(source)


def possible(share: float, errors: Errors) -> tuple[float, float]:
    """The true refusal rates, from lowest to highest, that a labelled share leaves possible.

    A labelled share s comes from a true rate (s - false) / (recall - false).
    """
    ends = [(share - f) / (r - f) for r in errors.recall for f in errors.false]
    return max(min(ends), 0.0), min(max(ends), 1.0)


def ranges(by_name: Mapping[str, Mapping[str, Any]], source: str) -> dict[str, Range]:
    """Each name's range, from cells {value, low, high} of rates as labelled by `source`: from the
    ends of their intervals, since chance and both kinds of error can meet. Names without an
    interval are left out; empty where nothing is known of the labeller."""
    errors = known(source)
    if errors is None:
        return {}
    return {
        name: Range(possible(cell["low"], errors)[0], possible(cell["high"], errors)[1])
        for name, cell in by_name.items()
        if _bounded(cell)
    }


def _bounded(cell: Mapping[str, Any]) -> bool:
    # A number that is not there is None in a report and NaN in a frame.
    return all(cell.get(k) is not None and cell[k] == cell[k] for k in ("low", "high"))
