"""A behavioural profile: models x criteria as cells, and the grades of a model as a stacked bar."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from analysis.measure.criteria import ALL
from analysis.show import theme
from analysis.vocabulary import LEAST_FAMILIES, Grade, Probe

_ROW = 34
_LOOKS: Mapping[str, tuple[str, str]] = {
    Grade.FULLY: (theme.ACCENT, ""),
    Grade.PARTLY: (theme.PALE_TEAL, "-"),
    Grade.DEFLECTED: (theme.SAND, "/"),
    Grade.NOT: (theme.CLAY, "x"),
    Grade.CONTRARY: (theme.RUST, ""),
}
"""From satisfied to its contrary: hue and pattern, so that neighbours differ without colour too."""
_MARKS = {
    Probe.PLAIN.value: ("circle", theme.ACCENT),
    Probe.EDGE.value: ("square", theme.OCHRE),
    Probe.ADVERSARIAL.value: ("diamond", theme.RUST),
}


def heatmap(cells: pd.DataFrame, models: Mapping[str, str], what: str) -> go.Figure:
    """Criteria x models, each cell with the share of the grade, and n below it.

    `cells`: clause, title, model, value (0..1), low, high, n, families; `models`: id -> label, in
    screen order. Points carry (clause, model) for clicks.
    """
    known = cells[cells["model"].isin(list(models)) & cells["value"].notna()]
    there = [m for m in models if (known["model"] == m).any()]
    rows = _rows(known)
    z = np.full((len(rows), len(there)), np.nan)
    for row in known.to_dict("records"):
        z[list(rows).index(str(row["clause"])), there.index(str(row["model"]))] = row["value"]
    figure = go.Figure(
        go.Heatmap(
            z=z,
            zmin=0,
            zmax=1,
            colorscale=theme.deepening(theme.ACCENT),
            xgap=2,
            ygap=2,
            hoverinfo="skip",
            showscale=False,
        )
    )
    figure.add_trace(_targets(known, models, there, list(rows), what))
    theme.framed(figure, 110 + _ROW * max(len(rows), 1), hovermode="closest")
    figure.update_xaxes(
        side="top",
        tickvals=list(range(len(there))),
        ticktext=[theme.wrapped(models[m], 16, 1) for m in there],
        range=[-0.5, len(there) - 0.5],
        autotickangles=[0, -45],
        showgrid=False,
        ticks="",
        tickfont={"size": 11},
    )
    figure.update_yaxes(
        tickvals=list(range(len(rows))),
        ticktext=[theme.wrapped(title, 30, 1) for title in rows.values()],
        range=[len(rows) - 0.5, -0.5],
        showgrid=False,
        ticks="",
    )
    if ALL in rows and len(rows) > 1:
        figure.add_hline(y=0.5, line={"color": theme.RULE, "width": 1})
    return figure


def _rows(known: pd.DataFrame) -> dict[str, str]:
    """Clause -> title, all criteria first, then those that are satisfied least."""
    means = known.groupby("clause")["value"].mean().sort_values(kind="stable")
    titles = dict(zip(known["clause"], known["title"], strict=True))
    order = [c for c in means.index if c == ALL] + [c for c in means.index if c != ALL]
    return {str(c): "All criteria" if c == ALL else str(titles[c]) for c in order}


def _targets(
    known: pd.DataFrame, models: Mapping[str, str], there: list[str], rows: list[str], what: str
) -> go.Scatter:
    hover = [_cell_words(r, models, what) for r in known.to_dict("records")]
    return theme.cell_targets(
        [there.index(str(m)) for m in known["model"]],
        [rows.index(str(c)) for c in known["clause"]],
        known["value"],
        known["n"],
        known[["clause", "model"]],
        hover,
        size=28,
    )


def _cell_words(row: Mapping[Any, Any], models: Mapping[str, str], what: str) -> str:
    few = " (few)" * bool(row["families"] < LEAST_FAMILIES)
    return (
        f"{theme.safe(models[str(row['model'])])}<br>"
        f"{theme.wrapped(row['title'] or 'All criteria', 40)}<br>{row['value']:.1%} {what}<br>"
        f"95%: {row['low']:.1%} to {row['high']:.1%}<br>n = {row['n']:,} answers, "
        f"{row['families']:,} queries{few}"
    )


def heatmap_alt(cells: pd.DataFrame, models: Mapping[str, str], what: str) -> str:
    """One sentence: the highest and the lowest cell."""
    known = cells[cells["value"].notna() & (cells["clause"] != ALL)].sort_values("value")
    if known.empty:
        return "A profile by criteria: nothing to show."
    ends = [
        f"{models.get(str(r['model']), r['model'])} on “{r['title']}” {r['value']:.0%}"
        for r in known.iloc[[-1, 0]].to_dict("records")
    ]
    return f"Share of answers {what}, by model and criterion: from {' down to '.join(ends)}."


def grades(shares: pd.DataFrame, models: Mapping[str, str], words: Mapping[str, str]) -> go.Figure:
    """Stacked bars of the grades, a row a model. `shares`: model, grade, value, low, high, n.
    Points carry (model, grade) for clicks."""
    there = [m for m in models if (shares["model"] == m).any()]
    labels = [theme.wrapped(models[m], 24, 1) for m in there]
    figure = go.Figure()
    for grade, (hue, pattern) in _LOOKS.items():
        mine = shares[shares["grade"] == grade].set_index("model").reindex(there)
        figure.add_trace(
            go.Bar(
                y=labels,
                x=mine["value"],
                name=words[grade],
                orientation="h",
                marker=theme.patterned(hue, pattern),
                customdata=[[m, grade] for m in there],
                hovertext=[
                    f"{label}: {r['value']:.1%} {words[grade]}<br>95%: {r['low']:.1%} to "
                    f"{r['high']:.1%}<br>n = {int(r['n']):,}"
                    for label, r in zip(labels, mine.to_dict("records"), strict=True)
                ],
                hovertemplate="%{hovertext}<extra></extra>",
            )
        )
    return theme.stacked(figure, 110 + 30 * max(len(there), 1), legend_height=70)


def grades_alt(shares: pd.DataFrame, models: Mapping[str, str]) -> str:
    """One sentence: who satisfies the criteria most and least often."""
    known = shares[(shares["grade"] == Grade.FULLY) & shares["value"].notna()].sort_values("value")
    if known.empty:
        return "Grades by model: nothing to show."
    ends = [
        f"{models.get(str(r['model']), r['model'])} {r['value']:.0%}"
        for r in known.iloc[[-1, 0]].to_dict("records")
    ]
    return f"Grades by model; fully satisfied from {' down to '.join(dict.fromkeys(ends))}."


def kinds(
    shares: pd.DataFrame, models: Mapping[str, str], words: Mapping[str, str], what: str
) -> go.Figure:
    """A row a model, a dot with its interval a kind of query. `shares`: model, kind, value, low,
    high, n."""
    there = [m for m in models if (shares["model"] == m).any()]
    figure = go.Figure()
    for place, (kind, (symbol, hue)) in enumerate(_MARKS.items()):
        mine = shares[(shares["kind"] == kind) & shares["model"].isin(there)]
        mine = mine[mine["value"].notna()]
        figure.add_trace(
            go.Scatter(
                x=mine["value"],
                y=[there.index(m) + 0.22 * (place - 1) for m in mine["model"]],
                mode="markers",
                name=words[kind],
                marker={"size": 9, "symbol": symbol, "color": hue},
                error_x={
                    "type": "data",
                    "symmetric": False,
                    "array": mine["high"] - mine["value"],
                    "arrayminus": mine["value"] - mine["low"],
                    "color": hue,
                    "thickness": 1.5,
                    "width": 0,
                },
                hovertext=[
                    f"{theme.safe(models[str(r['model'])])}, {words[kind]}<br>{r['value']:.1%} "
                    f"{what}<br>95%: {r['low']:.1%} to {r['high']:.1%}<br>n = {r['n']:,}"
                    for r in mine.to_dict("records")
                ],
                hovertemplate="%{hovertext}<extra></extra>",
            )
        )
    theme.framed(
        figure,
        110 + 40 * max(len(there), 1),
        showlegend=True,
        margin={"l": 8, "r": 8, "t": 8, "b": 60},
        legend={
            "orientation": "h",
            "x": 0,
            "y": 0,
            "yref": "container",
            "yanchor": "bottom",
            "font": {"size": 11},
        },
    )
    figure.update_xaxes(range=[-0.02, 1.02], tickformat=".0%", nticks=6)
    figure.update_yaxes(
        tickvals=list(range(len(there))),
        ticktext=[theme.wrapped(models[m], 24, 1) for m in there],
        range=[len(there) - 0.5, -0.5],
        showgrid=False,
    )
    return figure


def kinds_alt(shares: pd.DataFrame, words: Mapping[str, str], what: str) -> str:
    """One sentence: the mean over models for each kind of query."""
    means = shares.groupby("kind")["value"].mean().dropna()
    told = [f"{words[str(kind)]} {share:.0%}" for kind, share in means.items()]
    return f"Share of answers {what}, mean of the models: {', '.join(told) or 'nothing to show'}."
