"""Refusals, Robustness, Archetypes, Map and SQL over studies that lack something: each says what
it can't show and why, and shows the rest."""

import pandas as pd
import pytest
from make_rows import load, many, parquet, wide
from page_kit import opened, said

from analysis.load.labels import label_study
from analysis.settings import Settings
from analysis.store import labels
from analysis.store.study import open_study

HOSTILE = "<img src=x onerror=alert(1)> [a](http://x) **b** $c$"
FOUR = ["o3", "grok_4", "gpt_4_1", "claude_opus_4"]
PAGES = [
    "refusals",
    "robustness",
    "archetypes",
    "map",
    "outliers",
    "sql",
    "judges",
    "compliance",
]


def rare(rows):
    for row in rows[3:]:
        row |= {"grok_4_value1_position": None, "grok_4_value2_position": None}
        row["response_grok_4"] = None
    return rows


STUDIES = {
    "one-model": many(60, models=["o3"]),
    "one-provider": many(60, models=["o3", "gpt_4_1"]),
    "no-positions": [wide(1, e, positions=dict.fromkeys(FOUR, (None, None))) for e in (1, 2)],
    "all-equal": [wide(1, e) for e in range(1, 9)],
    "three-answers": rare(many(60, models=FOUR, gaps=0)),
    "one-row": [wide(1, 1)],
    "no-nudges": [row | {"nudge_direction": None} for row in many(60)[::3]],
    "no-texts": [
        {k: v for k, v in row.items() if not k.startswith("response_")} for row in many(30)
    ],
    "hostile": [
        row | {"value1": HOSTILE, "query": f"{HOSTILE} {i}"}
        for i, row in enumerate(many(30, models=[*FOUR, HOSTILE]))
    ],
    "refused": many(30, models=FOUR),
}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("odd")
    settings = Settings(home=folder / "home")
    for name, rows in STUDIES.items():
        load(settings, parquet(folder / f"{name}.parquet", rows), study=name)
        study = open_study(settings, name)
        if name == "refused":
            _all_refused(study)
        elif name != "no-positions":  # that one stays without labels
            label_study(study)
        study.close()
    return settings.home


def _all_refused(study):
    with study.cursor() as con:
        there = con.execute("SELECT scenario_no, model, replicate FROM responses").df()
    kinds = there.assign(source="hand 1", response_type="complete rejection")
    labels.store(study, "response_types", "hand 1", kinds)
    empty = pd.DataFrame({"scenario_no": [1], "topic": ["politics"], "source": ["hand 1"]})
    labels.store(study, "topics", "hand 1", empty)


def pairs():
    """Every page with every study; two of three are run by `make bench`, the rest here, so that
    each page meets a third of the studies and each study a third of the pages."""
    for i, page in enumerate(PAGES):
        for j, study in enumerate(STUDIES):
            marks = [pytest.mark.slow] if (i + j) % 3 else []
            yield pytest.param(page, study, marks=marks)


@pytest.mark.parametrize(("page", "study"), pairs())
def test_a_study_that_lacks_something_breaks_no_page(home, monkeypatch, study, page):
    app = opened(home, monkeypatch, study, page)
    assert said(app, "error") == []
    shown = [*(t.value for t in app.text), *(c.value for c in app.caption)]
    assert not any("nan" in text.replace("%", " ").split() for text in shown)


SENTENCES = {
    ("refusals", "no-positions"): "This study's answers are not labelled yet",
    ("refusals", "no-texts"): "This study's answers are not labelled yet",
    ("robustness", "no-nudges"): "No family to compare wordings in",
    ("robustness", "no-positions"): "No family to compare wordings in",
    ("archetypes", "one-model"): "Too few models for clusters",
    ("archetypes", "one-provider"): "Too few models for clusters",
    ("map", "one-row"): "Too few queries for a map",
    ("map", "refused"): "No map of this study yet",
    ("outliers", "one-model"): "No outliers to look for",
    ("judges", "one-model"): "No answers in this study have been judged",
    ("compliance", "one-model"): "No answers in this study have been judged",
}


@pytest.mark.parametrize(("page", "study"), SENTENCES)
def test_what_can_t_be_shown_is_said(home, monkeypatch, page, study):
    assert SENTENCES[page, study] in said(opened(home, monkeypatch, study, page), "inbox")


def test_all_refused_is_shown_as_all(home, monkeypatch):
    app = opened(home, monkeypatch, "refused", "refusals")
    assert any("100% of the answers refuse" in t.value for t in app.text)
    assert "False-positive refusals" in said(app, "inbox")


@pytest.mark.parametrize("choice", [{"rows": "provider"}, {"refusal": "soft"}, {"api": "with"}])
def test_other_choices_of_refusals(home, monkeypatch, choice):
    app = opened(home, monkeypatch, "three-answers", "refusals", **choice)
    assert said(app, "error") == []
