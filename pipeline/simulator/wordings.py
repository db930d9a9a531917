"""What a clause's words do to simulated judges: planted, so that a trial of an edit has something
to find.

Only the difference to the embedded spec's own text counts, so that under that text judges say what
they always said. A clause of another spec is counted against a text with no vague word.
"""

from dataclasses import dataclass
from functools import lru_cache

from analysis.measure.specs.wording import wording
from analysis.parse.specs.spec import parse_spec
from analysis.settings import EMBEDDED_SPEC
from pipeline.simulator.personas import cast


@dataclass(frozen=True)
class Reading:
    """How a clause is read. `split`: how far judges read it in opposite ways (0 clear, 1 as a
    clause planted as vague); `noise`: their chance, as a share of what it is by itself."""

    split: float
    noise: float


@lru_cache(maxsize=8192)
def reading(anchor: str, text: str) -> Reading:
    """How judges read a clause of that anchor and text."""
    planted, own = cast().wording, _own(anchor)
    vague = any(anchor in one.clauses for one in cast().clauses.vague)
    now, before = wording(text), wording(own or "")
    more = len(now.vague) - len(before.vague)
    step = 1 / max(1, len(before.vague)) if vague else planted.vague
    split = min(max(float(vague) + step * more, 0.0), planted.most)
    if own is not None and now.has_example and not before.has_example:
        split *= planted.example
    return Reading(split, max(planted.least, 1 + planted.noise * more))


def winner(one: tuple[str, str], other: tuple[str, str]) -> str | None:
    """Which of two clauses (anchor, text) wins, where one of their texts says so and the other
    does not say the contrary."""
    first, second = _beats(one, other), _beats(other, one)
    if first == second:
        return None
    return one[0] if first else other[0]


def _beats(one: tuple[str, str], other: tuple[str, str]) -> bool:
    mine, theirs = wording(one[1]), wording(other[1])
    return other[0] in mine.wins_over or one[0] in theirs.gives_way_to


@lru_cache(maxsize=1)
def _embedded() -> dict[str, str]:
    spec = parse_spec(EMBEDDED_SPEC.read_text(encoding="utf-8"), "spec.md")
    return {clause.anchor: clause.text for clause in spec.clauses}


def _own(anchor: str) -> str | None:
    """The embedded spec's text of a clause, None where it has no such clause."""
    return _embedded().get(anchor)
