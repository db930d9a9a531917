"""Bars of outliers: every direction is drawn, the most on top, published marks only when given."""

import pandas as pd

from analysis.show.outliers import bars, bars_alt

TABLE = pd.DataFrame(
    {
        "model": ["a", "b"],
        "label": ["Model <A>", "Model B"],
        "permissive": [1, 0],
        "over-conservative": [2, 1],
        "other": [4, 0],
        "total": [7, 1],
    }
)


def test_bars_stack_the_directions_and_escape_labels() -> None:
    figure = bars(TABLE)
    assert [t.name for t in figure.data] == ["permissive", "over-conservative", "other"]
    assert list(figure.data[0].y) == ["Model B", "Model &lt;A&gt;"]
    assert sum(sum(t.x) for t in figure.data) == 8
    assert "7" in bars_alt(TABLE)
    assert "8 outlier answers" in bars_alt(TABLE)


def test_published_counts_are_marks_of_their_own() -> None:
    figure = bars(TABLE, {"a": 10})
    assert figure.data[-1].name == "published"
    assert list(figure.data[-1].x) == [None, 10]


def test_nothing_found_is_said() -> None:
    empty = TABLE.assign(**dict.fromkeys(["permissive", "over-conservative", "other", "total"], 0))
    assert bars_alt(empty) == "No answer is an outlier under this rule."
