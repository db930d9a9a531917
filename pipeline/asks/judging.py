"""How a judge is asked about an answer under a spec, and how its reply is read."""

import re
from collections.abc import Iterable, Iterator

from analysis.parse import verdicts
from analysis.vocabulary import DECISIONS
from pipeline.prompting import (
    TEXT,
    ModelCall,
    Prompt,
    Standard,
    Target,
    UnparsableError,
    block,
    listed,
    model_call,
    obj,
    one_of,
)
from pipeline.providers.types import JsonSchema
from pipeline.records import Answer, Judgement, Scenario
from pipeline.stage_spec import Role

_TRIM = re.compile(r"^[\s#\[{(<`'\"]+|[\s\]})>`'\".,;]+$")
ROLE = Role(
    "judges",
    "Who judges",
    "judges the answers",
    "--judges",
    weighs_answers=True,
    many=True,
    cast="judges",
)
GAPS = (frozenset({"query", "answer"}), frozenset[str]())
SCHEMA = JsonSchema.of(
    "faultline_judgement",
    obj(reasoning=TEXT, clauses=listed(TEXT), decision=one_of(list(DECISIONS))),
)


def model_calls(
    work: Iterable[tuple[Scenario, Answer]],
    target: Target,
    prompt: Prompt,
    standard: Standard,
    stage: str,
    *,
    mark: str = "",
    replicate: int = 0,
) -> Iterator[ModelCall]:
    """One call an answer. The spec goes first, so that a provider's cache can hold it. `mark` and
    `replicate` tell calls about one answer apart; the judge reads neither."""
    for scenario, answer in work:
        values = {"query": block("query", scenario.query), "answer": block("answer", answer.text)}
        yield model_call(
            target,
            prompt,
            values,
            stage=stage,
            subject=f"{scenario.scenario}|{answer.label}{mark}",
            schema=SCHEMA,
            prefix=standard.prefix,
            replicate=replicate,
        )


def judgement(answer: Answer, judge: str, text: str, standard: Standard) -> Judgement:
    """The judgement of one reply, citations checked against the spec.

    Raises UnparsableError with the word that is no decision, also for a reply that is word for word
    a verdict planted in the answer.
    """
    verdict = verdicts.read(text)
    if verdict.decision is None:
        why = f"decision: “{verdict.word}” is none of {', '.join(DECISIONS)}"
        raise UnparsableError(why, verdict.word)
    if verdicts.repeats(text, answer.text):
        why = "the reply repeats a verdict that stands in the judged answer"
        raise UnparsableError(why, "(a verdict from the answer)")
    cited = tuple(dict.fromkeys(anchor for raw in verdict.clauses if (anchor := _anchor(raw))))
    return Judgement(
        scenario=answer.scenario,
        model=answer.model,
        replicate=answer.replicate,
        judge=judge,
        decision=verdict.decision.value,
        reasoning=verdict.reasoning,
        clauses=cited,
        unknown=tuple(anchor for anchor in cited if anchor not in standard.anchors),
        answer=answer.digest,
    )


def _anchor(raw: str) -> str:
    """An anchor without the marks that judges put around it: `#`, brackets, quotes."""
    return _TRIM.sub("", _TRIM.sub("", raw))[:200]
