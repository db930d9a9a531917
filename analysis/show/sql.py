"""A query's result as a figure: bars, a line or points, whatever its columns are."""

import pandas as pd
import plotly.graph_objects as go

from analysis.errors import FaultlineError
from analysis.registry import SYMBOLS
from analysis.show import theme

KINDS = ("Bars", "Line", "Points")
MOST_BARS = 200
MOST_COLOURS = 8
HATCHES = ("", "/", "\\", "x", "-", "|", "+", ".")  # beside the hue, for eyes that see few hues


def numeric(frame: pd.DataFrame) -> list[str]:
    """Columns that can be drawn upwards."""
    return [
        str(c)
        for c in frame.columns
        if pd.api.types.is_numeric_dtype(frame[c]) and not pd.api.types.is_bool_dtype(frame[c])
    ]


def drawn(frame: pd.DataFrame, kind: str, x: str, y: str, by: str | None = None) -> go.Figure:
    """One figure. Raises FaultlineError for more bars or colours than an eye can tell apart."""
    if kind == "Bars" and frame[x].nunique() > MOST_BARS:
        raise FaultlineError(
            f"{frame[x].nunique():,} bars are too many to read; at most {MOST_BARS}. Add a LIMIT, "
            "or choose points."
        )
    if by is not None and frame[by].nunique() > MOST_COLOURS:
        raise FaultlineError(
            f"“{by}” has {frame[by].nunique():,} values; at most {MOST_COLOURS} colours are drawn."
        )
    groups = [("", frame)] if by is None else list(frame.groupby(by, sort=False, dropna=False))
    drawing = go.Figure([_trace(kind, g[x], g[y], n, i) for i, (n, g) in enumerate(groups)])
    theme.framed(
        drawing,
        420,
        showlegend=by is not None,
        xaxis_title=theme.safe(x),
        yaxis_title=theme.safe(y),
        legend={"title": theme.safe(by)} if by else {},
    )
    return drawing


def _trace(kind: str, x: pd.Series, y: pd.Series, name: object, place: int) -> go.Bar | go.Scatter:
    look = {
        "x": list(x) if pd.api.types.is_numeric_dtype(x) else [theme.safe(v)[:60] for v in x],
        "y": y,
        "name": theme.safe(name)[:40],
    }
    hue = theme.ACCENT if place == 0 else theme.OTHER_HUES[(place - 1) % len(theme.OTHER_HUES)]
    if kind == "Bars":
        hatch = HATCHES[place % len(HATCHES)]
        return go.Bar(**look, marker={"color": hue, "pattern": {"shape": hatch, "size": 6}})
    return go.Scatter(
        **look,
        mode="lines+markers" if kind == "Line" else "markers",
        marker={"color": hue, "symbol": SYMBOLS[place % len(SYMBOLS)], "size": 8},
    )
