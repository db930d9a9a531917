"""Paragraphs that people write in Markdown, made safe: no HTML, no pictures, no links go through.

What a report says may have been pasted from anywhere, and a report is handed to others. Emphasis,
lists, quotes, code and headings are kept; everything that could load or run something is shown as
the text it is.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from analysis.text_safety import escaped


@cache
def _parser() -> MarkdownIt:
    # "zero" knows nothing; what is switched on is all there is.
    allowed = (
        "emphasis",
        "strikethrough",
        "backticks",
        "escape",
        "newline",
        "list",
        "blockquote",
        "heading",
        "fence",
        "code",
        "hr",
        "table",
        "balance_pairs",
        "fragments_join",
    )
    return MarkdownIt("zero", {"html": False}).enable([*allowed], ignoreInvalid=True)


def html_of(text: str) -> str:
    """A text as HTML with nothing live in it."""
    return str(_parser().render(text))


@dataclass(frozen=True)
class Run:
    """Some words of one emphasis."""

    text: str
    bold: bool = False
    italic: bool = False


@dataclass(frozen=True)
class Line:
    """One paragraph or list item; `marker` is "•" or a number with its dot in a list."""

    runs: tuple[Run, ...]
    marker: str = ""

    @property
    def text(self) -> str:
        words = "".join(run.text for run in self.runs)
        return f"{self.marker} {words}" if self.marker else words


def lines_of(text: str) -> list[Line]:
    """A text as lines for a slide: bold and italic kept, one entry a paragraph or list item."""
    lines: list[Line] = []
    marker = ""
    for token in _parser().parse(text):
        if token.type == "list_item_open":
            marker = "•" if token.markup in "-*+" else f"{token.info}."
        elif token.type == "inline":
            parts = _split(_runs(token.children or []))
            lines += [Line(runs, marker) for runs in parts]
            marker = ""
        elif token.type in ("fence", "code_block"):
            lines += [Line((Run(line),)) for line in token.content.rstrip("\n").split("\n")]
    return lines


def plain_of(text: str) -> list[str]:
    """The same lines without any emphasis."""
    return [line.text for line in lines_of(text)]


def _runs(tokens: Sequence[Token]) -> Iterator[Run]:
    bold = italic = 0
    for token in tokens:
        bold += {"strong_open": 1, "strong_close": -1}.get(token.type, 0)
        italic += {"em_open": 1, "em_close": -1}.get(token.type, 0)
        breaks = {"softbreak": " ", "hardbreak": "\n"}
        words = breaks.get(token.type, token.content)
        if words:
            yield Run(words, bold > 0, italic > 0)


def _split(runs: Iterable[Run]) -> list[tuple[Run, ...]]:
    """Lines of their own where somebody broke a line on purpose; empty ones are dropped."""
    lines: list[list[Run]] = [[]]
    for run in runs:
        if run.text == "\n":
            lines.append([])
        else:
            lines[-1].append(run)
    return [tuple(line) for line in lines if "".join(r.text for r in line).strip()]


def line(text: str) -> str:
    """A title for HTML: plain text, escaped."""
    return escaped(text)
