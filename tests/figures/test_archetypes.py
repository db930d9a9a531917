"""Figures of archetypes and of the map: what they say is what was measured, and what is missing."""

import pytest
from make_rows import load, many, parquet

from analysis.errors import FaultlineError
from analysis.figures import catalog
from analysis.measure import archetypes as measure
from analysis.store.study import open_study


def computed(study, name, **parameters):
    return catalog.compute(study, catalog.bind(study, name, **parameters))


def test_every_figure_of_archetypes_clusters_the_models_alike(planted) -> None:
    tree = computed(planted, "archetypes.tree", kinds=2).set_index("model")
    plane = computed(planted, "archetypes.plane", kinds=2).set_index("model")
    assert set(tree["kind"]) == {1, 2}
    assert (tree["kind"] == plane["kind"]).all()
    assert tree["stability"].between(0, 1).all()
    assert (tree["joined"] >= 0).all()
    apart = computed(planted, "archetypes.kinds", kinds=2)
    for kind, rows in apart.groupby("kind"):
        assert 1 <= len(rows) <= measure.FEATURES_NAMED
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


def test_a_table_of_clusters_has_a_row_a_cluster_and_its_files_a_row_a_feature(planted) -> None:
    request = catalog.bind(planted, "archetypes.kinds", kinds=2)
    frame = catalog.compute(planted, request)
    shown = catalog.table_of(planted, request, frame).frame
    assert list(shown["Cluster"]) == ["1", "2"]
    assert len(frame) >= len(shown)
    assert shown["Compared with the other models"].str.contains(" against ").all()


def test_titles_name_a_number_of_clusters_that_was_chosen(planted) -> None:
    def title(name, **parameters):
        return catalog.content(planted, catalog.bind(planted, name, **parameters)).title

    assert title("archetypes.tree") == "Dendrogram of models"
    assert title("archetypes.tree", kinds=3) == "Dendrogram of models, 3 clusters"
    assert title("archetypes.kinds", kinds=2) == "What sets each cluster apart, 2 clusters"


def test_every_feature_has_a_heading_and_a_meaning(planted) -> None:
    request = catalog.bind(planted, "archetypes.features")
    frame = catalog.compute(planted, request)
    for column in catalog.columns_of(request.name, frame):
        assert column.heading
        assert column.help or column.name in ("model", "label")
