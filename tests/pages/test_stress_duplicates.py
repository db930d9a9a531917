"""Near duplicates on the page of a stress test: tried on the study in use, told of a run."""

import shutil

import pytest
from batch_kit import until
from page_kit import stress_test as opened
from page_kit import told
from provider_kit import served

from analysis.queries.samples import families
from analysis.settings import Settings
from analysis.store.study import open_study
from pipeline.run.status import list_runs, selection, status
from pipeline.simulator.provider import said
from tests.fake_provider.faults import FaultPlan

SMALL = "text_embedding_3_small"


@pytest.fixture(scope="module")
def home(tmp_path_factory, first_home):
    home = tmp_path_factory.mktemp("near") / "home"
    shutil.copytree(first_home.home, home)
    return Settings(home=home)


@pytest.fixture
def settings(home, monkeypatch):
    monkeypatch.setenv("FAULTLINE_HOME", str(home.home))
    return home


def unfolded(app):
    """The page with the preview open, which a click on its heading does in a browser."""
    app.session_state["near-preview"] = True
    return app.run()


def test_only_runs_that_leave_queries_out_ask_how(settings):
    smoke = opened()
    assert "near-embedder" not in {box.key for box in smoke.selectbox}
    full = unfolded(opened(template="full"))
    assert full.selectbox(key="near-embedder").value == "tfidf"
    assert "Below 0.500, 0 of 180 queries of “Example”" in told(full)
    full.number_input(key="near-distance").set_value(0.7).run()
    assert not full.exception
    words = told(full)
    assert "Below 0.700" in words
    assert "0 of 180" not in words
    assert "Just below this distance: one of each pair is left out" in words


def test_an_endpoint_is_asked_by_a_click_and_its_distance_measured(settings, monkeypatch):
    with served(FaultPlan(), said) as server:
        monkeypatch.setenv("FAULTLINE_OPENAI_BASE_URL", server.openai_url)
        app = opened(template="full")
        app.selectbox(key="near-embedder").set_value(SMALL).run()
        app = unfolded(app)
        assert server.core.ledger.asked == 0
        app.button(key="near-ask").click().run()
        assert not app.exception
        asked = server.core.ledger.asked
        assert asked == 3
        assert "planted near duplicates lie below it" in told(app)
        app.number_input(key="near-distance").set_value(0.6).run()
        assert "Below 0.600" in told(app)
        assert server.core.ledger.asked == asked


def test_an_embedder_that_is_not_there_is_said_in_a_sentence(settings, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    app = opened(template="full")
    app.selectbox(key="near-embedder").set_value(SMALL).run()
    assert "needs a key: set OPENAI_API_KEY" in told(unfolded(app))
    app.selectbox(key="near-embedder").set_value("minilm").run()
    assert "MiniLM" in told(app)
    assert not app.exception


def test_a_run_tells_which_queries_it_left_out(settings):
    app = opened(template="full")
    app.number_input(key="n-full").set_value(15)
    app.multiselect(key="stress-targets").set_value(["aster_small", "bracken_large"])
    app.multiselect(key="stress-judges").set_value(["rowan_judge"])
    app.number_input(key="near-distance").set_value(0.75).run()
    app.button(key="launch").click().run()
    assert not app.exception
    run = list_runs(settings)[0]["id"]
    until(lambda: status(settings, run)["state"] == "done", 60)
    kept = selection(settings, run)
    assert kept["stop"] == 0.75
    assert 0 < len(kept["scenarios"]) < kept["of"] == 45
    words = told(opened(run=run))
    assert f"{45 - len(kept['scenarios'])} of 45 queries were left out" in words
    assert "an embedding by tfidf lay nearer than 0.750" in words


def test_a_sample_is_of_whole_families_and_always_the_same(settings):
    study = open_study(settings, "example")
    try:
        first, again = families(study, 7), families(study, 7)
        assert first.equals(again)
        assert first["family"].nunique() == 7
        whole = families(study, 10**6)
        sizes = whole["family"].value_counts()
        assert (first["family"].value_counts() == sizes[first["family"].unique()]).all()
    finally:
        study.close()
