"""A random share of the answers for the label stage: its size, and that it is the same again."""

import pytest
from pydantic import ValidationError

from analysis.vocabulary import Outcome
from pipeline.records import Answer, Scenario
from pipeline.stages.label import LabelPart, drawn


@pytest.fixture(scope="module")
def pairs() -> list[tuple[Scenario, Answer]]:
    """4,000 answers of four models, all saying the same."""
    return [
        (
            Scenario(f"{i}_0_neutral", str(i), "neutral", "care", "order", "g", "Which?"),
            Answer(f"{i}_0_neutral", model, 0, Outcome.ANSWERED, "Both."),
        )
        for i in range(1000)
        for model in "abcd"
    ]


@pytest.mark.parametrize("share", [0.05, 0.3, 1.0])
def test_about_that_share_of_the_answers_is_drawn(share, pairs):
    found = [drawn(scenario, answer, share) for scenario, answer in pairs]
    assert sum(found) / len(found) == pytest.approx(share, abs=0.03)
    assert found == [drawn(scenario, answer, share) for scenario, answer in pairs]


def test_a_larger_share_holds_the_smaller_one(pairs):
    small = {i for i, (s, a) in enumerate(pairs) if drawn(s, a, 0.1)}
    large = {i for i, (s, a) in enumerate(pairs) if drawn(s, a, 0.4)}
    assert small < large


@pytest.mark.parametrize("share", [0, -1, 1.2])
def test_a_share_is_above_nothing_and_at_most_all(share):
    with pytest.raises(ValidationError):
        LabelPart(share=share)
