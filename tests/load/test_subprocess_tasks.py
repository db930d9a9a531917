"""Loads from the hub and of runs in the child: the same study, and gone soon after a cancel."""

import threading
from pathlib import Path

import pytest
from hub_records import Fault
from hub_repo import BIG, FILES, REPO, SMALL
from make_rows import many, parquet

from analysis.load.hub import hub
from analysis.load.hub.splits import load_plan
from analysis.load.subprocess_load import load_plan_in_child, load_taxonomy_in_child
from analysis.settings import Settings
from analysis.store.build.build import BuildCancelledError
from analysis.subprocesses import talk


@pytest.fixture
def plan(hub_server, settings: Settings, tmp_path: Path) -> hub.HubPlan:
    rows = parquet(tmp_path / "rows.parquet", many(30, seed=4)).read_bytes()
    hub_server.publish(REPO, {**FILES, BIG: rows, SMALL: rows})
    offer = hub.catalogue(REPO, None, settings)
    config, splits = next(iter(offer.configs.items()))
    return hub.plan(REPO, {config: list(splits)[:1]}, None, settings)


def test_a_load_from_the_hub_gives_the_same_study(
    plan: hub.HubPlan, settings: Settings, tmp_path: Path
) -> None:
    steps: list[str] = []
    made = load_plan_in_child(
        plan, "planted", settings, copy_texts=True, report=lambda s: steps.append(s.what)
    )
    here = load_plan(plan, "here", settings, copy_texts=True)
    assert made.content_hash == here.content_hash
    assert made.sources[0]["repo"] == REPO
    assert any("downloading" in step for step in steps)


def test_a_hub_that_hangs_is_left_at_once_when_the_load_is_cancelled(
    plan: hub.HubPlan, hub_server, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub_server.plant(Fault("*.parquet", "hang"))
    stop, children = threading.Event(), []

    class Kept(talk.Child):
        def __init__(self, *asked) -> None:
            super().__init__(*asked)
            children.append(self)

    monkeypatch.setattr(talk, "Child", Kept)

    def heard(step) -> None:
        threading.Timer(1, stop.set).start()

    with pytest.raises(BuildCancelledError, match="was cancelled"):
        load_plan_in_child(plan, "planted", settings, report=heard, cancelled=stop.is_set)
    assert children[0].done.is_set()
    assert list(settings.studies.glob("*/*.duckdb")) == []


def test_a_taxonomy_is_read_in_the_child(tmp_path: Path, settings: Settings) -> None:
    path = tmp_path / "values.csv"
    path.write_text(
        "cluster_id,description,name,level,parent_cluster_id\n"
        "g,,Group,3,\nk,,Category,2,g\nc,,Cluster,1,k\nv,,candour,0,c\n"
    )
    assert load_taxonomy_in_child(path, settings) == (
        "taxonomy values: 1 values, 1 clusters, 1 categories, 1 groups"
    )
