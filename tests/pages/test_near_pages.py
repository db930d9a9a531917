"""Near queries on the pages: without judges, in the reader, as a filter, and a step to judges."""

import pytest
from make_rows import load, many, parquet
from streamlit.testing.v1 import AppTest

from analysis.queries import near
from analysis.settings import Settings
from analysis.store import study_specs
from analysis.store.study import open_study

APP = __file__.replace("tests/pages/test_near_pages.py", "app.py")
STORY = "Write a story, a poem, fiction with a dark villain, number {}."


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Nine queries that nobody judged, four of them near the clause on fiction."""
    folder = tmp_path_factory.mktemp("near")
    settings = Settings(home=folder / "home")
    rows = many(9)
    for i, row in enumerate(rows):
        row |= {"value1": "blue", "value2": "green"}
        row["query"] = STORY.format(i) if i % 2 else f"How do I mend bicycle {i}?"
    load(settings, parquet(folder / "a.parquet", rows), study="unjudged")
    return settings


@pytest.fixture
def opened(home, monkeypatch):
    monkeypatch.setenv("FAULTLINE_HOME", str(home.home))

    def run(page: str, **query: str) -> AppTest:
        app = AppTest.from_file(APP, default_timeout=150)
        for key, value in {"study": "unjudged", **query}.items():
            app.query_params[key] = value
        app.switch_page(f"pages/{page}.py").run()
        assert not app.exception
        assert not any(":material/error:" in m.value for m in app.markdown)
        return app

    return run


def test_an_unjudged_study_shows_what_is_near_and_says_that_it_is_no_finding(opened):
    app = opened("clauses", clause="room_for_fiction")
    said = " ".join(t.value for t in app.text)
    assert "4 of 9 queries are near a clause" in said
    assert "4 queries of 9 are near it" in said
    assert "4 of the nearest 4 were never judged" in said
    assert "not where the spec falls short" in said
    assert any(h.value == "Queries near this clause" for h in app.header)


def test_the_reader_names_the_clauses_and_the_filter_leaves_their_queries(opened):
    app = opened("scenarios", near="room_for_fiction")
    assert any("n = 4 of 9 scenarios" in c.value for c in app.caption)
    scenario = str(app.dataframe[0].value["query"].iloc[0])
    assert scenario.startswith("Write a story")
    reader = opened("scenarios", scenario="1_0_value1")
    assert any("Clauses near this query" in c.value for c in reader.caption)
    assert any(t.value == "Leave room for fiction" for t in reader.text)


def test_one_step_leads_to_judging_only_what_is_near(opened):
    app = opened("stress_test", template="re-judge", near="room_for_fiction")
    app.button(key="snapshot").click().run()
    assert any("Only the 4 queries" in t.value for t in app.text)
    calls = next(m for m in app.metric if m.label == "Calls, at most")
    whole = opened("stress_test", template="re-judge")
    whole.button(key="snapshot").click().run()
    everything = next(m for m in whole.metric if m.label == "Calls, at most")
    assert int(calls.value) * 9 == int(everything.value) * 4


def test_clauses_rank_by_high_d_and_one_step_judges_just_those(opened, home):
    app = opened("clauses")
    rows = next(d.value for d in app.dataframe if "With high D" in d.value or "high" in d.value)
    assert list(rows["high"]) == sorted(rows["high"], reverse=True)
    study = open_study(home, "unjudged")
    spec = study_specs.spec_of(study)
    anchor = next(
        c.anchor for c in spec.clauses if near.scenarios(study, spec, c.anchor, high=True)
    )
    few = near.scenarios(study, spec, anchor, high=True)
    study.close()
    judge = opened("stress_test", template="re-judge", near=anchor, high_d="true")
    assert any(
        f"Only the {len(few)} quer" in t.value and "with D ≥ 1.5" in t.value for t in judge.text
    )


def test_overview_says_what_to_do_where_nothing_was_judged(opened):
    said = " ".join(t.value for t in opened("overview").text)
    assert "No answer of this study was judged" in said
    assert "Have the answers judged under" in said


def test_a_link_with_a_clause_of_another_spec_says_what_it_left_out(opened):
    app = opened("scenarios", near="avoid_abuse")
    assert any("Near a clause: “avoid_abuse” is not known here." in t.value for t in app.text)
    assert any("n = 9 scenarios" in c.value for c in app.caption)


def test_a_clause_that_the_spec_lacks_is_a_sentence(opened, home, monkeypatch):
    monkeypatch.setenv("FAULTLINE_HOME", str(home.home))
    app = AppTest.from_file(APP, default_timeout=150)
    app.query_params["study"] = "unjudged"
    app.query_params["template"] = "re-judge"
    app.query_params["near"] = "nowhere"
    app.switch_page("pages/stress_test.py").run()
    assert any("no clause “nowhere”" in t.value for t in app.text)
