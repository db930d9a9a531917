"""Stage respond: every target model answers every query, replicates apart."""

from collections.abc import Iterator, Sequence

from pydantic import Field

from pipeline.asks import answering
from pipeline.prompting import Target
from pipeline.records import Scenario
from pipeline.stage_spec import (
    ANSWER_KEY,
    QUERY,
    Counts,
    Estimate,
    Part,
    Row,
    StageContext,
    StageSpec,
    Table,
    Work,
)


class RespondPart(Part):
    replicates: int = Field(default=1, ge=1, le=100)
    max_tokens: int = Field(default=1_500, ge=1)


def calls_to(
    context: StageContext, target: Target, scenarios: Sequence[Scenario] | None = None
) -> Iterator[Work]:
    """The calls to one model, about all queries or those given; each about (query, replicate)."""
    queries = context.scenarios if scenarios is None else scenarios
    replicates = range(context.settings(SPEC).replicates)
    about = ((query, i) for query in queries for i in replicates)
    made = answering.model_calls(queries, target, replicates, context.prompts["respond"], SPEC.name)
    for one, work in zip(about, made, strict=True):
        yield Work(work, one, answering.answer)


def calls(context: StageContext) -> Iterator[Work]:
    for target in context.targets(SPEC, context.settings(SPEC).max_tokens):
        yield from calls_to(context, target)


def expected(context: StageContext) -> int:
    part = context.settings(SPEC)
    models = len(context.targets(SPEC, part.max_tokens))
    return len(context.scenarios) * models * part.replicates


def estimate(part: RespondPart, n: Counts, models: int) -> Estimate:
    calls, most = n.kept * part.replicates, n.longest.query
    return Estimate(calls, QUERY, n.answer, n.kept_share, most=most, room=part.max_tokens)


def rows(context: StageContext) -> Iterator[Row]:
    """Scenario x model x replicate, with where the answer stands if it was placed, and how the call
    ended that was to place it."""
    for scenario, answers in context.answers():
        placed = {(p.model, p.replicate): p for p in context.placements.get(scenario.scenario, ())}
        for answer in answers:
            place = placed.get((answer.model, answer.replicate))
            yield {
                "scenario": answer.scenario,
                "model": answer.model,
                "replicate": answer.replicate,
                "outcome": answer.outcome.value,
                "text": answer.text,
                "value1_position": place.value1 if place else None,
                "value2_position": place.value2 if place else None,
                "confidence": place.confidence if place else None,
                "reason": place.reason if place else None,
                "score_outcome": context.scored.get(
                    (answer.scenario, answer.model, answer.replicate)
                ),
                "stop_reason": answer.stop_reason,
                "served_model": answer.served_model,
                "output_tokens": answer.output_tokens,
                "latency_s": answer.latency_s,
                "error": answer.error or None,
                "trace": answer.trace or None,
            }


SPEC = StageSpec(
    name="respond",
    settings=RespondPart,
    needs=("generate",),
    follows=("perturb", "dedupe"),
    role=answering.ROLE,
    prompts={"respond": answering.GAPS},
    calls=calls,
    calls_to=calls_to,
    expected=lambda context, answers: expected(context),
    estimate=estimate,
    tables={
        "responses": Table(
            (
                *ANSWER_KEY,
                ("outcome", str),
                ("text", str),
                ("value1_position", int),
                ("value2_position", int),
                ("confidence", float),
                ("reason", str),
                ("score_outcome", str),
                ("stop_reason", str),
                ("served_model", str),
                ("output_tokens", int),
                ("latency_s", float),
                ("error", str),
                ("trace", str),
            ),
            rows,
        )
    },
    refusal_is_finding=True,
)
