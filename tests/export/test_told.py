"""Tables as people read them: few columns, names for ids, an interval behind its number."""

import pandas as pd
import pytest

from analysis.export.told import told


def clauses():
    return pd.DataFrame(
        {
            "clause": ["kind_words"], "title": ["Choose kind words"], "needs_work": [0.25545244],
            "kind": ["unclear wording"], "cited": [1262], "violated": [0.4599],
            "violated_low": [0.3227], "violated_high": [0.6036], "violated_undefined": [""],
            "kappa": [-0.2568], "kappa_low": [-0.41], "kappa_high": [0.0457],
            "interpretive": [132], "activation": [0],
        }
    )  # fmt: skip


def test_a_known_table_tells_its_point_in_words():
    found = told("clauses.listed", clauses())
    assert found.headings[:4] == ("Clause", "Needs work", "Kind", "Cited")
    (row,) = found.rows
    assert row[:5] == (
        "Choose kind words", "0.26", "unclear wording", "1,262", "46% (32% to 60%)",
    )  # fmt: skip
    assert row[5] == "−0.26 (−0.41 to 0.05)"
    assert found.left_out == 2


def test_an_unknown_table_keeps_all_but_what_is_empty_or_told_elsewhere():
    frame = pd.DataFrame(
        {"model": ["o3", "gpt_4o"], "value": [0.5, None], "low": [0.4, None], "high": [0.6, None],
         "undefined": ["", ""], "others_median": [3.0, 2.5]}
    )  # fmt: skip
    found = told("mine", frame)
    assert found.headings == ("Model", "Value", "Others median")
    assert [r[1] for r in found.rows] == ["0.50 (0.40 to 0.60)", "–"]
    assert [r[2] for r in found.rows] == ["3", "2.50"]
    assert found.right == (False, True, True)
    assert "gpt_4o" not in found.rows[1][0]


@pytest.mark.parametrize("frame", [pd.DataFrame(), clauses().head(0)])
def test_a_table_without_rows_is_told_without_rows(frame):
    assert told("clauses.listed", frame).rows == ()
