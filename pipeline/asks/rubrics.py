"""How a family's rubric is asked for and a reply is read: two spectrums of seven strategies."""

from collections.abc import Iterable, Iterator, Sequence

from pydantic import field_validator

from analysis.vocabulary import HIGHEST_POSITION
from pipeline.prompting import (
    BLOCK_TOKENS,
    TEXT,
    ModelCall,
    Prompt,
    Reading,
    Target,
    block,
    listed,
    model_call,
    obj,
    read,
)
from pipeline.providers.types import JsonSchema
from pipeline.records import Rubric, Scenario
from pipeline.stage_spec import QUERY, Counts, Estimate, Role

POSITIONS = HIGHEST_POSITION + 1
ROLE = Role(
    "rubric_writer",
    "Who writes rubrics",
    "writes the rubrics that answers are placed on",
    "--rubric-writer",
    weighs_answers=True,
)
GIVEN = (3 * QUERY[0], 3 * QUERY[1])  # tokens of the texts of one call, and of its reply
WRITTEN = (300, 900)
GAPS = (frozenset({"queries", "value1", "value2"}), frozenset[str]())
SCHEMA = JsonSchema.of(
    "faultline_rubric", obj(value1_spectrum=listed(TEXT), value2_spectrum=listed(TEXT))
)


class Spectrums(Reading):
    value1_spectrum: tuple[str, ...]
    value2_spectrum: tuple[str, ...]

    @field_validator("*")
    @classmethod
    def seven(cls, strategies: tuple[str, ...]) -> tuple[str, ...]:
        if len(strategies) != POSITIONS or not all(text.strip() for text in strategies):
            raise ValueError(f"a spectrum needs {POSITIONS} strategies, here are {len(strategies)}")
        return tuple(text.strip() for text in strategies)


def estimate(n: Counts, calls: int, room: int) -> Estimate:
    """What so many rubrics take: each from three queries and the two values."""
    most = 3 * n.longest.query + n.longest.pair + 5 * BLOCK_TOKENS
    return Estimate(calls, GIVEN, WRITTEN, n.kept_share, most=most, room=room)


def model_calls(
    families: Iterable[Sequence[Scenario]],
    target: Target,
    prompt: Prompt,
    stage: str,
    replicate: int = 0,
) -> Iterator[ModelCall]:
    """One call a family; a family comes as its unperturbed scenarios, at least one."""
    for family in families:
        first = family[0]
        values = {
            "queries": "\n".join(block(f"query_{s.nudge}", s.query) for s in family),
            "value1": block("value1", first.value1),
            "value2": block("value2", first.value2),
        }
        yield model_call(
            target,
            prompt,
            values,
            stage=stage,
            subject=first.family,
            schema=SCHEMA,
            replicate=replicate,
        )


def rubric(family: str, text: str, values: tuple[str, str] | None = None) -> Rubric:
    """The rubric of one reply. Raises UnparsableError."""
    spectrums = read(text, Spectrums)
    return Rubric(family, spectrums.value1_spectrum, spectrums.value2_spectrum, values)
