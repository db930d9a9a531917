"""The matrix of clauses that claim the same case: symmetric, bounded, inert."""

import numpy as np
import pandas as pd

from analysis.show import clauses

PAIRS = pd.DataFrame(
    [("a", "b", 5), ("a", "c", 2), ("c", "d", 1)], columns=["clause", "other", "answers"]
)
TITLES = {"a": "<b>Tasks</b>", "b": "Harm", "c": "Tone", "d": "Length"}


def test_clauses_stand_by_falling_number_and_pairs_both_ways_round() -> None:
    assert clauses.chosen(PAIRS) == ["a", "b", "c", "d"]
    figure = clauses.rivals(PAIRS, TITLES)
    z = np.array(figure.data[0].z, dtype=float)
    assert z[0, 1] == z[1, 0] == 5
    assert np.isnan(z[0, 0])
    assert [tuple(c) for c in figure.data[1].customdata].count(("c", "d")) == 2
    shown = [*figure.layout.yaxis.ticktext, *figure.data[1].hovertext]
    assert not any("<b>" in str(words) for words in shown)


def test_only_the_most_contended_are_drawn() -> None:
    figure = clauses.rivals(PAIRS, TITLES, most=2)
    assert np.array(figure.data[0].z, dtype=float).shape == (2, 2)
    assert len(figure.data[1].x) == 2


def test_it_is_told_in_words() -> None:
    assert "“<b>Tasks</b>” and “Harm”, on 5 answers" in clauses.rivals_alt(PAIRS, TITLES)
    assert "no pair" in clauses.rivals_alt(PAIRS.iloc[:0], TITLES)
