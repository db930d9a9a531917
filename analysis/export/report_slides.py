"""A report as PowerPoint: a finding a slide, picture or native table, the citation in the notes.

Titles, words and tables are PowerPoint's own, so that they can be edited; the charts are pictures.
"""

import io
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from analysis.errors import FaultlineError
from analysis.export import compare, pictures, prose, slides_facts
from analysis.export import facts as record
from analysis.export.facts import Facts
from analysis.export.findings import Drawn, citation
from analysis.export.report_page import source, texts
from analysis.export.tables import readable
from analysis.store.reports import SECTION, Report

WIDE, TALL = 13.333, 7.5  # inches
_EDGE = 0.6
_MOST_ROWS, _MOST_COLUMNS, _MOST_CELL = 12, 7, 60
_MOST_LINES = 9
_INK, _QUIET, _MARK = "1E2226", "565D63", "7A4700"
_BROAD, _TALL = (1180, 500), (960, 780)  # layout pixels of a chart below its words, and beside
_COLUMN = 4.2  # inches of words beside a tall chart
_ROW_HIGH = 0.36


def slides(report: Report, drawn: Sequence[Drawn]) -> bytes:
    """The report as a .pptx file.

    Raises FaultlineError where python-pptx is missing, or Chromium, which draws the charts.
    """
    try:
        from pptx import Presentation
        from pptx.util import Inches
    except ImportError:
        raise FaultlineError(
            "PowerPoint files are written by python-pptx, which is not installed here: pip install "
            "python-pptx. HTML works without it."
        ) from None
    charts = [d for d in drawn if d.figure is not None]
    sizes = [_TALL if _is_tall(d) else _BROAD for d in charts]
    made = pictures.bare([d.figure for d in charts], sizes)
    drawings = dict(zip(map(id, charts), made, strict=True))
    deck = Presentation()
    deck.slide_width, deck.slide_height = Inches(WIDE), Inches(TALL)
    _cover(deck, report, drawn)
    for found in drawn:
        _slide(deck, found, drawings.get(id(found)))
    deck.core_properties.title = _sayable(report.title)[:255]
    deck.core_properties.author = "Faultline"
    slides_facts.attach(deck, texts(report, [_light(d) for d in drawn]))
    out = io.BytesIO()
    deck.save(out)
    return out.getvalue()


def _light(found: Drawn) -> Drawn:
    """The facts without the queries, which are long and which a deck does not show."""
    if found.facts is None:
        return found
    return replace(found, facts=replace(found.facts, queries=()))


def _blank(deck: Any) -> Any:
    return deck.slides.add_slide(deck.slide_layouts[6])


def _cover(deck: Any, report: Report, drawn: Sequence[Drawn]) -> None:
    slide = _blank(deck)
    facts = [d.facts for d in drawn if d.facts is not None]
    _write(slide, [report.title], (_EDGE, 2.4, WIDE - 2 * _EDGE, 1.6), 40, bold=True)
    _write(slide, [source(facts)], (_EDGE, 4.2, WIDE - 2 * _EDGE, 0.8), 16, color=_QUIET)
    if any(f.simulated for f in facts):
        _write(slide, ["Simulated data: fictional models"], (_EDGE, 4.9, 8, 0.5), 16, color=_MARK)


def _slide(deck: Any, found: Drawn, chart: bytes | None) -> None:
    slide = _blank(deck)
    words = prose.plain_of(found.finding.text)
    if found.finding.kind == SECTION:
        _write(slide, [found.title], (_EDGE, 2.8, WIDE - 2 * _EDGE, 1.2), 36, bold=True)
        _write(slide, words[:_MOST_LINES], (_EDGE, 4.1, WIDE - 2 * _EDGE, 2.5), 20)
        return
    _write(slide, [found.title], (_EDGE, 0.35, WIDE - 2 * _EDGE, 0.9), 28, bold=True)
    if chart is not None and _is_tall(found):
        _beside(slide, words, found, chart)
    else:
        top = _words(slide, words, found)
        if chart is not None:
            _chart(slide, chart, (_EDGE, top, WIDE - 2 * _EDGE, TALL - 0.6 - top), _BROAD)
        elif found.frame is not None and found.facts is not None:
            _table(slide, found.frame, top)
    if found.facts is not None:
        place = (_EDGE, TALL - 0.5, WIDE - 2 * _EDGE, 0.35)
        _write(slide, [_foot(found.facts)], place, 10, color=_QUIET)
    slide.notes_slide.notes_text_frame.text = _notes(found, words)


def _foot(facts: Facts) -> str:
    mark = "SIMULATED DATA · " * facts.simulated
    return f"{mark}{facts.study} · content {facts.content_hash[:12]} · {facts.note}"[:240]


def _words(slide: Any, words: Sequence[str], found: Drawn) -> float:
    """The paragraph, the query or the problem under the title; gives where the rest begins."""
    lines = [*words[:_MOST_LINES], *([f"“{found.quote}”"] if found.quote else [])]
    lines += [found.problem] if found.problem else []
    if not lines:
        return 1.3
    letters = sum(max(1, -(-len(line) // 105)) for line in lines)
    alone = found.facts is None
    height = min(0.33 * letters + 0.1, 4.5 if alone else 2.4)
    _write(slide, lines, (_EDGE, 1.25, WIDE - 2 * _EDGE, height), 20 if alone else 16)
    return 1.35 + height


def _notes(found: Drawn, words: Sequence[str]) -> str:
    said = list(words[_MOST_LINES:])
    if found.facts is not None:
        said.append(citation(found.facts))
    return "\n".join(said)


def _is_tall(found: Drawn) -> bool:
    """Whether a chart asks for more height than there is below a paragraph."""
    return found.figure is not None and int(found.figure.layout.height or 0) > 560


def _beside(slide: Any, words: Sequence[str], found: Drawn, chart: bytes) -> None:
    """Words to the left of a tall chart."""
    lines = [*words[: 2 * _MOST_LINES], *([f"“{found.quote}”"] if found.quote else [])]
    if lines:
        _write(slide, lines, (_EDGE, 1.3, _COLUMN, TALL - 2.2), 15)
    left = _EDGE + (_COLUMN + 0.3) * bool(lines)
    _chart(slide, chart, (left, 1.2, WIDE - _EDGE - left, TALL - 1.8), _TALL)


def _chart(
    slide: Any,
    chart: bytes,
    room: tuple[float, float, float, float],
    pixels: tuple[int, int],
) -> None:
    """The picture as large as the room (left, top, width, height; inches) allows, centred."""
    from pptx.util import Inches

    left, top, room_wide, room_tall = room
    scale = min(room_wide / pixels[0], room_tall / pixels[1])
    wide, tall = pixels[0] * scale, pixels[1] * scale
    place = (Inches(left + (room_wide - wide) / 2), Inches(top), Inches(wide), Inches(tall))
    slide.shapes.add_picture(io.BytesIO(chart), *place)


def _table(slide: Any, frame: pd.DataFrame, top: float) -> None:
    """The first rows as a table of PowerPoint's own; how many there are stands below it."""
    from pptx.util import Inches, Pt

    rows = compare.table(record.text_of(frame))
    numeric, body = readable(rows)
    columns = range(min(len(rows[0]), _MOST_COLUMNS)) if rows else range(0)
    most = min(_MOST_ROWS, int((TALL - 1.0 - top) / _ROW_HIGH) - 1)
    shown = [[c.replace("_", " ") for c in rows[0]], *body[: max(most, 1)]] if rows else []
    if not shown or not len(columns):
        return
    size = (Inches(WIDE - 2 * _EDGE), Inches(_ROW_HIGH * len(shown)))
    place = (Inches(_EDGE), Inches(top))
    grid = slide.shapes.add_table(len(shown), len(columns), *place, *size).table
    grid.horz_banding = False
    for i, row in enumerate(shown):
        for j in columns:
            cell = grid.cell(i, j)
            text = row[j]
            cell.text = text if len(text) <= _MOST_CELL else f"{text[: _MOST_CELL - 1]}…"
            for paragraph in cell.text_frame.paragraphs:
                paragraph.alignment = _right() if numeric[j] else None
                for run in paragraph.runs:
                    run.font.size = Pt(11)
    left_out = [f"The first {len(shown) - 1} of {len(body):,} rows."] * (len(body) >= len(shown))
    left_out += [f"{len(rows[0]) - len(columns)} more columns in the data."] * (
        len(rows[0]) > len(columns)
    )
    if left_out:
        _write(slide, [" ".join(left_out)], (_EDGE, TALL - 0.8, 8, 0.3), 11, color=_QUIET)


def _right() -> Any:
    from pptx.enum.text import PP_ALIGN

    return PP_ALIGN.RIGHT


def _write(
    slide: Any,
    lines: Sequence[str],
    place: tuple[float, float, float, float],
    size: int,
    *,
    bold: bool = False,
    color: str = _INK,
) -> None:
    """Plain text in a box at (left, top, width, height) inches."""
    from pptx.dml.color import RGBColor
    from pptx.util import Inches, Pt

    frame = slide.shapes.add_textbox(*(Inches(x) for x in place)).text_frame
    frame.word_wrap = True
    for number, line in enumerate(lines):
        paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
        run = paragraph.add_run()
        run.text = _sayable(line)
        run.font.size, run.font.bold = Pt(size), bold
        run.font.color.rgb = RGBColor(*bytes.fromhex(color))  # type: ignore[no-untyped-call]


def _sayable(text: str) -> str:
    """A text without the control characters that XML can't hold."""
    return "".join(c for c in text if c in "\t\n" or ord(c) >= 32)
