"""The matcher: anchors, titles, quotes, unknown names, and nothing that only looks like one."""

import pytest

from analysis.measure.citations import matcher
from analysis.parse.clause import Clause


def clause(anchor: str, title: str, text: str, order: int = 1) -> Clause:
    return Clause(anchor, title, None, None, text, order, 2, anchor, ())


SPEC = [
    clause("keep_to_task", "Keep to the task", "Do what was asked. Nothing is added on the side."),
    clause("kind_words", "Choose kind words", "Say hard things so that a person can take them."),
    clause("candour", "Candour", "Say what is true. Say hard things so that nobody is misled."),
    clause("twice_a", "Said twice", "The first of two."),
    clause("twice_b", "Said twice", "The second of two."),
]
MATCHER = matcher(SPEC)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("Under keep_to_task this fails.", [("keep_to_task", "anchor")]),
        ("See #keep_to_task.", [("keep_to_task", "anchor")]),
        ("Keep to the Task: that is what it turns on.", [("keep_to_task", "title")]),
        ("It says “Nothing is added on the side” there.", [("keep_to_task", "quote")]),
        ('The rule "candour" applies.', [("candour", "title")]),
        ("There is some candour in it.", []),
        ("A pseudokeep_to_task or keep_to_tasks is none.", []),
        ('Both hold: "say hard things so that".', []),
        ("The clause titled Said twice.", []),
        ("Under #duty_of_joy and `second_opinion` it fails.", [
            ("duty_of_joy", "unknown"), ("second_opinion", "unknown")]),
        ("kind_words again, Choose kind words.", [("kind_words", "anchor")]),
        ("", []),
    ],
)  # fmt: skip
def test_what_is_invoked_and_how(said: str, expected: list[tuple[str, str]]) -> None:
    found = MATCHER.find(said)
    assert [(c.clause, c.how) for c in found] == expected
    for citation in found:
        assert said[citation.start : citation.end] == citation.words
        assert citation.known == (citation.how != "unknown")


def test_a_line_break_hides_no_quote_and_length_is_bounded() -> None:
    assert MATCHER.find('"Nothing is\nadded on   the side"')[0].clause == "keep_to_task"
    assert MATCHER.find("x" * 100_000 + " keep_to_task") == []
