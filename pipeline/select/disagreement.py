"""D of the queries of a run (`analysis.measure.disagreement_formula`), from where their answers
stand; the first replicate of each model counts."""

from collections.abc import Sequence

from analysis.measure import disagreement_formula as formula
from pipeline.records import Placement


def moments(placed: Sequence[Placement]) -> list[formula.Moments]:
    """What D of one scenario is made of, by value."""
    first = [p for p in placed if p.replicate == 0]
    return [formula.moments([p.value1 for p in first]), formula.moments([p.value2 for p in first])]


def disagreement(placed: Sequence[Placement]) -> float | None:
    """D (0..3) of one scenario; None with fewer than two models."""
    return formula.d_of(moments(placed))


def at_least(placed: Sequence[Placement], threshold: float) -> bool:
    """Whether D reaches a threshold, asked exactly; never with fewer than two models."""
    return formula.reaches(moments(placed), threshold)
