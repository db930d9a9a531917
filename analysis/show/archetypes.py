"""Clusters of models: the tree they are joined by, and where they lie on two axes."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from analysis.registry import SYMBOLS
from analysis.show import theme
from analysis.vocabulary import with_minus

_HUES = (theme.ACCENT, theme.VERMILION, theme.BLUE, theme.PINK, "#B8860B")
_ROW = 28


def dendrogram(
    linkage: np.ndarray[Any, np.dtype[np.float64]],
    kinds: pd.Series,
    labels: Mapping[str, str],
    alike: tuple[float, float] = (float("nan"), float("nan")),
) -> go.Figure:
    """The tree of joins, one leaf a model, coloured by cluster; the axis is the joining distance.

    `linkage`: scipy's matrix; `kinds`: model -> number from 1, in the linkage's order; `alike`: the
    distances between which models that answer alike would join, a grey field.
    """
    from scipy.cluster.hierarchy import dendrogram as laid_out

    models = [str(m) for m in kinds.index]
    tree = laid_out(linkage, no_plot=True, labels=models)
    figure = go.Figure()
    for xs, ys in zip(tree["dcoord"], tree["icoord"], strict=True):
        figure.add_trace(
            go.Scatter(
                x=xs,
                y=ys,
                mode="lines",
                line={"color": theme.RULE, "width": 1.5},
                hoverinfo="skip",
                showlegend=False,
            )
        )
    places = {model: 5 + 10 * i for i, model in enumerate(tree["ivl"])}
    for kind in sorted(set(kinds)):
        mine = [m for m in tree["ivl"] if kinds[m] == kind]
        figure.add_trace(
            go.Scatter(
                x=[0] * len(mine),
                y=[places[m] for m in mine],
                mode="markers",
                cliponaxis=False,
                name=f"Cluster {kind}",
                marker={"size": 11, "color": hue(kind), "symbol": symbol(kind)},
                hovertext=[f"{theme.safe(labels[m])}: cluster {kind}" for m in mine],
                hovertemplate="%{hovertext}<extra></extra>",
            )
        )
    theme.framed(figure, 110 + _ROW * len(models), hovermode="closest")
    _legend(figure)
    if alike[0] == alike[0]:
        figure.add_vrect(*alike, fillcolor=theme.GRID, line_width=0, layer="below")
    figure.update_xaxes(title="Distance at which they join", rangemode="tozero")
    figure.update_yaxes(
        tickvals=list(places.values()),
        showgrid=False,
        ticks="",
        ticklabelstandoff=10,
        ticktext=[theme.wrapped(labels[m], 24, 1) for m in places],
    )
    return figure


def plane(
    points: pd.DataFrame, kinds: pd.Series, labels: Mapping[str, str], shares: tuple[float, float]
) -> go.Figure:
    """Models on the two main axes of their features; near means alike.

    `points`: model -> x, y; `shares`: of the variance, a share an axis.
    """
    figure = go.Figure()
    around = ("top center", "bottom center", "middle right", "middle left")
    by_x = points.sort_values("x").index  # neighbours on an axis get their names on other sides
    spots = {str(m): around[i % len(around)] for i, m in enumerate(by_x)}
    for kind in sorted(set(kinds)):
        mine = points[kinds == kind]
        figure.add_trace(
            go.Scatter(
                x=mine["x"],
                y=mine["y"],
                mode="markers+text",
                name=f"Cluster {kind}",
                marker={"size": 12, "color": hue(kind), "symbol": symbol(kind)},
                text=[theme.wrapped(labels[str(m)], 18, 1) for m in mine.index],
                textposition=[spots[str(m)] for m in mine.index],
                textfont={"size": 11},
                hovertemplate="%{text}<extra></extra>",
            )
        )
    theme.framed(figure, 110 + _ROW * len(points), hovermode="closest")
    _legend(figure)
    reach = 1.3 * np.abs(points[["x", "y"]]).max().clip(lower=1.0)
    across, up = float(reach["x"]), float(reach["y"])
    figure.update_xaxes(
        title=f"Component 1 ({shares[0]:.0%} of the variance)", range=[-across, across]
    )
    figure.update_yaxes(title=f"Component 2 ({shares[1]:.0%})", range=[-up, up])
    return figure


def _legend(figure: go.Figure) -> None:
    figure.update_layout(
        showlegend=True,
        margin={"l": 8, "r": 8, "t": 8, "b": 72},
        legend={"orientation": "h", "x": 0, "y": 0, "yref": "container", "yanchor": "bottom"},
    )


def hue(kind: int) -> str:
    return _HUES[(kind - 1) % len(_HUES)]


def symbol(kind: int) -> str:
    return SYMBOLS[(kind - 1) % len(SYMBOLS)]


def alt(kinds: pd.Series, labels: Mapping[str, str]) -> str:
    """One sentence for a reader who can't see the tree: who is in which cluster."""
    parts = [
        f"cluster {k}: {', '.join(labels[str(m)] for m in kinds.index[kinds == k])}"
        for k in sorted(set(kinds))
    ]
    return f"{len(parts)} clusters of models; {'; '.join(parts)}."


_WORDS = {
    "words": ("longer answers", "shorter answers", "{:.0f} words against {:.0f}"),
    "hedging": ("hedges more", "hedges less", "{:.1%} of words against {:.1%}"),
    "diversity": ("more varied words", "less varied words", "{:.2f} against {:.2f}"),
    "latency": ("slower", "faster", "{:.1f} s against {:.1f} s"),
    "flagged": ("flagged by judges more often", "flagged less often", "{:.0%} against {:.0%}"),
}


def in_words(feature: str, difference: float, inside: float, outside: float) -> str:
    """A distinguishing feature as a phrase: what is more or less, with the two means."""
    kind, _, what = feature.partition(":")
    if kind == "lean":
        way = "leans towards" if difference > 0 else "leans away from"
        means = (with_minus(f"{x:+.2f}") for x in (inside, outside))
        return f"{way} {what.lower()} ({' against '.join(means)})"
    if kind == "type":
        way = "more" if difference > 0 else "less"
        return f"{way} {what} ({inside:.0%} against {outside:.0%})"
    more, less, form = _WORDS[feature]
    return f"{more if difference > 0 else less} ({form.format(inside, outside)})"


def phrases(rows: pd.DataFrame) -> str:
    """The features that set one cluster apart, one after the other.

    `rows`: feature, difference, inside, outside.
    """
    columns = (rows[c] for c in ("feature", "difference", "inside", "outside"))
    return "; ".join(
        in_words(str(f), float(d), float(i), float(o)) for f, d, i, o in zip(*columns, strict=True)
    )


def name(feature: str) -> str:
    """A feature's name for a table's head."""
    kind, _, what = feature.partition(":")
    names = {
        "words": "Words",
        "hedging": "Hedging",
        "diversity": "Variety of words",
        "latency": "Latency, s",
        "flagged": "Flagged",
    }
    return {"lean": f"Lean: {what}", "type": what.capitalize()}.get(kind, names.get(feature, what))
