"""How often a clause's words are quoted: every character once, counts that add up."""

from itertools import pairwise

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from analysis.measure.citations.coverage import invocations, stretches, unknown_names

TEXT = "Say *hard* things[^a1] so that [a person](#x) can take them.\n\nSay hard things again."


def shown(passages: list[tuple[str, int]], text: str = TEXT) -> list[tuple[str, int]]:
    return [(text[s.start : s.end], s.times) for s in stretches(text, passages) if s.times]


def test_words_are_covered_where_they_stand_marks_and_targets_are_not() -> None:
    assert shown([("things so that a person", 2)]) == [("things[^a1] so that [a person", 2)]
    assert shown([("say hard things", 1), ("hard things again", 3)]) == [
        ("Say *hard* things", 1),
        ("Say", 1),
        ("hard things", 4),
        ("again", 3),
    ]


def test_gaps_short_pieces_and_foreign_words_cover_nothing() -> None:
    assert shown([("Say hard things … can take them", 1)]) == [
        ("Say *hard* things", 1),
        ("can take them", 1),
        ("Say hard things", 1),
    ]
    assert shown([("so that", 5), ("never said here", 5), ("", 1)]) == []


@given(
    st.text(alphabet="ab c\n<[](#x)^*~", max_size=80),
    st.lists(st.tuples(st.text(alphabet="ab c…", max_size=20), st.integers(1, 9)), max_size=5),
)
def test_the_stretches_are_the_text(text: str, passages: list[tuple[str, int]]) -> None:
    found = stretches(text, passages)
    assert "".join(text[s.start : s.end] for s in found) == text
    assert all(a.end == b.start for a, b in pairwise(found))
    assert max((s.times for s in found), default=0) <= sum(n for _, n in passages)


CITATIONS = pd.DataFrame(
    {
        "clause": ["a", "a", "a", "b", "invented", "a"],
        "how": ["title", "title", "quote", "title", "anchor", "title"],
        "words": ["Be kind", "Be kind", "kind words", "Be honest", "#invented", ""],
        "known": [True, True, True, True, False, True],
    }
)


def test_a_clause_is_invoked_under_its_words_most_often_first():
    found = invocations(CITATIONS, "a", most=5)
    assert found.to_dict("records") == [
        {"how": "title", "words": "Be kind", "times": 2},
        {"how": "quote", "words": "kind words", "times": 1},
    ]
    assert len(invocations(CITATIONS, "a", most=1)) == 1


def test_only_names_that_the_spec_lacks_are_unknown():
    assert unknown_names(CITATIONS) == {"invented": 1}
