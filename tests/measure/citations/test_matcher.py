"""The matcher: every way a clause is named, what only looks like a name, and what is set aside."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.measure.citations.matcher import LONGEST, matcher
from analysis.measure.citations.words import Page, stem
from analysis.parse.specs.clause import Clause
from analysis.parse.specs.spec import parse_spec


def clause(anchor: str, title: str, text: str, order: int = 1) -> Clause:
    return Clause(anchor, title, None, None, text, order, 2, anchor, ())


SPEC = [
    clause("keep_to_task", "Keep to the task", "Do what was asked. Nothing is added on the side."),
    clause(
        "kind_words",
        "Choose kind words",
        "Say hard things so that a person can take them. See [taking requests apart](#keep_to_task)"
        " and the[^n1] *colder* rooms upstairs.\n\n~~~\nUser: what is the weather in Ulm\n~~~",
    ),
    clause("candour", "Candour", "Say what is true. Say hard things so that nobody is misled."),
    clause("no_lies", "Don't lie", "Uses `free_text` for notes. A lie is a lie in any weather."),
    clause("guard_private_letters", "Guard the privacy of letters", "Letters stay shut."),
    clause("twice_a", "Said twice", "The first of two."),
    clause("twice_b", "Said twice", "The second of two."),
]
MATCHER = matcher(SPEC)


def found(said: str) -> list[tuple[str, str]]:
    citations = MATCHER.find(said)
    for citation in citations:
        assert said[citation.start : citation.end] == citation.words
        assert citation.known == (citation.how != "unknown")
    return [(c.clause, c.how) for c in citations]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("Under keep_to_task this fails.", [("keep_to_task", "anchor")]),
        ("See #keep_to_task.", [("keep_to_task", "anchor")]),
        ("spec.html#candour, for one", [("candour", "anchor")]),
        ("KIND_WORDS again, Choose kind words.", [("kind_words", "anchor")]),
        ("A pseudokeep_to_task or keep_to_tasks is none.", []),
        ("Keep to the Task: that is what it turns on.", [("keep_to_task", "title")]),
        ('The rule "candour" applies.', [("candour", "title")]),
        ("**Do not lie** is broken.", [("no_lies", "title")]),
        ("They dont lie in this book.", []),
        ("There is some candour in it.", []),
        ("The clause on candour is met.", [("candour", "title")]),
        ("Choosing kind words is asked for.", [("kind_words", "title")]),
        ("No agenda of kind words here.", []),
        ("The keep-to-task clause.", [("keep_to_task", "alias")]),
        ("The section on taking requests apart.", [("keep_to_task", "alias")]),
        ("The privacy clause is broken.", [("guard_private_letters", "part")]),
        ("The company's privacy is broken into.", []),
        ("the privacy of letters principle", [("guard_private_letters", "part")]),
        ("The clause titled Said twice.", []),
    ],
)
def test_names(said: str, expected: list[tuple[str, str]]) -> None:
    assert found(said) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("It says “Nothing is added on the side” there.", [("keep_to_task", "quote")]),
        ('"Nothing is\nadded on   the side"', [("keep_to_task", "quote")]),
        ('Both hold: "say hard things so that".', []),
        ('"Say hard things ... a person can take them"', [("kind_words", "quote")]),
        ('"and the colder rooms upstairs"', [("kind_words", "quote")]),
        ('The user asks: "what is the weather in Ulm"', []),
        ('"Letters stay shut" is what the spec adds', [("guard_private_letters", "quote")]),
        ('"Letters stay shut" is a song', []),
        ("> Say hard things so that nobody is misled.", [("candour", "quote")]),
        ("I say hard things so that nobody is misled.", [("candour", "quote")]),
    ],
)
def test_quotes(said: str, expected: list[tuple[str, str]]) -> None:
    assert found(said) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("`kind_words` does not apply here; #candour does.", [("candour", "anchor")]),
        ("Neither `kind_words` nor `no_lies` has anything to do with it.", []),
        ("This is not a case for `no_lies`.", []),
        ("I set aside #no_lies and go by `kind_words`.", [("kind_words", "anchor")]),
        ("`no_lies` is not broken.", [("no_lies", "anchor")]),
        ("`no_lies` is not relevant at first. Yet `no_lies` is broken.", [("no_lies", "anchor")]),
        ("Under `no_lies` it fails, but the weather is not relevant.", [("no_lies", "anchor")]),
    ],
)
def test_what_is_set_aside_is_not_invoked(said: str, expected: list[tuple[str, str]]) -> None:
    assert found(said) == expected


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ("Under #duty_of_joy and `second_opinion` it fails.", ["duty_of_joy", "second_opinion"]),
        ("By calm_voice it is too loud.", ["calm_voice"]),
        ("It breaks the “Guard the gate” clause.", ["Guard the gate"]),
        ("A rule called Never sing, I think.", ["Never sing"]),
        ("It breaks rule 4.2.", ["4.2"]),
        ("The field `user_id` is kept; tagged #joy.", []),
        ("It fills `free_text` well.", []),
        ("The “Duties” section of the lease, and section 4.2 of the Act.", []),
        ("The “twice” section.", []),
    ],
)
def test_names_that_the_spec_lacks_are_reported_as_such(said: str, names: list[str]) -> None:
    assert found(said) == [(name, "unknown") for name in names]


def test_clauses_of_a_numbered_spec_are_named_by_number_and_points_are_not() -> None:
    spec = parse_spec("1. Be on time.\n\n2. Keep quiet.\n\n2.1. Whisper in breaks.\n", "rules.txt")
    numbered = matcher(spec.clauses)
    said = "Rule 2.1 and § 1 hold, #2 does not; I give 1 point of 2. Section 7 is new."
    assert [(c.clause, c.how) for c in numbered.find(said)] == [
        ("2.1", "anchor"),
        ("1", "anchor"),
        ("2", "anchor"),
        ("7", "unknown"),
    ]


def test_length_is_bounded_and_what_lies_far_behind_is_found() -> None:
    assert MATCHER.find("x" * 100_000 + " keep_to_task")[0].clause == "keep_to_task"
    assert MATCHER.find("x" * LONGEST + " keep_to_task") == []


WORDS = st.sampled_from(
    [
        "Candour",
        "don't lie",
        "do not lie",
        "`kind_words`",
        "#candour",
        '"',
        "“",
        "”",
        "'",
        "*",
        "_",
        "section",
        "clause",
        "İ",
        "ß",
        "’s",
        ".",
        "\n",
        ">",
        "say hard things so that",
        "privacy",
        "#x_y",
        "does not apply",
        "`a_b`",
        "4.2",
        "…",
        "naïve",
    ]
)


@given(st.lists(WORDS, max_size=30).map(" ".join) | st.text(max_size=200))
def test_any_text_is_read_and_words_stand_where_they_are_said_to(said: str) -> None:
    assert all(
        how in ("anchor", "title", "alias", "part", "quote", "unknown") for _, how in found(said)
    )
    page = Page(said)
    assert len(page.words) == len(page.spans) == len(page.stems)
    named = [c.clause for c in MATCHER.find(said)]
    assert len(named) == len(set(named))


def test_endings_do_not_count() -> None:
    for one, other in [
        ("protecting", "protect"),
        ("people's", "people"),
        ("perspectives", "perspective"),
        ("overstepping", "overstep"),
        ("refusing", "refuse"),
        ("lying", "lie"),
        ("expresses", "express"),
        ("policies", "policy"),
    ]:
        assert stem(one) == stem(other), one
    for word in ("being", "kind", "this", "less", "us", "thing"):
        assert stem(word) == word
