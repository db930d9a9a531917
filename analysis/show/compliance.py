"""Compliance: frequent non-compliance by bin of D, the paper's shares beside where they belong."""

import pandas as pd
import plotly.graph_objects as go

from analysis.show import theme

RULES = {"majority": "majority of judges", "any": "any judge", "all": "all judges"}
_LOOKS = {"majority": (theme.ACCENT, ""), "any": ("#D0763F", "/"), "all": ("#B5472B", "x")}


def bins(rates: pd.DataFrame) -> go.Figure:
    """Bars by bin of D and rule: rule, label, value, low, high, n, published. A published share
    (not NaN) is an empty bar to the right of the computed one."""
    figure = go.Figure()
    for rule in RULES:
        mine = rates[rates["rule"] == rule]
        figure.add_trace(_computed(rule, mine[mine["value"].notna()]))
        printed = mine[mine["published"].notna()]
        if len(printed):
            figure.add_trace(_printed(rule, printed))
    theme.framed(
        figure,
        380,
        barmode="group",
        showlegend=True,
        margin={"l": 8, "r": 8, "t": 8, "b": 96},
        legend={"orientation": "h", "x": 0, "y": 0, "yref": "container", "yanchor": "bottom"},
        bargap=0.25,
    )
    order = list(dict.fromkeys(rates["label"]))
    figure.update_xaxes(
        title="Disagreement D",
        type="category",
        showgrid=False,
        categoryorder="array",
        categoryarray=order,
        range=[-0.5, len(order) - 0.5],
    )
    figure.update_yaxes(
        tickformat=".0%", rangemode="tozero", title="Scenarios where every answer is flagged"
    )
    return figure


def _computed(rule: str, mine: pd.DataFrame) -> go.Bar:
    hue, pattern = _LOOKS[rule]
    shape = {"shape": pattern, "size": 6, "solidity": 0.15, "fillmode": "overlay"}
    return go.Bar(
        x=mine["label"],
        y=mine["value"],
        name=RULES[rule],
        marker={"color": hue, "pattern": shape, "line_width": 0},
        error_y={
            "type": "data",
            "symmetric": False,
            "thickness": 1.4,
            "width": 3,
            "color": theme.RULE,
            "array": mine["high"] - mine["value"],
            "arrayminus": mine["value"] - mine["low"],
        },
        customdata=mine[["n"]],
        hovertemplate="D in %{x}: %{y:.1%} of %{customdata[0]} scenarios<extra></extra>",
    )


def _printed(rule: str, mine: pd.DataFrame) -> go.Bar:
    hue, _ = _LOOKS[rule]
    return go.Bar(
        x=mine["label"],
        y=mine["published"],
        name=f"the paper, {RULES[rule]}",
        marker={"color": theme.CLEAR, "line": {"color": hue, "width": 1.6}},
        hovertemplate="D in %{x}: the paper prints %{y:.1%}<extra></extra>",
    )


def bins_alt(rates: pd.DataFrame) -> str:
    """One sentence: the outer bins under the majority rule."""
    mine = rates[(rates["rule"] == "majority") & rates["value"].notna()]
    if mine.empty:
        return "Frequent non-compliance by bin of D: nothing to show."
    ends = [_end(row) for _, row in mine.iloc[[0, -1]].iterrows()]
    return f"Frequent non-compliance (majority): {' and '.join(ends)}."


def _end(row: "pd.Series[float]") -> str:
    printed = row["published"]
    beside = f" (the paper: {printed:.1%})" if printed == printed else ""
    return f"{row['value']:.0%} at D {row['label']}{beside}"
