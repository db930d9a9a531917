"""The colours and marks that mean something, and the frame that every figure shares.

A figure carries no background and no text colour of its own: the screen supplies both, in light
and in dark. Colour never stands alone: each provider has a symbol beside its hue, bars have
patterns, and high disagreement is also named in words. Hues are those of the registry (after
Okabe-Ito), each 3:1 or more against the page by day and by night; `tests/show/test_palettes.py`
sees them as colour-blind people do.
"""

import html
import re
import textwrap
from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from analysis.registry import ProviderEntry, registry

ACCENT = "#1B7F86"  # high disagreement; 3:1 or more on the light and on the dark page
QUIET = "#8A9399"  # what is there but is not the point
RULE = "rgba(128,134,139,0.75)"  # threshold and reference lines
GRID = "rgba(128,134,139,0.22)"
CLEAR = "rgba(0,0,0,0)"
SHEET_FONT = "Helvetica Neue, Helvetica, Arial, sans-serif"  # the screen brings its own
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "x", "star", "hexagon", "pentagon")
OTHER_HUES = ("#D55E00", "#0072B2", "#009E73", "#CC79A7", "#B87A00", "#4A90C2", "#707070")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def colors(providers: Iterable[str]) -> dict[str, str]:
    """Provider id -> hue. Known providers keep theirs; unlisted ones get distinct ones in order."""
    known = {p.id: p.color for p in registry().providers}
    names = list(dict.fromkeys(providers))
    taken = {known[n] for n in names if n in known}
    spare = [hue for hue in OTHER_HUES if hue not in taken] or list(OTHER_HUES)
    unknown = [n for n in names if n not in known]
    extra = {n: spare[i % len(spare)] for i, n in enumerate(unknown)}
    return {n: known.get(n) or extra[n] for n in names}


def symbols(providers: Iterable[str]) -> dict[str, str]:
    """Provider id -> marker symbol, the second cue beside the hue.

    A listed provider has the same symbol on every figure, whoever else is there; simulated ones
    count apart, since they never stand beside real ones. Unlisted ones get what is left.
    """
    listed = {p.id: place for group in _groups() for place, p in enumerate(group)}
    names = list(dict.fromkeys(providers))
    found = {n: SYMBOLS[listed[n] % len(SYMBOLS)] for n in names if n in listed}
    spare = [s for s in SYMBOLS if s not in found.values()] or list(SYMBOLS)
    unknown = sorted(n for n in names if n not in listed)
    return found | {n: spare[i % len(spare)] for i, n in enumerate(unknown)}


def _groups() -> tuple[list[ProviderEntry], list[ProviderEntry]]:
    all_of_them = registry().providers
    return [p for p in all_of_them if not p.simulated], [p for p in all_of_them if p.simulated]


def ranked(providers: Iterable[str]) -> list[str]:
    """Providers in the registry's order, unlisted ones last by name."""
    order = {p.id: i for i, p in enumerate(registry().providers)}
    return sorted(dict.fromkeys(providers), key=lambda n: (order.get(n, len(order)), n))


def safe(text: object) -> str:
    """Data as Plotly shows it: the library parses a little HTML in labels, data must not."""
    return html.escape(_CONTROL.sub(" ", str(text)), quote=False)


def wrapped(text: object, width: int, lines: int = 2) -> str:
    """Data broken into at most `lines` lines of `width` characters, escaped."""
    parts = textwrap.wrap(_CONTROL.sub(" ", str(text)), width) or [""]
    if len(parts) > lines:
        parts = [
            *parts[: lines - 1],
            textwrap.shorten(" ".join(parts[lines - 1 :]), width, placeholder=" …"),
        ]
    return "<br>".join(html.escape(p, quote=False) for p in parts)


def intervals(figure: go.Figure, rows: pd.DataFrame, hues: Sequence[str]) -> None:
    """A stroke a row (0, 1, .. from the top) from its `low` to its `high`, none where it has none.

    All at once: added one by one, each makes plotly look at all before it.
    """
    strokes = [
        {"type": "line", "x0": low, "x1": high, "y0": i, "y1": i,
         "line": {"color": hue, "width": 2}}
        for i, (low, high, hue) in enumerate(zip(rows["low"], rows["high"], hues, strict=True))
        if low == low
    ]  # fmt: skip
    figure.update_layout(shapes=strokes)


def framed(figure: go.Figure, height: int, **layout: Any) -> go.Figure:
    """The shared frame: no background, quiet grid, tight margins, no zoom by accident."""
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        paper_bgcolor=CLEAR,
        plot_bgcolor=CLEAR,
        font={"size": 13},
        hoverlabel={"align": "left", "font": {"size": 13}},
        dragmode=False,
        showlegend=False,
        bargap=0.06,
    )
    figure.update_xaxes(fixedrange=True, automargin=True, gridcolor=GRID, zeroline=False)
    figure.update_yaxes(fixedrange=True, automargin=True, gridcolor=GRID, zeroline=False)
    figure.update_layout(**layout)
    return figure
