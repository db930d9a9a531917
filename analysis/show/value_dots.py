"""Means as dots with their intervals: the models in one category, the values inside it."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from analysis.show import theme
from analysis.show.values import SCALES, Scale, reading


def dots(frame: pd.DataFrame, measure: str, axis: str = "") -> go.Figure:
    """One row a label with its interval, in the order given; hollow where it does not differ.

    `frame`: label, value, low, high, n, families, q, differs, undefined, and provider where rows
    are models (its hue and symbol; without it the accent).
    """
    scale = SCALES[measure]
    rows = frame.dropna(subset=["value"]).reset_index(drop=True)
    look = _look(rows, scale.tested)
    figure = go.Figure()
    theme.intervals(figure, rows, look["color"])
    figure.add_trace(
        go.Scatter(
            x=rows["value"],
            y=list(range(len(rows))),
            mode="markers",
            marker={"size": 11, "line": {"width": 2, "color": look["color"]}, **look},
            text=[_words(r, scale, measure) for r in rows.to_dict("records")],
            hovertemplate="%{text}<extra></extra>",
        )
    )
    figure.add_vline(x=scale.middle, line={"color": theme.RULE, "width": 1.5, "dash": "dot"})
    theme.framed(figure, 84 + 25 * max(len(rows), 1), xaxis_title=axis or scale.axis)
    figure.update_xaxes(
        tickformat=".0%" if measure == "favor" else "", range=_span(rows, scale), nticks=7
    )
    figure.update_yaxes(
        tickvals=list(range(len(rows))),
        ticktext=[theme.wrapped(x, 34, 1) for x in rows["label"]],
        range=[len(rows) - 0.5, -0.5],
        showgrid=False,
    )
    return figure


def _look(rows: pd.DataFrame, tested: bool) -> dict[str, list[str]]:
    """Colour and symbol a row: the provider's, hollow where it is tested and does not differ."""
    hollow = [tested and not d for d in rows["differs"]]
    if "provider" not in rows:
        symbol = ["circle-open" if h else "circle" for h in hollow]
        return {"color": [theme.ACCENT] * len(rows), "symbol": symbol}
    hue, mark = theme.colors(rows["provider"]), theme.symbols(rows["provider"])
    return {
        "color": [hue[p] for p in rows["provider"]],
        "symbol": [mark[p] + "-open" * h for p, h in zip(rows["provider"], hollow, strict=True)],
    }


def _words(row: Mapping[Any, Any], scale: Scale, measure: str) -> str:
    return f"{theme.wrapped(row['label'], 60)}<br>{reading(row, scale, measure)}"


def _span(rows: pd.DataFrame, scale: Scale) -> list[float]:
    """The axis: around 0 as far as numbers reach (at least 1) where they are held against 0, from
    0 for distances, all of it for the others."""
    if rows.empty or scale.whole:
        return [scale.low, scale.high]
    far = float(np.nanmax(np.abs(rows[["low", "high", "value"]].to_numpy(float))))
    reach = min(max(far * 1.12, 1.0), 6.4)
    return [-reach if scale.tested else 0.0, reach]


def dots_alt(frame: pd.DataFrame, what: str) -> str:
    """One sentence for a reader who can't see the dots: the ends of the order."""
    rows = frame.dropna(subset=["value"]).sort_values("value")
    if rows.empty:
        return f"{what}: nothing to show."
    ends = [f"{r['label']} ({r['value']:.2f})" for r in rows.iloc[[0, -1]].to_dict("records")]
    return f"{what}: from {ends[0]} to {ends[1]}."
