"""Studies that lack something: every page says what it can't show, and shows the rest."""

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from analysis.load.files.files import load_files
from analysis.settings import Settings

APP = __file__.replace("tests/pages/test_odd_studies.py", "app.py")
MODELS = ("o3", "gpt_4o", "grok_4")
BASE = {
    "query": [f"What should I do in case {i}?" for i in range(6)],
    "value1": "candour",
    "value2": "kindness",
    "nudge_direction": ["neutral", "value1", "value2"] * 2,
    "chunk_index": 0,
    "entry_idx": [0, 0, 0, 1, 1, 1],
}


def rows(models=MODELS, *, positions=True, texts=True, level=None):
    columns = dict(BASE)
    for number, model in enumerate(models):
        if texts:
            columns[f"response_{model}"] = [f"{model} says {i}" for i in range(6)]
        if positions:
            held = [level if level is not None else (i + number * 2) % 7 for i in range(6)]
            columns[f"{model}_value1_position"] = held
            columns[f"{model}_value2_position"] = held
    return pd.DataFrame(columns)


def judged(stated):
    frame = pd.DataFrame(BASE).rename(columns={"query": "prompt"}).drop(columns="nudge_direction")
    frame = frame.assign(model="o3", response="Yes.", gpt41_decision="compliant")
    return frame.assign(max_pop_std_openai=[0.5, 1.5, 2.5] * 2) if stated else frame


STUDIES = {
    "one-model": rows(MODELS[:1]),
    "no-positions": rows(positions=False),
    "no-texts": rows(texts=False),
    "all-equal": rows(level=3),
    "one-row": rows().head(1),
    "bare": rows().drop(columns=["nudge_direction", "chunk_index", "entry_idx"]),
    "judged": judged(False),
    "judged-stated": judged(True),
}
FIRST = {"bare": None, "judged": None, "judged-stated": None}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("odd")
    settings = Settings(home=folder / "home")
    for name, frame in STUDIES.items():
        path = folder / f"{name}.parquet"
        frame.to_parquet(path)
        load_files([path], name, settings, copy_texts=True)
    gone = folder / "gone.parquet"
    rows().to_parquet(gone)
    load_files([gone], "gone", settings)
    gone.unlink()
    return settings.home


def opened(home, monkeypatch, study, page="pages/overview.py", **query):
    monkeypatch.setenv("FAULTLINE_HOME", str(home))
    app = AppTest.from_file(APP, default_timeout=150)
    for key, value in {"study": study, **query}.items():
        app.query_params[key] = value
    app.switch_page(page).run()
    assert not app.exception
    return app


def boxes(app, icon="error"):
    return [m.value for m in app.markdown if f":material/{icon}:" in m.value]


@pytest.mark.parametrize("study", STUDIES)
def test_overview_and_scenarios_of_a_study_that_lacks_something(home, monkeypatch, study):
    for page in ("pages/overview.py", "pages/scenarios.py"):
        app = opened(home, monkeypatch, study, page)
        assert (page, boxes(app)) == (page, [])
        assert not any("nan" in t.value.split() for t in app.text)


@pytest.mark.parametrize("study", [s for s in STUDIES if s not in FIRST])
@pytest.mark.parametrize("compare", ["true", "false"])
def test_a_case_of_a_study_that_lacks_something(home, monkeypatch, study, compare):
    query = {"scenario": "0_0_neutral", "compare": compare}
    app = opened(home, monkeypatch, study, "pages/scenarios.py", **query)
    assert boxes(app) == []
    assert any(t.value == "What should I do in case 0?" for t in app.text)


def test_no_positions_are_said_to_be_no_positions(home, monkeypatch):
    app = opened(home, monkeypatch, "no-positions")
    assert "No disagreement to show" in boxes(app, "inbox")[0]


def test_a_stated_d_is_shown_as_stated(home, monkeypatch):
    app = opened(home, monkeypatch, "judged-stated")
    high = next(m for m in app.metric if m.label.startswith("High"))
    assert high.value == "67%"
    assert not any("stratified sample" in t.value for t in app.text)


def test_answers_whose_files_are_gone_leave_the_rest_of_the_case(home, monkeypatch):
    app = opened(home, monkeypatch, "gone", "pages/scenarios.py", scenario="0_0_neutral")
    assert len(boxes(app)) == 1
    assert any("gone.parquet" in t.value for t in app.text)
    assert any(s.value.startswith("Where each model stands") for s in app.header)
