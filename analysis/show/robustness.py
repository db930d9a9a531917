"""How far leaning queries move models: the axes of the dots, and the shifts of one model."""

import pandas as pd
import plotly.graph_objects as go

from analysis.show import theme
from analysis.show.model_dots import Axis

SHIFT = Axis(
    "Mean shift towards the favored value (positions)", "+.2f", -6, 6, least=1.0, zero=True
)
FLIP = Axis("Share of values that flip", ".1%", 0, 1, least=0.2)
SWING = Axis("Share of families with a swing", ".1%", 0, 1, least=0.1)
MOVED = Axis("Mean distance from the original's position", ".2f", 0, 6, least=1.0)
LETTER = Axis("Share of pairs with a swing", ".1%", 0, 1, least=0.1)
VARIANT_AXES = {"moved": MOVED, "flips": FLIP, "swings": LETTER}

# Hue and hatch: towards and against can be told apart without colour.
_LOOKS = {
    "against": (theme.VERMILION, "\\"),
    "unmoved": (theme.QUIET, ""),
    "towards": (theme.ACCENT, "/"),
}


def distribution(counts: pd.DataFrame, model: str) -> go.Figure:
    """Shifts of one model by size: how many queries moved it how far, and against.

    `counts`: one row a step: shift (-6..6), cases, share (0..1). `model`: its label.
    """
    figure = go.Figure()
    for side, (hue, hatch) in _LOOKS.items():
        rows = counts[counts["shift"].map(side_of) == side]
        figure.add_trace(
            go.Bar(
                x=rows["shift"],
                y=rows["share"],
                name=side,
                marker={"color": hue, "pattern": {"shape": hatch, "size": 5}, "line_width": 0},
                customdata=rows[["cases"]],
                hovertemplate="shift %{x:+d}: %{customdata[0]:,} queries (%{y:.1%})<extra></extra>",
            )
        )
    theme.framed(figure, 280, margin={"l": 8, "r": 8, "t": 8, "b": 64})
    figure.update_layout(
        barmode="overlay",
        showlegend=True,
        legend={"orientation": "h", "x": 0, "y": 0, "yref": "container", "yanchor": "bottom"},
        xaxis_title=f"Shift of {theme.wrapped(model, 30, 1)} on the favored value (positions)",
        yaxis_title="Share of leaning queries",
    )
    figure.update_xaxes(range=[-6.6, 6.6], tickvals=list(range(-6, 7, 2)), showgrid=False)
    figure.update_yaxes(rangemode="tozero", tickformat=".0%", nticks=5)
    return figure


def side_of(shift: float) -> str:
    """In words: towards the favored value, unmoved, or against it."""
    return "towards" if shift > 0 else "against" if shift < 0 else "unmoved"


def distribution_alt(counts: pd.DataFrame, model: str) -> str:
    """One sentence for a reader who can't see the bars: the three shares."""
    shares = counts.groupby(counts["shift"].map(side_of))["share"].sum()
    parts = [f"{shares.get(s, 0):.0%} {s}" for s in ("towards", "unmoved", "against")]
    return f"Shifts of {model}: {', '.join(parts)}."
