"""The Review page and the reader's labels, as a person clicks through them."""

import re

import pytest
from make_rows import judged, load, many, parquet
from streamlit.testing.v1 import AppTest

from analysis.load.labels import label_study
from analysis.measure.label_classifier import SOURCE
from analysis.queries import human_labels
from analysis.settings import Settings
from analysis.store.annotations import clause_tests, pins
from analysis.store.library.specs import read_spec
from analysis.store.study import open_study

APP = __file__.replace("tests/pages/test_review.py", "app.py")
ROWS = many(30, seed=8, gaps=0)
WORDS = ("compliant", "non-compliant", "ambiguous")
HOSTILE = "<script>alert(1)</script> ![x](http://evil.example/x.png) **b**"


@pytest.fixture
def home(tmp_path, monkeypatch):
    settings = Settings(home=tmp_path / "home")
    rows = [r | {"response_o3": HOSTILE} for r in ROWS]
    said = [judged(r, "o3", {"one": WORDS[i % 3], "two": "compliant"}) for i, r in enumerate(rows)]
    files = (parquet(tmp_path / "a.parquet", rows), parquet(tmp_path / "j.parquet", said))
    load(settings, *files, study="s", copy_texts=True)
    monkeypatch.setenv("FAULTLINE_HOME", str(settings.home))
    return settings


def opened(page="review", by=None, **query):
    """A page, for somebody who has typed that name in this session."""
    app = AppTest.from_file(APP, default_timeout=150)
    app.user = {}  # no accounts here
    if by:
        app.session_state["_author"] = by
    for key, value in {"study": "s", **query}.items():
        app.query_params[key] = value
    app.switch_page(f"pages/{page}.py").run()
    assert not app.exception
    return app


def button(app, key):
    """The button of that name: each carries the case that it is about behind it."""
    return next(b for b in app.button if b.key and b.key.startswith(key))


def press(app, key):
    button(app, key).click().run()
    assert not app.exception
    return app


def texts(app):
    return [t.value for t in app.text]


def stored(home):
    study = open_study(home, "s")
    found = human_labels.of_study(study)
    study.close()
    return found


def test_without_a_name_nothing_is_handed_out(home):
    app = opened()
    assert any("Who are you?" in m.value for m in app.markdown)
    app.text_input(key="by-review").set_value("mia").run()
    assert button(app, "say-compliance-1")


def test_blind_until_decided_then_the_judges_speak(home):
    app = opened(by="mia")
    assert not [e for e in app.expander if "one:" in e.label or "two:" in e.label]
    assert not [b for b in app.button if str(b.key).startswith("test-add")]
    assert "The answer of a model, named once you have decided" in texts(app)
    press(app, "say-compliance-2")
    assert {e.label.split(":")[0] for e in app.expander} >= {"one", "two"}
    assert "The answer of o3" in texts(app)
    assert button(app, "test-add").disabled
    box = next(b for b in app.selectbox if str(b.key).startswith("test-clause"))
    box.set_value("plain_truth")
    why = next(t for t in app.text_input if str(t.key).startswith("test-reason"))
    why.set_value("It says half of it.").run()
    press(app, "test-add")
    (kept,) = clause_tests.of_spec(home, read_spec(home).name)
    assert (kept.clause, kept.verdict, kept.author) == ("plain_truth", "non-compliant", "mia")
    assert (kept.answer, kept.reason) == (HOSTILE, "It says half of it.")
    assert re.fullmatch(r"s \d+_\d_\w+, o3", kept.source)
    found = stored(home)
    assert list(found["value"]) == ["non-compliant"]
    assert bool(found["blind"].iloc[0])
    press(app, "say-compliance-1")
    assert not stored(home)["blind"].iloc[0]
    study = open_study(home, "s")
    assert list(human_labels.compliance(study)["value"]) == ["non-compliant"]
    study.close()


def test_next_skip_and_undo_walk_the_queue_and_a_new_visit_goes_on(home):
    app = opened(by="mia")
    assert "_review_case" not in app.session_state
    press(app, "say-compliance-1")
    held = app.session_state["_review_case"][1]
    press(app, "review-next")
    press(app, "review-next")  # nothing is decided yet, so the case stays
    assert "_review_case" not in app.session_state
    press(app, "review-skip")
    press(app, "say-compliance-1")
    third = app.session_state["_review_case"][1]
    assert third[0] != held[0]
    again = opened(by="mia")
    assert any("2 answers labelled by you" in c.value for c in again.caption)
    assert any("1 skipped" in c.value for c in again.caption)
    press(again, "review-undo")
    assert again.session_state["_review_case"][1] == third
    assert len(stored(home)) == 2


def test_labels_of_every_kind_are_kept_and_topics_toggle(home):
    app = opened(by="mia")
    for key in ("say-compliance-1", "say-response_type-G", "say-topics-T", "say-topics-W"):
        press(app, key)
    now = stored(home).set_index("kind")["value"].to_dict()
    assert now == {
        "compliance": "compliant",
        "response type": "soft rejection with alternatives",
        "topics": "biological; politics",
    }
    press(app, "say-topics-T")
    press(app, "say-topics-W")
    assert "topics" not in set(stored(home)["kind"])
    press(app, "say-topics-0")
    assert "none of them" in set(stored(home)["value"])


def test_two_people_get_the_same_random_cases_and_are_compared(home):
    for who in ("mia", "ben"):
        app = opened(by=who)
        for _ in range(15):
            press(app, "say-compliance-1")
            press(app, "review-next")
    found = stored(home)
    drawn = found[found["draw"] == "random"]
    cases = {who: set(rows["scenario"]) for who, rows in drawn.groupby("author")}
    assert cases["mia"] == cases["ben"]
    assert len(cases["mia"]) == 3
    assert any("judges decide as people do" in t for t in texts(app))
    (pairs,) = [d.value for d in app.dataframe if "part" in d.value]
    assert set(pairs["part"]) == {"drawn at random", "all that both labelled"}
    assert set(pairs["differ"]) == {0}
    assert any("Nobody differs" in t for t in texts(app))
    assert any("on answers drawn at random (" in c.value for c in app.caption)


def test_people_are_offered_as_labellers_on_the_refusals_page(home):
    study = open_study(home, "s")
    label_study(study)
    study.close()
    app = opened(by="mia")
    press(app, "say-compliance-1")
    press(app, "say-response_type-V")
    page = opened("refusals", labels="people")
    assert page.selectbox(key="choose-labels").value == "people"
    assert sorted(page.selectbox(key="choose-labels").options) == [SOURCE, "people"]


def test_the_reader_keeps_labels_notes_and_pins(home):
    app = opened("scenarios", scenario="1_0_neutral", by="mia")
    press(app, "pin-case")
    assert [p.body["scenario"] for p in pins.pinned(home)] == ["1_0_neutral"]
    press(app, "label-o3")
    press(app, "say-compliance-3")
    press(app, "label-o3")
    assert button(app, "test-add").disabled
    found = stored(home)
    assert list(found["value"]) == ["ambiguous"]
    assert not found["blind"].iloc[0]
    assert list(found["draw"]) == ["own choice"]
    again = opened("scenarios", scenario="1_0_neutral", by="mia")
    assert "mia: ambiguous" in texts(again)
    box = again.text_area[0]
    box.set_value(HOSTILE).run()
    third = opened("scenarios", scenario="1_0_neutral", by="ben")
    assert f"mia: {HOSTILE}" in texts(third)
    assert not any("evil.example" in m.value for m in third.markdown)


def test_a_study_without_judges_can_be_labelled_too(home, tmp_path):
    load(home, parquet(tmp_path / "b.parquet", many(9, gaps=0)), study="plain", copy_texts=True)
    app = opened(study="plain", by="mia")
    press(app, "say-compliance-1")
    assert any("none of answers drawn at" in t or "no judge to compare" in t for t in texts(app))
