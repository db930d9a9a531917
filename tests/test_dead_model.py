"""A run of twelve models of which one is dead ends with D for the others."""

import time

import pytest

from analysis.load.runs import load_run
from analysis.settings import Settings
from analysis.store.study import open_study
from pipeline.plan.cast import simulated_models
from pipeline.plan.make import Wish, make_plan
from pipeline.providers.catalog import load
from pipeline.run import control as runs
from pipeline.run.state import State
from pipeline.run.status import status
from pipeline.simulator.provider import said
from tests.fake_provider.faults import Fault, FaultPlan, Rule
from tests.fake_provider.server import Loopback

pytestmark = pytest.mark.usefixtures("exports_here")

DEAD = "gpt_5_4_mini"


@pytest.mark.timeout(300)
def test_eleven_of_twelve_models_have_their_d(tmp_path, monkeypatch):
    home = Settings(home=tmp_path / "home")
    monkeypatch.setenv("FAULTLINE_HOME", str(home.home))
    monkeypatch.setenv("OPENAI_API_KEY", "sk-any")
    others = simulated_models()[:11]
    with Loopback(FaultPlan(rules=(Rule(Fault.AUTH, model="gpt-*"),)), answerer=said) as server:
        monkeypatch.setenv("FAULTLINE_OPENAI_BASE_URL", server.openai_url)
        wish = Wish(
            families=2,
            models=(DEAD, *others),
            writers=("sedge_writer",),
            stages=("pairs", "generate", "respond", "rubric", "score"),
            budget_usd=5.0,
            seed=4,
        )
        run = runs.launch(make_plan(wish, home, load(home.home)), home, load(home.home))
        held = runs.work(home, run)
        assert held.state is State.PAUSED
        assert DEAD in held.sentence
        runs.resume(home, run, without=(DEAD,))
        until = time.monotonic() + 200
        while status(home, run)["state"] != "paused":
            assert time.monotonic() < until
            time.sleep(0.2)
    opened = open_study(home, load_run(run, "eleven", home).id)
    try:
        with opened.cursor() as con:
            placed = con.execute(
                "SELECT scenario_no, count(value1_position) FROM responses GROUP BY 1"
            ).fetchall()
            spread = con.execute(
                "SELECT count(*) FROM disagreement WHERE model_set = 'all' AND d IS NOT NULL"
            ).fetchall()
    finally:
        opened.close()
    assert sorted(n for _, n in placed) == [11] * 6
    assert spread == [(6,)]
