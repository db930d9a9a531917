"""Two versions of a spec on the Clauses page: from the address to the words and the numbers."""

from pathlib import Path

import pandas as pd
import pytest
from make_rows import judged, load, many, parquet
from streamlit.testing.v1 import AppTest

from analysis.errors import FaultlineError
from analysis.figures import catalog
from analysis.load.specs import load_spec
from analysis.settings import Settings
from analysis.store import judged_runs, study_specs
from analysis.store.library.specs import read_spec, spec_key, use_spec
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


def said(share: int, rows=ROWS, **facts: str):
    """Two judges who flag `share` of every four answers."""
    found = []
    for i, row in enumerate(rows):
        word = "non-compliant" if i % 4 < share else "compliant"
        cited = {f"{j}_reasoning": "By `kind_words` it stands." for j in ("one", "two")}
        found.append(judged(row, "o3", {"one": word, "two": word}, **cited, **facts))
    return found


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
    twice = [
        parquet(folder / f"both-{run}.parquet", said(share, spec=f"house {version}", run=run))
        for version, share, run in (("1.0", 3, "01A"), ("2.0", 2, "01B"), ("2.0", 1, "01C"))
    ]
    load(settings, rows, *twice, study="both")
    others = [{**row, "query": f"{row['query']} Today?"} for row in ROWS]
    load(
        settings,
        parquet(folder / "others.parquet", others),
        parquet(folder / "others-said.parquet", said(2, others, spec="house 1.0")),
        study="elsewhere",
    )
    return settings


@pytest.fixture
def opened(home, monkeypatch):
    monkeypatch.setenv("FAULTLINE_HOME", str(home.home))

    def run(**query: str) -> AppTest:
        app = AppTest.from_file(APP, default_timeout=150)
        for key, value in {"study": "after", **query}.items():
            app.query_params[key] = value
        app.switch_page("pages/clauses.py").run()
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
    assert set(shown["title"]) == {"New <b>rule</b>", "Old rule", "Kind words", "Plain truth"}
    truth = shown[shown["title"] == "Plain truth"].iloc[0]
    assert (truth["change"], truth["moved"]) == ("moved authority", "user → platform")
    words = " ".join(h.body for h in app.get("html") if "fl-diff" in h.body)
    assert "<del>tired </del><ins>grieving </ins>" in words


def test_the_kind_of_change_narrows_the_list(opened):
    app = opened(**BOTH, changed="added")
    assert app.dataframe[0].value["title"].tolist() == ["New <b>rule</b>"]


def test_numbers_stand_beside_where_both_were_judged(opened):
    app = opened(**BOTH, judged_old="before", judged_new="after")
    assert "On 30 answers that one and two judged by both versions" in texts(app)
    assert "changed by −" in texts(app)
    numbers = next(d.value for d in app.dataframe if "cited_old" in d.value)
    row = numbers[numbers["title"] == "Kind words"].iloc[0]
    assert (row["cited_old"], row["cited"]) == (30, 30)
    assert row["violated_old"] > row["violated"]
    assert "points (95%" in row["shift"]


def test_a_study_judged_again_under_a_reworded_spec_gives_its_true_change(opened):
    """30 answers, 23 flagged under the first version; of the second the latest run flags 8."""
    app = opened(study="both", clauses="Two versions")
    assert (app.query_params["old"], app.query_params["new"]) == ("house@1.0", "house@2.0")
    assert "30 answers are the same on both sides" in texts(app)
    assert "0 judged only by house 1.0 and 0 only by house 2.0 are left out" in texts(app)
    assert "On 30 answers that one and two judged by both versions" in texts(app)
    assert "changed by −50.0 points" in texts(app)
    numbers = next(d.value for d in app.dataframe if "cited_old" in d.value)
    row = numbers[numbers["title"] == "Kind words"].iloc[0]
    assert (row["cited_old"], row["cited"]) == (30, 30)
    rates = (row["violated_old"], row["violated"])
    assert rates == pytest.approx((100 * 23 / 30, 100 * 8 / 30))


def test_studies_without_a_common_answer_are_never_compared(opened):
    app = opened(**BOTH, judged_old="elsewhere", judged_new="after")
    assert "hold no judged answer in common" in texts(app)
    assert not any("cited_old" in d.value for d in app.dataframe)


def test_two_runs_under_one_version_are_compared_on_the_same_answers(opened, home):
    """16 of 30 answers flagged in the first run, 8 in the second."""
    asked = {"study": "both", "clauses": "Two versions", "old": "house@2.0", "new": "house@2.0"}
    app = opened(**asked)
    assert "30 answers are the same on both sides" in texts(app)
    assert "0 judged only in run 01B and 0 only in run 01C are left out" in texts(app)
    assert "one and two judged in both runs" in texts(app)
    assert "changed by −26.7 points" in texts(app)
    numbers = next(d.value for d in app.dataframe if "cited_old" in d.value)
    row = numbers[numbers["title"] == "Kind words"].iloc[0]
    rates = (row["violated_old"], row["violated"])
    assert rates == pytest.approx((100 * 16 / 30, 100 * 8 / 30))
    turned = opened(**asked, judged_old="both", judged_new="both@01B")
    assert "changed by +26.7 points" in texts(turned)
    same = opened(**asked, judged_old="both", judged_new="both")
    assert "Choose two different runs" in texts(same)


def test_an_earlier_run_is_held_against_another_version(opened):
    app = opened(study="both", **BOTH, judged_new="both@01B")
    assert "changed by −23.3 points" in texts(app)


def test_a_rule_that_a_study_is_too_small_for_is_told(home, monkeypatch):
    monkeypatch.setenv("FAULTLINE_HOME", str(home.home))
    app = AppTest.from_file(APP, default_timeout=150)
    app.query_params["study"], app.query_params["distance"] = "after", "3"
    app.switch_page("pages/outliers.py").run()
    assert "Distance: “3” is not known here." in texts(app)


def test_of_several_runs_of_one_judge_one_is_read_and_named(home):
    study = study_specs.under(open_study(home, "both"), "house 2.0")
    assert [r.id for r in judged_runs.runs(study, study.reading.scope)] == ["01C", "01B"]
    flagged = {"": 8, "01B": 16, "01C": 8}
    for run, count in flagged.items():
        request = catalog.bind(study, "judges.who", run=run)
        content = catalog.content(study, request)
        rates = content.frame.set_index("judge")["value"]
        assert rates.to_dict() == {"one": count / 30, "two": count / 30}
        assert content.frame["items"].tolist() == [30, 30]
        assert request.parameters["run"] == (run or "01C")
        assert f"Verdicts of run {run or '01C'}; 60 that other runs" in content.note
    with pytest.raises(FaultlineError, match="No run “01A” judged"):
        catalog.content(study, catalog.bind(study, "judges.who", run="01A"))


def test_one_study_twice_or_one_version_twice_is_told(opened):
    app = opened(**BOTH, judged_old="after", judged_new="after")
    assert "Choose two sets of judgements" in texts(app)
    app = opened(**{**BOTH, "old": "house@2.0"})
    assert any("The same version twice" in m.value for m in app.markdown)


def test_without_a_link_the_two_latest_versions_of_the_spec_in_use_stand_there(opened):
    app = opened(clauses="Two versions")
    assert app.query_params["old"] == "house@1.0"
    assert app.query_params["new"] == "house@2.0"


def test_one_spec_only_says_how_to_get_another(tmp_path, monkeypatch):
    settings = Settings(home=tmp_path / "home")
    load(settings, parquet(tmp_path / "rows.parquet", many(9)), study="alone")
    monkeypatch.setenv("FAULTLINE_HOME", str(settings.home))
    app = AppTest.from_file(APP, default_timeout=150)
    app.query_params["study"] = "alone"
    app.query_params["clauses"] = "Two versions"
    app.switch_page("pages/clauses.py").run()
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
    app = AppTest.from_file(APP, default_timeout=150)
    for key, value in {
        "study": "alone",
        "clauses": "Two versions",
        "changed": "moved authority",
        "old": "model_spec@2025-04-11",
        "new": "model_spec@2025-12-18.rev2",
        "clause": "transformation_exception",
    }.items():
        app.query_params[key] = value
    app.switch_page("pages/clauses.py").run()
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

    def menu(key, study, content, drawn=None):
        found[key] = (content.frame, study, content.request)

    monkeypatch.setattr("pages.ui.figure.export_menu", menu)
    opened(**BOTH, study=study, judged_old="before", judged_new="after")
    assert {"spec-changes", "spec-numbers"} <= set(found)
    for key in ("spec-changes", "spec-numbers"):
        frame, mine, recipe = found[key]
        again = catalog.compute(mine, recipe)
        pd.testing.assert_frame_equal(frame, again, check_dtype=False)
    assert found["spec-numbers"][1].info.id == "after"


def test_a_study_that_the_old_version_judged_and_that_is_gone_is_told(home):
    study = open_study(home, "after")
    try:
        asked = catalog.bind(study, "clauses.versions", old_study="gone@0123")
        with pytest.raises(FaultlineError, match="not here"):
            catalog.compute(study, asked)
    finally:
        study.close()


def test_a_spec_that_comes_into_use_reaches_every_figure(home, opened, monkeypatch):
    """What is asked is kept in a cache; the spec in use may change while the study does not."""
    found = []
    monkeypatch.setattr(
        "pages.ui.figure.export_menu",
        lambda key, study, content, drawn=None: found.append((key, content.request)),
    )
    for version in ("1.0", "2.0"):
        use_spec(home, "house", version)
        found.clear()
        opened()
        named = {k: r.parameters["spec"] for k, r in found if "spec" in r.parameters}
        assert {"clauses", "clause-cases"} <= set(named)
        assert all(key.startswith(f"house@{version}@") for key in named.values())


def test_what_changed_is_named_by_its_versions(home):
    study = open_study(home, "after")
    try:
        keys = [spec_key(read_spec(home, "house", v)) for v in ("1.0", "2.0")]
        how = dict(zip(("old_spec", "spec"), keys, strict=True))
        content = catalog.content(study, catalog.bind(study, "clauses.changes", **how))
        assert content.title == "What changed between house 1.0 and house 2.0"
        added = catalog.content(
            study, catalog.bind(study, "clauses.changes", change="added", **how)
        )
        assert added.title.endswith("house 2.0: added")
        assert added.frame["anchor"].tolist() == ["new_rule"]
        with pytest.raises(FaultlineError, match="kind of change “love”"):
            catalog.compute(study, catalog.bind(study, "clauses.changes", change="love", **how))
    finally:
        study.close()
