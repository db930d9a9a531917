"""Stage noise_wording: the queries of the noise sample in other words, to be answered anew."""

from collections.abc import Iterator

from pydantic import Field

from analysis.vocabulary import Repeat
from pipeline.asks import rewording
from pipeline.records import Scenario
from pipeline.stage_spec import QUERY, Counts, Estimate, Part, StageContext, StageSpec, Work


class NoiseWordingPart(Part):
    max_tokens: int = Field(default=800, ge=1)


def calls(context: StageContext) -> Iterator[Work]:
    """One call a query of the noise sample, about that query."""
    target = context.targets(SPEC, context.settings(SPEC).max_tokens)[0]
    kind = Repeat.WORDING.value
    made = rewording.model_calls(
        context.repeated, (kind,), target, context.prompts["perturb"], SPEC.name
    )
    for scenario, one in zip(context.repeated, made, strict=True):

        def reworded(text: str, parent: Scenario = scenario) -> Scenario:
            return rewording.variant(parent, kind, text)

        yield Work(one, scenario, reworded)


def estimate(part: NoiseWordingPart, n: Counts, models: int) -> Estimate:
    most = rewording.most(n)
    return Estimate(n.repeated, QUERY, QUERY, n.kept_share, most=most, room=part.max_tokens)


SPEC = StageSpec(
    name=f"noise_{Repeat.WORDING}",
    settings=NoiseWordingPart,
    needs=("generate",),
    follows=("perturb", "dedupe"),
    role=rewording.ROLE,
    prompts={"perturb": rewording.GAPS},
    schemas=(rewording.SCHEMA,),
    calls=calls,
    expected=lambda context, answers: len(context.repeated),
    estimate=estimate,
)
