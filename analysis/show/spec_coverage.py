"""A spec as a picture: a row a section, a cell a clause, shaded by how far it is tested."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from analysis.measure.clauses import FEW_CASES, OK, UNTESTED
from analysis.show import theme

WIDE = 12
"""Cells in a row; a longer section goes on in the next."""
SHADES = {
    UNTESTED: theme.faded(theme.DEEP, 0.55),
    FEW_CASES: "rgba(200,150,45,0.30)",
    OK: theme.faded(theme.ACCENT, 0.28),
    "": theme.faded(theme.GREY, 0.16),
}
"""A state's colour, "" for a heading; the number in the cell says the same."""


def picture(frame: pd.DataFrame) -> go.Figure:
    """Sections x their clauses in reading order. `frame`: clause, title, section, rule, state,
    queries, families, judgements, labels, near. Points carry the clause for clicks."""
    places, names = placed(frame)
    rows = places[-1][0] + 1
    kinds = list(SHADES)
    z = np.full((rows, WIDE), np.nan)
    for (y, x), kind in zip(places, _kinds(frame), strict=True):
        z[y, x] = kinds.index(kind)
    steps = [(i + end) / len(kinds) for i in range(len(kinds)) for end in (0, 1)]
    shades = [shade for shade in SHADES.values() for _ in (0, 1)]
    figure = go.Figure(
        go.Heatmap(
            z=z,
            zmin=-0.5,
            zmax=len(kinds) - 0.5,
            xgap=3,
            ygap=3,
            showscale=False,
            hoverinfo="skip",
            colorscale=list(zip(steps, shades, strict=True)),
        )
    )
    figure.add_trace(_targets(frame, places))
    theme.framed(figure, 24 + 34 * rows, hovermode="closest")
    figure.update_xaxes(visible=False, range=[-0.5, WIDE - 0.5])
    figure.update_yaxes(
        tickvals=list(names),
        ticktext=[theme.wrapped(name, 22, 2) for name in names.values()],
        showgrid=False,
        ticks="",
        range=[rows - 0.5, -0.5],
    )
    return figure


def placed(frame: pd.DataFrame) -> tuple[list[tuple[int, int]], dict[int, str]]:
    """(row, column) of each clause, and row -> title of the section that begins there."""
    titles = dict(zip(frame["clause"], frame["title"], strict=True))
    places: list[tuple[int, int]] = []
    names: dict[int, str] = {}
    before, row, column = None, -1, 0
    for section in frame["section"]:
        if section != before or column == WIDE:
            row, column = row + 1, 0
        if section != before:
            names[row] = str(titles.get(section, section))
        places.append((row, column))
        before, column = section, column + 1
    return places, names


def _kinds(frame: pd.DataFrame) -> list[str]:
    """The state of each clause; "" for a heading that no judge cites."""
    bare = ~frame["rule"].astype(bool) & (frame["state"] == UNTESTED)
    return [str(s) for s in frame["state"].mask(bare, "")]


def _targets(frame: pd.DataFrame, places: list[tuple[int, int]]) -> go.Scatter:
    kinds = _kinds(frame)
    hover = [
        f"{theme.wrapped(row['title'], 40, 2)}<br>{kind or 'heading'}: "
        f"{row['queries']:,} queries, {row['families']:,} families, {row['judgements']:,} "
        f"judgements<br>{row['labels']:,} labels by people; near to {row['near']:,} queries"
        for row, kind in zip(frame.to_dict("records"), kinds, strict=True)
    ]
    return go.Scatter(
        x=[x for _, x in places],
        y=[y for y, _ in places],
        mode="markers+text",
        text=[f"{n:,}" if kind else "" for n, kind in zip(frame["families"], kinds, strict=True)],
        customdata=[[c] for c in frame["clause"]],
        marker={"size": 26, "symbol": "square", "color": theme.CLEAR},
        textfont={"size": 12},
        hovertext=hover,
        hovertemplate="%{hovertext}<extra></extra>",
    )
