"""The reader of a judged case: each judge's reasoning with the clauses that it cites, and where it
was opened from a clause the way back and on to the clause's next case."""

import pytest
from exported_study import home, planted
from streamlit.testing.v1 import AppTest

from analysis.figures import catalog
from analysis.store.annotations import annotations
from analysis.store.annotations.annotations import About, Kind, entry

__all__ = ["home", "planted"]
APP = __file__.replace("tests/pages/test_judged_case.py", "app.py")
CLAUSE = "kind_words"


@pytest.fixture(scope="module")
def cases(planted):
    request = catalog.bind(planted, "clauses.cases", clause=CLAUSE)
    return catalog.compute(planted, request).to_dict("records")


def read(home, monkeypatch, **query):
    monkeypatch.setenv("FAULTLINE_HOME", str(home.home))
    app = AppTest.from_file(APP, default_timeout=150)
    for name, value in {"study": "planted", **query}.items():
        app.query_params[name] = value
    app.run().switch_page("pages/scenarios.py").run()
    assert not app.exception
    assert not any(":material/error:" in m.value for m in app.markdown)
    return app


def targets(app):
    return [(p.proto.label, p.proto.query_string) for p in app.get("page_link")]


def test_reasonings_and_the_ways_to_the_clauses_stand_under_the_answer(home, cases, monkeypatch):
    case = cases[1]
    app = read(home, monkeypatch, scenario=case["scenario"], clause=CLAUSE, show=case["model"])
    told = [e.label for e in app.expander]
    assert len([t for t in told if t.startswith(("one: ", "two: ", "three: "))]) >= 3
    assert any("<mark" in h.proto.body for h in app.get("html"))
    links = dict(targets(app))
    assert f"clause={CLAUSE}" in links["Choose kind words"]
    assert f"clause={CLAUSE}" in links["Back to “Choose kind words”"]
    here = next(t.value for t in app.text if "answers that cite it" in t.value)
    at = int(here.split(" of ")[0])
    assert here == f"{at} of {len(cases)} answers that cite it"
    assert f"scenario={cases[at]['scenario']}" in links["Next of this clause"]
    assert f"clause={CLAUSE}" in links["Next of this clause"]


def test_a_clause_that_the_spec_lacks_is_said(home, cases, monkeypatch):
    app = read(home, monkeypatch, scenario=cases[0]["scenario"], clause="moon")
    assert any("has no clause #moon" in m.value for m in [*app.markdown, *app.text])


def test_the_clause_that_decided_is_a_label(home):
    about = About("0" * 16, "s", "o3", 0, "1" * 16)
    made = entry(Kind.CLAUSE, f"house@1.0@0123456789ab#{CLAUSE}", about, "mia", "hash")
    annotations.add(home, [made])
    assert annotations.history(home, about)[0]["value"] == made.value
    with pytest.raises(Exception, match="names no clause"):
        entry(Kind.CLAUSE, CLAUSE, about, "mia", "hash")


def test_a_clause_that_is_chosen_comes_into_view(home, monkeypatch):
    monkeypatch.setenv("FAULTLINE_HOME", str(home.home))
    app = AppTest.from_file(APP, default_timeout=150)
    app.query_params["study"] = "planted"
    app.run().switch_page("pages/clauses.py").run()

    def scrolled():
        return [c for c in app.get("bidi_component") if "one-clause" in str(c.proto)]

    assert not app.exception
    assert not scrolled()
    app = AppTest.from_file(APP, default_timeout=150)  # somebody who follows a link
    app.query_params["study"], app.query_params["clause"] = "planted", "plain_truth"
    app.switch_page("pages/clauses.py").run()
    assert len(scrolled()) == 1
    app.run()
    assert not scrolled()
