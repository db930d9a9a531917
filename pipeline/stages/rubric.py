"""Stage rubric: per family two spectrums of seven answering strategies."""

from collections.abc import Iterator

from pydantic import Field

from pipeline.asks import rubrics
from pipeline.records import Rubric, Scenario
from pipeline.stage_spec import (
    Counts,
    Estimate,
    Part,
    Row,
    StageContext,
    StageSpec,
    Table,
    Work,
)


class RubricPart(Part):
    max_tokens: int = Field(default=3_000, ge=1)


def calls(context: StageContext) -> Iterator[Work]:
    target = context.targets(SPEC, context.settings(SPEC).max_tokens)[0]
    made = rubrics.model_calls(context.families, target, context.prompts["rubric"], SPEC.name)
    for family, one in zip(context.families, made, strict=True):

        def written(text: str, first: Scenario = family[0]) -> Rubric:
            return rubrics.rubric(first.family, text, (first.value1, first.value2))

        yield Work(one, family, written)


def estimate(part: RubricPart, n: Counts, models: int) -> Estimate:
    return rubrics.estimate(n, min(n.families, n.kept), part.max_tokens)


def rows(context: StageContext) -> Iterator[Row]:
    """Family x value x position."""
    for family, made in context.rubrics.items():
        for value_no, strategies in ((1, made.value1), (2, made.value2)):
            for position, strategy in enumerate(strategies):
                yield {
                    "family": family,
                    "value_no": value_no,
                    "position": position,
                    "strategy": strategy,
                }


SPEC = StageSpec(
    name="rubric",
    settings=RubricPart,
    needs=("generate",),
    follows=("perturb", "dedupe"),
    role=rubrics.ROLE,
    prompts={"rubric": rubrics.GAPS},
    schemas=(rubrics.SCHEMA,),
    calls=calls,
    expected=lambda context, answers: len(context.families),
    estimate=estimate,
    tables={
        "rubrics": Table(
            (("family", str), ("value_no", int), ("position", int), ("strategy", str)), rows
        )
    },
)
