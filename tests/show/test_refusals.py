"""The refusal pictures: every cell with its number, few cases hatched, labels escaped."""

import pandas as pd

from analysis.measure.refusals import ROWS
from analysis.show import refusals
from analysis.vocabulary import RESPONSE_LABELS

ROWS_SHOWN = {"a": "<i>Model</i> A", "b": "Model B"}


def cells() -> pd.DataFrame:
    rows = [
        ("all", "a", 0.5, 0.4, 0.6, 100, 90, False),
        ("politics", "a", 0.2, 0.1, 0.5, 10, 9, True),
        ("all", "b", float("nan"), float("nan"), float("nan"), 0, 0, True),
    ]
    names = ["topic", "name", "value", "low", "high", "n", "families", "few"]
    return pd.DataFrame(rows, columns=names)


def test_each_known_cell_has_a_number_and_only_few_are_hatched() -> None:
    figure = refusals.heatmap(cells(), ROWS_SHOWN)
    heat, hatch, points = figure.data
    assert heat.z.shape == (2, len(ROWS))
    assert len(points.text) == 2
    assert "50%" in points.text[0]
    assert len([x for x in hatch.x if x is not None]) == 6  # three strokes in one cell
    assert "&lt;i&gt;" in points.hovertext[0]
    assert "few" in points.hovertext[1]
    assert "Model" in refusals.heatmap_alt(cells(), ROWS_SHOWN)


def test_types_stack_in_the_order_of_helpfulness() -> None:
    shares = pd.DataFrame([{"model": "a", "n": 10, **dict.fromkeys(RESPONSE_LABELS, 0.125)}])
    figure = refusals.types(shares, {"a": "A"})
    assert [t.name for t in figure.data] == list(RESPONSE_LABELS)
    looks = {(t.marker.color, t.marker.pattern.shape) for t in figure.data}
    assert len(looks) == len(RESPONSE_LABELS)
