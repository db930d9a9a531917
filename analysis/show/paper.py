"""Printed shares beside computed ones, a row a number."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from analysis.show import theme


def shares(frame: pd.DataFrame) -> go.Figure:
    """A row a share, in the paper's order: an open mark as printed, a dot with its interval here.

    `frame`: `measure.paper.compared` kept to percentages that could be computed.
    """
    rows = frame.reset_index(drop=True)
    at = list(range(len(rows)))
    figure = go.Figure()
    theme.intervals(figure, rows, [theme.ACCENT] * len(rows))
    figure.add_trace(_marks(rows, at, "computed", "this study", "circle"))
    figure.add_trace(_marks(rows, at, "published", "the paper", "diamond-open"))
    top = max(10.0, float(np.nanmax(rows[["high", "computed", "published"]], initial=0)))
    theme.framed(
        figure,
        110 + 24 * max(len(rows), 1),
        showlegend=True,
        legend={"orientation": "h", "x": 0, "y": 1.0, "yanchor": "bottom"},
        margin={"l": 8, "r": 8, "t": 34, "b": 8},
        xaxis_title="Per cent",
    )
    figure.update_xaxes(range=[-1, min(101.0, 1.05 * top)], nticks=6)
    figure.update_yaxes(
        tickvals=at,
        ticktext=[theme.wrapped(x, 46, 1) for x in rows["number"]],
        range=[len(rows) - 0.5, -0.5],
        showgrid=False,
    )
    return figure


def _marks(rows: pd.DataFrame, at: list[int], column: str, name: str, symbol: str) -> go.Scatter:
    hue = theme.ACCENT if column == "computed" else theme.RULE
    return go.Scatter(
        x=rows[column],
        y=at,
        mode="markers",
        name=name,
        marker={"size": 10, "symbol": symbol, "color": hue, "line": {"width": 2, "color": hue}},
        hovertemplate=f"%{{x:.1f}}%, {name}<extra></extra>",
    )


def shares_alt(frame: pd.DataFrame) -> str:
    """How many printed shares stand beside computed ones, and the widest difference."""
    if frame.empty:
        return "No printed share could be computed."
    row = frame.sort_values("difference", key=abs).iloc[-1]
    return (
        f"{len(frame)} printed shares beside computed ones; furthest apart: {row['number']}, "
        f"{row['published']:g}% printed and {row['computed']:.1f}% here."
    )
