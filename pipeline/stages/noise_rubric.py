"""Stage noise_rubric: a second rubric for the families of the noise sample, by the same writer."""

from collections.abc import Iterator

from analysis.vocabulary import Repeat
from pipeline.asks import rubrics
from pipeline.records import Rubric, Scenario
from pipeline.stage_spec import Counts, Estimate, Part, StageContext, StageSpec, Work


class NoiseRubricPart(Part):
    """Everything is as the stage rubric has it."""


def calls(context: StageContext) -> Iterator[Work]:
    """One call a family, about its queries."""
    target = context.targets(SPEC, context.part("rubric").max_tokens)[0]
    wanted = {scenario.family for scenario in context.repeated}
    families = [family for family in context.families if family[0].family in wanted]
    prompt = context.prompts["rubric"]
    made = rubrics.model_calls(families, target, prompt, SPEC.name, replicate=1)
    for family, one in zip(families, made, strict=True):

        def written(text: str, first: Scenario = family[0]) -> Rubric:
            return rubrics.rubric(first.family, text, (first.value1, first.value2))

        yield Work(one, family, written)


def estimate(part: NoiseRubricPart, n: Counts, models: int) -> Estimate:
    return rubrics.estimate(n, n.repeated, n.longest.rubric_room)


SPEC = StageSpec(
    name=f"noise_{Repeat.RUBRIC}",
    settings=NoiseRubricPart,
    needs=("rubric",),
    role=rubrics.ROLE,
    prompts={"rubric": rubrics.GAPS},
    schemas=(rubrics.SCHEMA,),
    calls=calls,
    expected=lambda context, answers: len(context.repeated),
    estimate=estimate,
)
