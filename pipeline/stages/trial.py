"""Stage trial: stored answers judged under two wordings of a spec, and once more under the old one.

A judge is told nothing of a trial, a group or a version: it gets a spec, a query and an answer, as
in the stage `judge`. Each judge gets its calls in an order of its own, drawn by the plan's seed
over all cases and wordings, so that no wording is judged earlier than another.
"""

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import Field, field_validator

from analysis.parse.specs.clause import headings_above
from analysis.parse.trials import Arm, Case, Group, Trial, of_json
from analysis.vocabulary import Outcome
from pipeline.asks import judging
from pipeline.prompting import BLOCK_TOKENS, Standard, Target, most_tokens
from pipeline.records import Answer, Judgement, Scenario
from pipeline.stage_spec import (
    ANSWER_KEY,
    QUERY,
    REASONING,
    Counts,
    Estimate,
    Part,
    Row,
    StageContext,
    StageSpec,
    Table,
    Work,
)

ARMS = tuple(Arm)
"""The place of an arm is the replicate of its calls: no two wordings share a judge's chance."""


class TrialPart(Part):
    """`trial`: the clause, its new wording and the cases (`analysis.parse.trials`); empty for
    none."""

    trial: dict[str, Any] = Field(default_factory=dict)
    max_tokens: int = Field(default=1_500, ge=1)

    @field_validator("trial")
    @classmethod
    def fits(cls, data: dict[str, Any]) -> dict[str, Any]:
        if data:
            of_json(data, "trial.trial")
        return data

    def read(self) -> Trial | None:
        """The trial, checked; None without one."""
        return of_json(self.trial, "trial.trial") if self.trial else None


@dataclass(frozen=True)
class Tried:
    """What one call is about."""

    case: Case
    scenario: Scenario
    answer: Answer
    arm: Arm


def standards(context: StageContext, trial: Trial) -> Mapping[Arm, Standard]:
    """The spec of each arm, as judges get it."""
    old = context.standard
    new = Standard.of(trial.new.text, trial.new.clauses)
    return {Arm.OLD: old, Arm.AGAIN: old, Arm.NEW: new}


def tried(context: StageContext) -> list[Tried]:
    """Every case under every arm: those of the trial, and the answers to the queries that were
    written for it; a case whose answer can't be read is left out."""
    trial = context.settings(SPEC).read()
    if trial is None:
        return []
    wanted = {(c.scenario, c.model): c for c in trial.cases}
    named = {c.scenario for c in trial.cases}
    queries = [s for s in context.scenarios if s.scenario in named]
    found = [
        (wanted[answer.scenario, answer.model], scenario, answer)
        for scenario, answer in context.answered(queries)
        if not answer.replicate and (answer.scenario, answer.model) in wanted
    ]
    found += [
        (Case(answer.scenario, answer.model, Group.HELD_OUT), scenario, answer)
        for scenario, answer in context.trial_answers()
    ]
    return [Tried(*one, arm) for one in found for arm in ARMS]


def calls_to(context: StageContext, target: Target) -> Iterator[Work]:
    """One judge's calls, shuffled over cases and arms."""
    trial = context.settings(SPEC).read()
    if trial is None:
        return
    specs, prompt = standards(context, trial), context.prompts["judge"]
    order = tried(context)
    random.Random(f"trial:{context.seed}:{target.id}").shuffle(order)
    for one in order:
        (call,) = judging.model_calls(
            [(one.scenario, one.answer)],
            target,
            prompt,
            specs[one.arm],
            SPEC.name,
            mark=f"|{ARMS.index(one.arm)}",
            replicate=ARMS.index(one.arm),
        )

        def decided(text: str, one: Tried = one) -> Judgement:
            return judging.judgement(one.answer, target.id, text, specs[one.arm])

        yield Work(call, one, decided)


def calls(context: StageContext) -> Iterator[Work]:
    for target in context.targets(SPEC, context.settings(SPEC).max_tokens):
        yield from calls_to(context, target)


def expected(context: StageContext, answers: Callable[[float], int]) -> int:
    judges = len(context.targets(SPEC, context.settings(SPEC).max_tokens))
    return len(tried(context)) * judges


def estimate(part: TrialPart, n: Counts, models: int) -> Estimate:
    trial = part.read()
    cases = len(trial.cases) + n.held_out * n.answering if trial else 0
    # The new wording is counted beside the old one, which stands in front of every call.
    added = most_tokens(len(trial.new.text.encode("utf-8", "replace"))) if trial else 0.0
    return Estimate(
        cases * len(ARMS),
        given=(QUERY[0] + n.answer[0], QUERY[1] + n.answer[1]),
        written=REASONING,
        most=n.longest.query + n.longest.answer + 2 * BLOCK_TOKENS + added,
        room=part.max_tokens,
    )


def ended(context: StageContext) -> Iterator[tuple[Tried, str, Judgement | None, str]]:
    """(what a call was about, judge, its judgement or None, why there is none), in the trial's
    order."""
    found = [
        (work.about, work.call.model, end.record, end.why)
        if end.outcome is Outcome.ANSWERED
        else (work.about, work.call.model, None, end.why or end.outcome.value)
        for work, end in context.ended(calls(context))
    ]
    trial = context.settings(SPEC).read()
    place = {case: i for i, case in enumerate(trial.cases)} if trial else {}
    for about, *_ in found:
        place.setdefault(about.case, len(place))
    judges = list(dict.fromkeys(one[1] for one in found))
    found.sort(key=lambda one: (place[one[0].case], ARMS.index(one[0].arm), judges.index(one[1])))
    yield from found


def _key(one: Tried, judge: str) -> Row:
    return {
        "scenario": one.answer.scenario,
        "model": one.answer.model,
        "replicate": one.answer.replicate,
        "family": one.scenario.family,
        "group": one.case.group.value,
        "arm": one.arm.value,
        "judge": judge,
    }


def judgement_rows(context: StageContext) -> Iterator[Row]:
    """Answer x arm x judge; no decision where the reply could not be read, and why."""
    for one, judge, made, why in ended(context):
        yield {
            **_key(one, judge),
            "decision": made.decision if made else None,
            "reasoning": made.reasoning or None if made else None,
            "why": why or None,
        }


def citation_rows(context: StageContext) -> Iterator[Row]:
    """Answer x arm x judge x clause that its spec has, with the headings above it."""
    trial = context.settings(SPEC).read()
    if trial is None:
        return
    old = {c.anchor: c.parent for c in context.clauses}
    new = {c.anchor: c.parent for c in trial.new.clauses}
    for one, judge, made, _ in ended(context):
        spec = new if one.arm is Arm.NEW else old
        for clause in made.clauses if made else ():
            if clause in spec:
                yield {
                    **_key(one, judge),
                    "clause": clause,
                    "above": list(headings_above(clause, spec)),
                }


_COLUMNS: tuple[tuple[str, type], ...] = (
    *ANSWER_KEY,
    ("family", str),
    ("group", str),
    ("arm", str),
    ("judge", str),
)
SPEC = StageSpec(
    name="trial",
    settings=TrialPart,
    needs=("respond",),
    follows=("trial_query", "trial_answer"),
    role=judging.ROLE,
    prompts={"judge": judging.GAPS},
    schemas=(judging.SCHEMA,),
    calls=calls,
    calls_to=calls_to,
    expected=expected,
    estimate=estimate,
    tables={
        "trial_judgements": Table(
            (*_COLUMNS, ("decision", str), ("reasoning", str), ("why", str)), judgement_rows
        ),
        "trial_citations": Table((*_COLUMNS, ("clause", str), ("above", list)), citation_rows),
    },
    optional=True,
    sends_spec=True,
)
