"""Stage label: topics of a query and response type of an answer, by a model."""

import hashlib
import math
from collections.abc import Callable, Iterable, Iterator
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from analysis.parse.verdicts import one_of as one_of_words
from analysis.vocabulary import NO_TOPIC, RESPONSE_TYPES, TOPICS, Outcome, ResponseType, Topic
from pipeline.prompting import (
    BLOCK_TOKENS,
    TEXT,
    ModelCall,
    Prompt,
    Reading,
    Target,
    block,
    listed,
    model_call,
    most_tokens,
    obj,
    one_of,
    read,
)
from pipeline.providers.types import JsonSchema
from pipeline.records import Answer, Scenario
from pipeline.stage_spec import (
    ANSWER_KEY,
    QUERY,
    Counts,
    Ended,
    Estimate,
    Part,
    Role,
    Row,
    StageContext,
    StageSpec,
    Table,
    Work,
)

LABELLED: tuple[Literal["topics", "response_type"], ...] = ("topics", "response_type")
ABOUT_TOPICS = "|topics"  # how the subject of a call about topics ends
_MENU = "\n".join(f"- {topic}" for topic in TOPICS)
_MENU_TOKENS = most_tokens(len(_MENU))
TOPICS_SCHEMA = JsonSchema.of("faultline_topics", obj(topics=listed(one_of(list(TOPICS)))))
TYPE_SCHEMA = JsonSchema.of(
    "faultline_response_type", obj(reason=TEXT, response_type=one_of(list(RESPONSE_TYPES)))
)


class LabelPart(Part):
    what: tuple[Literal["topics", "response_type"], ...] = LABELLED
    share: float = Field(default=1.0, gt=0, le=1)
    """The share of the answers whose type is asked, drawn at random: enough to correct the embedded
    labeller's rates (some 200 answers of each model), at a part of the price."""
    max_tokens: int = Field(default=300, ge=1)


def _topics(value: object) -> object:
    """Topics in their own spelling; a null list is an empty one."""
    listed = [] if value is None else value
    return [_spelled(v, TOPICS) for v in listed] if isinstance(listed, list) else listed


def _spelled(value: object, options: Iterable[str]) -> object:
    """The option that a word spells in whatever case, dashes or bold; else the word itself."""
    return (one_of_words(value, options) or value) if isinstance(value, str) else value


class Topics(Reading):
    topics: Annotated[tuple[Topic, ...], BeforeValidator(_topics)]


class Typed(Reading):
    reason: str | None = ""
    response_type: Annotated[
        ResponseType, BeforeValidator(lambda value: _spelled(value, RESPONSE_TYPES))
    ]


def topic_calls(
    scenarios: Iterable[Scenario], target: Target, prompt: Prompt
) -> Iterator[ModelCall]:
    """One call a scenario."""
    for scenario in scenarios:
        values = {"query": block("query", scenario.query), "topics": _MENU}
        subject = f"{scenario.scenario}{ABOUT_TOPICS}"
        yield model_call(
            target, prompt, values, stage=SPEC.name, subject=subject, schema=TOPICS_SCHEMA
        )


def type_calls(
    work: Iterable[tuple[Scenario, Answer]], target: Target, prompt: Prompt
) -> Iterator[ModelCall]:
    """One call an answer that was answered."""
    for scenario, answer in work:
        values = {"query": block("query", scenario.query), "answer": block("answer", answer.text)}
        subject = f"{scenario.scenario}|{answer.label}"
        yield model_call(
            target, prompt, values, stage=SPEC.name, subject=subject, schema=TYPE_SCHEMA
        )


def topics(text: str) -> tuple[str, ...]:
    """The topics of one reply, in the order of screens; none is an empty tuple."""
    found = set(read(text, Topics).topics)
    return tuple(topic for topic in TOPICS if topic in found)


def response_type(text: str) -> str:
    """The response type of one reply. Raises UnparsableError."""
    return read(text, Typed).response_type.value


def calls(context: StageContext) -> Iterator[Work]:
    part = context.settings(SPEC)
    target = context.targets(SPEC, part.max_tokens)[0]
    if "topics" in part.what:
        made = topic_calls(context.hard, target, context.prompts["topics"])
        for scenario, one in zip(context.hard, made, strict=True):
            yield Work(one, scenario, topics)
    if "response_type" in part.what:
        for scenario, answer in context.answered(context.hard):
            if not drawn(scenario, answer, part.share):
                continue
            (one,) = type_calls([(scenario, answer)], target, context.prompts["response_type"])
            yield Work(one, answer, response_type)


def drawn(scenario: Scenario, answer: Answer, share: float) -> bool:
    """Whether an answer is in the sample of that share: by a hash of what it is an answer to, so
    the same on every machine and whatever it says."""
    if share >= 1:
        return True
    key = hashlib.sha256(f"label|{scenario.scenario}|{answer.label}".encode()).digest()
    return int.from_bytes(key[:8], "big") < share * 2**64


def expected(context: StageContext, answers: Callable[[float], int]) -> int:
    part, labelled = context.settings(SPEC), len(context.hard)
    of_all = part.share * labelled / max(1, len(context.scenarios))
    typed = answers(of_all) if "response_type" in part.what else 0
    return labelled * ("topics" in part.what) + typed


def most_drawn(answers: int, share: float) -> int:
    """How many of so many answers are in the sample of that share, at most: each is drawn by
    itself, so it is the share and a margin that is passed once in a thousand million plans."""
    spread = math.sqrt(answers * share * (1 - share))
    return min(answers, math.ceil(answers * share + 6 * spread + 12))


def estimate(part: LabelPart, n: Counts, models: int) -> Estimate:
    answers = most_drawn(n.hard_answers, part.share)
    return Estimate(
        n.hard * ("topics" in part.what) + answers * ("response_type" in part.what),
        given=(QUERY[0], QUERY[1] + n.answer[1]),
        written=(15, 60),
        most=n.longest.query + max(n.longest.answer, _MENU_TOKENS) + 2 * BLOCK_TOKENS,
        room=part.max_tokens,
        share=n.kept_share,
    )


def _labels(context: StageContext, *, of_topics: bool) -> Iterator[tuple[Work, Ended]]:
    """The calls that ended, about topics or about response types."""
    for work, ended in context.ended(calls(context)):
        if work.call.subject.endswith(ABOUT_TOPICS) == of_topics:
            yield work, ended


def topic_rows(context: StageContext) -> Iterator[Row]:
    """Scenario x topic; a query that touches none has one row that says so, and one whose label
    can't be read has one without a topic."""
    for work, ended in _labels(context, of_topics=True):
        told = ended.outcome is Outcome.ANSWERED
        for topic in (ended.record or (NO_TOPIC,)) if told else (None,):
            yield {
                "scenario": work.about.scenario,
                "topic": topic,
                "source": work.call.model,
                "label_outcome": ended.outcome.value,
            }


def type_rows(context: StageContext) -> Iterator[Row]:
    """One row an answer that the labeller was asked about; no type where its label can't be
    read. `drawn_with` is the probability with which it came to be asked about; null where the
    queries were picked for being hard, since those are no random sample."""
    everything = len(context.hard) == len(context.scenarios)
    chance = context.settings(SPEC).share if everything else None
    for work, ended in _labels(context, of_topics=False):
        yield {
            "scenario": work.about.scenario,
            "model": work.about.model,
            "replicate": work.about.replicate,
            "source": work.call.model,
            "response_type": ended.record,
            "label_outcome": ended.outcome.value,
            "drawn_with": chance,
        }


SPEC = StageSpec(
    name="label",
    settings=LabelPart,
    needs=("respond",),
    follows=("generate", "hard"),
    fed_by=("respond",),
    role=Role("labeller", "Who labels", "labels the answers", "--labeller", weighs_answers=True),
    prompts={
        "topics": (frozenset({"query"}), frozenset({"topics"})),
        "response_type": (frozenset({"query", "answer"}), frozenset()),
    },
    schemas=(TOPICS_SCHEMA, TYPE_SCHEMA),
    calls=calls,
    expected=expected,
    estimate=estimate,
    tables={
        "topics": Table(
            (("scenario", str), ("topic", str), ("source", str), ("label_outcome", str)), topic_rows
        ),
        "response_types": Table(
            (
                *ANSWER_KEY,
                ("source", str),
                ("response_type", str),
                ("label_outcome", str),
                ("drawn_with", float),
            ),
            type_rows,
        ),
    },
)
