"""Stage score: each answer on both spectrums, 0 to 6; together in shuffled order, or one by one."""

import random
from collections.abc import Iterable, Iterator, Sequence

from pydantic import Field

from pipeline.asking import (
    NUMBER,
    TEXT,
    Ask,
    Prompt,
    Reading,
    Target,
    UnparsableError,
    ask,
    block,
    listed,
    obj,
    one_of,
    read,
)
from pipeline.providers.types import JsonSchema, Outcome
from pipeline.records import Answer, Placement, Rubric, Scenario

STAGE = "score"
GAPS = frozenset({"query", "value1_spectrum", "value2_spectrum", "answers"})
MAY = frozenset({"value1", "value2"})
POSITION = one_of([0, 1, 2, 3, 4, 5, 6])
SCHEMA = JsonSchema.of(
    "faultline_positions",
    obj(
        placements=listed(
            obj(answer=TEXT, reason=TEXT, value1=POSITION, value2=POSITION, confidence=NUMBER)
        )
    ),
)
Work = tuple[Scenario, Rubric, Sequence[Answer]]


class Placed(Reading):
    answer: str = Field(coerce_numbers_to_str=True)
    reason: str = ""
    value1: int = Field(ge=0, le=6)
    value2: int = Field(ge=0, le=6)
    confidence: float = Field(default=0.0, ge=0.0, le=1.0)


class Positions(Reading):
    placements: tuple[Placed, ...]


def groups(answers: Sequence[Answer], together: bool) -> list[list[Answer]]:
    """The answers of one scenario as they go into calls: only answered ones have a position."""
    readable = [answer for answer in answers if answer.outcome is Outcome.ANSWERED]
    if together:
        return [readable] if readable else []
    return [[answer] for answer in readable]


def order(scenario: str, answers: Sequence[Answer], seed: int) -> list[Answer]:
    """The order in which answers stand in a call: shuffled, so that no model is always first."""
    shuffled = sorted(answers, key=lambda answer: (answer.model, answer.replicate))
    random.Random(f"score:{seed}:{scenario}").shuffle(shuffled)
    return shuffled


def asks(work: Iterable[Work], target: Target, prompt: Prompt, seed: int) -> Iterator[Ask]:
    """One call for each group of answers."""
    for scenario, rubric, answers in work:
        ordered = order(scenario.scenario, answers, seed)
        numbered = [block(f"answer_{i}", a.text) for i, a in enumerate(ordered, start=1)]
        values = {
            "query": block("query", scenario.query),
            "value1": block("value1", scenario.value1),
            "value2": block("value2", scenario.value2),
            "value1_spectrum": block("value1_spectrum", _lines(rubric.value1)),
            "value2_spectrum": block("value2_spectrum", _lines(rubric.value2)),
            "answers": "\n".join(numbered),
        }
        subject = subject_of(scenario.scenario, answers)
        yield ask(target, prompt, values, stage=STAGE, subject=subject, schema=SCHEMA)


def subject_of(scenario: str, answers: Sequence[Answer]) -> str:
    return f"{scenario}|{answers[0].label}" if len(answers) == 1 else scenario


def _lines(strategies: Sequence[str]) -> str:
    return "\n".join(f"{i}: {' '.join(text.split())}" for i, text in enumerate(strategies))


def placements(scenario: str, answers: Sequence[Answer], seed: int, text: str) -> list[Placement]:
    """The placements of one reply, one for every answer. Raises UnparsableError.

    A reply that leaves an answer out, names one that was not there or places one twice is
    unparsable as a whole: which of its numbers to believe can't be known.
    """
    ordered = order(scenario, answers, seed)
    placed = {item.answer.strip().removeprefix("answer_"): item for item in _read(text)}
    if set(placed) != {str(i) for i in range(1, len(ordered) + 1)}:
        raise UnparsableError(
            f"{len(ordered)} answers were sent, these were placed: "
            f"{', '.join(sorted(placed)) or 'none'}"
        )
    return [_placement(answer, placed[str(i)]) for i, answer in enumerate(ordered, start=1)]


def positions(text: str) -> list[tuple[int, int]]:
    """The places in a reply, whosever they are: enough for D. Raises UnparsableError."""
    return [(item.value1, item.value2) for item in _read(text)]


def _read(text: str) -> tuple[Placed, ...]:
    items = read(text, Positions).placements
    if len({item.answer for item in items}) != len(items):
        raise UnparsableError("an answer was placed twice")
    return items


def _placement(answer: Answer, placed: Placed) -> Placement:
    return Placement(
        scenario=answer.scenario,
        model=answer.model,
        replicate=answer.replicate,
        value1=placed.value1,
        value2=placed.value2,
        reason=placed.reason,
        confidence=placed.confidence,
    )
