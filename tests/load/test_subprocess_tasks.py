"""Loads from the hub and of runs in the child: the same study, and gone soon after a cancel."""

import threading
from pathlib import Path

import pytest
from hub_records import Fault
from hub_repo import BIG, FILES, REPO, SMALL
from make_rows import many, parquet

from analysis.errors import FaultlineError
from analysis.load.hub import hub
from analysis.load.hub.splits import load_plan
from analysis.load.subprocess_load import (
    import_criteria_in_child,
    load_plan_in_child,
    load_taxonomy_in_child,
)
from analysis.parse.criteria import Criteria, Criterion, Test, dumps
from analysis.settings import Settings
from analysis.store.annotations import criteria
from analysis.store.build.build import BuildCancelledError
from analysis.store.library.specs import read_spec
from analysis.subprocesses import talk
from analysis.vocabulary import RUBRIC_GRADES


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


def test_a_file_of_criteria_is_read_there_too(settings, tmp_path):
    spec, path = read_spec(settings), tmp_path / "mine.json"
    one = Criterion(
        "plain_truth",
        "Tell the plain truth",
        {grade: f"It is {grade}." for grade in RUBRIC_GRADES},
        (Test("plain", "Is it so?", "Yes."), Test("edge", "Is it?")),
    )
    path.write_text(dumps(Criteria(spec.key, (one,))), encoding="utf-8")
    taken = import_criteria_in_child(path, spec, "ada", settings)
    assert (taken.read, taken.changed, taken.unknown) == (1, 1, ())
    kept = criteria.find(settings, spec.key, "plain_truth")
    assert (kept.tests, kept.author) == (one.tests, "ada")
    for text, sentence in (("[" * 90_000, "not valid JSON"), ('{"a": 1}', "“criteria” is missing")):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(FaultlineError, match=sentence):
            import_criteria_in_child(path, spec, "ada", settings)
