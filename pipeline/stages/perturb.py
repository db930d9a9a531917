"""Stage perturb (optional): the same request in other words; each variant knows its parent."""

from collections.abc import Iterator

from pydantic import Field

from analysis.vocabulary import Perturbation
from pipeline.asks import rewording
from pipeline.records import Scenario
from pipeline.stage_spec import QUERY, Counts, Estimate, Part, StageContext, StageSpec, Work


class PerturbPart(Part):
    kinds: tuple[Perturbation, ...] = ()
    max_tokens: int = Field(default=800, ge=1)


def calls(context: StageContext) -> Iterator[Work]:
    part, scenarios = context.settings(SPEC), context.originals
    kinds = [kind.value for kind in part.kinds]
    target = context.targets(SPEC, part.max_tokens)[0]
    about = ((scenario, kind) for scenario in scenarios for kind in kinds)
    made = rewording.model_calls(scenarios, kinds, target, context.prompts["perturb"], SPEC.name)
    for (scenario, kind), one in zip(about, made, strict=True):

        def reworded(text: str, parent: Scenario = scenario, kind: str = kind) -> Scenario:
            return rewording.variant(parent, kind, text)

        yield Work(one, scenario, reworded)


def expected(context: StageContext) -> int:
    return len(context.originals) * len(context.settings(SPEC).kinds)


def estimate(part: PerturbPart, n: Counts, models: int) -> Estimate:
    return Estimate(n.variants, QUERY, QUERY, most=rewording.most(n), room=part.max_tokens)


SPEC = StageSpec(
    name="perturb",
    settings=PerturbPart,
    needs=("generate",),
    role=rewording.ROLE,
    prompts={"perturb": rewording.GAPS},
    schemas=(rewording.SCHEMA,),
    calls=calls,
    expected=lambda context, answers: expected(context),
    estimate=estimate,
    optional=True,
)
