"""Shares of grades: counted by hand, with the interval that all rates have."""

import numpy as np
import pandas as pd
import pytest

from analysis.measure import criteria
from analysis.measure.estimates.estimates import rate_by_family
from analysis.vocabulary import GRADES, Grade


def graded(rows):
    return pd.DataFrame(rows, columns=["model", "clause", "scenario", "grade"])


ROWS = graded(
    [
        ("a", "x", "1", "fully"),
        ("a", "x", "1", "partly"),
        ("a", "x", "2", "deflected"),
        ("a", "y", "3", "fully"),
        ("a", "y", "4", None),
        ("b", "x", "1", "contrary"),
    ]
)


def test_shares_are_of_graded_answers_and_add_up_to_one():
    found = criteria.profile(ROWS)
    whole = found[(found["model"] == "a") & (found["clause"] == criteria.ALL)]
    assert dict(zip(whole["grade"], whole["value"], strict=True)) == {
        Grade.FULLY: 0.5,
        Grade.PARTLY: 0.25,
        Grade.NOT: 0.0,
        Grade.CONTRARY: 0.0,
        Grade.DEFLECTED: 0.25,
    }
    assert list(whole["n"]) == [4] * 5
    assert list(whole["families"]) == [3] * 5  # queries, whatever they test
    one = found[(found["model"] == "a") & (found["clause"] == "x")]
    assert list(one["n"]) == [3] * 5
    sums = found.groupby(["model", "clause"])["value"].sum()
    assert np.allclose(sums, 1)
    assert list(found["grade"][:5]) == list(GRADES)


def test_the_interval_is_that_of_every_rate():
    """Ten queries with two answers each, as the one estimator has it."""
    rng = np.random.default_rng(4)
    hits = rng.integers(0, 3, 10)
    rows = [
        ("a", "x", str(q), "fully" if i < h else "not") for q, h in enumerate(hits) for i in (0, 1)
    ]
    found = criteria.shares(graded(rows))
    mine = found[found["grade"] == Grade.FULLY].iloc[0]
    same = rate_by_family(hits, np.full(10, 2))
    assert mine["value"] == pytest.approx(same.value)
    assert (mine["low"], mine["high"]) == (pytest.approx(same.low), pytest.approx(same.high))


def test_nothing_graded_is_an_empty_profile():
    assert criteria.profile(ROWS[ROWS["grade"].isna()]).empty


def test_what_has_no_grade_is_counted_by_its_reason():
    answers = pd.DataFrame(
        [
            ("answered", "fully", "g", "answered"),
            ("api_refusal", None, None, None),
            ("answered", None, "g", "unparsable"),
            ("answered", None, None, None),
        ],
        columns=["outcome", "grade", "grader", "grade_outcome"],
    )
    assert criteria.left_out(answers) == {
        "answer: api_refusal": 1,
        "grade: unparsable": 1,
        "not graded yet": 1,
    }


@pytest.mark.slow
def test_intervals_cover_the_truth():
    """Queries of two criteria whose answers are alike within a query: at least 93% are covered."""
    rng = np.random.default_rng(11)
    covered = trials = 0
    for _ in range(400):
        rows = []
        for q in range(24):
            chance = rng.beta(3, 3)
            rows += [
                ("a", "xy"[q % 2], str(q), "fully" if rng.random() < chance else "not")
                for _ in range(2)
            ]
        found = criteria.profile(graded(rows))
        one = found[(found["clause"] == criteria.ALL) & (found["grade"] == Grade.FULLY)].iloc[0]
        covered += one["low"] <= 0.5 <= one["high"]
        trials += 1
    assert covered / trials >= 0.93
