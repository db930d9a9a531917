"""Queries on a plane, coloured by what a reader asks for."""

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go

from analysis.registry import SYMBOLS, registry
from analysis.show import theme
from analysis.vocabulary import NO_TOPIC, d_text

COLOURS: Mapping[str, str] = {
    "d": "Disagreement D",
    "provider": "Provider leaning to value 1",
    "topic": "Topic",
    "nudge": "Nudge",
    "generator": "Generator",
    "category": "Category of value 1",
}
_MOST_COLOURS = len(SYMBOLS)
_HUES = (theme.ACCENT, *theme.OTHER_HUES)
BY_D = ((0, theme.QUIET), (0.5, theme.ACCENT), (1, "#C4451C"))
_REST = ("nobody", NO_TOPIC, "uncategorised", "other")


def scatter(points: pd.DataFrame, by: str) -> go.Figure:
    """One point a query. `points`: scenario, x, y, d, the column `by`, value1, value2, query, and
    cluster and terms, whose groups are named where their middle lies. Points carry the scenario.
    """
    figure = go.Figure()
    if by == "d":
        figure.add_trace(_by_d(points))
    else:
        for name, rows, place in _groups(points, by):
            figure.add_trace(_group(name, rows, place, by))
    for x, y, words in _names(points):
        figure.add_annotation(
            x=x,
            y=y,
            text=words,
            showarrow=False,
            font={"size": 12},
            bgcolor=theme.faded(theme.GREY, 0.28),
            borderpad=3,
        )
    theme.framed(
        figure,
        640,
        hovermode="closest",
        dragmode="lasso",
        showlegend=by != "d",
        legend={"itemsizing": "constant"},
    )
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    return figure


def _size(count: int) -> int:
    return 8 if count < 2_000 else 5 if count < 20_000 else 3


def _by_d(points: pd.DataFrame) -> go.Scattergl:
    return go.Scattergl(
        x=points["x"],
        y=points["y"],
        mode="markers",
        customdata=points[["scenario"]],
        marker={
            "size": _size(len(points)),
            "color": points["d"],
            "cmin": 0,
            "cmax": 3,
            "colorscale": [list(step) for step in BY_D],
            "colorbar": {"title": {"text": "D"}, "thickness": 10, "len": 0.5, "outlinewidth": 0},
        },
        text=_hover(points),
        hovertemplate="%{text}<extra></extra>",
    )


def _groups(points: pd.DataFrame, by: str) -> list[tuple[str, pd.DataFrame, int | None]]:
    """Groups by falling size, at most eight with a look of their own; the rest are quiet."""
    names = points[by].fillna("other").astype(str)
    large = [n for n in names.value_counts().index if n not in _REST][:_MOST_COLOURS]
    found: list[tuple[str, pd.DataFrame, int | None]] = []
    rest = points[~names.isin(large)]
    if len(rest):
        known = set(names[~names.isin(large)])
        found.append((known.pop() if len(known) == 1 else "other", rest, None))
    return found + [(n, points[names == n], i) for i, n in enumerate(large)]


def _group(name: str, rows: pd.DataFrame, place: int | None, by: str) -> go.Scattergl:
    label = registry().provider(name).label if by == "provider" and place is not None else name
    hue = theme.QUIET if place is None else _HUES[place % len(_HUES)]
    mark = "circle" if place is None else SYMBOLS[place % len(SYMBOLS)]
    return go.Scattergl(
        x=rows["x"],
        y=rows["y"],
        mode="markers",
        name=theme.wrapped(label, 30, 1),
        customdata=rows[["scenario"]],
        marker={
            "size": _size(len(rows)),
            "color": hue,
            "symbol": mark,
            "opacity": 0.45 if place is None else 0.85,
        },
        text=_hover(rows),
        hovertemplate="%{text}<extra></extra>",
    )


def _hover(rows: pd.DataFrame) -> list[str]:
    return [
        f"{theme.wrapped(q, 60, 2)}<br>{theme.wrapped(a, 30, 1)} ↔ {theme.wrapped(b, 30, 1)}"
        + ("" if d != d else f"<br>D {d_text(d)}")
        for q, a, b, d in zip(
            rows["query"], rows["value1"], rows["value2"], rows["d"].astype(float), strict=True
        )
    ]


def _names(points: pd.DataFrame) -> list[tuple[float, float, str]]:
    named = points[(points["cluster"] >= 0) & (points["terms"] != "")]
    return [
        (float(g["x"].median()), float(g["y"].median()), theme.safe(str(g["terms"].iloc[0])))
        for _, g in named.groupby("cluster")
    ]


def alt(points: pd.DataFrame, by: str) -> str:
    """One sentence for a reader who can't see the plane."""
    named = "; ".join(t for _, _, t in _names(points))
    groups = f" Groups of high disagreement: {named}." if named else ""
    return f"{len(points):,} queries on a plane, coloured by {COLOURS[by].lower()}.{groups}"
