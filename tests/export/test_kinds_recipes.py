"""Recipes of kinds and of the map: what they say is what was measured, and what is missing."""

import pytest
from make_rows import load, many, parquet

from analysis.errors import FaultlineError
from analysis.export import recipes
from analysis.measure import archetypes as measure
from analysis.store.study import open_study


def computed(study, name, **parameters):
    return recipes.compute(study, recipes.ask(study, name, **parameters))


def test_every_recipe_of_kinds_sorts_the_models_alike(planted) -> None:
    tree = computed(planted, "archetypes.tree", kinds=2).set_index("model")
    plane = computed(planted, "archetypes.plane", kinds=2).set_index("model")
    assert set(tree["kind"]) == {1, 2}
    assert (tree["kind"] == plane["kind"]).all()
    assert tree["stability"].between(0, 1).all()
    assert (tree["joined"] >= 0).all()
    apart = computed(planted, "archetypes.kinds", kinds=2)
    for kind, rows in apart.groupby("kind"):
        assert 1 <= len(rows) <= measure.TELLING
        assert set(rows["models"].iloc[0].split(", ")) == set(tree["label"][tree["kind"] == kind])
    features = computed(planted, "archetypes.features")
    assert set(apart["feature"]) <= set(features.columns)


def test_groups_are_those_of_the_points(planted) -> None:
    points = computed(planted, "map.points", by="nudge")
    groups = computed(planted, "map.groups").set_index("terms")
    named = points[points["terms"] != ""]
    assert groups["queries"].to_dict() == named["terms"].value_counts().to_dict()
    assert len(points) == planted.info.scenarios


def test_what_a_study_lacks_is_said(settings, tmp_path) -> None:
    load(settings, parquet(tmp_path / "rows.parquet", many(6, models=["o3", "grok_4"])))
    study = open_study(settings, "planted")
    try:
        with pytest.raises(FaultlineError, match="open the Map page"):
            computed(study, "map.groups")
        with pytest.raises(FaultlineError, match="at least 4"):
            computed(study, "archetypes.features")
    finally:
        study.close()
