"""Paragraphs that people write in Markdown, made safe: no HTML, no pictures, no links go through.

What a report says may have been pasted from anywhere, and a report is handed to others. Emphasis,
lists, quotes, code and headings are kept; everything that could load or run something is shown as
the text it is.
"""

import html
from functools import cache

from markdown_it import MarkdownIt


@cache
def _parser() -> MarkdownIt:
    # "zero" knows nothing; what is switched on is all there is.
    allowed = (
        "emphasis", "strikethrough", "backticks", "escape", "newline", "list", "blockquote",
        "heading", "fence", "code", "hr", "table", "balance_pairs", "fragments_join",
    )  # fmt: skip
    return MarkdownIt("zero", {"html": False}).enable([*allowed], ignoreInvalid=True)


def html_of(text: str) -> str:
    """A text as HTML with nothing live in it."""
    return str(_parser().render(text))


def plain_of(text: str) -> list[str]:
    """The same text as lines for a slide: marks taken away, one entry a paragraph or list item."""
    lines: list[str] = []
    marker = ""
    for token in _parser().parse(text):
        if token.type == "list_item_open":
            marker = "• " if token.markup in "-*+" else f"{token.info}. "
        elif token.type == "inline":
            words = "".join(_words(child) for child in token.children or [])
            lines += [f"{marker}{line}" for line in words.split("\n") if line.strip()]
            marker = ""
        elif token.type in ("fence", "code_block"):
            lines += token.content.rstrip("\n").split("\n")
    return lines


def _words(token: object) -> str:
    kind = getattr(token, "type", "")
    if kind in ("softbreak", "hardbreak"):
        return "\n" if kind == "hardbreak" else " "
    return str(getattr(token, "content", ""))


def line(text: str) -> str:
    """A title for HTML: plain text, escaped."""
    return html.escape(text)
