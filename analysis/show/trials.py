"""What a new wording changed: a dot with its interval for each metric of each group of cases."""

from typing import Any

import pandas as pd
import plotly.graph_objects as go

from analysis.show import theme
from analysis.vocabulary import with_minus


def differences(frame: pd.DataFrame) -> go.Figure:
    """A row a group and metric, in the frame's order; filled: it differs.

    `frame`: where (the group in words), what, difference, low, high (shares, NaN where unknown),
    verdict ("" where no difference is shown), n.
    """
    rows = frame.dropna(subset=["difference"]).reset_index(drop=True)
    points = rows.assign(**{c: 100 * rows[c] for c in ("difference", "low", "high")})
    figure = go.Figure()
    theme.intervals(figure, points, [theme.ACCENT] * len(points))
    figure.add_trace(
        go.Scatter(
            x=points["difference"],
            y=list(range(len(points))),
            mode="markers",
            marker={
                "size": 10,
                "color": theme.ACCENT,
                "symbol": ["circle" if v else "circle-open" for v in points["verdict"]],
                "line": {"width": 2, "color": theme.ACCENT},
            },
            text=[_hover(r) for r in points.to_dict("records")],
            hovertemplate="%{text}<extra></extra>",
        )
    )
    theme.framed(figure, 84 + 24 * max(len(points), 1), xaxis_title="Points, new − old")
    figure.update_yaxes(
        tickvals=list(range(len(points))),
        ticktext=[f"{theme.safe(r.where)}: {theme.safe(r.what)}" for r in points.itertuples()],
        range=[len(points) - 0.5, -0.5],
        showgrid=False,
    )
    figure.add_vline(x=0, line={"color": theme.RULE, "width": 1.5, "dash": "dot"})
    return figure


def _hover(row: dict[Any, Any]) -> str:
    span = "no interval"
    if row["low"] == row["low"]:
        span = f"95%: {_points(row['low'])} to {_points(row['high'])}"
    return (
        f"{theme.safe(row['where'])}: {theme.safe(row['what'])}<br>{_points(row['difference'])} "
        f"points, {span}<br>n = {int(row['n']):,}"
    )


def _points(value: float) -> str:
    return with_minus(f"{value:+.1f}")
