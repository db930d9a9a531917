"""A report as one HTML file: charts live, opens from disk without a network, prints well.

Arrow keys walk from finding to finding once somebody presses P (slides), and back with Escape.
"""

import json
from collections.abc import Sequence

from analysis.decks import prose
from analysis.decks.findings import Drawn
from analysis.files import html as pages
from analysis.files.display_table import DisplayTable
from analysis.files.facts import Facts
from analysis.files.html import SIMULATED
from analysis.store.annotations.reports import SECTION, Report

REPORT = "FaultlineReport"
_MOST_TOLD = 25


def page(report: Report, drawn: Sequence[Drawn]) -> bytes:
    """The whole report. `pages.texts` gives back the facts of every finding under `REPORT`."""
    sections = [_cover(report, drawn)]
    sections += [_finding(d, f"f{n}") for n, d in enumerate(drawn, start=1)]
    return pages.document(report.title, sections, texts(report, drawn), slides=True)


def texts(report: Report, drawn: Sequence[Drawn]) -> dict[str, str]:
    """What a file says about itself: the title, and the sealed facts of every finding."""
    sealed = [d.facts.sealed() for d in drawn if d.facts is not None]
    return {"Title": report.title, REPORT: json.dumps(sealed, ensure_ascii=False)}


def _cover(report: Report, drawn: Sequence[Drawn]) -> str:
    facts = [d.facts for d in drawn if d.facts is not None]
    mark = SIMULATED * any(f.simulated for f in facts)
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
        table = _table(drawn.table) if drawn.table is not None else ""
        shown = table + pages.shown(
            drawn.facts, drawn.frame, figure, place, alt=drawn.alt, folded=True
        )
    beside = drawn.tall and bool(drawn.finding.text.strip() or drawn.quote)
    marks = " ".join(["tall"] * beside + ["off"] * (not drawn.finding.slide))
    return (
        f"<section{_class(marks)}><h2>{prose.line(drawn.title)}</h2>\n"
        f"{words * bool(drawn.finding.text)}{quote}{problem}{shown}</section>"
    )


def _table(table: DisplayTable) -> str:
    """A table's point, for who reads; all its numbers are folded below."""
    rows = "".join(_row(r, table.right, "td") for r in table.rows[:_MOST_TOLD])
    head = _row(table.headings, table.right, "th")
    more = f"<p>The first {_MOST_TOLD} of {len(table.rows):,} rows.</p>\n"
    return (
        '<div class="wide" tabindex="0" role="region" aria-label="Table">'
        f"<table><thead>{head}</thead><tbody>{rows}</tbody></table></div>\n"
        f"{more * (len(table.rows) > _MOST_TOLD)}"
    )


def _row(cells: Sequence[str], right: Sequence[bool], tag: str) -> str:
    marks = (' class="number"' * r for r in right)
    made = (f"<{tag}{m}>{prose.line(c)}</{tag}>" for c, m in zip(cells, marks, strict=True))
    return f"<tr>{''.join(made)}</tr>"


def facts_of(embedded: dict[str, str]) -> list[str]:
    """The sealed facts in a report's texts, one a finding; empty where the file is no report."""
    listed = json.loads(embedded.get(REPORT, "[]"))
    return [str(f) for f in listed] if isinstance(listed, list) else []


def _class(marks: str) -> str:
    return f' class="{marks}"' if marks else ""
