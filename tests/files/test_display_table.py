"""Tables as people read them: few columns, names for ids, an interval behind its number."""

import pandas as pd
import pytest

from analysis.files.columns import Column, Format
from analysis.files.display_table import display_table


def clauses():
    return pd.DataFrame(
        {
            "clause": ["kind_words"],
            "title": ["Choose kind words"],
            "needs_work": [0.25545244],
            "cited": [1262],
            "violated": [0.4599],
            "violated_low": [0.3227],
            "violated_high": [0.6036],
            "violated_undefined": [""],
            "kappa": [-0.2568],
            "kappa_low": [-0.41],
            "kappa_high": [0.0457],
            "first": ["candour"],
            "second": ["kindness"],
        }
    )


DECLARED = (
    Column("title", "Clause"),
    Column("needs_work", "Needs work", format=Format.NUMBER),
    Column("cited", "Cited", format=Format.COUNT),
    Column("violated", "Violated", format=Format.SHARE, interval=("violated_low", "violated_high")),
    Column("violated_low", "95% from", format=Format.SHARE),
    Column("violated_high", "95% to", format=Format.SHARE),
    Column("kappa", "Kappa", interval=("kappa_low", "kappa_high")),
    Column("pair", "Values", made=lambda f: f["first"] + " ↔ " + f["second"]),
    Column("clause", "Anchor", shown=False),
)


def test_a_declared_table_shows_its_columns_in_words():
    found = display_table(clauses(), DECLARED)
    assert found.headings == ("Clause", "Needs work", "Cited", "Violated", "Kappa", "Values")
    assert found.rows == (
        (
            "Choose kind words",
            "0.26",
            "1,262",
            "46% (32% to 60%)",
            "−0.26 (−0.41 to 0.05)",
            "candour ↔ kindness",
        ),
    )
    assert found.right == (False, True, True, True, True, False)
    assert found.left_out == 4, "the anchor, the two values by themselves, and why it is undefined"


@pytest.mark.parametrize(
    ("value", "format", "words"),
    [
        (0.126, Format.SIGNED, "+0.13"),
        (-0.126, Format.SIGNED, "−0.13"),
        (1204, Format.COUNT, "1,204"),
        (0.126, Format.SHARE, "13%"),
        (3.0, Format.AUTO, "3"),
        (0.00123, Format.AUTO, "0.0012"),
        (True, Format.AUTO, "yes"),
        (["a", "b"], Format.AUTO, "a, b"),
        (None, Format.NUMBER, "–"),
        (pd.NA, Format.AUTO, "–"),
        (float("nan"), Format.SHARE, "–"),
        ("", Format.MODEL, "–"),
        ("anthropic", Format.PROVIDER, "Anthropic"),
    ],
)
def test_a_cell_is_written_as_its_format_says(value, format, words):
    frame = pd.DataFrame({"x": pd.Series([value], dtype=object)})
    found = display_table(frame, [Column("x", "X", format=format)])
    assert found.rows == ((words,),)


def test_an_undeclared_table_keeps_all_but_what_is_empty_or_told_elsewhere():
    frame = pd.DataFrame(
        {
            "model": ["o3", "gpt_4o"],
            "value": [0.5, None],
            "low": [0.4, None],
            "high": [0.6, None],
            "undefined": ["", ""],
            "others_median": [3.0, 2.5],
        }
    )
    found = display_table(frame)
    assert found.headings == ("Model", "Value", "Others median")
    assert [r[1] for r in found.rows] == ["0.50 (0.40 to 0.60)", "–"]
    assert [r[2] for r in found.rows] == ["3", "2.50"]
    assert found.right == (False, True, True)
    assert "gpt_4o" not in found.rows[1][0]


@pytest.mark.parametrize("frame", [pd.DataFrame(), clauses().head(0)])
@pytest.mark.parametrize("columns", [(), DECLARED])
def test_a_table_without_rows_is_shown_without_rows(frame, columns):
    if len(frame.columns) or not columns:
        assert display_table(frame, columns).rows == ()
