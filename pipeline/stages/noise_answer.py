"""Stage noise_answer: every target model answers the queries of the noise sample a second time, and
those that were reworded once."""

from collections.abc import Iterator

from analysis.vocabulary import Repeat
from pipeline.asks import answering
from pipeline.prompting import Target
from pipeline.stage_spec import QUERY, Counts, Estimate, Part, StageContext, StageSpec, Work


class NoiseAnswerPart(Part):
    """Everything is as the stage respond has it."""


def calls_to(context: StageContext, target: Target) -> Iterator[Work]:
    """The calls to one model; each about (what is repeated, query of the sample, replicate). A
    second answer is one that the stage respond does not ask for."""
    fresh: int = context.part("respond").replicates
    prompt = context.prompts["respond"]
    for scenario in context.repeated:
        asked = [(Repeat.ANSWER, scenario, fresh)]
        if variant := context.reworded.get(scenario.scenario):
            asked.append((Repeat.WORDING, variant, 0))
        for repeat, query, replicate in asked:
            (one,) = answering.model_calls([query], target, (replicate,), prompt, SPEC.name)
            yield Work(one, (repeat, scenario, replicate), answering.answer)


def calls(context: StageContext) -> Iterator[Work]:
    for target in context.targets(SPEC, context.part("respond").max_tokens):
        yield from calls_to(context, target)


def expected(context: StageContext) -> int:
    models = len(context.targets(SPEC, 1))
    return models * (len(context.repeated) + len(context.reworded))


def estimate(part: NoiseAnswerPart, n: Counts, models: int) -> Estimate:
    wordings = 2 if Repeat.WORDING in n.repeats else 1
    calls, most = n.repeated * wordings, n.longest.query
    return Estimate(calls, QUERY, n.answer, n.kept_share, most=most, room=n.longest.answer_room)


SPEC = StageSpec(
    name=f"noise_{Repeat.ANSWER}",
    settings=NoiseAnswerPart,
    needs=("respond",),
    follows=(f"noise_{Repeat.WORDING}",),
    role=answering.ROLE,
    prompts={"respond": answering.GAPS},
    calls=calls,
    expected=lambda context, answers: expected(context),
    estimate=estimate,
    refusal_is_finding=True,
)
