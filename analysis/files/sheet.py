"""Figures and tables as they leave the program: titled, dated by their study, on white.

What is on the screen follows the screen's theme; what is handed over must be readable by itself,
so the sheet carries the title, the n, the study with its content hash, and whether it is
simulated. It comes in the sizes that people need: a slide, and a page of paper.
"""

from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from analysis.files.display_table import DisplayTable
from analysis.files.facts import Facts
from analysis.show import theme

_MAX_ROWS = 20  # as many as a slide holds
_LETTER, _PADDING, _ROW, _HEAD, _LINE = 9, 18, 27, 32, 20  # pixels, at 14 pixels of type


@dataclass(frozen=True)
class Size:
    """A size of picture: `width` and `least` height in layout pixels, `scale` pixels for each.

    `wide` is the ratio that must be kept (a slide's), or 0 where the height follows the content.
    """

    label: str
    width: int
    least: int
    scale: float
    wide: float = 0.0

    def frame(self, needed: int, across: int = 0) -> tuple[int, int, float]:
        """(width, height, scale) for content that needs this height, and this width, at least."""
        height, width = max(needed, self.least), max(across, self.width)
        if not self.wide:
            return width, height, self.scale * self.width / width
        step = self.width // 80  # so that both sides are whole numbers
        width = -(-max(width, round(height * self.wide)) // step) * step
        # A trifle more, or the picture loses a line of pixels to rounding.
        return width, round(width / self.wide), self.scale * self.width / width + 1e-6


SIZES = {
    "slide": Size("Slide, 1920 × 1080", 1280, 720, 1.5, 16 / 9),
    "paper": Size("Paper, two columns (17.5 cm)", 1000, 0, 2.067),
    "column": Size("Paper, one column (8.5 cm)", 560, 0, 1.793),
}  # paper: 300 dots an inch


def sheet(figure: go.Figure, facts: Facts, size: str = "slide") -> go.Figure:
    """A copy of a figure on white paper, headed by its title, its note and its source line."""
    done = go.Figure(figure)
    done.update_layout(**layout(figure, facts, size)[0])
    return done


def layout(figure: go.Figure, facts: Facts, size: str) -> tuple[dict[str, Any], float]:
    """What a size changes in a figure's layout, and the scale of its pixels."""
    across = int(figure.layout.width or 0)  # of a table; a chart takes what there is
    head, top = _head(facts, max(SIZES[size].width, across) // 8)
    margin, own = figure.layout.margin, int(figure.layout.height or 400)
    width, height, scale = SIZES[size].frame(own + top + 24, across)
    changes = {
        "template": "plotly_white",
        "paper_bgcolor": theme.PAPER,
        "plot_bgcolor": theme.PAPER,
        "width": width,
        "height": height,
        "font": {"family": theme.SHEET_FONT, "size": 14, "color": theme.INK},
        "margin": {"l": 28, "r": 28, "t": top + (margin.t or 0), "b": 24 + (margin.b or 0)},
        "title": {**head, "y": 1 - 28 / height},
    }
    return changes, scale


def _head(facts: Facts, wide: int) -> tuple[dict[str, Any], int]:
    """The heading of a sheet and the room that it takes, in pixels; `wide` is in letters."""
    small = [*_lines(facts.note, wide, 6), *_lines(facts.source, wide, 3)]
    size = f"<span style='font-size:13px;color:{theme.PAPER_QUIET}'>"
    title = theme.wrapped(facts.title, wide * 5 // 8)
    text = f"<b>{title}</b><br>{size}" + f"</span><br>{size}".join(small) + "</span>"
    place = {"x": 0, "xref": "container", "yref": "container", "yanchor": "top"}
    head = {"text": text, **place, "pad": {"l": 28}, "font": {"size": 20, "color": theme.INK}}
    return head, 44 + 26 * (title.count("<br>") + 1 + len(small))


def _lines(text: str, width: int, most: int) -> list[str]:
    return theme.wrapped(text, width, most).split("<br>") if text else []


def table(shown: DisplayTable) -> go.Figure:
    """A table as a figure, for a picture of it: at most 20 rows, text wrapped and escaped.

    Its layout is as wide as its columns need, so that no size of picture cuts a number off.
    """
    texts = [[*column] for column in zip(*shown.rows[:_MAX_ROWS], strict=True)]
    texts = texts or [[] for _ in shown.headings]
    if len(shown.rows) > _MAX_ROWS:
        more = f"… {len(shown.rows) - _MAX_ROWS:,} more rows"
        texts = [[*column, more if i == 0 else ""] for i, column in enumerate(texts)]
    heads = shown.headings
    letters = [_letters(h, column) for h, column in zip(heads, texts, strict=True)]
    head = [f"<b>{theme.wrapped(h, n, 4)}</b>" for h, n in zip(heads, letters, strict=True)]
    cells = [[theme.wrapped(v, n, 4) for v in col] for col, n in zip(texts, letters, strict=True)]
    look = {"align": "left", "line_color": theme.PAPER_LINE}
    figure = go.Figure(
        go.Table(
            columnwidth=letters,
            header={"values": head, "fill_color": "#F0EEE9", "height": _HEAD, **look},
            cells={"values": cells, "fill_color": theme.PAPER, "height": _ROW, **look},
        )
    )
    rows = [max(c[i].count("<br>") for c in cells) for i in range(len(cells[0]) if cells else 0)]
    deep = max((h.count("<br>") for h in head), default=0)
    height = 16 + _HEAD + _LINE * deep + sum(_ROW + _LINE * n for n in rows)
    return theme.framed(figure, height, width=60 + sum(_PADDING + _LETTER * n for n in letters))


def _letters(head: str, column: list[str]) -> int:
    """How many letters wide a column is: its longest cell, or word of its heading, up to 36."""
    longest = max((len(v) for v in column[:_MAX_ROWS]), default=0)
    return max(5, min(longest, 36), *(len(w) for w in head.split() or [""]))
