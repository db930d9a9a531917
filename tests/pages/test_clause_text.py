"""A clause's text with its quotes underlined: all of it is there, and none of it is markup."""

import html
import re

from hypothesis import given
from hypothesis import strategies as st

from analysis.measure.citations.coverage import stretches
from pages.parts.clauses import clause_text

OURS = re.compile(r'<u class="q[1-4]" title="quoted in [\d,]+ judgements?">|</u>')
PIECES = st.sampled_from(
    [
        "never run",
        "what",
        "a stranger",
        "<script>",
        "</u>",
        "&lt;",
        '"',
        "![x](http://a.example)",
        "\n",
        "~~~",
        "[l](#b)",
        "'",
        "&",
        "*b*",
        "[^n]",
    ]
)
TEXTS = st.lists(PIECES, max_size=12).map(" ".join)


@given(TEXTS, st.lists(st.tuples(TEXTS, st.integers(1, 2_000)), max_size=4))
def test_the_text_can_be_read_back_and_the_only_markup_is_ours(text, passages):
    shown = clause_text.marked(text, stretches(text, passages))
    bare = OURS.sub("", shown)
    assert "<" not in bare
    assert html.unescape(bare) == text


def test_thicker_means_more_often():
    levels = [clause_text.level(times, 1_000) for times in (1, 2, 10, 100, 999, 1_000)]
    assert levels == sorted(levels)
    assert (levels[0], levels[-1]) == (1, 4)
    assert clause_text.level(1, 1) == 1
    found = stretches("Do what was asked of you.", [("do what was asked", 3), ("of you", 9)])
    assert clause_text.marked("Do what was asked of you.", found) == (
        '<u class="q4" title="quoted in 3 judgements">Do what was asked</u> of you.'
    )
