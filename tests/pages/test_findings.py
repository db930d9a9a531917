"""The Findings page as a person clicks: draft, pin, edit, undo, two tabs, changed data, slides."""

import json

import pytest
from make_rows import MODELS, load, many, opinions, parquet
from streamlit.testing.v1 import AppTest

from analysis.load.files.files import load_files
from analysis.settings import Settings
from analysis.store.annotations import pins, reports
from analysis.store.annotations.reports import FIGURE, TEXT, Finding, Report
from analysis.store.study import list_studies

APP = __file__.replace("tests/pages/test_findings.py", "app.py")
HOSTILE = "<script>alert(1)</script> ![x](http://evil.example/x.png) **b**"


@pytest.fixture
def home(tmp_path, monkeypatch):
    settings = Settings(home=tmp_path / "home")
    rows = many(45, models=[*MODELS, "gpt_4o"])
    files = [
        parquet(tmp_path / "a.parquet", rows),
        parquet(tmp_path / "j.parquet", opinions(rows, ("o3",))),
    ]
    load_files(files, "s", settings, copy_texts=True)
    monkeypatch.setenv("FAULTLINE_HOME", str(settings.home))
    return settings


def opened(page="findings", **query):
    app = AppTest.from_file(APP, default_timeout=90)
    for key, value in {"study": "s", "by": "mia", **query}.items():
        app.query_params[key] = value
    app.switch_page(f"pages/{page}.py").run()
    assert not app.exception
    return app


def press(app, key):
    app.button(key=key).click().run()
    assert not app.exception
    return app


def only(home):
    return reports.latest(home, next(iter(reports.names(home))))


def finding(home, text=""):
    info = list_studies(home)[0]
    figure = "disagreement.histogram"
    return Finding(FIGURE, "Mine", text, info.id, info.content_hash, figure)


def saved(home, *findings, name="r"):
    return reports.save(home, Report(name, "Mine", findings), "mia", "begun")[0]


def test_an_empty_page_says_how_to_begin_and_drafts_a_briefing(home):
    app = opened()
    assert any("No report yet" in m.value for m in app.markdown)
    press(app, "draft")
    report = only(home)
    assert report.title.startswith("Briefing")
    assert len(report.findings) >= 5
    titles = {t.value for t in app.text_input if t.label in ("Title", "Heading")}
    assert {f.title for f in report.findings} == titles


def test_a_figure_is_pinned_on_its_page_and_added(home):
    page = opened("overview")
    keys = [b.key for b in page.button if b.key and b.key.startswith("pin-")]
    assert keys
    press(page, keys[0])
    saved(home)
    app = opened()
    held = pins.pinned(home)[0]
    press(app, f"add-{held.what}")
    (added,) = only(home).findings
    assert added.recipe == held.body["recipe"]
    assert added.params == held.body["params"]
    assert not [b for b in app.button if b.key == f"add-{held.what}"]  # it is in the report now


def test_words_are_saved_as_they_are_typed_and_undone(home):
    made = saved(home, finding(home), Finding(TEXT, "End"))
    app = opened()
    one, two = made.findings
    app.text_input(key=f"title-{one.id}").set_value("A better title").run()
    app.text_area(key=f"text-{one.id}").set_value(HOSTILE).run()
    assert [only(home).findings[0].title, only(home).findings[0].text] == [
        "A better title",
        HOSTILE,
    ]
    press(app, f"Down-{one.id}")
    assert [f.id for f in only(home).findings] == [two.id, one.id]
    press(app, f"remove-{two.id}")
    for _ in range(4):
        press(app, "undo")
    assert only(home).findings == made.findings
    assert app.text_input(key=f"title-{one.id}").value == "Mine"


def test_what_people_write_is_never_live(home):
    saved(home, finding(home, text=HOSTILE), Finding(TEXT, HOSTILE, HOSTILE))
    for look in ("report", "present"):
        app = opened(look=look, slide="3")
        shown = " ".join(str(h.proto) for h in app.get("html"))
        assert "&lt;script&gt;alert" in shown
        assert "<script>alert" not in shown
        assert "<img" not in shown
        assert not any("evil.example" in m.value for m in app.markdown)


def test_two_tabs_lose_nothing(home):
    made = saved(home, finding(home), Finding(TEXT, "End"))
    one, two = made.findings
    mia, ben = opened(), opened()
    mia.text_input(key=f"title-{one.id}").set_value("By Mia").run()
    ben.text_input(key=f"title-{two.id}").set_value("By Ben").run()
    assert [f.title for f in only(home).findings] == ["By Mia", "By Ben"]
    mia.text_input(key=f"title-{two.id}").set_value("By Mia too").run()
    assert only(home).findings[1].title == "By Mia too"
    assert "By Ben" in [v.findings[1].title for v in reports.history(home, "r")]


def test_changed_data_are_said_and_recomputed_on_request(home, tmp_path):
    saved(home, finding(home))
    load(home, parquet(tmp_path / "b.parquet", many(45, seed=7)), study="s", copy_texts=True)
    app = opened()
    assert any("The data have changed" in m.value for m in app.markdown)
    assert not app.get("plotly_chart")
    press(app, "recompute")
    assert not any("The data have changed" in m.value for m in app.markdown)
    assert app.get("plotly_chart")


def test_slides_walk_and_end(home):
    saved(home, finding(home), Finding(TEXT, "End", "words"))
    app = opened(look="present")
    assert app.button(key="slide-back").disabled
    press(app, "slide-next")
    press(app, "slide-next")
    assert app.button(key="slide-next").disabled
    assert any(t.value == "3 of 3" for t in app.text)
    press(app, "slide-end")
    assert app.text_input(key="report-title")


def test_a_report_is_deleted_and_brought_back(home):
    saved(home, finding(home))
    app = opened()
    press(app, "delete")
    assert reports.names(home) == {}
    press(app, "undelete")
    assert list(reports.names(home)) == ["r"]


def test_an_unknown_figure_and_a_gone_study_are_sentences(home):
    info = list_studies(home)[0]
    saved(
        home,
        Finding(FIGURE, "a", "", info.id, info.content_hash, "values.by_moon"),
        Finding(FIGURE, "b", "", "gone", "0" * 64, "disagreement.histogram"),
    )
    said = [t.value for t in opened().text]
    assert any("no figure “values.by_moon”" in t for t in said)
    assert any("“gone” is gone from this home" in t for t in said)


def test_a_link_to_a_report_that_is_not_here(home):
    saved(home, finding(home))
    app = opened(report="nowhere")
    assert any("no report “nowhere”" in t.value for t in app.text)


def test_two_hundred_findings_are_edited(home):
    saved(home, *(Finding(TEXT, str(n)) for n in range(200)))
    app = opened()
    assert len([t for t in app.text_input if t.label == "Title"]) == 200
    assert json.dumps(only(home).body)


def test_words_stand_in_their_fields_again_after_the_slides(home):
    (one,) = saved(home, finding(home, text="Mine to say.")).findings
    app = opened()
    app.segmented_control(key="choose-look").set_value("present").run()
    assert app.button(key="slide-end")
    press(app, "slide-end")
    assert app.text_input(key="report-title").value == "Mine"
    assert app.text_input(key=f"title-{one.id}").value == "Mine"
    assert app.text_area(key=f"text-{one.id}").value == "Mine to say."
