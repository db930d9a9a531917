"""What stands on a PowerPoint slide: a title, words, a picture, a table, all in inches.

Everything is PowerPoint's own, so that it can be edited. Words are made smaller until they fit, by
an estimate of their width; what does not fit then is given back, for the notes.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from analysis.decks.prose import Line
from analysis.files.display_table import DisplayTable
from analysis.show import theme

INK, QUIET, MARK = theme.INK, theme.PAPER_QUIET, theme.PAPER_MARK
ROW = 0.34  # inches of a table's row of one line
_WIDE_LETTER = 0.53  # of a letter's size, on the average
_LINE = 1.22  # of a letter's size, from line to line
_MOST_COLUMN, _MOST_CELL = 34, 90  # letters
_TABLE_SIZE = 12
_PAD = 4  # letters that a cell keeps free on its sides
_FONT = "Arial"  # as in the charts, and as wide wherever the deck is opened


@dataclass(frozen=True)
class Box:
    """A place on a slide."""

    left: float
    top: float
    width: float
    height: float

    @property
    def inches(self) -> tuple[Any, Any, Any, Any]:
        """The four as python-pptx wants them."""
        from pptx.util import Inches

        left, top, width, height = map(Inches, (self.left, self.top, self.width, self.height))
        return left, top, width, height


def lines_in(text: str, width: float, size: int) -> int:
    """How many lines a text takes in a box `width` inches wide, at `size` points."""
    letters = max(int(width * 72 / (size * _WIDE_LETTER)), 1)
    return max(1, -(-len(text) // letters))


def fitted(
    lines: Sequence[Line], width: float, height: float, sizes: Sequence[int]
) -> tuple[int, list[Line], float]:
    """(size, the lines that fit, their height in inches) at the largest size at which all fit, or
    as many lines as the smallest lets in."""
    for size in sizes:
        tall = _tall(lines, width, size)
        if tall <= height:
            return size, [*lines], tall
    size = sizes[-1]
    kept = [*lines]
    while len(kept) > 1 and _tall(kept, width, size) > height:
        kept.pop()
    return size, kept, min(_tall(kept, width, size), height)


def _tall(lines: Sequence[Line], width: float, size: int) -> float:
    rows = sum(lines_in(line.text, width - 0.25 * bool(line.marker), size) for line in lines)
    return rows * size * _LINE / 72 + 0.06 * len(lines) + 0.1


def title(slide: Any, text: str, box: Box, sizes: Sequence[int]) -> None:
    """The slide's own title, which outlines and screen readers find."""
    from pptx.enum.text import MSO_ANCHOR, PP_ALIGN

    shape = slide.shapes.title
    shape.left, shape.top, shape.width, shape.height = box.inches
    frame = shape.text_frame
    size = next((s for s in sizes if _rows(text, box, s)), sizes[-1])
    frame.word_wrap, frame.vertical_anchor = True, MSO_ANCHOR.MIDDLE
    paragraph = frame.paragraphs[0]
    paragraph.alignment = PP_ALIGN.LEFT
    _style(paragraph.add_run(), sayable(text), size, INK, bold=True)


def _rows(text: str, box: Box, size: int) -> bool:
    return lines_in(text, box.width - 0.2, size) * size * _LINE / 72 <= box.height


def words(slide: Any, lines: Sequence[Line], box: Box, size: int, color: str = INK) -> None:
    """Paragraphs and list items; a list's mark hangs left of its lines."""
    from pptx.util import Pt

    frame = slide.shapes.add_textbox(*box.inches).text_frame
    frame.word_wrap = True
    for number, line in enumerate(lines):
        paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
        paragraph.space_after = Pt(4)
        if line.marker:
            _hang(paragraph, line.marker)
        for run in line.runs:
            _style(
                paragraph.add_run(),
                sayable(run.text),
                size,
                color,
                bold=run.bold,
                italic=run.italic,
            )


def _hang(paragraph: Any, marker: str) -> None:
    """Make a paragraph a list item of PowerPoint's own."""
    from pptx.util import Inches

    deep = str(int(Inches(0.25)))
    properties = paragraph._p.get_or_add_pPr()
    properties.set("marL", deep)
    properties.set("indent", f"-{deep}")
    kind = "a:buChar" if marker == "•" else "a:buAutoNum"
    bullet = properties.makeelement(_named(kind), {})
    if marker == "•":
        bullet.set("char", marker)
    else:
        bullet.set("type", "arabicPeriod")
        bullet.set("startAt", marker.rstrip(".)") or "1")
    properties.append(bullet)


def _named(tag: str) -> str:
    from pptx.oxml.ns import qn

    return str(qn(tag))


def picture(slide: Any, png: bytes, box: Box, alt: str) -> None:
    """A picture over the whole box (it was drawn for it), with its words for who can't see it."""
    shape = slide.shapes.add_picture(io.BytesIO(png), *box.inches)
    about = shape._element.nvPicPr.cNvPr
    about.set("descr", sayable(alt)[:1000])
    about.set("name", "Chart")


def rows_that_fit(table: DisplayTable, width: float, height: float) -> int:
    """How many rows of a table fit below each other, the heading counted apart."""
    wide = _widths(table, width)
    left, fit = height - _row_high(table.headings, wide), 0
    for row in table.rows:
        left -= _row_high(row, wide)
        if left < 0:
            break
        fit += 1
    return fit


def table(slide: Any, display: DisplayTable, box: Box, most: int) -> None:
    """The first rows as a table of PowerPoint's own, ruled and without colours."""
    from pptx.util import Inches

    body = display.rows[:most]
    place = Box(box.left, box.top, box.width, ROW * (len(body) + 1)).inches
    shape = slide.shapes.add_table(len(body) + 1, len(display.headings), *place)
    grid = shape.table
    grid.horz_banding = False
    wide = _widths(display, box.width)
    for column, inches in zip(grid.columns, wide, strict=True):
        column.width = Inches(inches)
    for i, row in enumerate((display.headings, *body)):
        grid.rows[i].height = Inches(_row_high(row, wide))
        for j, text in enumerate(row):
            _cell(grid.cell(i, j), text, right=display.right[j], head=i == 0)


def _widths(display: DisplayTable, width: float) -> list[float]:
    """Inches of each column, by what stands in it."""
    columns = zip(display.headings, *display.rows[:40], strict=True)
    letters = [min(max(5, *map(len, c)), _MOST_COLUMN) + _PAD for c in columns]
    return [width * n / sum(letters) for n in letters]


def _row_high(row: Sequence[str], wide: Sequence[float]) -> float:
    pairs = zip(row, wide, strict=True)
    lines = max((lines_in(t[:_MOST_CELL], w - 0.2, _TABLE_SIZE) for t, w in pairs), default=1)
    return ROW + (lines - 1) * _TABLE_SIZE * _LINE / 72


def _cell(cell: Any, text: str, *, right: bool, head: bool) -> None:
    from pptx.enum.text import PP_ALIGN

    cell.fill.solid()
    cell.fill.fore_color.rgb = _rgb("#E9E5DC" if head else theme.PAPER)
    cell.margin_top = cell.margin_bottom = 30_000
    paragraph = cell.text_frame.paragraphs[0]
    paragraph.alignment = PP_ALIGN.RIGHT if right else PP_ALIGN.LEFT
    short = text if len(text) <= _MOST_CELL else f"{text[: _MOST_CELL - 1]}…"
    _style(paragraph.add_run(), sayable(short), _TABLE_SIZE, INK, bold=head)


def _style(
    run: Any, text: str, size: int, color: str, *, bold: bool = False, italic: bool = False
) -> None:
    from pptx.util import Pt

    run.text = text
    run.font.name = _FONT
    run.font.size, run.font.bold, run.font.italic = Pt(size), bold, italic
    run.font.color.rgb = _rgb(color)


def _rgb(color: str) -> Any:
    from pptx.dml.color import RGBColor

    return RGBColor(*bytes.fromhex(color.removeprefix("#")))  # type: ignore[no-untyped-call]


def sayable(text: str) -> str:
    """A text without the control characters that XML can't hold."""
    return "".join(c for c in text if c in "\t\n" or ord(c) >= 32)
