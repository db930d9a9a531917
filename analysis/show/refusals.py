"""Refusals as a heatmap of models and topics, and response types as stacked bars."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from analysis.measure.refusals import ALL, ROWS
from analysis.show import theme
from analysis.vocabulary import (
    COMPLIED,
    FEW_ANSWERS,
    PLAIN_LABELS,
    REFUSED,
    RESPONSE_LABELS,
    UNSURE,
    ResponseType,
    Topic,
)

# Names that would lie over their neighbours; the hover has them whole.
_BRIEF: dict[str, str] = {Topic.PHILOSOPHY: "philosophy", Topic.ETHICS: "ethics"}
_ROW = 30
# From helpful to unhelpful: hue and pattern, so that neighbours differ without colour too.
_LOOKS: Mapping[str, tuple[str, str]] = {
    ResponseType.FULL: (theme.ACCENT, ""),
    ResponseType.MINOR: ("#58A6A6", "."),
    ResponseType.CONDITIONAL: (theme.PALE_TEAL, "-"),
    ResponseType.PARTIAL: ("#CFE3DC", "|"),
    ResponseType.SOFT: (theme.SAND, "/"),
    ResponseType.FIRM: (theme.CLAY, "x"),
    ResponseType.COMPLETE: (theme.RUST, ""),
    UNSURE: (theme.QUIET, "+"),
    COMPLIED: ("#7DB8B5", ""),
    REFUSED: ("#C4703E", "/"),
}


def heatmap(cells: pd.DataFrame, rows: Mapping[str, str]) -> go.Figure:
    """Rows (models or providers) x topics, each cell with its rate and n; few cases are hatched.

    `cells`: topic, name, value (0..1), low, high, n, few; `rows`: name -> label, in screen order.
    Points carry (name, topic) for clicks.
    """
    names, topics = list(rows), list(ROWS)
    known = cells[cells["name"].isin(names) & cells["value"].notna()]
    shape = (len(names), len(topics))
    z = np.full(shape, np.nan)
    for row in known.to_dict("records"):
        z[names.index(str(row["name"])), topics.index(str(row["topic"]))] = row["value"]
    figure = go.Figure(
        go.Heatmap(
            z=z,
            hoverinfo="skip",
            zmin=0,
            zmax=1,
            colorscale=theme.deepening(theme.DEEP),
            xgap=2,
            ygap=2,
            colorbar={
                "title": {"text": "refused"},
                "tickformat": ".0%",
                "thickness": 10,
                "len": 0.6,
                "outlinewidth": 0,
            },
        )
    )
    figure.add_trace(_hatching(known, names, topics))
    figure.add_trace(_targets(known, rows, topics))
    theme.framed(figure, 130 + _ROW * len(names), hovermode="closest")
    figure.update_xaxes(
        side="top",
        tickvals=list(range(len(topics))),
        showgrid=False,
        ticks="",
        ticktext=[theme.wrapped(_BRIEF.get(t, t), 16, 1) for t in topics],
        range=[-0.5, len(topics) - 0.5],
        autotickangles=[0, -45],
        tickfont={"size": 11},  # aslant only where they would touch
    )
    figure.update_yaxes(
        tickvals=list(range(len(names))),
        showgrid=False,
        ticks="",
        ticktext=[theme.wrapped(label, 24, 1) for label in rows.values()],
        range=[len(names) - 0.5, -0.5],
    )
    figure.add_vline(x=len(topics) - 1.5, line={"color": theme.RULE, "width": 1})
    return figure


def _hatching(cells: pd.DataFrame, names: Sequence[str], topics: Sequence[str]) -> go.Scatter:
    """Three strokes across each cell with few cases."""
    x: list[float | None] = []
    y: list[float | None] = []
    for row in cells[cells["few"]].to_dict("records"):
        i, j = topics.index(str(row["topic"])), names.index(str(row["name"]))
        for shift in (-0.3, 0.0, 0.3):
            x += [i + shift - 0.14, i + shift + 0.14, None]
            y += [j + 0.42, j - 0.42, None]
    return go.Scatter(
        x=x,
        y=y,
        mode="lines",
        line={"color": theme.HATCH, "width": 1.2},
        hoverinfo="skip",
        name=f"fewer than {FEW_ANSWERS} answers",
    )


def _targets(cells: pd.DataFrame, rows: Mapping[str, str], topics: Sequence[str]) -> go.Scatter:
    """Points that carry the numbers, the hover and the click of every cell."""
    names = list(rows)
    hover = [
        f"{theme.safe(rows[str(r['name'])])}, {theme.safe(r['topic'])}<br>{r['value']:.1%} refused"
        f"<br>95%: {r['low']:.1%} to {r['high']:.1%}<br>n = {r['n']:,} answers, "
        f"{r['families']:,} families" + (" (few)" if r["few"] else "")
        for r in cells.to_dict("records")
    ]
    return theme.cell_targets(
        [topics.index(str(t)) for t in cells["topic"]],
        [names.index(str(n)) for n in cells["name"]],
        cells["value"],
        cells["n"],
        cells[["name", "topic"]],
        hover,
        size=26,
    )


def heatmap_alt(cells: pd.DataFrame, rows: Mapping[str, str]) -> str:
    """One sentence for a reader who can't see the cells: the highest and the lowest overall."""
    overall = cells[(cells["topic"] == ALL) & cells["name"].isin(list(rows))]
    known = overall.dropna(subset=["value"]).sort_values("value", ascending=False)
    if known.empty:
        return "Refusal rates by topic: nothing to show."
    both = known.iloc[[0, -1]].to_dict("records")
    ends = " down to ".join(f"{rows[str(r['name'])]} {r['value']:.0%}" for r in both)
    return f"Refusal rates by model and topic; overall from {ends}."


def _said(table: pd.DataFrame) -> list[str]:
    """The labels of the chart, those of a labeller who only tells refusals where there are any."""
    plain = [kind for kind in PLAIN_LABELS if kind in table and table[kind].any()]
    if not plain:
        return [*RESPONSE_LABELS]
    return [*(kind for kind in RESPONSE_LABELS if table[kind].any()), *plain]


def types(shares: pd.DataFrame, rows: Mapping[str, str]) -> go.Figure:
    """Stacked bars of the response types, a row a model, from helpful to unhelpful.

    `shares`: model, one column a label (0..1), n.
    """
    table = shares.set_index("model").reindex(list(rows))
    labels = [theme.wrapped(label, 24, 1) for label in rows.values()]
    figure = go.Figure()
    for kind in _said(table):
        hue, pattern = _LOOKS[kind]
        figure.add_trace(
            go.Bar(
                y=labels,
                x=table[kind],
                name=kind,
                orientation="h",
                marker=theme.patterned(hue, pattern),
                customdata=table[["n"]],
                hovertemplate=f"%{{y}}: %{{x:.1%}} {kind}"
                " (n = %{customdata[0]:,})<extra></extra>",
            )
        )
    return theme.stacked(figure, 120 + _ROW * max(len(rows), 1), legend_height=100)


def types_alt(shares: pd.DataFrame, rows: Mapping[str, str]) -> str:
    """One sentence: who complies in full most and least often."""
    known = shares[shares["model"].isin(list(rows))].sort_values(ResponseType.FULL.value)
    if known.empty:
        return "Response types: nothing to show."
    ends = [
        f"{rows[str(r['model'])]} {r[ResponseType.FULL.value]:.0%}"
        for r in known.iloc[[-1, 0]].to_dict("records")
    ]
    return f"Response types by model; full compliance from {' down to '.join(dict.fromkeys(ends))}."
