"""What a page shows is what its recipe gives: no figure's file may differ from its screen."""

import pandas as pd
import pytest
from make_rows import MODELS, many, opinions, parquet, place_map
from streamlit.testing.v1 import AppTest

from analysis.export import recipes
from analysis.load.files import load_files
from analysis.settings import Settings
from analysis.store.study import open_study

APP = __file__.replace("tests/pages/test_exported.py", "app.py")
MORE = ("claude_opus_3", "gemini_2_5_pro", "gpt_4o")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("exported")
    settings = Settings(home=folder / "home")
    rows = many(60, models=[*MODELS, *MORE])
    said = parquet(folder / "said.parquet", opinions(rows, ("o3", "gpt_4o")))
    info = load_files([parquet(folder / "rows.parquet", rows), said], "planted", settings)
    place_map(settings, info)
    return settings


@pytest.fixture
def menus(home, monkeypatch):
    """Open a page; gives (key, frame, recipe) of every export menu on it."""
    monkeypatch.setenv("FAULTLINE_HOME", str(home.home))

    def visit(page, **query):
        found = []

        def menu(key, facts, frame, figure=None, *, study=None, recipe=None):
            found.append((key, frame(), recipe))

        monkeypatch.setattr("pages.ui.figure.export_menu", menu)
        monkeypatch.setattr("pages.ui.answers.export_menu", menu)
        app = AppTest.from_file(APP, default_timeout=60)
        for name, value in {"study": "planted", **query}.items():
            app.query_params[name] = value
        app.run()
        found.clear()
        app.switch_page(f"pages/{page}.py").run()
        assert not app.exception
        return found

    return visit


VIEWS = [
    ("overview", {}, {"histogram", "bins", "coverage", "sources"}),
    ("overview", {"models": "openai"}, {"histogram", "bins"}),
    ("scenarios", {"nudge": "value1", "sort": "value1"}, {"scenarios"}),
    ("scenarios", {"scenario": "1_0_neutral"}, {"positions", "leave-one-out", "answers"}),
    ("values", {}, {"values", "value-models", "value-values", "published"}),
    ("values", {"columns": "model", "measure": "favor", "wording": "nudged"}, {"values"}),
    ("models", {"model": "o3"}, {"lean-categories", "lean-single", "neighbours"}),
    ("refusals", {}, {"refusals", "response-types", "refusal-patterns"}),
    ("refusals", {"rows": "provider", "refusal": "soft", "api": "with"}, {"refusals"}),
    ("robustness", {"model": "o3"}, {"shift", "flip", "shifts", "flip-cases"}),
    ("outliers", {"distance": 3, "others": 6}, {"outliers", "outlier-cases"}),
    (
        "clauses",
        {},
        {"clauses", "clause-rivals", "clause-pairs", "clause-rival-cases", "clause-cases"},
    ),
    ("clauses", {"clause": "plain_truth", "rivals": "keep_to_task|kind_words"}, {"clause-cases"}),
    ("map", {"by": "nudge"}, {"map", "map-groups"}),
    ("archetypes", {}, {"archetype-tree", "archetype-plane", "archetypes", "archetype-features"}),
    ("archetypes", {"kinds": "2"}, {"archetype-tree"}),
    ("compliance", {}, {"compliance-bins", "compliance-thresholds", "compliance-models"}),
    ("compliance", {"position-gap": 1, "type-gap": 1}, {"compliance-gaps"}),
    (
        "judges",
        {},
        {
            "agreement",
            "judge-pairs",
            "judges",
            "judge-confusion",
            "judge-confusion-cases",
            "agreement-slices",
            "disputed",
        },
    ),
    ("judges", {"coding": "three_way", "by": "model"}, {"judge-pairs", "agreement-slices"}),
    ("judges", {"without": "two", "by": "clause"}, {"agreement", "agreement-slices"}),
    (
        "judges",
        {"pair": "one|three", "cell": "compliant|compliant", "by": "topic"},
        {"judge-confusion", "judge-confusion-cases"},
    ),
]


@pytest.mark.parametrize(("page", "query", "expected"), VIEWS)
def test_a_page_shows_what_its_recipes_give(home, menus, page, query, expected):
    found = menus(page, **query)
    assert expected <= {key for key, _, _ in found}
    study = open_study(home, "planted")
    for key, frame, recipe in found:
        assert recipe is not None, f"{page}: the figure {key} has no recipe"
        again = recipes.compute(study, recipe)
        pd.testing.assert_frame_equal(
            frame.reset_index(drop=True), again.reset_index(drop=True), check_dtype=False
        )
    study.close()
