"""A report as one HTML file: charts live, opens from disk without a network, prints well.

Arrow keys walk from finding to finding once somebody presses P (slides), and back with Escape.
"""

import json
from collections.abc import Sequence

from analysis.export import pages, prose
from analysis.export.facts import Facts
from analysis.export.findings import Drawn
from analysis.store.reports import SECTION, Report

REPORT = "FaultlineReport"


def page(report: Report, drawn: Sequence[Drawn]) -> bytes:
    """The whole report. `pages.texts` gives back the facts of every finding under `REPORT`."""
    sections = [_cover(report, drawn)]
    sections += [_finding(d, f"f{n}") for n, d in enumerate(drawn, start=1)]
    return pages.document(report.title, sections, texts(report, drawn), slides=True)


def texts(report: Report, drawn: Sequence[Drawn]) -> dict[str, str]:
    """What a file says about itself: the title, and the sealed facts of every finding."""
    held = [d.facts.sealed() for d in drawn if d.facts is not None]
    return {"Title": report.title, REPORT: json.dumps(held, ensure_ascii=False)}


def _cover(report: Report, drawn: Sequence[Drawn]) -> str:
    facts = [d.facts for d in drawn if d.facts is not None]
    mark = '<p class="mark">Simulated data: fictional models</p>' * any(f.simulated for f in facts)
    return (
        f'<section class="cover">\n{mark}<h1>{prose.line(report.title)}</h1>\n'
        f'<p class="note">{prose.line(source(facts))}</p>\n</section>'
    )


def source(facts: Sequence[Facts]) -> str:
    """The studies behind a report, each once."""
    once = {f.content_hash: f"{f.study}, content {f.content_hash[:12]}" for f in facts}
    made = f" · Faultline {facts[0].version}" if facts else ""
    return ("; ".join(once.values()) or "No figure yet") + made


def _finding(drawn: Drawn, place: str) -> str:
    words = f'<div class="words">{prose.html_of(drawn.finding.text)}</div>\n'
    if drawn.finding.kind == SECTION:
        return (
            f'<section class="part"><h2 class="part">{prose.line(drawn.title)}</h2>\n'
            f"{words * bool(drawn.finding.text)}</section>"
        )
    quote = f"<blockquote>{prose.line(drawn.quote)}</blockquote>\n" * bool(drawn.quote)
    problem = f'<p class="problem">{prose.line(drawn.problem)}</p>\n' * bool(drawn.problem)
    shown = ""
    if drawn.facts is not None and drawn.frame is not None:
        figure = drawn.figure.to_json() if drawn.figure is not None else None
        shown = pages.shown(drawn.facts, drawn.frame, figure, place)
    return (
        f"<section><h2>{prose.line(drawn.title)}</h2>\n{words * bool(drawn.finding.text)}"
        f"{quote}{problem}{shown}</section>"
    )


def facts_of(held: dict[str, str]) -> list[str]:
    """The sealed facts in a report's texts, one a finding; empty where the file is no report."""
    listed = json.loads(held.get(REPORT, "[]"))
    return [str(f) for f in listed] if isinstance(listed, list) else []
