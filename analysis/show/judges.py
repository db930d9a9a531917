"""Judges: coefficients side by side, who flags how much, and compliance by bin of D."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from analysis.show import theme

_NAMES = {
    "raw_agreement": "Raw agreement", "gwet_ac1": "Gwet's AC1",
    "krippendorff_alpha": "Krippendorff's alpha", "fleiss_kappa": "Fleiss' kappa",
}  # fmt: skip
_CODINGS = {"binary": ("circle", theme.ACCENT), "three_way": ("diamond", "#D55E00")}
_RULES = {"majority": ("#1B7F86", ""), "any": ("#DD8452", "/"), "all": ("#7A2D12", "x")}


def coefficients(rows: pd.DataFrame) -> go.Figure:
    """Four coefficients in both codings with their intervals: coding, measure, value, low, high, n;
    an undefined one is left out."""
    known = rows.dropna(subset=["value"])
    order = [m for m in _NAMES if m in set(known["measure"])]
    figure = go.Figure()
    for step, (coding, (mark, hue)) in enumerate(_CODINGS.items()):
        mine = known[known["coding"] == coding]
        places = [order.index(m) + 0.18 * (1 - 2 * step) for m in mine["measure"]]
        figure.add_trace(
            go.Scatter(
                x=mine["value"], y=places, mode="markers", name=coding.replace("_", "-"),
                marker={"symbol": mark, "size": 11, "color": hue},
                error_x={
                    "type": "data", "symmetric": False, "thickness": 2, "width": 0,
                    "array": mine["high"] - mine["value"],
                    "arrayminus": mine["value"] - mine["low"],
                },
                hovertemplate="%{x:.3f}<extra></extra>",
            )
        )  # fmt: skip
    theme.framed(
        figure, 300, showlegend=True, margin={"l": 8, "r": 8, "t": 8, "b": 72},
        legend={"orientation": "h", "x": 0, "y": 0, "yref": "container", "yanchor": "bottom"},
    )  # fmt: skip
    low = min(0.0, float(known["low"].min(skipna=True)) if len(known) else 0.0)
    figure.update_xaxes(range=[low, 1.0], title="0: as by chance (raw agreement: never), 1: always")
    figure.update_yaxes(
        tickvals=list(range(len(order))), ticktext=[_NAMES[m] for m in order], showgrid=False,
        range=[-0.6, max(len(order), 1) - 0.4],
    )  # fmt: skip
    return figure


def coefficients_alt(rows: pd.DataFrame) -> str:
    """One sentence: kappa and AC1 in the binary coding."""
    binary = rows[rows["coding"] == "binary"].set_index("measure")["value"]
    parts = [
        f"{_NAMES[m]} {binary[m]:.2f}" for m in _NAMES if m in binary and binary[m] == binary[m]
    ]
    return f"Agreement of the judges, binary: {', '.join(parts) or 'undefined'}."


def matrix(
    cells: Mapping[tuple[str, str], tuple[float, str]], labels: Mapping[str, str]
) -> go.Figure:
    """Judges x judges, each pair with Cohen's kappa and its words; the diagonal is empty."""
    names = list(labels)
    z = np.full((len(names), len(names)), np.nan)
    text = np.full(z.shape, "", dtype=object)
    for (a, b), (value, words) in cells.items():
        for i, j in ((names.index(a), names.index(b)), (names.index(b), names.index(a))):
            z[i, j], text[i, j] = value, words
    figure = go.Figure(
        go.Heatmap(
            z=z, zmin=0, zmax=1, xgap=3, ygap=3, showscale=False, hoverinfo="skip",
            colorscale=[[0, "rgba(27,127,134,0.05)"], [1, "rgba(27,127,134,0.6)"]],
        )
    )  # fmt: skip
    filled = [(i, j) for i in range(len(names)) for j in range(len(names)) if text[i, j]]
    figure.add_trace(
        go.Scatter(
            x=[j for _, j in filled], y=[i for i, _ in filled], mode="text",
            text=[text[i, j] for i, j in filled], hoverinfo="skip", textfont={"size": 13},
        )
    )  # fmt: skip
    theme.framed(figure, 120 + 72 * len(names))
    shown = [theme.wrapped(x, 18, 2) for x in labels.values()]
    figure.update_xaxes(
        tickvals=list(range(len(names))), ticktext=shown, side="top", showgrid=False
    )
    figure.update_yaxes(
        tickvals=list(range(len(names))), ticktext=shown, showgrid=False,
        range=[len(names) - 0.5, -0.5],
    )  # fmt: skip
    return figure


def matrix_alt(
    cells: Mapping[tuple[str, str], tuple[float, str]], labels: Mapping[str, str]
) -> str:
    """One sentence for a reader who can't see the cells: the pairs that agree most and least."""
    known = sorted((v, *pair) for pair, (v, _) in cells.items() if v == v)
    if not known:
        return "Cohen's kappa of each pair of judges: nothing to show."
    ends = [f"{labels[a]} and {labels[b]} {v:.2f}" for v, a, b in (known[-1], known[0])]
    return f"Cohen's kappa pair by pair: {' down to '.join(dict.fromkeys(ends))}."


def bins(rates: pd.DataFrame, published: Mapping[str, list[float]] | None = None) -> go.Figure:
    """Frequent non-compliance by bin of D and rule: rule, label, value, low, high, n."""
    figure = go.Figure()
    for rule, (hue, pattern) in _RULES.items():
        mine = rates[(rates["rule"] == rule) & rates["value"].notna()]
        figure.add_trace(
            go.Bar(
                x=mine["label"], y=mine["value"], name=f"{rule} judge" if rule == "any" else
                ("all judges" if rule == "all" else "majority of judges"),
                marker={"color": hue, "pattern": {"shape": pattern, "size": 6, "solidity": 0.15,
                        "fillmode": "overlay"}, "line_width": 0},
                error_y={
                    "type": "data", "symmetric": False, "thickness": 1.2, "width": 3,
                    "array": mine["high"] - mine["value"],
                    "arrayminus": mine["value"] - mine["low"],
                },
                customdata=mine[["n"]],
                hovertemplate="D in %{x}: %{y:.1%} of %{customdata[0]} scenarios<extra></extra>",
            )
        )  # fmt: skip
    for rule, shares in (published or {}).items():
        labels = list(dict.fromkeys(rates["label"]))
        figure.add_trace(
            go.Scatter(
                x=labels, y=shares, mode="markers", name=f"published, {rule}",
                marker={"symbol": "line-ew-open", "size": 22, "color": theme.RULE},
            )
        )  # fmt: skip
    theme.framed(
        figure, 380, barmode="group", showlegend=True, margin={"l": 8, "r": 8, "t": 8, "b": 88},
        legend={"orientation": "h", "x": 0, "y": 0, "yref": "container", "yanchor": "bottom"},
        bargap=0.25,
    )  # fmt: skip
    figure.update_xaxes(title="Disagreement D", type="category", showgrid=False)
    figure.update_yaxes(
        tickformat=".0%", rangemode="tozero", title="Scenarios where every answer is flagged"
    )
    return figure


def bins_alt(rates: pd.DataFrame) -> str:
    """One sentence: the outer bins under the majority rule."""
    mine = rates[(rates["rule"] == "majority") & rates["value"].notna()]
    if mine.empty:
        return "Frequent non-compliance by bin of D: nothing to show."
    ends = [f"{r['value']:.0%} at D {r['label']}" for r in mine.iloc[[0, -1]].to_dict("records")]
    return f"Frequent non-compliance (majority): {' and '.join(ends)}."
