"""Paragraphs are shown with their emphasis and with nothing live in them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.decks.prose import Run, html_of, lines_of, plain_of

ALLOWED = {
    "p",
    "strong",
    "em",
    "s",
    "code",
    "pre",
    "ul",
    "ol",
    "li",
    "blockquote",
    "hr",
    "br",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
}
TAG = re.compile(r"<\s*/?\s*([a-zA-Z0-9]+)([^>]*)>")


def test_emphasis_lists_and_quotes_are_kept():
    made = html_of("**a** *b* `c`\n\n- one\n- two\n\n> said")
    for part in (
        "<strong>a</strong>",
        "<em>b</em>",
        "<code>c</code>",
        "<li>one</li>",
        "blockquote",
    ):
        assert part in made


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "![x](http://evil.example/x.png)",
        "[click](javascript:alert(1))",
        "<http://evil.example>",
        "http://evil.example/auto",
        "[x]: http://evil.example\n\n[x]",
        "&lt;script&gt;",
    ],
)
def test_nothing_live_goes_through(hostile):
    made = html_of(hostile)
    assert "<script" not in made
    assert "<img" not in made
    assert "<a" not in made
    assert "href" not in made.replace("&quot;", "") or "<a " not in made


@given(st.text(alphabet="<>[]()!*_`~#-+|\\&;:/ \n\"'abc1.x=", max_size=200))
def test_only_harmless_tags_come_out(text):
    for tag, rest in TAG.findall(html_of(text)):
        assert tag in ALLOWED
        assert not re.search(r"\b(on\w+|src|href)\s*=", rest)


def test_a_slide_gets_lines_without_marks():
    said = plain_of(
        "# Head\n**bold** and *it*\n\n- one\n- two\n\n1. first\n\n> quote\n\n```\ncode\n```"
    )
    assert said == ["Head", "bold and it", "• one", "• two", "1. first", "quote", "code"]


def test_a_slide_keeps_what_is_bold_and_what_is_italic():
    first, second = lines_of("- **Keep** the *task*, ***all***\n\nplain\nwords")
    assert first.marker == "•"
    assert first.runs == (
        Run("Keep", bold=True),
        Run(" the "),
        Run("task", italic=True),
        Run(", "),
        Run("all", bold=True, italic=True),
    )
    assert (second.marker, second.text) == ("", "plain words")
