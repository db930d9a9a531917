"""Near queries on the pages: without judges, in the reader, as a filter, and a step to judges."""

import pytest
from make_rows import load, many, parquet
from streamlit.testing.v1 import AppTest

from analysis.settings import Settings

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
        app = AppTest.from_file(APP, default_timeout=60)
        for key, value in {"study": "unjudged", **query}.items():
            app.query_params[key] = value
        app.run().switch_page(f"pages/{page}.py").run()
        assert not app.exception
        assert not any(":material/error:" in m.value for m in app.markdown)
        return app

    return run


def test_an_unjudged_study_shows_what_is_near_and_says_that_it_is_no_finding(opened):
    app = opened("clauses", clause="room_for_fiction")
    said = " ".join(t.value for t in app.text)
    assert "4 of 9 queries are near a clause" in said
    assert "4 queries of 9 lie near it" in said
    assert "4 of the nearest 4 were never judged" in said
    assert "not where the spec fails" in said
    assert any(h.value == "Near this clause, not cited" for h in app.header)


def test_the_reader_names_the_clauses_and_the_filter_leaves_their_queries(opened):
    app = opened("scenarios", near="room_for_fiction")
    assert any(h.value == "4 scenarios" for h in app.header)
    scenario = str(app.dataframe[0].value["query"].iloc[0])
    assert scenario.startswith("Write a story")
    reader = opened("scenarios", scenario="1_0_value1")
    assert any("Clauses near this query" in c.value for c in reader.caption)
    assert any(t.value == "Leave room for fiction" for t in reader.text)


def test_one_step_leads_to_judging_only_what_is_near(opened):
    app = opened("stress_test", template="re-judge", near="room_for_fiction")
    assert any("Only the 4 queries" in t.value for t in app.text)
    calls = next(m for m in app.metric if m.label == "Calls, at most")
    whole = opened("stress_test", template="re-judge")
    everything = next(m for m in whole.metric if m.label == "Calls, at most")
    assert int(calls.value) * 9 == int(everything.value) * 4


def test_a_link_with_a_clause_of_another_spec_says_what_it_left_out(opened):
    app = opened("scenarios", near="avoid_abuse")
    assert any("was left out" in m.value for m in app.markdown)
    assert any("names #avoid_abuse" in t.value for t in app.text)
    assert any(h.value == "9 scenarios" for h in app.header)


def test_a_clause_that_the_spec_lacks_is_a_sentence(opened, home, monkeypatch):
    monkeypatch.setenv("FAULTLINE_HOME", str(home.home))
    app = AppTest.from_file(APP, default_timeout=60)
    app.query_params["study"] = "unjudged"
    app.query_params["template"] = "re-judge"
    app.query_params["near"] = "nowhere"
    app.run().switch_page("pages/stress_test.py").run()
    assert any("no clause “nowhere”" in t.value for t in app.text)
