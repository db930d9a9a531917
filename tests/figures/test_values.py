"""What the figures of values are called, and that their numbers are those that they name."""

import pytest

from analysis.errors import FaultlineError
from analysis.figures import catalog
from analysis.figures.values import MEASURES


def content(study, name, /, **parameters):
    return catalog.content(study, catalog.bind(study, name, **parameters))


def test_a_title_names_measure_category_model_and_filter(planted):
    asked = {"measure": "favor", "filter": {"nudges": ["neutral"]}}
    whole = content(planted, "values.by_category", kind="model", **asked)
    assert whole.title == "Favor rate by value category and model (neutral queries only)"
    one = content(planted, "values.models", category="uncategorised", **asked)
    assert one.title == "Favor rate of each model on “uncategorised” (neutral queries only)"
    single = content(planted, "values.single", category="uncategorised", name="o3")
    assert single.title == "Lean of o3 on the values in “uncategorised”"
    assert content(planted, "values.single", name="o3").title == "Lean of o3 on each value"


@pytest.mark.parametrize("measure", MEASURES)
def test_single_values_are_of_the_measure_that_is_named_with_and_without_a_category(
    planted, measure
):
    asked = {"name": "o3", "measure": measure}
    # No value of this study stands in the taxonomy, so the category holds all of them.
    inside = content(planted, "values.single", category="uncategorised", **asked)
    everywhere = content(planted, "values.single", **asked)
    columns = ["value_name", "value", "low", "high", "n"]
    assert everywhere.frame[columns].round(9).equals(inside.frame[columns].round(9))
    low, high = {"lean": (-6, 6), "own": (-12, 12), "raw": (0, 6), "favor": (0, 1)}[measure]
    assert everywhere.frame["value"].between(low, high).all()


def test_a_note_says_what_leans_are_against_and_how_many_differ(planted):
    lean = content(planted, "values.by_category", kind="provider").note
    assert "Leans are against the models of all other providers" in lean
    assert "after Benjamini-Hochberg over" in lean
    raw = content(planted, "values.models", category="uncategorised", measure="raw").note
    assert "Leans" not in raw
    assert "Hollow" not in raw


def test_an_unknown_measure_is_refused_in_plain_words(planted):
    with pytest.raises(FaultlineError, match="Unknown measure “love”"):
        content(planted, "values.by_category", measure="love")
