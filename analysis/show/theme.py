"""The colours and marks that mean something, and the frame that every figure shares.

A figure carries no background and no text colour of its own: the screen supplies both, in light
and in dark. Colour never stands alone: each provider has a symbol beside its hue, bars have
patterns, and high disagreement is also named in words. Hues are those of the registry (after
Okabe-Ito), each 3:1 or more against the page by day and by night; `tests/show/test_palettes.py`
sees them as colour-blind people do.
"""

import re
import textwrap
from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from analysis.registry import SYMBOLS, Provider, registry
from analysis.registry.entries import NO_COLOR
from analysis.text_safety import escaped


def faded(hue: str, alpha: float) -> str:
    """A hue that the page shines through: right by day and by night."""
    red, green, blue = (int(hue[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red},{green},{blue},{round(alpha, 3):g})"


ACCENT = "#1B7F86"  # high disagreement; 3:1 or more on the light and on the dark page
BROWN = "#A6611A"  # with teal it is told apart by everybody
DEEP = "#C8502D"  # one hue from clear to deep: a rate has no middle to diverge from
QUIET = "#8A9399"  # what is there but is not the point
GREY = "#80868B"
RULE = faded(GREY, 0.75)  # threshold and reference lines
GRID = faded(GREY, 0.22)
HATCH = "rgba(90,95,100,0.55)"  # over what few cases stand behind
CLEAR = "rgba(0,0,0,0)"
VERMILION, BLUE, GREEN, PINK, OCHRE = "#D55E00", "#0072B2", "#009E73", "#CC79A7", "#B87A00"
OTHER_HUES = (VERMILION, BLUE, GREEN, PINK, OCHRE, "#4A90C2", NO_COLOR)
# Between the accent, for what is as it should be, and its contrary.
PALE_TEAL, SAND, CLAY, RUST = "#9CCBC6", "#F0C9A0", "#DD8452", "#9B3922"

# Boxes of the pages: what went wrong, why something is empty, what is to be known.
PROBLEM, EMPTY, NOTE = "#C0392B", "#8A8F94", "#B07A12"

# What leaves the program is on paper, whatever the screen's theme (by day the screen's own).
SHEET_FONT = "Helvetica Neue, Helvetica, Arial, sans-serif"  # the screen brings its own
PAPER, INK = "#FFFFFF", "#1E2226"
PAPER_QUIET = "#565D63"  # notes
PAPER_LINE = "#DFDBD3"
PAPER_MARK = "#7A4700"  # that data are simulated
CSS = {"gone": VERMILION, "quoted": BLUE, "problem": PROBLEM, "empty": EMPTY, "note": NOTE}
"""Hues that the style sheet of the pages names, as `var(--fl-…)`."""
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def colors(providers: Iterable[str]) -> dict[str, str]:
    """Provider id -> hue: the registry's; those without one there get distinct ones in order."""
    known = {p.id: p.color for p in registry().providers if p.color}
    names = list(dict.fromkeys(providers))
    taken = {known[n] for n in names if n in known}
    spare = [hue for hue in OTHER_HUES if hue not in taken] or list(OTHER_HUES)
    unknown = [n for n in names if n not in known]
    extra = {n: spare[i % len(spare)] for i, n in enumerate(unknown)}
    return {n: known.get(n) or extra[n] for n in names}


def symbols(providers: Iterable[str]) -> dict[str, str]:
    """Provider id -> marker symbol, the second cue beside the hue.

    A provider with a hue in the registry has the same symbol on every figure, whoever else is
    there; simulated ones count apart, since they never stand beside real ones. Others get what
    is left.
    """
    listed = {
        p.id: p.symbol or SYMBOLS[place % len(SYMBOLS)]
        for group in _groups()
        for place, p in enumerate(group)
    }
    names = list(dict.fromkeys(providers))
    found = {n: listed[n] for n in names if n in listed}
    spare = [s for s in SYMBOLS if s not in found.values()] or list(SYMBOLS)
    unknown = sorted(n for n in names if n not in listed)
    return found | {n: spare[i % len(spare)] for i, n in enumerate(unknown)}


def _groups() -> tuple[list[Provider], list[Provider]]:
    all_of_them = [p for p in registry().providers if p.color or p.symbol]
    return [p for p in all_of_them if not p.simulated], [p for p in all_of_them if p.simulated]


def ranked(providers: Iterable[str]) -> list[str]:
    """Providers in the registry's order, unlisted ones last by name."""
    order = {p.id: i for i, p in enumerate(registry().providers)}
    return sorted(dict.fromkeys(providers), key=lambda n: (order.get(n, len(order)), n))


def safe(text: object) -> str:
    """Data as Plotly shows it: the library parses a little HTML in labels, data must not."""
    return escaped(_CONTROL.sub(" ", str(text)), quote=False)


def wrapped(text: object, width: int, lines: int = 2) -> str:
    """Data broken into at most `lines` lines of `width` characters, escaped."""
    parts = textwrap.wrap(_CONTROL.sub(" ", str(text)), width) or [""]
    if len(parts) > lines:
        parts = [
            *parts[: lines - 1],
            textwrap.shorten(" ".join(parts[lines - 1 :]), width, placeholder=" …"),
        ]
    return "<br>".join(escaped(p, quote=False) for p in parts)


def intervals(figure: go.Figure, rows: pd.DataFrame, hues: Sequence[str]) -> None:
    """A stroke a row (0, 1, .. from the top) from its `low` to its `high`, none where it has none;
    behind it a grey field where chance alone would put it, of rows that have `chance_low`.

    All at once: added one by one, each makes plotly look at all before it.
    """
    strokes = [
        {
            "type": "line",
            "x0": low,
            "x1": high,
            "y0": i,
            "y1": i,
            "line": {"color": hue, "width": 2},
        }
        for i, (low, high, hue) in enumerate(zip(rows["low"], rows["high"], hues, strict=True))
        if low == low
    ]
    figure.update_layout(shapes=[*chance_fields(rows), *strokes])


def chance_fields(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """A grey field a row (0, 1, .. from the top) from `chance_low` to `chance_high`: where it would
    lie if the models answered alike. None where that is not known."""
    if "chance_low" not in rows:
        return []
    return [
        {
            "type": "rect",
            "x0": low,
            "x1": high,
            "y0": i - 0.42,
            "y1": i + 0.42,
            "line": {"width": 0},
            "fillcolor": GRID,
            "layer": "below",
        }
        for i, (low, high) in enumerate(zip(rows["chance_low"], rows["chance_high"], strict=True))
        if low == low
    ]


def deepening(hue: str) -> list[list[object]]:
    """A colour scale of shares: from next to clear at 0 to deep at 1."""
    return [[s, faded(hue, round(0.03 + 0.57 * s, 2))] for s in (0, 0.25, 0.5, 1)]


def filling(hue: str) -> list[list[object]]:
    """A colour scale of counts: from next to clear at none to deep at the most."""
    return [[0, faded(hue, 0.05)], [1, faded(hue, 0.6)]]


def cell_targets(
    x: Sequence[int],
    y: Sequence[int],
    shares: pd.Series,
    counts: pd.Series,
    carried: pd.DataFrame,
    hover: Sequence[str],
    size: int,
) -> go.Scatter:
    """Points over the cells of a heatmap, with the share and its n, the hover and the click.

    The numbers stand here and not on the heatmap, so that they take the page's own text colour.
    """
    return go.Scatter(
        x=x,
        y=y,
        mode="markers+text",
        marker={"size": size, "symbol": "square", "color": CLEAR},
        customdata=carried,
        text=[
            f"<b>{share:.0%}</b><br><span style='font-size:10px'>{n:,}</span>"
            for share, n in zip(shares, counts, strict=True)
        ],
        textfont={"size": 12},
        hovertext=hover,
        hovertemplate="%{hovertext}<extra></extra>",
    )


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


def patterned(hue: str, pattern: str) -> dict[str, object]:
    """The marker of a bar that is told from others by its pattern, too."""
    return {
        "color": hue,
        "line": {"width": 1, "color": RULE},
        "pattern": {
            "shape": pattern,
            "size": 6,
            "solidity": 0.12,
            "fillmode": "overlay",
            "fgcolor": "rgba(20,24,28,0.55)",
        },
    }


def stacked(figure: go.Figure, height: int, legend_height: int) -> go.Figure:
    """Bars of shares that add up to 1, a row each, the legend below them (pixels)."""
    framed(
        figure,
        height,
        barmode="stack",
        showlegend=True,
        bargap=0.25,
        margin={"l": 8, "r": 8, "t": 8, "b": legend_height},
        legend={
            "orientation": "h",
            "x": 0,
            "y": 0,
            "yref": "container",
            "yanchor": "bottom",
            "traceorder": "normal",
            "font": {"size": 11},
        },
    )
    figure.update_xaxes(range=[0, 1], tickformat=".0%", nticks=6)
    figure.update_yaxes(autorange="reversed", showgrid=False, type="category")
    return figure
