"""Words from data stay the words they are, whatever a viewer makes of markup or directions."""

import html

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from analysis.show import theme
from analysis.text_safety import contained, escaped, literal, spelled

VIEWER = MarkdownIt("commonmark").enable(["strikethrough", "table"])
WORDS = st.text(st.characters(exclude_categories=["C", "Z"]) | st.just(" "), max_size=80)
OPENINGS, ISOLATES = "\u202a\u202b\u202d\u202e", "\u2066\u2067\u2068"
MARKS = f"{OPENINGS}{ISOLATES}\u202c\u2069\u200e\u200f\u061c"
DIRECTED = st.text(st.sampled_from(f"{MARKS}ab 1אم\n\r\u2029"), max_size=30)


@given(WORDS)
@example("![x](http://evil.example/b.png) <b>**bold**</b> ~~no~~ &lt; $x$ `code` \\* [l](j:a)")
def test_a_viewer_shows_the_very_words(words):
    shown = html.unescape(VIEWER.renderInline(f"“{literal(words)}”"))
    assert shown.replace("\u2068", "").replace("\u2069", "") == f"“{words}”"


def test_one_line_stays_one_line():
    assert literal("a\n# b\r\n- c") == "a \\# b  - c"


def reach(text: str) -> list[str]:
    """What is open at the end of a line, as the Unicode bidirectional algorithm (UAX 9) has it:
    the end of an isolate ends what began inside it too."""
    opened: list[str] = []
    for char in text:
        if char in OPENINGS or char in ISOLATES:
            opened.append(char)
        elif char == "\u202c" and opened and opened[-1] in OPENINGS:
            opened.pop()
        elif char == "\u2069" and any(o in ISOLATES for o in opened):
            while opened.pop() not in ISOLATES:
                pass
    return opened


@given(DIRECTED)
@example("\u202eevil")
@example("\u2069\u202c\u2069 out of any isolate")
@example("\u202e\u2068\u202c\u2069\u2067a")
def test_a_direction_ends_where_its_words_end(words):
    for line in contained(words).replace("\r", "\n").replace("\u2029", "\n").split("\n"):
        around = f"\u2068{line}!"
        assert reach(around) == ["\u2068"], ascii(line)  # ours, and nothing of the words
        if set(line) & set(f"{MARKS}אم"):
            assert line[0] == "\u2068"
            assert line[-1] == "\u2069"


@given(DIRECTED)
def test_containing_twice_changes_nothing_more(words):
    assert contained(contained(words)) == contained(words)


@given(
    st.text(st.characters(max_codepoint=0x58F) | st.sampled_from("漢字한글ไทย—“”…👍"), max_size=60)
)
def test_other_words_come_back_as_they_are(words):
    assert contained(words) == words


@given(DIRECTED)
def test_only_ends_that_belong_to_nothing_are_dropped(words):
    added = set("\u2068\u2069\u202c")
    kept = [c for c in contained(words) if c not in added]
    assert kept == [c for c in words if c not in added]


@pytest.mark.parametrize("shown", [literal, escaped, theme.safe, lambda w: theme.wrapped(w, 40)])
def test_every_way_to_show_a_name_contains_it(shown):
    assert shown("\u202eevil") == "\u2068\u202eevil\u202c\u2069"


def test_a_sentence_spells_out_what_nobody_sees():
    said = spelled("The study “\u202elive\x1b[2J\ud800” is gone.\nTwo lines, עברית.")
    assert said == "The study “\\u202elive\\u001b[2J\\ud800” is gone.\nTwo lines, עברית."
    said.encode("utf-8")
