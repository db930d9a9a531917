"""How answers are asked to be placed on both spectrums, 0 to 6, and how a reply is read; together
in shuffled order, or one by one."""

import random
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Annotated

from pydantic import BeforeValidator, Field

from analysis.vocabulary import HIGHEST_POSITION, Outcome, Repeat
from pipeline.prompting import (
    BLOCK_TOKENS,
    NUMBER,
    TEXT,
    ModelCall,
    Prompt,
    Reading,
    Target,
    UnparsableError,
    block,
    listed,
    model_call,
    obj,
    one_of,
    read,
)
from pipeline.providers.types import JsonSchema
from pipeline.records import Answer, Placement, Rubric, Scenario
from pipeline.stage_spec import Again, Counts, Role, Work

POSITION = one_of([0, 1, 2, 3, 4, 5, 6])
SCHEMA = JsonSchema.of(
    "faultline_positions",
    obj(
        placements=listed(
            obj(answer=TEXT, reason=TEXT, value1=POSITION, value2=POSITION, confidence=NUMBER)
        )
    ),
)
MARKS = 60  # tokens of the numbers before the seven strategies of each spectrum
ROLE = Role("scorer", "Who scores", "places the answers", "--scorer", weighs_answers=True)
GAPS = (
    frozenset({"query", "value1_spectrum", "value2_spectrum", "answers"}),
    frozenset({"value1", "value2"}),
)
Group = tuple[Scenario, Rubric, Sequence[Answer]]
AnswerPrompt = tuple[Target, Prompt]


def _no_truth(value: object) -> object:
    """Python counts `true` as 1; it is no place on a spectrum."""
    if isinstance(value, bool):
        raise ValueError("true and false are no positions")
    return value


Position = Annotated[int, BeforeValidator(_no_truth), Field(ge=0, le=HIGHEST_POSITION)]


class Placed(Reading):
    answer: str = Field(coerce_numbers_to_str=True)
    reason: str = ""
    value1: Position
    value2: Position
    confidence: float = Field(default=0.0, ge=0.0, le=1.0)


class Positions(Reading):
    placements: tuple[Placed, ...]


def most(n: Counts, answers: int) -> float:
    """Tokens that the texts of one call about so many answers can have."""
    told = n.longest.query + n.longest.pair + n.longest.rubric
    return told + answers * (n.longest.answer + BLOCK_TOKENS) + 5 * BLOCK_TOKENS + MARKS


def groups(
    answers: Sequence[Answer], together: bool, late: Collection[str] = ()
) -> list[list[Answer]]:
    """The answers of one scenario as they go into calls: only answered ones have a position.

    Answers of `late` models go into a call of their own: the others may have been placed without
    them, and that call stays as it was.
    """
    readable = [answer for answer in answers if answer.outcome is Outcome.ANSWERED]
    if not together:
        return [[answer] for answer in readable]
    apart = [answer for answer in readable if answer.model in late]
    return [group for group in ([a for a in readable if a.model not in late], apart) if group]


def order(scenario: str, answers: Sequence[Answer], seed: int | str) -> list[Answer]:
    """The order in which answers stand in a call: shuffled, so that no model is always first."""
    shuffled = sorted(answers, key=lambda answer: (answer.model, answer.replicate))
    random.Random(f"score:{seed}:{scenario}").shuffle(shuffled)
    return shuffled


def model_calls(
    work: Iterable[Group],
    target: Target,
    prompt: Prompt,
    seed: int | str,
    stage: str,
    mark: str = "",
) -> Iterator[ModelCall]:
    """One call for each group of answers; `mark` ends its subject."""
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
        subject = subject_of(scenario.scenario, answers) + mark
        yield model_call(target, prompt, values, stage=stage, subject=subject, schema=SCHEMA)


def subject_of(scenario: str, answers: Sequence[Answer]) -> str:
    return f"{scenario}|{answers[0].label}" if len(answers) == 1 else scenario


def _lines(strategies: Sequence[str]) -> str:
    return "\n".join(f"{i}: {' '.join(text.split())}" for i, text in enumerate(strategies))


def placements(
    scenario: str, answers: Sequence[Answer], seed: int | str, text: str
) -> list[Placement]:
    """The placements of one reply, one for every answer. Raises UnparsableError.

    A reply that leaves an answer out, names one that was not there or places one twice is
    unparsable as a whole: which of its numbers to believe can't be known.
    """
    ordered = order(scenario, answers, seed)
    placed = {_number(item.answer): item for item in _read(text)}
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
    if len({_number(item.answer) for item in items}) != len(items):
        raise UnparsableError("an answer was placed twice")
    return items


def _number(answer: str) -> str:
    """`answer_1`, `Answer 1` and `1` name one answer."""
    return re.sub(r"^answer[\s_-]*", "", answer.strip().lower())


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


def again(
    repeat: Repeat, one: Again, group: Sequence[Answer], asked: AnswerPrompt, seed: int, stage: str
) -> Work:
    """The call that places a group of answers of the noise sample once more, in another order;
    about (what is repeated, the query's public id)."""
    target, prompt = asked
    name, other = one.query.scenario, f"{seed}:{repeat}"
    work = [(one.query, one.rubric, group)]
    (call,) = model_calls(work, target, prompt, other, stage, f"|{repeat}")

    def placed(text: str) -> list[Placement]:
        return placements(name, group, other, text)

    return Work(call, (repeat, one.about.scenario), placed)
