"""The word diff: both texts are in it, word for word, and nothing in them is markup."""

import html
import re

from hypothesis import given
from hypothesis import strategies as st

from pages.ui import diff

TEXTS = st.text(alphabet="ab <>&\n.'é", max_size=60)


def without(tag, text):
    rest = re.sub(rf"<{tag}>.*?</{tag}>", "", text, flags=re.DOTALL)
    return html.unescape(re.sub(r"</?\w+>", "", rest))


@given(TEXTS, TEXTS)
def test_each_text_can_be_read_back(left, right):
    found = diff.diff_html(left, right)
    assert without("ins", found) == left
    assert without("del", found) == right


@given(TEXTS, TEXTS)
def test_the_only_markup_is_ours(left, right):
    found = diff.diff_html(left, right)
    assert re.sub(r"</?(ins|del)>", "", found).count("<") == 0


def test_words_change_as_words():
    found = diff.diff_html("I can help you", "I can't help you")
    assert found == "I <del>can </del><ins>can&#x27;t </ins>help you"


@given(TEXTS)
def test_a_text_shares_all_with_itself(text):
    assert diff.similarity(text, text) == 1.0
    assert "<" not in diff.diff_html(text, text)


def test_long_texts_are_cut_and_it_is_said():
    long = "word " * 4_000
    assert diff.is_cut(long * 2)
    assert not diff.is_cut(long)
    assert diff.diff_html(long * 2, long * 2).split() == ["word"] * 6_000


def test_long_stretches_that_stayed_keep_their_ends_only():
    same = " ".join(f"word{i}" for i in range(100))
    found = diff.diff_html(f"{same} old {same}", f"{same} new {same}", around=5)
    assert "<del>old </del><ins>new </ins>" in found
    assert found.count("[…]") == 2
    assert "word3 " in found
    assert "word50 " not in found
    assert diff.diff_html(same, same) == same
