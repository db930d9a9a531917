"""Stage score: each answer on both spectrums, 0 to 6; together in shuffled order, or one by one."""

import math
from collections.abc import Callable, Iterator

from pydantic import Field

from pipeline.asks import scoring
from pipeline.records import Answer, Placement
from pipeline.stage_spec import QUERY, Counts, Estimate, Part, StageContext, StageSpec, Work


class ScorePart(Part):
    together: bool = True
    max_tokens: int = Field(default=4_000, ge=1)


def calls(context: StageContext) -> Iterator[Work]:
    """The answers to each query whose family has a rubric; a call is about (query, answers)."""
    seed, part = context.seed, context.settings(SPEC)
    target = context.targets(SPEC, part.max_tokens)[0]
    for scenario, answers in context.answers():
        whole = context.rubrics.get(scenario.family)
        made = whole and whole.of(scenario)
        if made is None:
            continue
        for group in scoring.groups(answers, part.together, context.late):
            (one,) = scoring.model_calls(
                [(scenario, made, group)], target, context.prompts["score"], seed, SPEC.name
            )

            def placed(
                text: str, name: str = scenario.scenario, group: list[Answer] = group
            ) -> list[Placement]:
                return scoring.placements(name, group, seed, text)

            yield Work(one, (scenario, group), placed)


def expected(context: StageContext, answers: Callable[[float], int]) -> int:
    return len(context.scenarios) if context.settings(SPEC).together else answers(1.0)


def estimate(part: ScorePart, n: Counts, models: int) -> Estimate:
    each = math.ceil(n.answers_per_query) if part.together else 1
    low, high = n.answer
    return Estimate(
        n.kept if part.together else n.answers,
        given=(QUERY[0] + 300 + each * low, QUERY[1] + 900 + each * high),
        written=(each * 40, each * 90),
        most=scoring.most(n, n.most_answers if part.together else 1),
        room=part.max_tokens,
        share=n.kept_share,
    )


SPEC = StageSpec(
    name="score",
    settings=ScorePart,
    needs=("respond", "rubric"),
    role=scoring.ROLE,
    prompts={"score": scoring.GAPS},
    schemas=(scoring.SCHEMA,),
    calls=calls,
    expected=expected,
    estimate=estimate,
)
