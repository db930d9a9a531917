"""A report as PowerPoint: a finding a slide, picture or native table, the citation in the notes.

Titles, words and tables are PowerPoint's own, so that they can be edited; the charts are pictures,
each drawn for the room that its slide has, so that its letters can be read from the last row.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from analysis.decks import prose, slide_parts
from analysis.decks import slide_facts as slides_facts
from analysis.decks.findings import Drawn, citation, on_slides
from analysis.decks.page import source, texts
from analysis.decks.prose import Line, Run
from analysis.decks.slide_parts import MARK, QUIET, Box
from analysis.errors import FaultlineError
from analysis.files import pictures
from analysis.files.display_table import DisplayTable
from analysis.store.annotations.reports import SECTION, Report

WIDE, TALL = 13.333, 7.5  # inches
_EDGE = 0.6
_INNER = WIDE - 2 * _EDGE
_TITLE = Box(_EDGE, 0.3, _INNER, 0.95)
_FOOT = TALL - 0.5
_TOP, _BOTTOM = 1.35, _FOOT - 0.1  # of what stands between title and foot
_COLUMN = 4.0  # inches of words beside a tall chart
_DOTS = 84  # layout pixels an inch: a chart's 12 pixels are 10 points
_MOST_DOTS = 760  # so that a chart of many rows is not squeezed
_TITLE_ONLY = 5  # of the layouts that python-pptx brings


@dataclass(frozen=True)
class Slide:
    """What one finding's slide shows: its lines at a size, and where its picture or table goes."""

    found: Drawn
    lines: list[Line]
    size: int
    text: Box
    rest: Box
    left: list[Line]  # what did not fit, for the notes

    @property
    def dots(self) -> tuple[int, int]:
        """Layout pixels of its chart."""
        own = int(self.found.figure.layout.height or 0) if self.found.figure is not None else 0
        high = self.rest.height * _DOTS
        if self.found.tall:
            high = min(max(high, own * 0.9), _MOST_DOTS)
        return round(high * self.rest.width / self.rest.height), round(high)


def slides(report: Report, drawn: Sequence[Drawn]) -> bytes:
    """The report as a .pptx file: a cover, and the findings that are meant for slides.

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
    shown = on_slides(drawn)
    planned = [_plan(d) for d in shown]
    charts = [p for p in planned if p.found.figure is not None]
    made = pictures.bare([p.found.figure for p in charts], [p.dots for p in charts])
    drawings = dict(zip(map(id, charts), made, strict=True))
    deck = Presentation()
    deck.slide_width, deck.slide_height = Inches(WIDE), Inches(TALL)
    _cover(deck, report, shown)
    for number, plan in enumerate(planned, start=2):
        _slide(deck, plan, drawings.get(id(plan)), number)
    deck.core_properties.title = slide_parts.sayable(report.title)[:255]
    deck.core_properties.author = "Faultline"
    slides_facts.attach(deck, texts(report, [_light(d) for d in shown]))
    out = io.BytesIO()
    deck.save(out)
    return out.getvalue()


def _light(found: Drawn) -> Drawn:
    """The facts without the queries, which are long and which a deck does not show."""
    if found.facts is None:
        return found
    return replace(found, facts=replace(found.facts, queries=()))


def _plan(found: Drawn) -> Slide:
    """Where everything goes: words above a chart, beside one of many rows, or alone."""
    lines = _lines(found)
    room = _BOTTOM - _TOP
    if found.finding.kind == SECTION or found.facts is None:
        top, sizes, room = (
            (4.1, (22, 20, 18), 2.5)
            if found.finding.kind == SECTION
            else (_TOP + 0.1, (26, 24, 22, 20, 18, 16, 14), room)
        )
        size, kept, tall = slide_parts.fitted(lines, _INNER, room, sizes)
        text = rest = Box(_EDGE, top, _INNER, tall)
    elif found.tall and lines:
        size, kept, tall = slide_parts.fitted(lines, _COLUMN, room, (18, 16, 15, 14, 13, 12))
        text = Box(_EDGE, _TOP, _COLUMN, tall)
        left = _EDGE + _COLUMN + 0.3
        rest = Box(left, _TOP, WIDE - _EDGE - left, room)
    else:
        size, kept, tall = slide_parts.fitted(lines, _INNER, 2.1, (20, 18, 16, 15, 14))
        tall *= bool(lines)
        text = Box(_EDGE, _TOP, _INNER, tall)
        top = _TOP + tall + 0.1
        rest = Box(_EDGE, top, _INNER, _BOTTOM - top)
    return Slide(found, kept, size, text, rest, lines[len(kept) :])


def _lines(found: Drawn) -> list[Line]:
    """The paragraph, the query of a case, and the problem where it can't be shown."""
    lines = prose.lines_of(found.finding.text)
    lines += [Line((Run(f"“{found.quote}”", italic=True),))] if found.quote else []
    return lines + ([Line((Run(found.problem),))] if found.problem else [])


def _blank(deck: Any) -> Any:
    return deck.slides.add_slide(deck.slide_layouts[_TITLE_ONLY])


def _cover(deck: Any, report: Report, drawn: Sequence[Drawn]) -> None:
    slide = _blank(deck)
    facts = [d.facts for d in drawn if d.facts is not None]
    slide_parts.title(slide, report.title, Box(_EDGE, 2.2, _INNER, 1.7), (44, 36, 30, 24))
    _line(slide, source(facts), Box(_EDGE, 4.1, _INNER, 0.5), 18)
    if any(f.simulated for f in facts):
        _line(slide, "Simulated data: no real model answered", Box(_EDGE, 4.7, 8, 0.5), 18, MARK)


def _slide(deck: Any, plan: Slide, chart: bytes | None, number: int) -> None:
    slide, found = _blank(deck), plan.found
    section = found.finding.kind == SECTION
    place = Box(_EDGE, 2.6, _INNER, 1.4) if section else _TITLE
    slide_parts.title(slide, found.title, place, (40, 34, 28, 22) if section else (30, 26, 22, 18))
    if plan.lines:
        slide_parts.words(slide, plan.lines, plan.text, plan.size)
    if chart is not None:
        slide_parts.picture(slide, chart, plan.rest, found.alt)
    elif found.table is not None:
        _table(slide, found.table, plan.rest)
    if found.facts is not None:
        _line(slide, _foot(found), Box(_EDGE, _FOOT, _INNER - 0.6, 0.35), 11)
    _line(slide, str(number), Box(WIDE - _EDGE - 0.5, _FOOT, 0.5, 0.35), 11)
    slide.notes_slide.notes_text_frame.text = slide_parts.sayable(_notes(plan))


def _table(slide: Any, display: DisplayTable, box: Box) -> None:
    if not display.headings:
        return
    most = max(slide_parts.rows_that_fit(display, box.width, box.height - 0.35), 1)
    slide_parts.table(slide, display, box, most)
    lines = [f"The first {most} of {len(display.rows):,} rows."] * (len(display.rows) > most)
    lines += [f"{display.left_out} more columns in the data."] * (display.left_out > 0)
    if lines:
        _line(slide, " ".join(lines), Box(_EDGE, _FOOT - 0.3, 8, 0.3), 11)


def _foot(found: Drawn) -> str:
    facts = found.facts
    if facts is None:
        return ""
    mark = "SIMULATED DATA · " * facts.simulated
    return f"{mark}{facts.study} · content {facts.content_hash[:12]} · {found.note}"[:170]


def _notes(plan: Slide) -> str:
    """What a speaker says, what did not fit, and where it all comes from."""
    found = plan.found
    lines = prose.plain_of(found.finding.notes) + [line.text for line in plan.left]
    if found.facts is not None:
        lines.append(citation(found.facts))
    return "\n".join(lines)


def _line(slide: Any, text: str, box: Box, size: int, color: str = QUIET) -> None:
    slide_parts.words(slide, [Line((Run(text),))], box, size, color)
