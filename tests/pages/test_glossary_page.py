"""The Glossary page without a study, and what its search finds."""

from streamlit.testing.v1 import AppTest

from analysis import glossary

APP = __file__.replace("tests/pages/test_glossary_page.py", "app.py")


def opened(first_home, monkeypatch, **query):
    monkeypatch.setenv("FAULTLINE_HOME", str(first_home.home))
    app = AppTest.from_file(APP, default_timeout=150)
    for key, value in query.items():
        app.query_params[key] = value
    app.switch_page("pages/glossary.py").run()
    assert not app.exception
    return app


def test_every_term_is_there_with_its_source(first_home, monkeypatch):
    app = opened(first_home, monkeypatch)
    assert [s.value for s in app.subheader] == [t.term for t in glossary.terms()]
    said = {c.value for c in app.caption}
    assert {f"Source: {t.source}" for t in glossary.terms()} <= said


def test_a_word_finds_the_terms_that_speak_of_it_named_ones_first(first_home, monkeypatch):
    app = opened(first_home, monkeypatch, term="KAPPA")
    found = [s.value for s in app.subheader]
    assert 1 < len(found) < 12
    assert "kappa" in found[0].casefold()
    nothing = opened(first_home, monkeypatch, term="zebra")
    assert any("No such term" in m.value for m in nothing.markdown)
