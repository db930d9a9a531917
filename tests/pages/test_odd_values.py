"""Values and Models over studies that lack something: a sentence for it, and the rest is there."""

import pandas as pd
import pytest
from make_rows import load, many, parquet, wide
from page_kit import opened, said

from analysis.settings import Settings

HOSTILE = "<img src=x onerror=alert(1)> [a](http://x) **b** $c$"


def rare(rows):
    for row in rows[3:]:
        row |= {"grok_4_value1_position": None, "grok_4_value2_position": None}
    return rows


STUDIES = {
    "one-model": many(60, models=["o3"]),
    "one-provider": many(60, models=["o3", "gpt_4_1"]),
    "no-positions": [
        wide(1, e, positions={"o3": (None, None), "grok_4": (None, None)}) for e in (1, 2)
    ],
    "all-equal": [wide(1, e) for e in range(1, 9)],
    "three-answers": rare(many(60, models=["o3", "grok_4"], gaps=0)),
    "one-row": [wide(1, 1)],
    "no-nudges": [row | {"nudge_direction": None} for row in many(60)[::3]],
    "hostile": [row | {"value1": HOSTILE} for row in many(30, models=["o3", HOSTILE])],
}
JUDGED = pd.DataFrame(
    {
        "prompt": ["What?", "Why?"],
        "response": "Yes.",
        "model": "o3",
        "value1": "candour",
        "value2": "calm",
        "chunk_idx": 0,
        "entry_idx": [0, 1],
        "gpt41_decision": "compliant",
    }
)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("odd")
    settings = Settings(home=folder / "home")
    for name, rows in STUDIES.items():
        load(settings, parquet(folder / f"{name}.parquet", rows), study=name)
    JUDGED.to_parquet(folder / "judged.parquet")
    load(settings, folder / "judged.parquet", study="judged")
    return settings.home


@pytest.mark.parametrize("study", [*STUDIES, "judged"])
@pytest.mark.parametrize("page", ["values", "models"])
def test_a_study_that_lacks_something_breaks_neither_page(home, monkeypatch, study, page):
    app = opened(home, monkeypatch, study, page)
    assert said(app, "error") == []
    shown = [*(t.value for t in app.text), *(c.value for c in app.caption)]
    assert not any("nan" in text.split() for text in shown)


@pytest.mark.parametrize("measure", ["raw", "favor"])
@pytest.mark.parametrize("study", ["one-model", "three-answers", "all-equal", "one-row"])
def test_the_other_numbers_of_such_studies(home, monkeypatch, study, measure):
    app = opened(home, monkeypatch, study, "values", measure=measure, columns="model")
    assert said(app, "error") == []


SENTENCES = {
    ("values", "one-model"): [("info", "One model alone has no lean")],
    ("values", "one-provider"): [("info", "One provider: its models are compared with each other")],
    ("values", "no-positions"): [("inbox", "No positions to compare")],
    ("values", "judged"): [("inbox", "No positions to compare")],
    ("models", "one-model"): [
        ("inbox", "No lean of one model alone"),
        ("inbox", "No other model to compare with"),
    ],
    ("models", "no-positions"): [
        ("inbox", "No lean"),
        ("inbox", "Too few choices to learn from"),
        ("inbox", "No outliers to look for"),
    ],
    ("models", "all-equal"): [("inbox", "Too few choices to learn from")],
    ("models", "one-row"): [("inbox", "Too few choices to learn from")],
}


@pytest.mark.parametrize(("page", "study"), SENTENCES)
def test_what_can_t_be_shown_is_said(home, monkeypatch, page, study):
    app = opened(home, monkeypatch, study, page)
    for icon, title in SENTENCES[page, study]:
        assert title in said(app, icon)


def test_the_rest_is_shown(home, monkeypatch):
    """One model has raw means and strengths; a rare model leaves the others' numbers alone."""
    alone = opened(home, monkeypatch, "one-model", "values")
    assert "Mean position by value category and model" in [s.value for s in alone.header]
    profile = opened(home, monkeypatch, "one-model", "models")
    assert "Held-out accuracy" in [m.label for m in profile.metric]
    rare_one = opened(home, monkeypatch, "three-answers", "models", model="o3")
    assert "Held-out accuracy" in [m.label for m in rare_one.metric]
    unnudged = opened(home, monkeypatch, "no-nudges", "models", model="o3")
    assert next(m.value for m in unnudged.metric if m.label == "Nudge b") == "–"


def test_values_that_no_taxonomy_knows_stand_together(home, monkeypatch):
    app = opened(home, monkeypatch, "hostile", "values")
    assert any("“uncategorised”" in t.value for t in app.text)
