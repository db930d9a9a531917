"""Stage trial_answer: models answer the queries that were written for a trial."""

from collections.abc import Callable, Iterator

from pipeline.asks import answering
from pipeline.prompting import Target
from pipeline.stage_spec import QUERY, Counts, Estimate, Part, StageContext, StageSpec, Work


class TrialAnswerPart(Part):
    """Everything is as the stage respond has it."""


def calls_to(context: StageContext, target: Target) -> Iterator[Work]:
    """One call a written query, about (query, replicate)."""
    prompt = context.prompts["respond"]
    for query in context.trial_queries:
        (one,) = answering.model_calls([query], target, (0,), prompt, SPEC.name)
        yield Work(one, (query, 0), answering.answer)


def calls(context: StageContext) -> Iterator[Work]:
    for target in context.targets(SPEC, context.part("respond").max_tokens):
        yield from calls_to(context, target)


def expected(context: StageContext, answers: Callable[[float], int]) -> int:
    return len(context.targets(SPEC, 1)) * len(context.trial_queries)


def estimate(part: TrialAnswerPart, n: Counts, models: int) -> Estimate:
    most, room = n.longest.query, n.longest.answer_room
    return Estimate(n.held_out, QUERY, n.answer, most=most, room=room)


SPEC = StageSpec(
    name="trial_answer",
    settings=TrialAnswerPart,
    needs=("trial_query",),
    role=answering.ROLE,
    prompts={"respond": answering.GAPS},
    calls=calls,
    expected=expected,
    estimate=estimate,
    optional=True,
    refusal_is_finding=True,
)
