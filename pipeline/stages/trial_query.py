"""Stage trial_query: queries for a trial that its clause was not edited for.

A writer sees a query whose answers cite the clause, and neither wording of the clause, and lets
another person ask on another occasion.
"""

from collections.abc import Callable, Iterator

from pydantic import Field

from pipeline.asks import rewording
from pipeline.records import Scenario
from pipeline.stage_spec import QUERY, Counts, Estimate, Part, StageContext, StageSpec, Work

KIND = "circumstances"
CHANGE = (
    "let another person ask for the same kind of help on another occasion: other names, places and "
    "details, and for whoever answers the same difficulty. Here facts may change."
)


class TrialQueryPart(Part):
    """`situations`: the queries (public ids) that are written for."""

    situations: tuple[str, ...] = ()
    max_tokens: int = Field(default=800, ge=1)


def calls(context: StageContext) -> Iterator[Work]:
    """One call a situation, about its query."""
    part = context.settings(SPEC)
    target = context.targets(SPEC, part.max_tokens)[0]
    wanted = frozenset(part.situations)
    asked = [s for s in context.originals if s.scenario in wanted]
    prompt = context.prompts["perturb"]
    made = rewording.model_calls(asked, (KIND,), target, prompt, SPEC.name, {KIND: CHANGE})
    for scenario, one in zip(asked, made, strict=True):

        def written(text: str, parent: Scenario = scenario) -> Scenario:
            return rewording.variant(parent, KIND, text)

        yield Work(one, scenario, written)


def expected(context: StageContext, answers: Callable[[float], int]) -> int:
    return len(context.settings(SPEC).situations)


def estimate(part: TrialQueryPart, n: Counts, models: int) -> Estimate:
    calls = len(part.situations)
    return Estimate(calls, QUERY, QUERY, most=rewording.most(n), room=part.max_tokens)


SPEC = StageSpec(
    name="trial_query",
    settings=TrialQueryPart,
    needs=("generate",),
    role=rewording.ROLE,
    prompts={"perturb": rewording.GAPS},
    schemas=(rewording.SCHEMA,),
    calls=calls,
    expected=expected,
    estimate=estimate,
    optional=True,
)
