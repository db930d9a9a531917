"""How a model is asked a query, and how its answer is read: both as they are."""

from collections.abc import Iterable, Iterator, Sequence

from pipeline.prompting import ModelCall, Prompt, Target, UnparsableError, model_call
from pipeline.records import Scenario
from pipeline.stage_spec import Role

ROLE = Role("targets", "Who answers", "answers the queries", "--models", many=True, cast="models")
GAPS = (frozenset({"query"}), frozenset[str]())


def subject(scenario: Scenario, replicate: int) -> str:
    return f"{scenario.scenario}#{replicate}"


def model_calls(
    scenarios: Iterable[Scenario],
    target: Target,
    replicates: Sequence[int],
    prompt: Prompt,
    stage: str,
) -> Iterator[ModelCall]:
    """Scenario x replicate for one model. The query is sent as it is: nothing is judged here."""
    for scenario in scenarios:
        for replicate in replicates:
            yield model_call(
                target,
                prompt,
                {"query": scenario.query},
                stage=stage,
                subject=subject(scenario, replicate),
                replicate=replicate,
            )


def answer(text: str) -> str:
    """The answer in a reply, as it is. Raises UnparsableError for one without a word."""
    if not text.strip():
        raise UnparsableError("the reply holds no text")
    return text
