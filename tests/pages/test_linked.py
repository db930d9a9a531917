"""What a link names decides what is shown, and what of it can't be followed is said."""

import pytest
from exported_study import home, planted
from streamlit.testing.v1 import AppTest

from analysis.store import labels
from pages.ui import address
from pages.ui.address import EVERY, PARAMETERS, Form, Parameter

__all__ = ["home", "planted"]
APP = __file__.replace("tests/pages/test_linked.py", "app.py")


@pytest.fixture
def opened(planted, monkeypatch):
    monkeypatch.setenv("FAULTLINE_HOME", str(planted.settings.home))

    def go(page: str, /, **query: str | list[str]) -> AppTest:
        app = AppTest.from_file(APP, default_timeout=150)
        for name, value in {"study": planted.info.id, **query}.items():
            app.query_params[name] = value
        return app.switch_page(f"pages/{page}.py").run()

    return go


def told(app: AppTest) -> str:
    return " ".join(t.value for t in app.text)


@pytest.mark.parametrize(
    ("page", "query", "words"),
    [
        ("refusals", {"topic": "politics", "nudge": "neutral"}, "topic=politics, nudge=neutral"),
        ("scenarios", {"topic": "politcs"}, "Topic: “politcs” is not known here."),
        ("scenarios", {"nudge": "sideways"}, "Nudge: “sideways” is not known here."),
        ("scenarios", {"models": "nobody"}, "Models compared: “nobody” is not known here."),
        ("outliers", {"model": "nobody"}, "Model: “nobody” is not known here."),
        ("refusals", {"labels": "nobody"}, "“nobody” is not known here."),
        ("scenarios", {"taxonomy": "gone@0123"}, "taxonomy"),
        ("overview", {"content": "0123456789ab"}, "with content 0123456789ab; the study now has"),
        ("overview", {"study": "elsewhere"}, "There is no study “elsewhere”"),
        ("judges", {"over": "everything"}, "Over: “everything” is not known here."),
        ("robustness", {"kind": "rhyme"}, "Kind: “rhyme” is not known here."),
        ("overview", {"spec": "gone@2020"}, "The link names the spec “gone@2020”, which neither"),
        ("clauses", {"spec": "gone@2020"}, "The judgements are read under the study's own."),
        ("clauses", {"model": "nobody"}, "This page has no use for model=nobody"),
        ("clauses", {"verdicts": "01ABC"}, "Verdicts: “01ABC” is not known here."),
        ("scenarios", {"page": "0"}, "Page: “0” is not 1."),
        ("scenarios", {"page": "1.5"}, "Page: “1.5” is not 1."),
        ("scenarios", {"d": ["2", "1"]}, "“2”, “1” is not two numbers from 0 to 3, the lower"),
        ("scenarios", {"d": ["nan", "1"]}, "“nan”, “1” is not two numbers from 0 to 3"),
        (
            "scenarios",
            {"scenario": "1_0_neutral", "compare": "both"},
            "“both” is not true or false",
        ),
        ("stress_test", {"stress": "Walks"}, "Tab: “Walks” is not known here."),
        ("data", {"section": "Load", "from": "Afar"}, "Where from: “Afar” is not known here."),
    ],
)
def test_what_a_link_asks_in_vain_is_said(opened, page, query, words):
    app = opened(page, **query)
    assert not app.exception
    assert words in told(app)
    assert words in told(app.run())  # and stays while the page does


def in_vain(parameter: Parameter) -> str | list[str] | None:
    """What no page can honour; None for free text and for what opens another view."""
    if parameter.form is Form.TEXT or parameter.name in ("scenario", "run"):
        return None
    return {Form.NUMBER: "999", Form.RANGE: ["0", "999"]}.get(
        parameter.form, f"no {parameter.name}"
    )


# What belongs to a part that the page does not show then: one open case, a set of one's own.
ASIDE = {"show", "compare", "left", "right", "with", "clause", "page"}


@pytest.mark.parametrize("page", ["outliers", "refusals", "compliance", "scenarios", "judges"])
def test_nothing_that_a_page_declares_is_dropped_without_a_word(opened, page):
    mine = [p for p in PARAMETERS.values() if {page, EVERY} & {*p.pages} and p.name not in ASIDE]
    asked = {p.name: v for p in mine if (v := in_vain(p))}
    del asked["study"], asked["verdicts"]  # said above
    if page == "scenarios":
        del asked["picked"]  # it stops the page, with a sentence
    app = opened(page, **asked)
    words = told(app)
    assert not app.exception
    silent = [name for name, v in asked.items() if (v if isinstance(v, str) else v[1]) not in words]
    assert not silent


def test_a_parameter_that_others_may_break_says_what_it_may_be(opened):
    for name, parameter in PARAMETERS.items():
        if parameter.form in (Form.NUMBER, Form.RANGE, Form.NAMES):
            with pytest.raises(TypeError, match=f"“{name}” is bound without"):
                address.check_bound(parameter, [])


def test_what_was_asked_in_vain_is_told_until_somebody_chooses(opened):
    app = opened("outliers", distance="99")
    assert "Distance in points: “99” is not a whole number from 1 to 6." in told(app)
    slider = next(s for s in app.slider if s.label == "Distance in points")
    slider.set_value(3).run()
    assert "“99”" not in told(app)


def test_the_card_shows_every_fact_in_full(opened):
    card = next(t.value for t in opened("overview").table if "What is known" in t.value.columns)
    assert list(card["Part"])[:2] == ["Run", "Sources"]
    assert "GPT-4o" in dict(card.to_numpy())["Answered"]


def test_a_link_names_all_that_decides_a_number(opened, planted):
    app = opened("scenarios")
    named = {k: app.query_params.get(k) for k in ("content", "taxonomy", "labels")}
    assert named["content"] == planted.info.content_hash[:12]
    assert str(named["taxonomy"]).startswith("embedded@")
    assert named["labels"] == labels.sources(planted, "response_types")[0]
    assert not any(":material/" in m.value for m in app.markdown)


def test_the_content_of_a_link_finds_its_study_under_another_name(opened, planted):
    app = opened("overview", study="renamed", content=planted.info.content_hash[:12])
    assert app.query_params["study"] == planted.info.id
    assert "that content is here as" in told(app)
