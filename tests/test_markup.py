"""Words from data stay the words they are, whatever a viewer of Markdown makes of markup."""

import html

from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from analysis.markup import literal

VIEWER = MarkdownIt("commonmark").enable(["strikethrough", "table"])
WORDS = st.text(st.characters(exclude_categories=["C", "Z"]) | st.just(" "), max_size=80)


@given(WORDS)
@example("![x](http://evil.example/b.png) <b>**bold**</b> ~~no~~ &lt; $x$ `code` \\* [l](j:a)")
def test_a_viewer_shows_the_very_words(words):
    shown = VIEWER.renderInline(f"“{literal(words)}”")
    assert html.unescape(shown) == f"“{words}”"


def test_one_line_stays_one_line():
    assert literal("a\n# b\r\n- c") == "a \\# b  - c"
