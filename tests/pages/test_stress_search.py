"""A search is a visible choice of a new run; the study that it makes says how it was drawn."""

import pytest
from page_kit import stress_test as opened
from page_kit import told

from analysis.settings import Settings
from pipeline.plan.plan import read_plan
from pipeline.run.status import list_runs


@pytest.fixture
def settings(tmp_path, monkeypatch):
    monkeypatch.setenv("FAULTLINE_HOME", str(tmp_path / "home"))
    return Settings(home=tmp_path / "home")


def test_a_search_is_chosen_explained_and_planned(settings):
    app = opened()
    assert "drawn uniformly" not in told(app)
    calls = {m.label: m.value for m in app.metric}["Calls"]
    app.toggle(key="stress-search").set_value(True).run()
    assert not app.exception
    assert "every rate comes from it alone" in told(app)
    app.number_input(key="stress-uniform").set_value(40).run()
    app.number_input(key="stress-rounds").set_value(3).run()
    assert "4 of 10 families are drawn uniformly" in told(app)
    assert {m.label: m.value for m in app.metric}["Calls"] == calls  # the price of a blind draw
    app.button(key="launch").click().run()
    assert not app.exception
    plan = read_plan(settings.runs / list_runs(settings)[0]["id"] / "plan.json")
    assert plan.pairs.search.model_dump() == {"rounds": 3, "uniform_share": 0.4}
