"""The Compare page: which study before, what matched, what differs, and the cases behind it."""

from pathlib import Path

import pandas as pd
import pytest
from make_rows import load, many, parquet
from streamlit.testing.v1 import AppTest

from analysis.figures import catalog
from analysis.files.columns import of
from analysis.settings import Settings

APP = str(Path(__file__).resolve().parents[2] / "app.py")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """`before`, `after` (o3 stands elsewhere) and `elsewhere` (other queries)."""
    folder: Path = tmp_path_factory.mktemp("compare-page")
    settings = Settings(home=folder / "home")
    rows = many(30, gaps=0)
    moved = [r | {f"o3_value{v}_position": 6 for v in (1, 2)} for r in rows]
    apart = [r | {"value1": "x", "query": f"{r['query']} now"} for r in rows]
    for name, held in (("before", rows), ("after", moved), ("elsewhere", apart)):
        load(settings, parquet(folder / f"{name}.parquet", held), study=name)
    return settings


def visit(home: Settings, monkeypatch: pytest.MonkeyPatch, **query: str) -> AppTest:
    monkeypatch.setenv("FAULTLINE_HOME", str(home.home))
    app = AppTest.from_file(APP, default_timeout=150)
    for name, value in query.items():
        app.query_params[name] = value
    app.switch_page("pages/compare.py").run()
    assert not app.exception
    return app


def said(app: AppTest) -> str:
    return " ".join(str(e.value) for e in [*app.text, *app.markdown, *app.caption, *app.header])


def test_what_differs_stands_first_with_its_cases(home, monkeypatch) -> None:
    app = visit(home, monkeypatch, study="after", against="before")
    told = said(app)
    numbers = {m.label: m.value for m in app.metric}
    assert numbers["Queries in both"] == "30"
    assert int(numbers["That differ"]) > 0
    assert "What differs between “before” (A) and “after” (B)" in told
    assert "Cases that differ most" in told
    assert ", q " in told
    assert len(app.dataframe) >= 2


def test_the_address_chooses_the_cases(home, monkeypatch) -> None:
    query = {"study": "after", "against": "before", "metrics": "answered"}
    app = visit(home, monkeypatch, metric="disagreement.high", **query)
    assert "Share of D from 1.5 up" in app.header[-2].value
    assert "whole answers" in app.header[0].value
    app = visit(home, monkeypatch, metric="answered.o3", **query)
    assert "No case behind this metric differs." in said(app)


def test_studies_without_a_query_in_common_say_what_to_load(home, monkeypatch) -> None:
    app = visit(home, monkeypatch, study="after", against="elsewhere")
    assert "The two share no query" in said(app)
    assert {m.label for m in app.metric} == {"Queries in both", "Only in A", "Only in B"}


def test_one_study_alone_says_what_to_load(settings, tmp_path: Path, monkeypatch) -> None:
    load(settings, parquet(tmp_path / "rows.parquet", many(9)), study="alone")
    app = visit(settings, monkeypatch, study="alone")
    assert "Nothing to compare with" in said(app)


def test_two_models_of_one_study_are_compared_from_the_page_of_one(home, monkeypatch) -> None:
    monkeypatch.setenv("FAULTLINE_HOME", str(home.home))
    app = AppTest.from_file(APP, default_timeout=150)
    app.query_params["study"] = "after"
    app.query_params["model"] = "o3"
    app.switch_page("pages/models.py").run()
    assert not app.exception
    links = [str(link.proto.label) for link in app.get("page_link")]
    assert "Compare with another model" in links
    app = visit(
        home, monkeypatch, study="after", one_model="o3", other_model="gpt_4_1", against="after"
    )
    told = said(app)
    assert "What differs between " in told
    assert "(A) and o3 (B)" in told
    assert "Study before (A)" not in [box.label for box in app.selectbox]
    assert "Over " not in told


def test_a_study_alone_compares_its_own_models(settings, tmp_path: Path, monkeypatch) -> None:
    load(settings, parquet(tmp_path / "rows.parquet", many(9)), study="alone")
    app = visit(settings, monkeypatch, study="alone", one_model="o3")
    assert "Nothing to compare with" not in said(app)
    assert [m.value for m in app.metric if m.label == "Queries in both"]


def test_cases_show_only_what_their_metric_has(home, monkeypatch) -> None:
    query = {"study": "after", "against": "before"}
    spread = visit(home, monkeypatch, metric="disagreement.mean", **query).dataframe[1]
    assert [*spread.value.columns] == ["scenario", "model", "a", "b", "difference"]
    assert "%.2f" in spread.proto.columns
    columns = catalog.find("compare.cases").columns
    told = {"value": ["", ""], "a": [0.0, 1.0], "b": [1.0, 0.0], "difference": [1.0, -1.0]}
    refused = {c.name: c for c in of(columns, pd.DataFrame(told))}
    assert (refused["a"].digits, refused["value"].shown) == (0, False)
    leans = {c.name: c for c in of(columns, pd.DataFrame(told | {"value": ["tact", "tact"]}))}
    assert leans["value"].shown
