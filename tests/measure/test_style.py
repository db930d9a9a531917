"""Style features: by hand, against a brute-force computation, and by property."""

import random
from statistics import mean

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.measure.style import (
    HEDGES,
    diversity,
    style,
    style_frame,
)
from analysis.vocabulary import DIVERSITY_WINDOW


def brute_force(words, window):
    runs = [words[i : i + window] for i in range(len(words) - window + 1)]
    return sum(len(set(run)) / window for run in runs) / len(runs)


def test_hedging_by_hand():
    """Ten words; "perhaps", "might" and "I think" hedge: 30 per 100 words."""
    found = style("Perhaps you are right, but I think it might rain.")
    assert (found.words, found.hedges, found.hedging) == (10, 3, pytest.approx(30.0))
    assert found.diversity is None


def test_curly_apostrophes_and_case_change_nothing():
    assert style("I’m not sure. MAYBE.") == style("i'm not sure. maybe.")
    assert style("I’m not sure. Maybe.").hedges == 2


def test_a_phrase_is_not_found_inside_other_words():
    assert style("It dependsable, they said: the mightiest maybes of all.").hedges == 0


def test_no_words_and_other_languages_have_no_hedging_rather_than_none_of_it():
    assert style("") == (0, None, None, None)
    assert style("1234 !") == (0, None, None, None)
    german = style("Das ist nicht so leicht, weil die Angaben fehlen und ich sie nicht habe.")
    assert german.hedging is None
    assert german.words == 14


def test_diversity_by_hand():
    assert diversity(["a", "b", "a", "c"], window=2) == pytest.approx(1.0)
    assert diversity(["a", "a", "b"], window=2) == pytest.approx((0.5 + 1.0) / 2)
    assert diversity(["a"] * 60) == pytest.approx(1 / DIVERSITY_WINDOW)
    assert diversity(["a"] * (DIVERSITY_WINDOW - 1)) is None


@given(st.lists(st.sampled_from("abcdefg"), min_size=3, max_size=60), st.integers(1, 12))
def test_diversity_agrees_with_brute_force(words, window):
    if len(words) < window:
        assert diversity(words, window) is None
    else:
        assert diversity(words, window) == pytest.approx(brute_force(words, window))


def test_diversity_stays_while_the_plain_ratio_falls_with_length():
    """The same writer at 100 and at 1,000 words, 30 times: why the moving average is used."""
    draw = random.Random(3)
    pool, weights = [f"w{i}" for i in range(400)], [1 / (i + 1) for i in range(400)]
    texts = [draw.choices(pool, weights, k=1_000) for _ in range(30)]
    plain = [mean(len(set(t[:n])) / n for t in texts) for n in (100, 1_000)]
    moving = [mean(diversity(t[:n]) for t in texts) for n in (100, 1_000)]
    assert plain[0] - plain[1] > 0.2
    assert abs(moving[0] - moving[1]) < 0.02


@given(st.text(max_size=400))
def test_any_text_gives_values_in_range(text):
    found = style(text)
    assert found.words >= 0
    assert found.hedging is None or 0 <= found.hedging <= 100
    assert found.diversity is None or 1 / DIVERSITY_WINDOW <= found.diversity <= 1


def test_a_missing_answer_is_missing_and_not_zero():
    frame = style_frame([None, "", "Maybe so."])
    assert frame["words"].tolist() == [pd.NA, 0, 2]
    assert frame["hedges"].tolist()[:2] == [pd.NA, pd.NA]
    assert frame["hedging"].iloc[2] == pytest.approx(50.0)
    assert frame["words"].dtype == "Int64"


def test_hedges_are_single_lower_case_words():
    assert all(word.isalpha() and word.islower() for word in HEDGES)
