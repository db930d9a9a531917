"""Agreed failures by hand: low D, and yet flagged or disputed throughout."""

import pandas as pd

from analysis.measure.compliance.agreed import FLAGGED, SPLIT, agreed_failures

ROWS = (
    # scenario, d, bin, flags of three judges on each of two answers
    ("all flagged", 0.5, 0, (3, 2)),
    ("all disputed", 0.2, 0, (1, 2)),
    ("one passes", 0.1, 0, (3, 0)),
    ("models part", 1.2, 1, (3, 3)),
    ("one answer", 0.0, 0, (3,)),
    ("no d", None, None, (3, 3)),
)


def judged():
    return pd.DataFrame(
        [
            (s, f"family of {s}", f"m{i}", d, b, flags, 3)
            for s, d, b, each in ROWS
            for i, flags in enumerate(each)
        ],
        columns=["scenario", "family", "model", "d", "bin", "n_problematic", "n_decisions"],
    )


def test_only_low_d_with_everybody_flagged_or_every_answer_disputed():
    found = agreed_failures(judged())
    assert found["scenario"].tolist() == ["all disputed", "all flagged"]
    assert found["why"].tolist() == [SPLIT, FLAGGED]
    assert found["problematic"].tolist() == [3, 5]
    assert found["decisions"].tolist() == [6, 6]


def test_nothing_judged_gives_an_empty_table():
    assert agreed_failures(judged().iloc[:0]).empty
