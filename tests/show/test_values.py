"""Heatmap and dots of values: every number drawn, what is not sure marked twice, data inert."""

import math

import numpy as np
import pandas as pd
import pytest

from analysis.show import theme, value_dots, values

HOSTILE = "<b onload=x>&Care</b>"


def cell(key, name, value, differs=True, low=None, undefined=""):
    low = value - 0.2 if low is None else low
    return {
        "key": key,
        "kind": "provider",
        "name": name,
        "value": value,
        "low": low,
        "high": value + 0.2,
        "n": 40,
        "families": 20,
        "p": 0.01,
        "q": 0.02 if differs else 0.4,
        "differs": differs,
        "undefined": undefined,
    }


@pytest.fixture
def cells():
    return pd.DataFrame(
        [
            cell("Honest", "xai", 0.5),
            cell("Honest", "openai", -0.25, differs=False),
            cell("Careful", "xai", -1.9),
            cell(HOSTILE, "openai", 0.1, differs=False, low=math.nan, undefined="one family only"),
        ]
    )


@pytest.fixture
def rows():
    return pd.DataFrame({"category": ["Honest", "Careful", HOSTILE], "grp": ["Mind", "Work", None]})


COLUMNS = {"xai": "xAI", "openai": "OpenAI <i>"}


def layers(figure):
    return [t for t in figure.data if t.type == "heatmap"]


def test_every_number_is_in_a_cell_and_the_unsure_are_pale_and_in_brackets(cells, rows):
    figure = values.heatmap(cells, rows, COLUMNS, "lean")
    sure, unsure = layers(figure)
    there = {x for x in np.ravel(sure.text) if x}, {x for x in np.ravel(unsure.text) if x}
    assert there == ({"<b>+0.50</b>", "<b>−1.90</b>"}, {"(−0.25)", "(+0.10)"})
    assert np.isfinite(np.array(sure.z, float)).sum() == 2
    alpha = [float(t.colorscale[-1][1].rstrip(")").split(",")[-1]) for t in (sure, unsure)]
    assert alpha[1] < alpha[0] / 2


def test_the_range_is_pinned_and_named_at_both_ends(cells, rows):
    for measure, ends in (("lean", (-1.5, 1.5)), ("raw", (0, 6)), ("favor", (0, 1))):
        for frame in (cells, cells.assign(value=cells["value"] / 100)):
            for layer in layers(values.heatmap(frame, rows, COLUMNS, measure)):
                assert (layer.zmin, layer.zmax) == ends
                assert len(layer.colorbar.ticktext) == 3
    assert (
        "leans away" in layers(values.heatmap(cells, rows, COLUMNS, "lean"))[0].colorbar.ticktext[0]
    )


def test_some_layer_always_shows_the_scale(cells, rows):
    for frame in (cells, cells.assign(differs=False), cells.assign(differs=True)):
        shown = [t.showscale for t in layers(values.heatmap(frame, rows, COLUMNS, "lean"))]
        assert sum(shown) == 1


def test_rows_stand_under_their_groups_and_data_is_escaped(cells, rows):
    labels = values.heatmap(cells, rows, COLUMNS, "lean").layout.yaxis.ticktext
    assert list(labels[:4]) == ["<b>Mind</b>", "Honest", "<b>Work</b>", "Careful"]
    assert labels[4] == "<b>In no group</b>"
    assert theme.safe(HOSTILE) in labels[5]
    assert "<i>" not in values.heatmap(cells, rows, COLUMNS, "lean").layout.xaxis.ticktext[1]


def test_a_click_target_lies_in_every_cell_and_carries_what_was_clicked(cells, rows):
    figure = values.heatmap(cells, rows, COLUMNS, "lean")
    targets = figure.data[-1]
    sure = layers(figure)[0]
    at = {
        tuple(c): (x, y) for c, x, y in zip(targets.customdata, targets.x, targets.y, strict=True)
    }
    assert len(at) == len(cells)
    x, y = at["Careful", "xai"]
    assert sure.z[y][x] == pytest.approx(-1.9)
    words = targets.text[2]
    assert "Lean −1.90 (95%: −2.10 to −1.70)" in words
    assert "40 positions, 20 families" in words
    assert "q = 0.02" in words
    assert "no interval: one family only" in targets.text[3]


def test_the_heatmap_in_one_sentence(cells):
    said = values.heatmap_alt(cells, COLUMNS, "lean")
    assert "2 of 4 leans differ from 0" in said
    assert "xAI, Careful, -1.90" in said
    assert "no lean differs" in values.heatmap_alt(cells.assign(differs=False), COLUMNS, "lean")


def dotted(cells, **more):
    return cells.assign(label=cells["key"], **more)


def test_dots_stand_at_their_values_with_their_intervals(cells):
    figure = value_dots.dots(dotted(cells), "lean")
    trace = figure.data[0]
    assert list(trace.x) == list(cells["value"])
    spans = {(s.x0, s.x1) for s in figure.layout.shapes if s.type == "line" and s.y0 == s.y1}
    known = cells.dropna(subset=["low"])
    assert spans == set(zip(known["low"], known["high"], strict=True))
    low, high = figure.layout.xaxis.range
    assert low <= cells["low"].min()
    assert high >= cells["high"].max()
    assert theme.safe(HOSTILE) in figure.layout.yaxis.ticktext[3]


def test_hollow_is_what_does_not_differ_where_a_number_is_tested(cells):
    frame = dotted(cells, provider=cells["name"])
    marks = value_dots.dots(frame, "lean").data[0].marker.symbol
    assert [m.endswith("-open") for m in marks] == [not d for d in cells["differs"]]
    assert len({m.removesuffix("-open") for m in marks}) == 2
    raw = value_dots.dots(frame.assign(value=3.0, low=2.0, high=4.0), "raw")
    assert not any(m.endswith("-open") for m in raw.data[0].marker.symbol)
    assert list(raw.layout.xaxis.range) == [0, 6]


def test_dots_in_one_sentence_and_without_any(cells):
    assert value_dots.dots_alt(dotted(cells), "Leans") == (
        "Leans: from Careful (-1.90) to Honest (0.50)."
    )
    empty = dotted(cells.iloc[:0])
    assert value_dots.dots_alt(empty, "Leans") == "Leans: nothing to show."
    assert len(value_dots.dots(empty, "lean").data[0].x) == 0
