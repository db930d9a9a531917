"""Stage label: topics of a query and response type of an answer, by a model."""

from collections.abc import Iterable, Iterator

from analysis.measure.labels import RESPONSE_TYPES, TOPICS, ResponseType, Topic
from pipeline.asking import (
    TEXT,
    Ask,
    Prompt,
    Reading,
    Target,
    ask,
    block,
    listed,
    obj,
    one_of,
    read,
)
from pipeline.providers.types import JsonSchema
from pipeline.records import Answer, Scenario

STAGE = "label"
TOPIC_GAPS = frozenset({"query"})
TOPIC_MAY = frozenset({"topics"})
TYPE_GAPS = frozenset({"query", "answer"})
TYPE_MAY: frozenset[str] = frozenset()
TOPICS_SCHEMA = JsonSchema.of("faultline_topics", obj(topics=listed(one_of(list(TOPICS)))))
TYPE_SCHEMA = JsonSchema.of(
    "faultline_response_type", obj(reason=TEXT, response_type=one_of(list(RESPONSE_TYPES)))
)


class Topics(Reading):
    topics: tuple[Topic, ...]


class Typed(Reading):
    reason: str = ""
    response_type: ResponseType


def topic_asks(scenarios: Iterable[Scenario], target: Target, prompt: Prompt) -> Iterator[Ask]:
    """One call a scenario."""
    menu = "\n".join(f"- {topic}" for topic in TOPICS)
    for scenario in scenarios:
        values = {"query": block("query", scenario.query), "topics": menu}
        subject = f"{scenario.scenario}|topics"
        yield ask(target, prompt, values, stage=STAGE, subject=subject, schema=TOPICS_SCHEMA)


def type_asks(
    work: Iterable[tuple[Scenario, Answer]], target: Target, prompt: Prompt
) -> Iterator[Ask]:
    """One call an answer that was answered."""
    for scenario, answer in work:
        values = {"query": block("query", scenario.query), "answer": block("answer", answer.text)}
        subject = f"{scenario.scenario}|{answer.label}"
        yield ask(target, prompt, values, stage=STAGE, subject=subject, schema=TYPE_SCHEMA)


def topics(text: str) -> tuple[str, ...]:
    """The topics of one reply, in the order of screens; none is an empty tuple."""
    found = set(read(text, Topics).topics)
    return tuple(topic for topic in TOPICS if topic in found)


def response_type(text: str) -> str:
    """The response type of one reply. Raises UnparsableError."""
    return read(text, Typed).response_type.value
