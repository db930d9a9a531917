"""One number a model with its interval, as dots from the largest to the smallest."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from analysis.registry import registry
from analysis.show import theme
from analysis.vocabulary import with_minus


@dataclass(frozen=True)
class Axis:
    """How a number is written and how far its axis goes.

    `form` is a Python format, `low` and `high` bound the axis; `least` is the narrowest reach, so
    that a trifle does not look like a gulf; `zero` draws a line at nought.
    """

    title: str
    form: str
    low: float
    high: float
    least: float
    zero: bool = False

    def words(self, value: float) -> str:
        return with_minus(format(value, self.form))


def dots(frame: pd.DataFrame, axis: Axis) -> go.Figure:
    """A row a model, largest value on top; hue and symbol are the provider's.

    `frame`: model, label, provider, value, low, high (NaN where there is no interval), n; models
    without a value are left out.
    """
    rows = ordered(frame)
    hue, mark = theme.colors(rows["provider"]), theme.symbols(rows["provider"])
    figure = go.Figure()
    theme.intervals(figure, rows, [hue[p] for p in rows["provider"]])
    figure.add_trace(
        go.Scatter(
            x=rows["value"],
            y=list(range(len(rows))),
            mode="markers",
            marker={
                "size": 11,
                "color": [hue[p] for p in rows["provider"]],
                "symbol": [mark[p] for p in rows["provider"]],
            },
            text=[_hover(r, axis) for r in rows.to_dict("records")],
            customdata=rows[["model"]],
            hovertemplate="%{text}<extra></extra>",
        )
    )
    theme.framed(figure, 84 + 26 * max(len(rows), 1), xaxis_title=axis.title)
    figure.update_xaxes(range=_range(rows, axis), tickformat=_ticks(axis), nticks=6)
    figure.update_yaxes(
        tickvals=list(range(len(rows))),
        ticktext=[theme.wrapped(x, 26, 1) for x in rows["label"]],
        range=[len(rows) - 0.5, -0.5],
        showgrid=False,
    )
    if axis.zero:
        figure.add_vline(x=0, line={"color": theme.RULE, "width": 1.5, "dash": "dot"})
    return figure


def ordered(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows with a value, the largest first."""
    there = frame.dropna(subset=["value"])
    return there.sort_values(["value", "label"], ascending=[False, True], ignore_index=True)


def _hover(row: dict[Any, Any], axis: Axis) -> str:
    head = f"{theme.wrapped(row['label'], 40)} ({_provider(row['provider'])})"
    span = "no interval"
    if not np.isnan(row["low"]):
        span = f"95%: {axis.words(row['low'])} to {axis.words(row['high'])}"
    return f"{head}<br>{axis.words(row['value'])}, {span}<br>n = {int(row['n']):,}"


def _provider(name: object) -> str:
    return theme.safe(registry().provider(str(name)).label)


def _range(rows: pd.DataFrame, axis: Axis) -> list[float]:
    numbers = rows[["value", "low", "high"]].to_numpy(float)
    top = max(axis.least, 1.08 * float(np.nanmax(numbers))) if len(rows) else axis.least
    bottom = min(0.0, 1.08 * float(np.nanmin(numbers))) if len(rows) else 0.0
    pad = 0.02 * (top - bottom)
    return [max(bottom - pad, axis.low - pad), min(top, axis.high + pad)]


def _ticks(axis: Axis) -> str:
    return ".0%" if axis.form.endswith("%") else ""


def dots_alt(frame: pd.DataFrame, axis: Axis, what: str) -> str:
    """One sentence for a reader who can't see the dots: both ends of the order."""
    rows = ordered(frame)
    if rows.empty:
        return f"{what}: nothing to show."
    ends = [
        f"{r['label']} ({axis.words(r['value'])})" for r in rows.iloc[[0, -1]].to_dict("records")
    ]
    return f"{what}: {' down to '.join(dict.fromkeys(ends))}."
