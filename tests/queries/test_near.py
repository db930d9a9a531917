"""Near links of a study: made once, the same in every view of them, and a filter of scenarios."""

from pathlib import Path

import pandas as pd
import pytest
from make_rows import load, many, parquet

from analysis.errors import FaultlineError
from analysis.figures import catalog, inputs
from analysis.load.specs import load_spec
from analysis.measure.near.queries import finder
from analysis.queries import near
from analysis.queries.filters import ScenarioFilter
from analysis.queries.scenarios import count, page
from analysis.settings import Settings
from analysis.store import derived
from analysis.store.build.sources import Step
from analysis.store.library.specs import read_spec, spec_key
from analysis.store.study import OpenStudy, open_study

STORY = "Write a story, a poem, fiction with a dark villain, number {}."


@pytest.fixture
def study(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> OpenStudy:
    """Nine queries, four of them stories, read in batches of four."""
    monkeypatch.setattr(near, "BATCH", 4)
    rows = many(9)
    for i, row in enumerate(rows):
        row["query"] = STORY.format(i) if i % 2 else f"How do I mend bicycle {i}?"
    return open_study(settings, load(settings, parquet(tmp_path / "a.parquet", rows)).id)


def test_links_are_what_the_measure_says_whatever_the_batches(study: OpenStudy) -> None:
    spec, steps = read_spec(study.settings), list[Step]()
    assert not near.is_linked(study, spec)
    alone = {s: near.of_scenario(study, spec, s) for s in page(study, ScenarioFilter())["scenario"]}
    assert not near.is_linked(study, spec)  # a reader waits for no other query
    near.link(study, spec, steps.append)
    assert steps[-1].done == steps[-1].total == 9
    assert len(steps) == 3
    listed = page(study, ScenarioFilter(), limit=9)
    whole = finder(spec.clauses).nearest(
        list(listed["query"]), list(listed["value1"] + ". " + listed["value2"])
    )
    for i, scenario in enumerate(listed["scenario"]):
        mine = near.of_scenario(study, spec, scenario)
        pd.testing.assert_frame_equal(mine, alone[scenario])
        assert list(mine["clause"]) == list(whole.loc[whole["row"] == i, "clause"])
    assert sum(near.counts(study, spec).values()) == len(whole)
    assert near.coverage(study, spec) == whole["row"].nunique()


def test_links_are_made_once_and_a_cancelled_one_leaves_none(study: OpenStudy) -> None:
    spec = read_spec(study.settings)
    with pytest.raises(FaultlineError, match="cancelled"):
        near.link(study, spec, cancelled=lambda: True)
    assert not near.is_linked(study, spec)
    near.link(study, spec)
    (made,) = derived.found(study.settings, study.info, "near-")
    before = made.stat().st_mtime_ns
    near.link(study, spec)
    assert made.stat().st_mtime_ns == before


def test_a_clause_lists_its_queries_and_filters_the_same(study: OpenStudy) -> None:
    spec = read_spec(study.settings)
    found = near.of_clause(study, spec, "room_for_fiction")
    assert len(found) == 4 == near.counts(study, spec)["room_for_fiction"]
    assert found["likeness"].is_monotonic_decreasing
    assert not found["judged"].any()
    high = near.scenarios(study, spec, "room_for_fiction", high=True)
    assert high == list(found.loc[found["d"] >= 1.5, "scenario"])
    flt = ScenarioFilter(near=("room_for_fiction",))
    assert count(study, flt) == 4
    assert set(page(study, flt)["scenario"]) == set(found["scenario"])
    with pytest.raises(FaultlineError, match="no clause “nowhere”"):
        count(study, ScenarioFilter(near=("nowhere",)))


def test_a_figure_keeps_the_spec_that_its_filter_meant(study: OpenStudy, tmp_path: Path) -> None:
    spec = read_spec(study.settings)
    asked = catalog.bind(study, "scenarios.listed", filter={"near": ["room_for_fiction"]})
    held = asked.parameters["filter"]
    assert held["near_spec"] == spec_key(spec)
    other = tmp_path / "other.md"
    other.write_text("# Law\nAsk a lawyer.\n", encoding="utf-8")
    load_spec(other, "2", study.settings)
    assert count(study, inputs.scenario_filter(held)) == 4
    with pytest.raises(FaultlineError, match="no clause"):
        count(study, ScenarioFilter(near=("room_for_fiction",)))
    gone = held["near_spec"].rpartition("@")[0] + "@000000000000"
    with pytest.raises(FaultlineError, match="other clauses"):
        count(study, ScenarioFilter(near=("room_for_fiction",), near_spec=gone))


@pytest.mark.parametrize(
    "asked",
    [
        lambda study, spec: sum(near.counts(study, spec).values()),
        lambda study, spec: near.coverage(study, spec),
        lambda study, spec: len(near.of_clause(study, spec, "room_for_fiction")),
        lambda study, spec: count(study, ScenarioFilter(near=("room_for_fiction",))),
        lambda study, spec: len(page(study, ScenarioFilter(near=("room_for_fiction",)))),
    ],
)
def test_whatever_asks_first_finds_links_that_are_held_in_memory(study: OpenStudy, asked) -> None:
    """As pages open a study: what reading finds out is written nowhere."""
    reading = open_study(study.settings, study.info.id, keeps=False)
    spec = read_spec(study.settings)
    assert asked(reading, spec) > 0
    assert derived.found(study.settings, study.info, "near-") == []
