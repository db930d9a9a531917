"""Clauses: which two claim the same case, as a matrix."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from analysis.show import theme

MOST = 10


def chosen(pairs: pd.DataFrame, most: int = MOST) -> list[str]:
    """The clauses that contend on most answers, by falling number, at most so many."""
    both = [
        pairs[[c, "answers"]].set_axis(["clause", "answers"], axis=1) for c in ("clause", "other")
    ]
    sums = pd.concat(both).groupby("clause")["answers"].sum()
    order = sums.reset_index().sort_values(["answers", "clause"], ascending=[False, True])
    return [str(c) for c in order["clause"].head(most)]


def rivals(pairs: pd.DataFrame, titles: Mapping[str, str], most: int = MOST) -> go.Figure:
    """Clauses x clauses, each pair with the answers that both claim; numbers name the columns.

    `pairs`: clause, other, answers, each pair once. Points carry the pair for clicks.
    """
    names = chosen(pairs, most)
    shown = pairs[pairs["clause"].isin(names) & pairs["other"].isin(names)]
    rows = [
        (names.index(a), names.index(b), n, (a, b))
        for a, b, n in zip(shown["clause"], shown["other"], shown["answers"], strict=True)
    ]
    rows += [(j, i, n, pair) for i, j, n, pair in rows]
    z = np.full((len(names), len(names)), np.nan)
    for i, j, n, _ in rows:
        z[i, j] = n
    figure = go.Figure(
        go.Heatmap(
            z=z,
            zmin=0,
            zmax=float(shown["answers"].max()) if len(shown) else 1.0,
            xgap=3,
            ygap=3,
            showscale=False,
            hoverinfo="skip",
            colorscale=theme.filling(theme.DEEP),
        )
    )
    figure.add_trace(_targets(rows, names, titles))
    return _framed(figure, [titles.get(n, n) for n in names])


def _targets(
    rows: list[tuple[int, int, int, tuple[str, str]]], names: list[str], titles: Mapping[str, str]
) -> go.Scatter:
    hover = [
        f"{theme.wrapped(titles.get(names[i], names[i]), 40, 2)}<br>against "
        f"{theme.wrapped(titles.get(names[j], names[j]), 40, 2)}<br>{n:,} answers"
        for i, j, n, _ in rows
    ]
    return go.Scatter(
        x=[j for _, j, *_ in rows],
        y=[i for i, *_ in rows],
        mode="markers+text",
        text=[f"{n:,}" for _, _, n, _ in rows],
        customdata=[pair for *_, pair in rows],
        marker={"size": 30, "symbol": "square", "color": theme.CLEAR},
        textfont={"size": 13},
        hovertext=hover,
        hovertemplate="%{hovertext}<extra></extra>",
    )


def _framed(figure: go.Figure, titles: list[str]) -> go.Figure:
    count = len(titles)
    theme.framed(figure, 70 + 40 * count, hovermode="closest")
    places = list(range(count))
    figure.update_xaxes(
        tickvals=places,
        ticktext=[str(i + 1) for i in places],
        side="top",
        showgrid=False,
        ticks="",
        range=[-0.5, count - 0.5],
    )
    figure.update_yaxes(
        tickvals=places,
        showgrid=False,
        ticks="",
        range=[count - 0.5, -0.5],
        ticktext=[f"{theme.wrapped(t, 24, 2)}  {i + 1}" for i, t in enumerate(titles)],
    )
    return figure


def rivals_alt(pairs: pd.DataFrame, titles: Mapping[str, str]) -> str:
    """One sentence: the pair that claims most answers, and how many pairs there are."""
    if pairs.empty:
        return "Clauses that claim the same case: no pair."
    top = pairs.iloc[int(pairs["answers"].to_numpy().argmax())]
    one, other = (titles.get(str(top[c]), str(top[c])) for c in ("clause", "other"))
    return (
        f"{len(pairs):,} pairs of clauses claim the same case; most often “{one}” and “{other}”, "
        f"on {top['answers']:,} answers."
    )
