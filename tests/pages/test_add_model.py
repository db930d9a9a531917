"""A model that nobody listed: added on the page in an empty home, and asked in a run."""

import pytest

from analysis.load.runs import load_run
from analysis.settings import Settings
from pipeline.plan.make import Wish, make_plan
from pipeline.providers.catalog import load
from pipeline.run import control as runs
from pipeline.run.state import State
from pipeline.simulator.provider import said
from tests.fake_provider.ledger import read_ledger
from tests.fake_provider.server import Loopback
from tests.page_kit import stress_test, told

NAME = "lab/heron-9"


@pytest.fixture
def home(tmp_path, monkeypatch) -> Settings:
    monkeypatch.setenv("FAULTLINE_HOME", str(tmp_path / "home"))
    return Settings(home=tmp_path / "home")


def test_it_is_described_learned_priced_and_answers(home, tmp_path):
    with Loopback(ledger=tmp_path / "ledger.jsonl", answerer=said) as server:
        app = stress_test(stress="Models")
        app.selectbox(key="model-endpoint").select("A new address").run()
        app.text_input(key="model-address-name").input("My server").run()
        app.text_input(key="model-url").input(server.openai_url).run()
        app.button(key="model-list").click().run()
        assert not app.exception
        assert "loopback-1" in app.selectbox(key="model-name").options
        app.selectbox(key="model-name").set_value("loopback-1").run()
        app.text_input(key="model-label-loopback-1").input("Heron 9").run()
        app.text_input(key="model-maker-loopback-1").input("My lab").run()
        assert "Enter the price" in told(app)
        app.number_input(key="model-in-loopback-1").set_value(1.0).run()
        app.number_input(key="model-out-loopback-1").set_value(2.0).run()
        assert app.checkbox(key="model-probe").label.endswith("(costs at most $0.0009)")
        app.checkbox(key="model-probe").check().run()
        app.button(key="model-add").click().run()
        assert not app.exception
        assert app.success[0].value.startswith("Heron 9 can be chosen in a new run, as heron_9.")
        assert "It takes temperature, top_p, seed." in app.success[0].value
        assert len(read_ledger(tmp_path / "ledger.jsonl")) == 1
        table = app.dataframe[0].value.set_index("Id")
        assert table.loc["heron_9", "Status"] == "can be called"
        assert (table.loc["heron_9", "In, $"], table.loc["heron_9", "Out, $"]) == (1.0, 2.0)

        picker = stress_test()
        assert any("heron_9: $1.00 in, $2.00 out of" in o for o in _options(picker))
        catalog = load(home.home)
        wish = Wish(
            families=1,
            models=("heron_9", "aster_large"),
            writers=("sedge_writer",),
            stages=("pairs", "generate", "respond"),
            budget_usd=1.0,
        )
        run = runs.launch(make_plan(wish, home, catalog), home, catalog)
        assert runs.work(home, run).state is State.DONE
    info = load_run(run, "answered", home)
    assert "heron_9" in info.models
    asked = [e for e in read_ledger(tmp_path / "ledger.jsonl") if e["model"] == "loopback-1"]
    assert len(asked) == 1 + 3


def _options(app) -> list[str]:
    return list(app.multiselect(key="stress-targets").options)


def test_what_can_t_be_added_is_told_and_nothing_is_written(home):
    app = stress_test(stress="Models")
    app.selectbox(key="model-endpoint").select("A new address").run()
    app.text_input(key="model-address-name").input("My server").run()
    app.text_input(key="model-url").input("no address").run()
    assert not app.exception
    assert "is no web address" in told(app)
    assert not (home.home / "providers.toml").exists()
