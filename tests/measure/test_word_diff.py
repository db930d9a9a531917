"""Comparing texts word by word: exact, and in a time that no text can stretch."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from analysis.measure import word_diff
from analysis.measure.word_diff import LONGEST, MOST, is_cut, similarity, stretches, tokens

FEW = st.lists(st.sampled_from("abc"), max_size=9)


def longest(a, b):
    """Length of a longest common subsequence, by the book."""
    table = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i, one in enumerate(a):
        for j, other in enumerate(b):
            table[i + 1][j + 1] = (
                table[i][j] + 1 if one == other else max(table[i][j + 1], table[i + 1][j])
            )
    return table[-1][-1]


@given(FEW, FEW)
def test_the_cheaper_way_finds_a_longest_common_subsequence(a, b):
    found = word_diff._common(a, b)
    assert len(found) == longest(a, b)
    assert all(a[i] == b[j] for i, j in found)
    assert all(i < k and j < m for (i, j), (k, m) in itertools.pairwise(found))


@given(st.text("ab \n.", max_size=80), st.text("ab \n.", max_size=80))
def test_both_texts_can_be_read_back(left, right):
    found = list(stretches(left, right))
    assert "".join(s.left for s in found) == left
    assert "".join(s.right for s in found) == right
    assert all(s.left != s.right for s in found if not s.same)


def test_words_that_repeat_over_and_over_are_compared_to_the_end():
    """By longest runs alone this pair takes three minutes."""
    left, right = "a b " * 1_000, "b a a " * 700
    found = list(stretches(left, right))
    assert "".join(s.left for s in found) == left
    assert "".join(s.right for s in found) == right
    assert 0.8 < similarity(left, right) < 0.9


def test_a_word_as_long_as_a_book_is_cut():
    assert tokens("A" * 1_000_000) == ["A" * LONGEST]
    assert is_cut("A" * 1_000_000)
    assert not is_cut("A" * LONGEST)
    assert len(tokens("a " * 20_000)) == MOST
