"""Value preferences as a heatmap: categories under their groups x providers or models."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from analysis.show import theme
from analysis.vocabulary import with_minus

TOWARDS, AWAY = theme.ACCENT, theme.BROWN
_STRONGEST, _FAINTEST, _FADED = 0.75, 0.06, 0.35
_ROW = 27


@dataclass(frozen=True)
class Scale:
    """How one measure is coloured and written: a fixed range, its middle, names of its ends."""

    title: str
    low: float
    middle: float
    high: float
    low_name: str
    high_name: str
    form: str  # of a number in a cell
    axis: str
    unit: str = "positions"
    tested: bool = False  # a value of its own is the middle that numbers are held against
    whole: bool = False  # an axis always shows all of it


SCALES: Mapping[str, Scale] = {
    "lean": Scale(
        "Lean",
        -1.5,
        0.0,
        1.5,
        "−1.5 or less<br>leans away",
        "+1.5 or more<br>leans towards",
        "{:+.2f}",
        "Lean in positions (0: like the others)",
        tested=True,
    ),
    "own": Scale(
        "Lean from own level",
        -1.5,
        0.0,
        1.5,
        "−1.5 or less<br>leans away",
        "+1.5 or more<br>leans towards",
        "{:+.2f}",
        "Lean in positions (0: as on all values)",
        tested=True,
    ),
    "raw": Scale(
        "Mean position",
        0.0,
        3.0,
        6.0,
        "0<br>extreme oppose",
        "6<br>extreme favor",
        "{:.2f}",
        "Mean position (0 oppose, 6 favor)",
        whole=True,
    ),
    "favor": Scale(
        "Favor rate",
        0.0,
        0.5,
        1.0,
        "0%<br>never favors",
        "100%<br>always favors",
        "{:.0%}",
        "Share of answers at position 4 or more",
        whole=True,
    ),
    "strength": Scale(
        "Strength",
        -3.0,
        0.0,
        3.0,
        "loses",
        "wins",
        "{:+.2f}",
        "Bradley-Terry strength (logits, 0: average)",
        "comparisons",
        tested=True,
    ),
    "distance": Scale(
        "Distance",
        0.0,
        0.0,
        6.0,
        "same",
        "opposite",
        "{:.2f}",
        "Mean distance in positions (0: always the same)",
    ),
}


def heatmap(
    cells: pd.DataFrame, rows: pd.DataFrame, columns: Mapping[str, str], measure: str
) -> go.Figure:
    """Categories under their groups x providers or models, each cell with its number.

    `cells`: key (category), name, value, low, high, n, families, q, differs, undefined; `rows`:
    category, grp, in screen order; `columns`: name -> label. A cell whose lean does not differ
    from 0 is pale and its number stands in brackets. Points carry (category, name) for clicks.
    """
    scale = SCALES[measure]
    places, labels = _places(rows)
    grid = cells[cells["key"].isin(places) & cells["name"].isin(columns) & cells["value"].notna()]
    figure = go.Figure()
    differs = grid["differs"].eq(True)
    for sure in (True, False):
        layer = _layer(grid[differs == sure], places, list(columns), scale, sure)
        # Plotly draws no colour bar beside a layer without cells.
        figure.add_trace(layer.update(showscale=sure == bool(differs.any())))
    figure.add_trace(_targets(grid, places, columns, scale, measure))
    height = 150 + _ROW * len(labels)
    theme.framed(figure, height, hoverdistance=-1, hovermode="closest", margin_r=56)
    names = [theme.wrapped(x, 18, 1) for x in columns.values()]
    figure.update_xaxes(
        side="top",
        tickvals=list(range(len(names))),
        ticktext=names,
        showgrid=False,
        range=[-0.5, len(names) - 0.5],
        tickangle=-40,
        ticklabeloverflow="allow",
        ticks="",
    )
    figure.update_yaxes(
        tickvals=list(range(len(labels))),
        ticktext=labels,
        showgrid=False,
        range=[len(labels) - 0.5, -0.5],
        ticks="",
    )
    return figure


def _places(rows: pd.DataFrame) -> tuple[dict[str, int], list[str]]:
    """Category -> row, and every row's label: a heading for each group, then its categories."""
    places: dict[str, int] = {}
    labels: list[str] = []
    for group, members in rows.fillna({"grp": "In no group"}).groupby("grp", sort=False):
        labels.append(f"<b>{theme.safe(group)}</b>")
        for category in members["category"]:
            places[str(category)] = len(labels)
            labels.append(theme.wrapped(category, 46, 1))
    return places, labels


def _layer(
    mine: pd.DataFrame, places: Mapping[str, int], names: Sequence[str], scale: Scale, sure: bool
) -> go.Heatmap:
    """The cells that differ, or those that do not, as one coloured layer with its numbers."""
    shape = (max(places.values(), default=0) + 1, len(names))
    z, text = np.full(shape, np.nan), np.full(shape, "", dtype=object)
    for key, name, value in zip(mine["key"], mine["name"], mine["value"], strict=True):
        at = places[key], names.index(name)
        number = with_minus(scale.form.format(value))
        z[at], text[at] = value, f"<b>{number}</b>" if sure else f"({number})"
    return go.Heatmap(
        z=z,
        text=text,
        texttemplate="%{text}",
        textfont={"size": 12},
        hoverinfo="skip",
        zmin=scale.low,
        zmax=scale.high,
        colorscale=_colors(1.0 if sure else _FADED),
        xgap=2,
        ygap=2,
        colorbar=_bar(scale),
    )


def _colors(strength: float) -> list[list[float | str]]:
    """Brown over nothing to teal: the page shines through, so it is right by day and by night."""

    def shade(hue: str, alpha: float) -> str:
        return theme.faded(hue, alpha * strength)

    return [
        [0.0, shade(AWAY, _STRONGEST)],
        [0.4999, shade(AWAY, _FAINTEST)],
        [0.5001, shade(TOWARDS, _FAINTEST)],
        [1.0, shade(TOWARDS, _STRONGEST)],
    ]


def _bar(scale: Scale) -> dict[str, object]:
    middle = f"{scale.middle:g}" if scale.high > 1 else f"{scale.middle:.0%}"
    return {
        "orientation": "h",
        "y": -0.01,
        "yanchor": "top",
        "x": 0.5,
        "len": 0.8,
        "thickness": 12,
        "tickvals": [scale.low, scale.middle, scale.high],
        "outlinewidth": 0,
        "ticktext": [scale.low_name, middle, scale.high_name],
    }


def _targets(
    grid: pd.DataFrame,
    places: Mapping[str, int],
    columns: Mapping[str, str],
    scale: Scale,
    measure: str,
) -> go.Scatter:
    """An unseen mark in every cell: what a pointer finds and a click chooses."""
    names = list(columns)
    words = [
        f"{theme.wrapped(columns[str(row['name'])], 50)}<br>{theme.wrapped(row['key'], 50)}<br>"
        + reading(row, scale, measure)
        for row in grid.to_dict("records")
    ]
    return go.Scatter(
        x=[names.index(n) for n in grid["name"]],
        y=[places[k] for k in grid["key"]],
        mode="markers",
        marker={"size": 18, "symbol": "square", "opacity": 0, "color": theme.QUIET},
        customdata=grid[["key", "name"]].to_numpy(dtype=object),
        text=words,
        hovertemplate="%{text}<extra></extra>",
    )


def reading(row: Mapping[Any, Any], scale: Scale, measure: str) -> str:
    """One cell in words: value, interval, n and, for a lean, its q."""

    def written(x: float) -> str:
        return with_minus(scale.form.format(x))

    number = f"{scale.title} {written(row['value'])}"
    if not np.isnan(row["low"]):
        number += f" (95%: {written(row['low'])} to {written(row['high'])})"
    n = f"{int(row['n']):,} {scale.unit}, {int(row['families']):,} families"
    if row["undefined"]:
        return f"{number}<br>{n}<br>no interval: {theme.safe(row['undefined'])}"
    return f"{number}<br>{n}" + (f"<br>q = {row['q']:.3g}" if SCALES[measure].tested else "")


def heatmap_alt(cells: pd.DataFrame, columns: Mapping[str, str], measure: str) -> str:
    """One sentence for a reader who can't see the heatmap: how many cells differ, the largest."""
    mine = cells[cells["name"].isin(columns)]
    sure = mine[mine["differs"].eq(True)]
    scale = SCALES[measure]
    title = f"{scale.title} by category of values, {len(columns)} columns"
    if sure.empty:
        return f"{title}: no lean differs from 0."
    top = sure.sort_values("value", key=lambda v: v.abs()).iloc[-1]
    return (
        f"{title}: {len(sure)} of {len(mine)} leans differ from 0; the largest is "
        f"{columns[top['name']]}, {top['key']}, {scale.form.format(top['value'])}."
    )
