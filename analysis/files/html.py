"""Self-contained HTML: charts that are live, the numbers, and how they came about, in one file.

The page may not ask for anything: its content security policy allows no request at all, and
Plotly's script is inside. It opens from disk without a network.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pandas as pd

from analysis.errors import FaultlineError
from analysis.files.compare import table
from analysis.files.facts import CHECKSUM, UNREADABLE, AlteredError, Facts, text_of
from analysis.files.tables import readable
from analysis.show import theme
from analysis.text_safety import escaped

SIMULATED = '<p class="mark">Simulated data: no real model answered</p>'
_MOST_ROWS = 500
_STYLE = Path(__file__).parent / "page.css"
_SLIDES = Path(__file__).parent / "slides.js"
_COLORS = {
    "ink": theme.INK,
    "paper": theme.PAPER,
    "quiet": theme.PAPER_QUIET,
    "line": theme.PAPER_LINE,
    "accent": theme.ACCENT,
    "mark": theme.PAPER_MARK,
}
_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; "
    "img-src data: blob:; font-src data:; base-uri 'none'; form-action 'none'"
)
_DRAW = """
for (const held of document.querySelectorAll("script[data-figure]")) {
  const figure = JSON.parse(held.textContent)
  figure.layout.autosize = true
  delete figure.layout.width
  Plotly.newPlot(held.dataset.figure, figure.data, figure.layout,
    { displayModeBar: false, responsive: true, scrollZoom: false, doubleClick: false })
}
"""
_HELD = re.compile(
    r'<script type="application/json" id="faultline-facts">(.*?)</script>', re.DOTALL
)


def page(facts: Facts, frame: pd.DataFrame, figure: str | None = None) -> bytes:
    """One figure (as Plotly's JSON, without one the table alone) as a page of its own."""
    return document(facts.title, [section(facts, frame, figure, "f1")], facts.embedded())


def _style() -> str:
    """The page's style sheet, with the colours of paper under the names that it uses."""
    named = " ".join(f"--{name}: {color};" for name, color in _COLORS.items())
    return f":root {{ {named} }}\n{_STYLE.read_text(encoding='utf-8')}"


def document(
    title: str, sections: Sequence[str], texts: Mapping[str, str], *, slides: bool = False
) -> bytes:
    """Sections as one page; `texts` are its facts, which `texts` below gives back. With `slides`
    the key P shows one section at a time."""
    body = "\n".join(sections)
    script = f"<script>{_plotly()}</script>\n" if "data-figure" in body else ""
    keys = _SLIDES.read_text(encoding="utf-8") if slides else ""
    head = (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{_safe(title)}</title>\n<style>{_style()}</style>\n"
    )
    rest = (
        f"{script}</head>\n<body>\n<main>\n{body}\n</main>\n"
        f"<script>{_DRAW * bool(script)}{keys}</script>\n</body>\n</html>\n"
    )
    seen = hashlib.sha256((head + rest).encode()).hexdigest()
    embedded = json.dumps({**texts, CHECKSUM: seen}, ensure_ascii=False).replace("<", "\\u003c")
    tag = f'<script type="application/json" id="faultline-facts">{embedded}</script>'
    return (head + tag + rest).encode()


def section(facts: Facts, frame: pd.DataFrame, figure: str | None, place: str) -> str:
    """One figure: its title, the chart, its note, its numbers, and how it was computed."""
    mark = SIMULATED * facts.simulated
    inner = shown(facts, frame, figure, place)
    return f"<section>\n{mark}<h1>{_safe(facts.title)}</h1>\n{inner}</section>"


def shown(
    facts: Facts,
    frame: pd.DataFrame,
    figure: str | None,
    place: str,
    *,
    alt: str = "",
    folded: bool = False,
) -> str:
    """The chart (without one the table), its note, its numbers, and how it was computed. `alt` is
    the chart's main number for who can't see it."""
    return (
        f"{_chart(figure, place, alt or f'{facts.title}. {facts.note}')}"
        f'<p class="note">{_safe(facts.note)}</p>\n'
        f"{_numbers(frame, folded=folded or figure is not None)}{how(facts)}"
    )


def _chart(figure: str | None, place: str, alt: str) -> str:
    if figure is None:
        return ""
    embedded = json.dumps(json.loads(figure), ensure_ascii=False).replace("<", "\\u003c")
    return (
        f'<div class="wide"><div class="{_chart_class(embedded)}" id="{place}" '
        f'role="img" aria-label="{_safe(alt)}"></div></div>\n'
        f'<script type="application/json" data-figure="{place}">{embedded}</script>\n'
    )


def _chart_class(figure: str) -> str:
    """A heatmap keeps room for its numbers, and scrolls on a phone."""
    return "chart broad" if '"type": "heatmap"' in figure else "chart"


def _numbers(frame: pd.DataFrame, *, folded: bool) -> str:
    rows = table(text_of(frame))
    numeric, body = readable(rows)
    more = f"<p>The first {_MOST_ROWS} of {len(body):,} rows.</p>" * (len(body) > _MOST_ROWS)
    cells = "".join(_row(r, numeric, "td") for r in body[:_MOST_ROWS])
    heads = [c.replace("_", " ") for c in rows[0]]
    inner = f"<table><thead>{_row(heads, numeric, 'th')}</thead><tbody>{cells}</tbody></table>"
    wrapped = f'<div class="wide" tabindex="0" role="region" aria-label="Numbers">{inner}</div>'
    whole = f"{wrapped}{more}\n"
    return f"<details><summary>The numbers</summary>{whole}</details>\n" if folded else whole


def _row(cells: Sequence[str], numeric: Sequence[bool], tag: str) -> str:
    marks = [' class="number"' * n for n in numeric]
    made = (f"<{tag}{m}>{_safe(c)}</{tag}>" for c, m in zip(cells, marks, strict=True))
    return f"<tr>{''.join(made)}</tr>"


def how(facts: Facts) -> str:
    """How a figure was computed, folded away."""
    link = f'<a href="{_safe(facts.permalink)}">{_safe(facts.permalink)}</a>'
    rows = {
        "Definition": _safe(facts.definition),
        "Parameters": _safe(facts.filters),
        "n and exclusions": _safe(facts.note),
        "Method": _safe(facts.method),
        "Study": f"{_safe(facts.study)} ({_safe(facts.study_id)})",
        "How it was made": _safe(facts.made),
        "Content hash": f"<code>{_safe(facts.content_hash)}</code>",
        "Program": f"Faultline {_safe(facts.version)}",
        "Figure": f"<code>{_safe(facts.recipe)}</code>" * bool(facts.recipe),
        "Link": link * facts.permalink.startswith(("http://", "https://")),
        "Queries": "".join(f"<pre>{_safe(q)}</pre>" for q in facts.queries),
    }
    listed = "".join(f"<dt>{k}</dt><dd>{v}</dd>" for k, v in rows.items() if v)
    return f"<details><summary>How this was computed</summary><dl>{listed}</dl></details>\n"


def texts(page_text: str) -> dict[str, str]:
    """The facts of a page: keyword -> text; empty where it has none."""
    found = _HELD.search(page_text)
    try:
        embedded: dict[str, str] = json.loads(found.group(1)) if found else {}
    except ValueError:
        raise AlteredError(UNREADABLE) from None
    return embedded


def checksum(page_text: str) -> str:
    """SHA-256 over the page without its facts."""
    return hashlib.sha256(_HELD.sub("", page_text, count=1).encode()).hexdigest()


def _safe(text: object) -> str:
    return escaped(text)


@cache
def _plotly() -> str:
    """Plotly's script, the copy inside the installed package."""
    found = find_spec("plotly")
    if found is None or found.origin is None:
        raise FaultlineError("The package plotly is not installed: pip install plotly.")
    script = Path(found.origin).parent / "package_data" / "plotly.min.js"
    return script.read_text(encoding="utf-8").replace("</script", "<\\/script")
