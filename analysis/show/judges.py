"""Judges: coefficients side by side, each pair, and two judges' decisions against each other."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from analysis.show import theme
from analysis.vocabulary import Decision

NAMES = {
    "raw_agreement": "Raw agreement",
    "gwet_ac1": "Gwet's AC1",
    "krippendorff_alpha": "Krippendorff's alpha",
    "fleiss_kappa": "Fleiss' kappa",
}
_CODINGS = {"binary": ("circle", theme.ACCENT), "three_way": ("diamond", theme.VERMILION)}


def coefficients(rows: pd.DataFrame) -> go.Figure:
    """Four coefficients in both codings with their intervals: coding, measure, value, low, high, n;
    an undefined one is left out."""
    known = rows.dropna(subset=["value"])
    order = [m for m in NAMES if m in set(known["measure"])]
    figure = go.Figure()
    for step, (coding, (mark, hue)) in enumerate(_CODINGS.items()):
        mine = known[known["coding"] == coding]
        places = [order.index(m) + 0.18 * (1 - 2 * step) for m in mine["measure"]]
        figure.add_trace(
            go.Scatter(
                x=mine["value"],
                y=places,
                mode="markers",
                name=coding.replace("_", "-"),
                marker={"symbol": mark, "size": 11, "color": hue},
                error_x={
                    "type": "data",
                    "symmetric": False,
                    "thickness": 2,
                    "width": 0,
                    "array": mine["high"] - mine["value"],
                    "arrayminus": mine["value"] - mine["low"],
                },
                hovertemplate="%{x:.3f}<extra></extra>",
            )
        )
    theme.framed(
        figure,
        320,
        showlegend=True,
        margin={"l": 8, "r": 8, "t": 8, "b": 72},
        legend={"orientation": "h", "x": 0, "y": 0, "yref": "container", "yanchor": "bottom"},
    )
    low = min(0.0, float(known["low"].min(skipna=True)) if len(known) else 0.0)
    figure.update_xaxes(
        range=[low, 1.0], title="0: as by chance (raw agreement: never)<br>1: always"
    )
    figure.update_yaxes(
        tickvals=list(range(len(order))),
        ticktext=[NAMES[m] for m in order],
        showgrid=False,
        range=[-0.6, max(len(order), 1) - 0.4],
    )
    return figure


def coefficients_alt(rows: pd.DataFrame) -> str:
    """One sentence: kappa and AC1 in the binary coding."""
    binary = rows[rows["coding"] == "binary"].set_index("measure")["value"]
    parts = [f"{NAMES[m]} {binary[m]:.2f}" for m in NAMES if m in binary and binary[m] == binary[m]]
    return f"Agreement of the judges, binary: {', '.join(parts) or 'undefined'}."


def matrix(pairs: pd.DataFrame, labels: Mapping[str, str]) -> go.Figure:
    """Judges x judges, each pair with Cohen's kappa and how often both say the same; the diagonal
    is empty. `pairs`: judge, other, measure (cohen_kappa, agreement), value. Points carry the
    pair, in the order of `labels`, for clicks."""
    names = list(labels)
    known = pairs.set_index(["judge", "other", "measure"])["value"]
    shown = {(a, b): _pair_words(known, a, b) for a, b, m in known.index if m == "cohen_kappa"}
    places = [(names.index(a), names.index(b), (a, b)) for a, b in shown]
    places += [(j, i, pair) for i, j, pair in places]
    z = np.full((len(names), len(names)), np.nan)
    for i, j, pair in places:
        z[i, j] = known[(*pair, "cohen_kappa")]
    figure = go.Figure(_cells(z, 1.0))
    figure.add_trace(
        _targets(
            [j for _, j, _ in places],
            [i for i, _, _ in places],
            [shown[pair] for _, _, pair in places],
            [pair for _, _, pair in places],
        )
    )
    theme.framed(figure, 120 + 72 * len(names))
    return _squares(figure, list(labels.values()), list(labels.values()))


def _pair_words(known: "pd.Series[float]", a: str, b: str) -> str:
    kappa, share = known[a, b, "cohen_kappa"], known[a, b, "agreement"]
    words = f"κ {kappa:.2f}" if kappa == kappa else "κ undefined"
    return f"{words}<br>{share:.0%} alike" if share == share else f"{words}<br>none in common"


def confusion(cells: pd.DataFrame, judge: str, other: str) -> go.Figure:
    """Decisions of one judge (rows) x of another (columns), each cell with its answers and share.

    `cells`: decision, other_decision, answers, share (0..1); the two labels name the axes. Points
    carry the two decisions for clicks; a frame marks the cells where both decide alike.
    """
    words = list(dict.fromkeys(cells["decision"]))
    z = np.full((len(words), len(words)), np.nan)
    for row in cells.to_dict("records"):
        z[words.index(row["decision"]), words.index(row["other_decision"])] = row["share"]
    figure = go.Figure(_cells(z, float(np.nanmax(z, initial=0.01))))
    shown = cells[cells["answers"] > 0]
    figure.add_trace(
        _targets(
            [words.index(w) for w in shown["other_decision"]],
            [words.index(w) for w in shown["decision"]],
            [
                f"<b>{n:,}</b><br>{share:.1%}"
                for n, share in zip(shown["answers"], shown["share"], strict=True)
            ],
            list(zip(shown["decision"], shown["other_decision"], strict=True)),
        )
    )
    for i in range(len(words)):
        figure.add_shape(
            type="rect",
            x0=i - 0.47,
            x1=i + 0.47,
            y0=i - 0.47,
            y1=i + 0.47,
            line={"color": theme.RULE, "width": 1.5},
        )
    # Room at the top, or an exported sheet would write its heading over the axis.
    theme.framed(figure, 190 + 62 * len(words), margin={"l": 8, "r": 8, "t": 48, "b": 8})
    _squares(figure, words, words)
    figure.update_xaxes(title=f"{theme.wrapped(other, 24, 1)} decides")
    figure.update_yaxes(title=f"{theme.wrapped(judge, 24, 1)} decides")
    return figure


def confusion_alt(cells: pd.DataFrame, judge: str, other: str) -> str:
    """One sentence: how often both decide alike, and how often oppositely."""
    total = int(cells["answers"].sum())
    same = int(cells.loc[cells["decision"] == cells["other_decision"], "answers"].sum())
    passed, failed = Decision.COMPLIANT, Decision.NON_COMPLIANT
    opposite = {(passed, failed), (failed, passed)}
    pairs = zip(cells["decision"], cells["other_decision"], strict=True)
    against = int(cells["answers"].to_numpy()[[p in opposite for p in pairs]].sum())
    return (
        f"Of {total:,} answers, {judge} and {other} decide alike on {same:,} and oppositely on "
        f"{against:,}."
    )


def _cells(z: np.ndarray, most: float) -> go.Heatmap:
    return go.Heatmap(
        z=z,
        zmin=0,
        zmax=most,
        xgap=3,
        ygap=3,
        showscale=False,
        hoverinfo="skip",
        colorscale=theme.filling(theme.ACCENT),
    )


def _targets(
    x: Sequence[int], y: Sequence[int], text: Sequence[str], carried: Sequence[tuple[str, str]]
) -> go.Scatter:
    """The words of each cell, in the page's own text colour, and what a click on it carries."""
    return go.Scatter(
        x=x,
        y=y,
        mode="markers+text",
        text=text,
        customdata=list(carried),
        hoverinfo="none",
        marker={"size": 46, "symbol": "square", "color": theme.CLEAR},
        textfont={"size": 13},
    )


def _squares(figure: go.Figure, rows: Sequence[str], columns: Sequence[str]) -> go.Figure:
    """Axes of a table: names on the top and on the left, reading order downwards."""
    figure.update_xaxes(
        tickvals=list(range(len(columns))),
        side="top",
        showgrid=False,
        ticks="",
        ticktext=[theme.wrapped(x, 11, 3) for x in columns],
        range=[-0.5, len(columns) - 0.5],
    )
    figure.update_yaxes(
        tickvals=list(range(len(rows))),
        showgrid=False,
        ticks="",
        ticktext=[theme.wrapped(x, 18, 2) for x in rows],
        range=[len(rows) - 0.5, -0.5],
    )
    return figure


def matrix_alt(pairs: pd.DataFrame, labels: Mapping[str, str]) -> str:
    """One sentence for a reader who can't see the cells: the pairs that agree most and least."""
    kappas = pairs[(pairs["measure"] == "cohen_kappa") & pairs["value"].notna()]
    known = sorted(zip(kappas["value"], kappas["judge"], kappas["other"], strict=True))
    if not known:
        return "Cohen's kappa of each pair of judges: nothing to show."
    ends = [f"{labels[a]} and {labels[b]} {v:.2f}" for v, a, b in (known[-1], known[0])]
    return f"Cohen's kappa pair by pair: {' down to '.join(dict.fromkeys(ends))}."
