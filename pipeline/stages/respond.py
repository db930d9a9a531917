"""Stage respond: every target model answers every query, replicates apart."""

from collections.abc import Iterable, Iterator

from pipeline.asking import Ask, Prompt, Target, ask
from pipeline.records import Scenario

STAGE = "respond"
GAPS = frozenset({"query"})
MAY: frozenset[str] = frozenset()


def subject(scenario: Scenario, replicate: int) -> str:
    return f"{scenario.scenario}#{replicate}"


def asks(
    scenarios: Iterable[Scenario], target: Target, replicates: int, prompt: Prompt
) -> Iterator[Ask]:
    """Scenario x replicate for one model. The query is sent as it is: nothing is judged here."""
    for scenario in scenarios:
        for replicate in range(replicates):
            yield ask(
                target,
                prompt,
                {"query": scenario.query},
                stage=STAGE,
                subject=subject(scenario, replicate),
                replicate=replicate,
            )
