"""Sums by block add up to what the figures of the same numbers say."""

import pytest
from exported_study import home, parameters, planted

from analysis.figures import catalog
from analysis.measure.outliers import PAPER, OutlierRule
from analysis.queries import blocks, outliers

__all__ = ["home", "parameters", "planted"]


def totals(sums):
    return sums.groupby("model")[["y", "n"]].sum()


@pytest.mark.parametrize("name", ["shift", "flip"])
def test_shifts_and_flips_are_those_of_their_figures(planted, name):
    frame = catalog.compute(planted, catalog.bind(planted, f"robustness.{name}"))
    held = totals({"shift": blocks.shifts, "flip": blocks.flips}[name](planted))
    for row in frame[frame["n"] > 0].to_dict("records"):
        assert held.loc[row["model"], "n"] == row["n"]
        assert held.loc[row["model"], "y"] / row["n"] == pytest.approx(row["value"])


def test_refusals_are_those_of_their_figure(planted):
    frame = catalog.compute(planted, catalog.bind(planted, "refusals.by_model"))
    held = totals(blocks.refusing(planted))
    assert frame["chance_low"].notna().any()
    for row in frame[frame["n"] > 0].to_dict("records"):
        assert held.loc[row["model"], "n"] == row["n"]
        assert held.loc[row["model"], "y"] / row["n"] == pytest.approx(row["value"])


def test_distances_are_those_of_the_neighbours(planted):
    frame = catalog.compute(planted, catalog.bind(planted, "models.neighbours", model="o3"))
    held = totals(blocks.distances(planted, "o3"))
    for row in frame[frame["n"] > 0].to_dict("records"):
        assert held.loc[row["model"], "y"] / held.loc[row["model"], "n"] == pytest.approx(
            row["value"]
        )


@pytest.mark.parametrize("rule", [PAPER, OutlierRule(2, 3)])
def test_outliers_are_those_that_are_listed_of_those_tested(planted, rule):
    held = totals(blocks.outlying(planted, rule))
    listed = outliers.found(planted, rule)["model"].value_counts()
    assert held["n"].sum() == outliers.defined(planted)
    assert {m: int(y) for m, y in held["y"].items() if y} == listed.to_dict()
