"""How often each model stands apart from nearly all others, by direction."""

import pandas as pd
import plotly.graph_objects as go

from analysis.measure.outliers import DIRECTIONS, OTHER, OVER_CONSERVATIVE, PERMISSIVE
from analysis.show import theme

# Hue and hatch: the directions can be told apart without colour.
_LOOKS = {
    PERMISSIVE: (theme.VERMILION, "/"),
    OVER_CONSERVATIVE: (theme.BLUE, "\\"),
    OTHER: (theme.QUIET, ""),
}


def bars(table: pd.DataFrame, published: dict[str, int] | None = None) -> go.Figure:
    """Stacked bars, one a model, most outliers on top.

    `table`: model, label, permissive, over-conservative, other, total (counts of responses).
    With `chance_low` and `chance_high` a grey field shows where the bar would end by chance.
    `published`: model -> count printed in the paper, drawn as open marks beside the bars.
    """
    rows = table.sort_values(["total", "label"], ascending=[True, False])
    labels = [theme.safe(label) for label in rows["label"]]
    figure = go.Figure()
    for direction in DIRECTIONS:
        hue, hatch = _LOOKS[direction]
        figure.add_trace(
            go.Bar(
                y=labels,
                x=rows[direction],
                name=direction,
                orientation="h",
                marker={"color": hue, "pattern": {"shape": hatch, "size": 5}, "line_width": 0},
                hovertemplate=f"%{{y}}: %{{x:,}} {direction}<extra></extra>",
            )
        )
    if published:
        figure.add_trace(_marks(rows, labels, published))
    theme.framed(figure, 90 + 26 * max(len(rows), 1), margin={"l": 8, "r": 8, "t": 8, "b": 64})
    figure.update_layout(
        barmode="stack",
        shapes=theme.chance_fields(rows),
        showlegend=True,
        legend={"orientation": "h", "x": 0, "y": 0, "yref": "container", "yanchor": "bottom"},
        xaxis_title="Outlier answers",
    )
    figure.update_xaxes(rangemode="tozero")
    figure.update_yaxes(showgrid=False, type="category")
    return figure


def _marks(rows: pd.DataFrame, labels: list[str], published: dict[str, int]) -> go.Scatter:
    return go.Scatter(
        y=labels,
        x=[published.get(str(m)) for m in rows["model"]],
        mode="markers",
        name="published",
        marker={"symbol": "line-ns-open", "size": 14, "color": theme.RULE},
        hovertemplate="%{y}: %{x:,} published<extra></extra>",
    )


def bars_alt(table: pd.DataFrame) -> str:
    """One sentence for a reader who can't see the bars: the total and who leads."""
    total = int(table["total"].sum())
    if not total:
        return "No answer is an outlier under this rule."
    first = table.sort_values("total", ascending=False).iloc[0]
    return (
        f"{total:,} outlier answers in all; {first['label']} has the most, {int(first['total']):,}."
    )
