"""Stage judge: an answer against the whole spec, with the clauses cited, by several judges."""

from collections.abc import Callable, Iterable, Iterator

from pydantic import Field

from analysis.vocabulary import D_RANGE, Outcome
from pipeline.asks import judging
from pipeline.prompting import BLOCK_TOKENS, Target
from pipeline.records import Answer, Judgement, Scenario
from pipeline.select.disagreement import at_least
from pipeline.stage_spec import (
    ANSWER_KEY,
    FEWEST_KEPT,
    QUERY,
    REASONING,
    Counts,
    Ended,
    Estimate,
    Part,
    Row,
    StageContext,
    StageSpec,
    Table,
    Work,
)


class JudgePart(Part):
    """`min_disagreement`: only answers to queries whose D is at least this; null: all."""

    min_disagreement: float | None = Field(default=None, ge=D_RANGE[0], le=D_RANGE[1])
    max_tokens: int = Field(default=1_500, ge=1)


def judged(context: StageContext) -> list[Scenario]:
    """The queries whose answers are judged: those with enough disagreement, if that counts."""
    least = context.settings(SPEC).min_disagreement
    if least is None:
        return list(context.hard)
    placed = context.placements
    return [s for s in context.hard if at_least(placed.get(s.scenario, ()), least)]


def calls_to(context: StageContext, target: Target) -> Iterator[Work]:
    standard = context.standard
    for scenario, answer in context.answered(judged(context)):
        (one,) = judging.model_calls(
            [(scenario, answer)], target, context.prompts["judge"], standard, SPEC.name
        )

        def decided(text: str, answer: Answer = answer) -> Judgement:
            return judging.judgement(answer, target.id, text, standard)

        yield Work(one, answer, decided)


def calls(context: StageContext) -> Iterator[Work]:
    for target in context.targets(SPEC, context.settings(SPEC).max_tokens):
        yield from calls_to(context, target)


def judgements(context: StageContext) -> Iterable[Judgement]:
    """One record a call that ended, judge by judge; those without a readable verdict say why."""
    return context.once(SPEC.name, lambda: _judgements(context))


def _judgements(context: StageContext) -> Iterator[Judgement]:
    for work, ended in context.ended(calls(context)):
        if ended.outcome is Outcome.ANSWERED:
            yield ended.record
        else:
            yield _undecided(work.about, work.call.model, ended)


def _undecided(answer: Answer, judge: str, ended: Ended) -> Judgement:
    return Judgement(
        scenario=answer.scenario,
        model=answer.model,
        replicate=answer.replicate,
        judge=judge,
        decision="",
        reasoning="",
        clauses=(),
        unknown=(),
        outcome=ended.outcome,
        word=ended.word,
        why=ended.why,
        answer=answer.digest,
    )


def expected(context: StageContext, answers: Callable[[float], int]) -> int:
    share = len(judged(context)) / max(1, len(context.scenarios))
    return answers(share) * len(context.targets(SPEC, context.settings(SPEC).max_tokens))


def estimate(part: JudgePart, n: Counts, models: int) -> Estimate:
    return Estimate(
        n.hard_answers,
        given=(QUERY[0] + n.answer[0], QUERY[1] + n.answer[1]),
        written=REASONING,
        most=n.longest.query + n.longest.answer + 2 * BLOCK_TOKENS,
        room=part.max_tokens,
        share=n.kept_share if part.min_disagreement is None else FEWEST_KEPT,
    )


def _key(made: Judgement) -> Row:
    return {
        "scenario": made.scenario,
        "model": made.model,
        "replicate": made.replicate,
        "judge": made.judge,
    }


def judgement_rows(context: StageContext) -> Iterator[Row]:
    """Answer x judge, also where the judge gave no readable verdict: `outcome` says which."""
    for made in judgements(context):
        yield {
            **_key(made),
            "spec": context.spec_name,
            "decision": made.decision or None,
            "reasoning": made.reasoning or None,
            "outcome": made.outcome.value,
            "raw_decision": made.decision or made.word or None,
            "why": made.why or None,
            "answer_sha256": made.answer,
        }


def citation_rows(context: StageContext) -> Iterator[Row]:
    """Judgement x clause, as the judge wrote it; `known` where the spec has it."""
    for made in judgements(context):
        for clause in made.clauses:
            yield {
                **_key(made),
                "spec": context.spec_name,
                "clause": clause,
                "known": clause not in made.unknown,
            }


SPEC = StageSpec(
    name="judge",
    settings=JudgePart,
    needs=("respond",),
    follows=("generate", "hard"),
    fed_by=("respond",),
    waits=lambda part: () if part.min_disagreement is None else ("score",),
    role=judging.ROLE,
    prompts={"judge": judging.GAPS},
    schemas=(judging.SCHEMA,),
    calls=calls,
    calls_to=calls_to,
    expected=expected,
    estimate=estimate,
    tables={
        "judgements": Table(
            (
                *ANSWER_KEY,
                ("judge", str),
                ("spec", str),
                ("decision", str),
                ("reasoning", str),
                ("outcome", str),
                ("raw_decision", str),
                ("why", str),
                ("answer_sha256", str),
            ),
            judgement_rows,
        ),
        "citations": Table(
            (
                *ANSWER_KEY,
                ("judge", str),
                ("spec", str),
                ("clause", str),
                ("known", bool),
            ),
            citation_rows,
        ),
    },
    sends_spec=True,
)
