"""Two versions of a spec on the Clauses page: from the address to the words and the numbers."""

from pathlib import Path

import pandas as pd
import pytest
from make_rows import judged, load, many, parquet
from streamlit.testing.v1 import AppTest

from analysis.errors import FaultlineError
from analysis.export import recipes
from analysis.load.specs import load_spec
from analysis.settings import Settings
from analysis.store.specs import use_spec
from analysis.store.study import open_study

APP = __file__.replace("tests/pages/test_version_pages.py", "app.py")
ROWS = many(30, seed=8, gaps=0)
V1 = """# Kind words {#kind_words authority=user}
Choose words that a tired person can bear.
# Plain truth {#plain_truth authority=user}
Say what is so.
# Old rule {#old_rule}
Gone soon.
"""
V2 = (
    V1.replace("a tired person", "a grieving person")
    .replace("{#plain_truth authority=user}", "{#plain_truth authority=platform}")
    .replace("# Old rule {#old_rule}\nGone soon.", "# New <b>rule</b> {#new_rule}\nJust come.")
)
BOTH = {"clauses": "Two versions", "old": "house@1.0", "new": "house@2.0"}


def said(share: int):
    rows = []
    for i, row in enumerate(ROWS):
        word = "non-compliant" if i % 4 < share else "compliant"
        cited = {f"{j}_reasoning": "By `kind_words` it stands." for j in ("one", "two")}
        rows.append(judged(row, "o3", {"one": word, "two": word}, **cited))
    return rows


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Two versions of a spec, and the same answers judged twice."""
    folder = tmp_path_factory.mktemp("versions")
    settings = Settings(home=folder / "home")
    for version, text in (("1.0", V1), ("2.0", V2)):
        path = folder / f"house.{version}.md"
        path.write_text(text, encoding="utf-8")
        load_spec(path, version, settings)
    rows = parquet(folder / "rows.parquet", ROWS)
    for name, share in (("before", 3), ("after", 1)):
        load(settings, rows, parquet(folder / f"{name}.parquet", said(share)), study=name)
    return settings


@pytest.fixture
def opened(home, monkeypatch):
    monkeypatch.setenv("FAULTLINE_HOME", str(home.home))

    def run(**query: str) -> AppTest:
        app = AppTest.from_file(APP, default_timeout=60)
        for key, value in {"study": "after", **query}.items():
            app.query_params[key] = value
        app.run().switch_page("pages/clauses.py").run()
        assert not app.exception
        assert not any(":material/error:" in m.value for m in app.markdown)
        return app

    return run


def texts(app: AppTest) -> str:
    return " ".join(t.value for t in app.text)


def test_an_address_opens_on_what_changed_word_by_word(opened):
    app = opened(**BOTH, clause="kind_words")
    assert "1 added, 1 removed, 1 reworded and 1 moved to another authority" in texts(app)
    shown = app.dataframe[0].value
    assert set(shown["clause"]) == {"New <b>rule</b>", "Old rule", "Kind words", "Plain truth"}
    truth = shown[shown["clause"] == "Plain truth"].iloc[0]
    assert (truth["change"], truth["authority"]) == ("moved authority", "user → platform")
    words = " ".join(h.body for h in app.get("html") if "fl-diff" in h.body)
    assert "<del>tired </del><ins>grieving </ins>" in words


def test_the_kind_of_change_narrows_the_list(opened):
    app = opened(**BOTH, changed="added")
    assert app.dataframe[0].value["clause"].tolist() == ["New <b>rule</b>"]


def test_numbers_stand_beside_where_both_were_judged(opened):
    app = opened(**BOTH, judged_old="before", judged_new="after")
    assert "On 30 answers that one and two judged by both versions" in texts(app)
    assert "changed by -" in texts(app)
    numbers = next(d.value for d in app.dataframe if "cited_old" in d.value)
    row = numbers[numbers["clause"] == "Kind words"].iloc[0]
    assert (row["cited_old"], row["cited"]) == (30, 30)
    assert row["violated_old"] > row["violated"]
    assert "points (95%" in row["shift"]


def test_one_study_twice_or_one_version_twice_is_told(opened):
    app = opened(**BOTH, judged_old="after", judged_new="after")
    assert "Choose two studies" in texts(app)
    app = opened(**{**BOTH, "old": "house@2.0"})
    assert any("One version twice" in m.value for m in app.markdown)


def test_without_a_link_the_two_latest_versions_of_the_spec_in_use_stand_there(opened):
    app = opened(clauses="Two versions")
    assert app.query_params["old"] == "house@1.0"
    assert app.query_params["new"] == "house@2.0"


def test_one_spec_only_says_how_to_get_another(tmp_path, monkeypatch):
    settings = Settings(home=tmp_path / "home")
    load(settings, parquet(tmp_path / "rows.parquet", many(9)), study="alone")
    monkeypatch.setenv("FAULTLINE_HOME", str(settings.home))
    app = AppTest.from_file(APP, default_timeout=60)
    app.query_params["study"] = "alone"
    app.query_params["clauses"] = "Two versions"
    app.run().switch_page("pages/clauses.py").run()
    assert any("There is one spec only" in m.value for m in app.markdown)


DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "model_spec"


@pytest.mark.real_data
@pytest.mark.skipif(not DATA.exists(), reason="needs the two real specs of ../shared/data")
def test_the_two_real_specs_open_from_a_link(tmp_path, monkeypatch):
    settings = Settings(home=tmp_path / "home")
    for version in ("2025-04-11", "2025-12-18.rev2"):
        load_spec(DATA / f"model_spec.{version}.md", None, settings)
    load(settings, parquet(tmp_path / "rows.parquet", many(9)), study="alone")
    monkeypatch.setenv("FAULTLINE_HOME", str(settings.home))
    app = AppTest.from_file(APP, default_timeout=60)
    for key, value in {
        "study": "alone", "clauses": "Two versions", "changed": "moved authority",
        "old": "model_spec@2025-04-11", "new": "model_spec@2025-12-18.rev2",
        "clause": "transformation_exception",
    }.items():  # fmt: skip
        app.query_params[key] = value
    app.run().switch_page("pages/clauses.py").run()
    assert not app.exception
    said = texts(app)
    assert "10 added, 1 removed, 4 renamed, 7 retitled, 52 reworded" in said
    assert "authority platform → root" in said
    assert len(app.dataframe[0].value) == 21
    assert any("Not judged by both versions" in m.value for m in app.markdown)


@pytest.mark.parametrize("study", ["before", "after"])
def test_what_stands_there_is_what_its_recipes_give(home, opened, monkeypatch, study):
    """Also where the study on the screen is the one that the old version judged."""
    found = {}

    def menu(key, facts, frame, figure=None, *, study=None, recipe=None):
        found[key] = (frame(), study, recipe)

    monkeypatch.setattr("pages.ui.figure.export_menu", menu)
    opened(**BOTH, study=study, judged_old="before", judged_new="after")
    assert {"spec-changes", "spec-numbers"} <= set(found)
    for key in ("spec-changes", "spec-numbers"):
        frame, mine, recipe = found[key]
        again = recipes.compute(mine, recipe)
        pd.testing.assert_frame_equal(frame, again, check_dtype=False)
    assert found["spec-numbers"][1].info.id == "after"


def test_a_study_that_the_old_version_judged_and_that_is_gone_is_told(home):
    study = open_study(home, "after")
    try:
        asked = recipes.ask(study, "clauses.versions", old_study="gone@0123")
        with pytest.raises(FaultlineError, match="not here"):
            recipes.compute(study, asked)
    finally:
        study.close()


def test_a_spec_that_comes_into_use_reaches_every_figure(home, opened, monkeypatch):
    """What is asked is kept in a cache; the spec in use may change while the study does not."""
    found = []
    monkeypatch.setattr(
        "pages.ui.figure.export_menu",
        lambda key, *rest, study=None, recipe=None: found.append((key, recipe)),
    )
    for version in ("1.0", "2.0"):
        use_spec(home, "house", version)
        found.clear()
        opened()
        named = {k: r.parameters["spec"] for k, r in found if "spec" in r.parameters}
        assert {"clauses", "clause-cases"} <= set(named)
        assert all(key.startswith(f"house@{version}@") for key in named.values())
