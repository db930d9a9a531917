"""A query's result as a figure: what can be drawn, what is too much, and no label is HTML."""

import pandas as pd
import pytest

from analysis.errors import FaultlineError
from analysis.show import sql

FRAME = pd.DataFrame({"who": ["a", "<b>b</b>", "a"], "n": [1, 2, 3], "ok": [True, False, True]})


def test_numbers_can_go_up_truths_and_words_can_not() -> None:
    assert sql.numeric(FRAME) == ["n"]


@pytest.mark.parametrize("kind", sql.KINDS)
def test_each_kind_draws_all_rows_and_escapes_words(kind: str) -> None:
    figure = sql.drawn(FRAME, kind, "who", "n")
    assert [list(t.y) for t in figure.data] == [[1, 2, 3]]
    assert list(figure.data[0].x) == ["a", "&lt;b&gt;b&lt;/b&gt;", "a"]


def test_colours_make_one_trace_a_group() -> None:
    figure = sql.drawn(FRAME, "Points", "ok", "n", by="who")
    assert [(t.name, list(t.y)) for t in figure.data] == [
        ("a", [1, 3]),
        ("&lt;b&gt;b&lt;/b&gt;", [2]),
    ]
    assert figure.data[0].marker.symbol != figure.data[1].marker.symbol


def test_more_than_an_eye_can_tell_apart_is_refused() -> None:
    many = pd.DataFrame({"who": [f"m{i}" for i in range(300)], "n": range(300)})
    with pytest.raises(FaultlineError, match="too many"):
        sql.drawn(many, "Bars", "who", "n")
    with pytest.raises(FaultlineError, match="colours"):
        sql.drawn(many, "Points", "n", "n", by="who")
