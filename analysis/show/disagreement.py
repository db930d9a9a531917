"""Disagreement D as pictures: its distribution over scenarios, and what each model adds to it."""

import pandas as pd
import plotly.graph_objects as go

from analysis.show import theme
from analysis.vocabulary import D_RANGE, D_RANGE_IN_WORDS, HIGH_D, d_text

_X = f"Disagreement D (standard deviation of positions, {D_RANGE_IN_WORDS})"


def histogram(counts: pd.DataFrame, floor: float | None = None) -> go.Figure:
    """Scenarios per bar of D, with the line from which disagreement counts as high, and that of the
    noise floor where it is known.

    `counts`: one row a bar: low, high (D, the bar is [low, high), the last one closed),
    scenarios (n). Bars at or above 1.5 are in the accent colour.
    """
    total = max(int(counts["scenarios"].sum()), 1)
    high = counts["low"] >= HIGH_D - 1e-9
    figure = go.Figure(
        go.Bar(
            x=(counts["low"] + counts["high"]) / 2,
            y=counts["scenarios"],
            width=(counts["high"] - counts["low"]) * 0.94,
            marker={"color": [theme.ACCENT if h else theme.QUIET for h in high], "line_width": 0},
            customdata=counts.assign(share=counts["scenarios"] / total)[["low", "high", "share"]],
            hovertemplate="D %{customdata[0]:.2f} to %{customdata[1]:.2f}<br>"
            "%{y:,} scenarios (%{customdata[2]:.1%})<extra></extra>",
        )
    )
    theme.framed(figure, 300, xaxis_title=_X, yaxis_title="Scenarios")
    figure.update_layout(margin_t=26)
    least, most = D_RANGE
    ticks = [half / 2 for half in range(round(2 * least), round(2 * most) + 1)]
    figure.update_xaxes(range=[least - 0.03, most + 0.03], tickvals=ticks, showgrid=False)
    figure.update_yaxes(rangemode="tozero", nticks=5)
    _threshold(figure)
    return figure if floor is None else _floor(figure, floor)


def _floor(figure: go.Figure, floor: float) -> go.Figure:
    """The line of the noise floor, with its name on the side that the threshold leaves free."""
    figure.add_vline(x=floor, line={"color": theme.RULE, "width": 1.5})
    left = floor < HIGH_D
    return figure.add_annotation(
        x=floor,
        y=1,
        yref="paper",
        text=f"noise floor {d_text(floor)}",
        showarrow=False,
        xanchor="right" if left else "left",
        yanchor="bottom" if left else "top",
        xshift=3 if left else 4,
        font={"size": 12},
    )


def _threshold(figure: go.Figure) -> go.Figure:
    figure.add_vline(x=HIGH_D, line={"color": theme.RULE, "width": 1.5, "dash": "dot"})
    figure.add_annotation(
        x=HIGH_D,
        y=1,
        yref="paper",
        text=f"high from {HIGH_D} →",
        showarrow=False,
        xanchor="left",
        yanchor="bottom",
        xshift=-1,
        font={"size": 12},
    )
    return figure


def histogram_alt(counts: pd.DataFrame, models: str, floor: float | None = None) -> str:
    """One sentence for a reader who can't see the histogram: its main number."""
    total = int(counts["scenarios"].sum())
    high = int(counts.loc[counts["low"] >= HIGH_D - 1e-9, "scenarios"].sum())
    share = f"{high / total:.0%}" if total else "none"
    return (
        f"Distribution of disagreement over {models}: {share} of {total:,} scenarios are high "
        f"({HIGH_D} or more)." + ("" if floor is None else f" Noise floor: D {d_text(floor)}.")
    )


def leave_one_out(frame: pd.DataFrame, whole: float) -> go.Figure:
    """D of one scenario with each model left out in turn, against D with all of them.

    `frame`: one row a left-out model: label, provider, d (null where fewer than two are left).
    """
    rows = frame.dropna(subset=["d"]).sort_values("d", ascending=False)
    hue, mark = theme.colors(frame["provider"]), theme.symbols(frame["provider"])
    figure = go.Figure()
    strokes = [
        {
            "type": "line",
            "x0": whole,
            "x1": d,
            "y0": theme.safe(label),
            "y1": theme.safe(label),
            "line": {"color": theme.GRID, "width": 3},
        }
        for label, d in zip(rows["label"], rows["d"], strict=True)
    ]
    figure.update_layout(shapes=strokes)
    figure.add_trace(
        go.Scatter(
            x=rows["d"],
            y=[theme.safe(x) for x in rows["label"]],
            mode="markers",
            marker={
                "size": 11,
                "color": [hue[p] for p in rows["provider"]],
                "symbol": [mark[p] for p in rows["provider"]],
            },
            customdata=[[d_text(d), d - whole] for d in rows["d"]],
            hovertemplate="without %{y}: D %{customdata[0]} (%{customdata[1]:+.2f})<extra></extra>",
        )
    )
    figure.add_vline(x=whole, line={"color": theme.RULE, "width": 1.5, "dash": "dot"})
    height = 70 + 24 * max(len(rows), 1)
    theme.framed(figure, height, xaxis_title="D without this model (dotted: with all)")
    figure.update_xaxes(range=_at_least(rows["d"], whole))
    figure.update_yaxes(autorange="reversed", showgrid=False, type="category")
    return figure


def _at_least(found: pd.Series, whole: float, span: float = 0.8) -> list[float]:
    """A range around all values that is never so narrow that a trifle looks like a gulf."""
    low, high = min([whole, *found]), max([whole, *found])
    pad = max(0.05 * (high - low), (span - (high - low)) / 2, 0.03)
    return [low - pad, high + pad]
