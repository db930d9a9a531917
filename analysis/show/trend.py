"""A number over a series of studies: dots with intervals in their order, marks at what changed."""

from typing import Any

import pandas as pd
import plotly.graph_objects as go

from analysis.show import theme


def line(frame: pd.DataFrame, axis: str, percent: bool) -> go.Figure:
    """One row a study in order: title, value, low, high, n, changed (words, "" for nothing),
    differs (whether it differs from the study before). Filled: it differs."""
    rows = frame.reset_index(drop=True)
    place = list(range(len(rows)))
    figure = go.Figure()
    known = rows.dropna(subset=["low"])
    figure.add_trace(
        go.Scatter(
            x=list(known.index),
            y=known["value"],
            error_y={
                "type": "data",
                "symmetric": False,
                "array": known["high"] - known["value"],
                "arrayminus": known["value"] - known["low"],
                "color": theme.ACCENT,
                "thickness": 1.5,
                "width": 4,
            },
            mode="markers",
            marker={"size": 1, "color": theme.ACCENT},
            hoverinfo="skip",
        )
    )
    figure.add_trace(
        go.Scatter(
            x=place,
            y=rows["value"],
            mode="lines+markers",
            line={"color": theme.ACCENT, "width": 1, "dash": "dot"},
            marker={
                "size": 11,
                "color": theme.ACCENT,
                "symbol": ["circle" if d else "circle-open" for d in rows["differs"]],
                "line": {"width": 2, "color": theme.ACCENT},
            },
            text=[_words(r, percent) for r in rows.to_dict("records")],
            hovertemplate="%{text}<extra></extra>",
        )
    )
    _mark_changes(figure, rows["changed"])
    theme.framed(figure, 380, yaxis_title=axis)
    figure.update_layout(margin={"t": 64}, showlegend=False)
    figure.update_yaxes(tickformat=".0%" if percent else "")
    figure.update_xaxes(
        tickvals=place,
        ticktext=[theme.wrapped(t, 18, 2) for t in rows["title"]],
        range=[-0.6, len(rows) - 0.4],
        showgrid=False,
    )
    return figure


def _mark_changes(figure: go.Figure, changed: pd.Series) -> None:
    """A line before each study that was made otherwise, with what changed above it."""
    for i, words in enumerate(changed):
        if words:
            figure.add_vline(x=i - 0.5, line={"color": theme.RULE, "width": 1.5, "dash": "dash"})
            figure.add_annotation(
                x=i - 0.5,
                y=1,
                yref="paper",
                yanchor="bottom",
                showarrow=False,
                text=theme.wrapped(words, 28, 2),
                font={"size": 11},
            )


def _words(row: dict[Any, Any], percent: bool) -> str:
    form = "{:.1%}" if percent else "{:.2f}"
    value, low, high = (form.format(row[k]) for k in ("value", "low", "high"))
    changed = f"<br>{theme.wrapped(str(row['changed']), 60)}" if row["changed"] else ""
    return f"{theme.wrapped(str(row['title']), 60)}<br>{value} (95% {low} to {high}){changed}"
