"""Stage rubric: per family two spectrums of seven answering strategies."""

from collections.abc import Iterable, Iterator, Sequence

from pydantic import field_validator

from pipeline.asking import TEXT, Ask, Prompt, Reading, Target, ask, block, listed, obj, read
from pipeline.providers.types import JsonSchema
from pipeline.records import Rubric, Scenario

STAGE = "rubric"
GAPS = frozenset({"queries", "value1", "value2"})
MAY: frozenset[str] = frozenset()
POSITIONS = 7
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


def asks(families: Iterable[Sequence[Scenario]], target: Target, prompt: Prompt) -> Iterator[Ask]:
    """One call a family; a family comes as its unperturbed scenarios, at least one."""
    for family in families:
        first = family[0]
        values = {
            "queries": "\n".join(block(f"query_{s.nudge}", s.query) for s in family),
            "value1": block("value1", first.value1),
            "value2": block("value2", first.value2),
        }
        yield ask(target, prompt, values, stage=STAGE, subject=first.family, schema=SCHEMA)


def rubric(family: str, text: str) -> Rubric:
    """The rubric of one reply. Raises UnparsableError."""
    spectrums = read(text, Spectrums)
    return Rubric(family, spectrums.value1_spectrum, spectrums.value2_spectrum)
