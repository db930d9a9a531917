"""A clause's text on a screen: the same words, without the marks of Markdown."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.parse.specs.readable import readable
from analysis.parse.specs.spec import parse_spec

WORD = re.compile(r"\w+")
PIECES = st.sampled_from(["word", "```", "~~~xml", "**", "[a](#b)", "[^n]", "<user>", "\n", " "])


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Say **what** is so[^x1].", "Say what is so."),
        ("See [roleplay](#present) and [?](#avoid).", "See roleplay and #avoid."),
        ("```\nUser: How are you?\n```", "User: How are you?"),
        (
            "~~~xml\n<user>\nHi\n</user>\n<comparison>\n<assistant> <!-- GOOD: short -->\nHello\n"
            "</assistant>\n</comparison>\n~~~",
            "User:\nHi\nAssistant (GOOD: short):\nHello",
        ),
        ('!!! meta "Commentary"\n    We drew from it.', "Commentary:\n    We drew from it."),
        ("One.\n\n```\nTwo\n```\n\nThree.", "One.\n\nTwo\n\nThree."),
        ("2 * 3 ** 4 < 5 and a_b `c`", "2 * 3 ** 4 < 5 and a_b `c`"),
        ("```\n**not bold** [^n]", "**not bold** [^n]"),
        ("", ""),
    ],
)
def test_only_marks_are_left_out(written, read):
    assert readable(written) == read


@given(st.lists(PIECES, max_size=30).map("".join))
def test_no_letter_is_made_up_or_moved(written):
    before = iter("".join(WORD.findall(written)).casefold())
    assert all(letter in before for letter in "".join(WORD.findall(readable(written))).casefold())


def test_hostile_texts_take_no_time():
    for piece in ("[", "**", "[^", "<user> <!--", "![a](", '!!! a "', "**a"):
        assert len(readable(piece * 200_000)) <= len(piece) * 200_000


def test_a_real_spec_reads_without_fences():
    path = Path(__file__).parents[3] / "analysis" / "embedded" / "spec.md"
    spec = parse_spec(path.read_text(encoding="utf-8"), path.name)
    assert any("```" in clause.text for clause in spec.clauses)
    assert not any("```" in readable(clause.text) for clause in spec.clauses)
