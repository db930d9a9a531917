"""Where each model stands on the two spectrums of one scenario: a dot a model and value."""

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from analysis.registry import registry
from analysis.show import theme
from analysis.vocabulary import HIGHEST_POSITION

_HOVER = "%{y}: position %{customdata[0]} of 6<br>%{customdata[1]}<extra></extra>"
_TICKS = ("0<br>oppose", "", "", "3<br>neutral", "", "", "6<br>favor")


def dots(
    positions: pd.DataFrame, values: tuple[str, str], rubric: pd.DataFrame | None = None
) -> go.Figure:
    """Rows of models, two panels (one a value), positions 0 (extreme oppose) to 6 (extreme favor).

    `positions`: one row a model: label, provider, value1_position, value2_position (0..6, null
    where missing). `rubric`: value_no (1, 2), position, strategy; its words show on hover.
    """
    rows = _ordered(positions)
    figure = make_subplots(
        rows=1,
        cols=2,
        shared_yaxes=True,
        horizontal_spacing=0.08,
        subplot_titles=[theme.wrapped(v, 20) for v in values],
    )
    for number in (1, 2):
        _panel(figure, rows, number, _words(rubric, number))
    theme.framed(figure, 144 + 25 * max(len(rows), 1), margin={"l": 8, "r": 8, "t": 56, "b": 66})
    figure.update_xaxes(
        range=[-0.5, HIGHEST_POSITION + 0.5],
        tickvals=list(range(HIGHEST_POSITION + 1)),
        ticktext=_TICKS,
        tickangle=0,
        showgrid=True,
    )
    figure.update_yaxes(
        type="category",
        categoryarray=[theme.safe(label) for label in rows["label"]],
        range=[len(rows) - 0.5, -0.5],
        showgrid=True,
    )
    figure.update_annotations(font_size=14)
    legend = {"orientation": "h", "x": 0, "y": 0, "yref": "container", "yanchor": "bottom"}
    figure.update_layout(
        showlegend=rows["provider"].nunique() > 1,
        legend={**legend, "itemclick": False, "itemdoubleclick": False},
    )
    return figure


def _ordered(positions: pd.DataFrame) -> pd.DataFrame:
    """Models of one provider together, in the order that the registry gives providers."""
    order = {p: i for i, p in enumerate(theme.ranked(positions["provider"]))}
    keyed = positions.assign(_provider=positions["provider"].map(order))
    return keyed.sort_values(["_provider", "label"], kind="stable").reset_index(drop=True)


def _words(rubric: pd.DataFrame | None, number: int) -> dict[int, str]:
    if rubric is None or rubric.empty:
        return {}
    mine = rubric[rubric["value_no"] == number]
    return {
        int(p): theme.wrapped(s, 60, 6)
        for p, s in zip(mine["position"], mine["strategy"], strict=True)
    }


def _panel(figure: go.Figure, rows: pd.DataFrame, number: int, words: dict[int, str]) -> None:
    """One trace a provider, so that the legend says whose symbol is whose."""
    hue, mark = theme.colors(rows["provider"]), theme.symbols(rows["provider"])
    for provider, own in rows.groupby("provider", sort=False):
        placed = own.dropna(subset=[f"value{number}_position"])
        at = placed[f"value{number}_position"].astype(int)
        figure.add_trace(
            go.Scatter(
                x=at,
                y=[theme.safe(label) for label in placed["label"]],
                mode="markers",
                name=theme.safe(registry().provider(str(provider)).label),
                legendgroup=str(provider),
                showlegend=number == 1,
                marker={"size": 13, "color": hue[str(provider)], "symbol": mark[str(provider)]},
                customdata=[(p, words.get(p, "")) for p in at],
                hovertemplate=_HOVER,
            ),
            row=1,
            col=number,
        )


def dots_alt(positions: pd.DataFrame, values: tuple[str, str]) -> str:
    """One sentence for a reader who can't see the dots: how far apart the models stand."""
    parts = []
    for number, value in enumerate(values, start=1):
        at = positions[f"value{number}_position"].dropna()
        if len(at):
            parts.append(f"{value}: {int(at.min())} to {int(at.max())} ({len(at)} models)")
    return "Positions on " + "; ".join(parts) + "." if parts else "No positions for this scenario."
