"""A series of studies over time: numbers, differences and marks."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from make_rows import MODELS, load, many, parquet

from analysis.errors import FaultlineError
from analysis.figures import catalog
from analysis.figures.frames import trend
from analysis.parse.making import NOTE, Making, RunMaking
from analysis.settings import Settings
from analysis.store.study import OpenStudy, find_study, open_study

FIRST = RunMaking(
    run="01A", plan="p", title="weekly", spec="house 1", prompts={"score": "s1"},
    asked={"o3": "o3"}, served={"o3": {"o3-2025-01-01": 9}},
)  # fmt: skip
RUNS = {
    "first": FIRST,
    "second": replace(FIRST, run="01B"),
    "third": replace(
        FIRST, run="01C", spec="house 2", prompts={"score": "s2"},
        served={"o3": {"o3-2025-06-01": 9}},
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def series(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenStudy]:
    """Three studies of one plan, loaded out of order, on the third of which o3 holds other
    positions; and one of no run."""
    folder: Path = tmp_path_factory.mktemp("trend")
    settings = Settings(home=folder / "home")
    rows = many(45, models=MODELS, gaps=0)
    moved = [r | {f"o3_value{v}_position": 6 for v in (1, 2)} for r in rows]
    for name in ("third", "first", "second"):
        path = parquet(folder / f"{name}.parquet", moved if name == "third" else rows)
        table = pq.read_table(path)
        note = {**(table.schema.metadata or {}), NOTE.encode(): Making((RUNS[name],)).note()}
        pq.write_table(table.replace_schema_metadata(note), path)
        load(settings, path, study=name)
    load(settings, parquet(folder / "other.parquet", rows), study="other")
    opened = open_study(settings, "second")
    yield opened
    opened.close()


def test_studies_of_one_plan_stand_in_the_order_of_their_runs(series: OpenStudy) -> None:
    assert [k.partition("@")[0] for k in trend.same_plan(series)] == ["first", "second", "third"]


def test_a_study_of_no_run_stands_alone(series: OpenStudy) -> None:
    other = open_study(series.settings, "other")
    assert [k.partition("@")[0] for k in trend.same_plan(other)] == ["other"]
    other.close()


def test_each_point_is_compared_with_the_one_before(series: OpenStudy) -> None:
    content = catalog.content(series, catalog.bind(series, "compare.trend"))
    frame = content.frame
    assert frame["title"].tolist() == ["first", "second", "third"]
    assert frame["value"].iloc[0] == frame["value"].iloc[1]
    assert frame["difference"].iloc[1] == 0
    assert frame["difference"].iloc[2] == pytest.approx(frame["value"].diff().iloc[2])
    assert frame["differs"].tolist() == [False, False, True]
    assert "1 step differs" in content.alt


def test_marks_say_what_changed(series: OpenStudy) -> None:
    infos = {n: find_study(series.settings, n) for n in RUNS}
    assert trend.changes(infos["first"], infos["second"]) == []
    assert trend.changes(infos["second"], infos["third"]) == [
        "o3: o3-2025-01-01 → o3-2025-06-01",
        "spec: house 1 → house 2",
        "prompt: score",
    ]


def test_a_series_that_is_no_list_or_a_metric_that_is_none_is_said(series: OpenStudy) -> None:
    for wrong in ({"series": "first"}, {"metric": "luck"}):
        with pytest.raises(FaultlineError):
            catalog.compute(series, catalog.bind(series, "compare.trend", **wrong))
