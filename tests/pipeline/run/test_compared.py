"""Two runs beside each other, as numbers and on the page."""

import pytest

from analysis.settings import Settings
from pipeline.plan.make import Wish, make_plan
from pipeline.plan.plan import read_plan
from pipeline.plan.summary import what_it_is
from pipeline.providers.catalog import load
from pipeline.run import control as runs
from pipeline.run.compared import changes, facts
from pipeline.run.state import PLAN
from tests.page_kit import stress_test, told

STAGES = ("pairs", "generate", "respond", "rubric", "score")


@pytest.fixture
def home(tmp_path, monkeypatch) -> Settings:
    monkeypatch.setenv("FAULTLINE_HOME", str(tmp_path / "home"))
    return Settings(home=tmp_path / "home")


def ran(home: Settings, **wish) -> str:
    asked = Wish(stages=STAGES, writers=("sedge_writer",), **wish)
    run = runs.launch(make_plan(asked, home, load(home.home)), home, load(home.home))
    runs.work(home, run)
    return run


def test_two_runs_are_told_apart_and_compared(home):
    a = ran(home, families=1, models=("aster_large", "cobble_one"), title="First")
    b = ran(home, families=2, models=("aster_large", "cobble_one", "dunlin_2"), title="Second")
    one, two = facts(home, a), facts(home, b)
    assert (one.state, one.confirmed_usd, one.failed, one.other_model) == ("done", 0.0, 0, 0)
    assert (one.done, two.done) == (1 + 6 + 1 + 3, 2 + 18 + 2 + 6)
    assert (one.mean_d.n, two.mean_d.n) == (3, 6)
    assert one.per_second is not None
    assert one.per_second > 0
    differs = {field: (before, after) for field, before, after in changes(home, a, b)}
    assert differs["pairs.families"] == (1, 2)
    assert differs["title"] == ("First", "Second")
    plan = read_plan(home.runs / b / PLAN)
    assert what_it_is(plan) == "2 families, 3 models"
    assert changes(home, a, a) == []

    app = stress_test(stress="Runs")
    assert "2 families, 3 models · 28 of 28 calls" in told(app)
    app.selectbox(key="compare-run-A").set_value(a).run()
    app.selectbox(key="compare-run-B").set_value(b).run()
    assert not app.exception
    table = app.table[0].value
    assert table.loc["Calls done"].tolist() == ["11", "28"]
    assert "pairs.families" in app.dataframe[0].value["Field"].tolist()
