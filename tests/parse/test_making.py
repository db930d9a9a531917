"""What sources say of their making: through JSON and back, together, and of a part."""

import json

import pytest

from analysis.parse.making import (
    ROLES,
    Making,
    RunMaking,
    Selection,
    StageCounts,
    Stated,
    of_json,
    of_note,
    together,
)
from pipeline.stages import BY_NAME

RUN = RunMaking(
    run="01A",
    plan="ab" * 32,
    whole=True,
    stages={"judge": StageCounts(3, 1, 0, 4, True)},
    roles={"judge": ("a", "b")},
    served={"a": {"a-1": 3}},
    stand_ins=("openai",),
)
MADE = Making((RUN,), Selection.HIGH, Stated.RUN)


def test_a_note_is_read_as_it_was_written() -> None:
    assert of_note(MADE.note()) == MADE


@pytest.mark.parametrize(
    "note", [None, "", "{", "[]", "[" * 10_000, '{"selection": "chosen well"}', '{"runs": [1]}']
)
def test_a_note_of_another_shape_says_nothing(note: str | None) -> None:
    made = of_note(note)
    assert made == Making()
    assert not made


def test_sources_that_say_different_things_leave_the_selection_unknown() -> None:
    other = Making((RUN,), Selection.ALL, Stated.SOURCE)
    assert together([MADE, other]) == Making((RUN,))
    assert together([MADE, Making()]).selection is Selection.UNKNOWN
    assert together([MADE, MADE]) == MADE
    assert together([]) == Making()


def test_what_held_of_all_queries_does_not_hold_of_a_part_taken_by_hand() -> None:
    assert Making((RUN,), Selection.ALL, Stated.RUN).of_part() == Making((RUN,))
    assert MADE.of_part() == MADE


def test_the_record_is_plain_json() -> None:
    assert of_json(json.loads(json.dumps(MADE.to_json()))) == MADE


def test_roles_are_stages_of_a_run_in_their_order():
    there = [name for name in BY_NAME if name in ROLES]
    assert there == list(ROLES)
