"""A report as HTML, PowerPoint and PDF: the same numbers, nothing live or fetched, verified."""

import io
import json
import re
import shutil
from dataclasses import replace

import pytest
from lxml import etree
from pptx import Presentation

from analysis.brief.draft import draft
from analysis.decks import files as report_files
from analysis.decks import findings
from analysis.errors import FaultlineError
from analysis.files import pictures
from analysis.store.annotations.reports import CASE, FIGURE, SECTION, TEXT, Finding, Report
from analysis.store.study import list_studies
from analysis.verify.verdict import verify

CHROMIUM = any(map(shutil.which, pictures.BROWSERS))
needs_chromium = pytest.mark.skipif(not CHROMIUM, reason="no Chromium on this machine")
HOSTILE = (
    '<script>alert(1)</script> <img src="http://evil.example/x.png"> ![x](http://evil.example)'
)


def figure(study, recipe, **changes):
    info = study.info
    return Finding(FIGURE, recipe, "", info.id, info.content_hash, recipe, **changes)


@pytest.fixture(scope="module")
def report(planted):
    info = planted.info
    return Report(
        "r",
        f"Report {HOSTILE}",
        (
            Finding(SECTION, f"Part {HOSTILE}", HOSTILE),
            replace(figure(planted, "disagreement.histogram"), text=f"**Bold** {HOSTILE}"),
            figure(planted, "outliers.cases", params={"distance": 3, "others": 5}),
            Finding(CASE, "A case", "", info.id, info.content_hash, scenario="1_0_neutral"),
            Finding(TEXT, "The end", "- one\n- two"),
        ),
    )


@pytest.fixture(scope="module")
def drawn(report, home):
    found = findings.drawn(report, home)
    assert [d.problem for d in found] == [""] * 5
    return found


def test_the_page_asks_for_nothing_and_holds(report, drawn, home, tmp_path):
    page = report_files.content(report, drawn, "html").decode()
    bare = re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)
    assert "default-src 'none'" in page
    assert not re.findall(r"<(?:img|iframe|link|object|embed)\b", bare)
    assert not re.findall(r'(?:src|href)\s*=\s*"http', bare)
    assert "<strong>Bold</strong>" in bare
    assert "&lt;script&gt;alert(1)" in bare
    assert len(page) < 8_000_000
    path = tmp_path / "report.html"
    path.write_text(page, encoding="utf-8")
    found = verify(path, home)
    assert found.holds, found.said
    assert "All 3 findings" in found.said


def test_an_altered_page_is_told(report, drawn, home, tmp_path):
    page = report_files.content(report, drawn, "html").decode()
    path = tmp_path / "report.html"
    path.write_text(page.replace("<li>one</li>", "<li>won</li>"), encoding="utf-8")
    assert verify(path, home).state == "file altered"


@needs_chromium
def test_slides_hold_titles_tables_pictures_and_the_citation(report, drawn, home, tmp_path):
    path = tmp_path / "report.pptx"
    report_files.written(report, drawn, "pptx", path)
    deck = Presentation(io.BytesIO(path.read_bytes()))
    slides = list(deck.slides)
    assert len(slides) == 6
    kinds = [{s.shape_type for s in slide.shapes} for slide in slides]
    texts = [
        " ".join(s.text_frame.text for s in slide.shapes if s.has_text_frame) for slide in slides
    ]
    assert "The end" in texts[5]
    assert [s.shapes.title.text_frame.text for s in slides[3:]][-1] == "The end"
    bullets = [p for s in slides[5].shapes for p in s.text_frame.paragraphs if _is_item(p)]
    assert [p.text for p in bullets] == ["one", "two"]
    (picture,) = [s for s in slides[2].shapes if "PICTURE" in str(s.shape_type)]
    assert "scenarios are high" in picture._element.nvPicPr.cNvPr.get("descr")
    assert any(s.has_table for s in slides[3].shapes)
    assert any("PICTURE" in str(k) for k in kinds[2])
    notes = slides[2].notes_slide.notes_text_frame.text
    assert drawn[1].facts.content_hash in notes
    assert "Definition: " in notes
    assert "1_0_neutral" in slides[4].notes_slide.notes_text_frame.text
    found = verify(path, home)
    assert found.holds, found.said


def _is_item(paragraph):
    return b"buChar" in etree.tostring(paragraph._p)


@needs_chromium
def test_the_pdf_is_one(report, drawn):
    raw = report_files.content(report, drawn, "pdf")
    assert raw.startswith(b"%PDF-")
    assert raw.count(b"/Type /Page\n") + raw.count(b"/Type /Page ") >= 1 or b"/Pages" in raw
    assert len(raw) > 20_000


def test_without_chromium_a_sentence_and_the_page_still_works(report, drawn, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    for format in ("pptx", "pdf"):
        with pytest.raises(FaultlineError, match="install chromium"):
            report_files.content(report, drawn, format)
    assert report_files.content(report, drawn, "html")
    assert json.loads(report_files.content(report, drawn, "json")) == json.loads(
        json.dumps(report.body)
    )
    with pytest.raises(FaultlineError, match="No report is written as “odt”"):
        report_files.content(report, drawn, "odt")


def test_what_can_t_be_drawn_is_a_sentence_in_its_place(planted, home):
    info = planted.info
    odd = Report(
        "r",
        "odd",
        (
            figure(planted, "values.by_moon"),
            figure(planted, "outliers.bars", params={"colour": "red"}),
            Finding(FIGURE, "x", "", "gone", "0" * 64, "disagreement.histogram"),
            Finding(FIGURE, "x", "", info.id, "0" * 64, "disagreement.histogram"),
            Finding(CASE, "x", "", info.id, info.content_hash, scenario="9_9_none"),
        ),
    )
    found = findings.drawn(odd, home)
    said = [d.problem for d in found]
    assert "no figure “values.by_moon”" in said[0]
    assert "colour" in said[1]
    assert "is gone from this home" in said[2]
    assert "has other data now" in said[3]
    assert found[3].other == info.id
    assert "9_9_none" in said[4] or said[4] == ""
    page = report_files.content(odd, found, "html").decode()
    assert "is gone from this home" in page
    again = findings.drawn(findings.recomputed(odd, home), home)
    assert again[3].problem == ""
    assert again[2].problem  # a study that is gone stays gone


def test_two_hundred_findings_make_one_page(planted, home):
    one = figure(planted, "disagreement.bins")
    many = Report("r", "many", tuple(replace(one, id=str(n)) for n in range(200)))
    page = report_files.content(many, findings.drawn(many, home), "html")
    assert page.count(b"<section") >= 200


def test_a_briefing_of_the_study_can_be_drawn_whole(planted, home):
    made = draft(planted, home)
    found = findings.drawn(Report("b", "Briefing", tuple(made)), home)
    assert [d.problem for d in found if d.problem] == []
    kinds = {d.finding.recipe for d in found}
    assert {"disagreement.histogram", "values.by_category", "outliers.bars"} <= kinds
    assert found[-1].finding.title == "What to keep in mind"
    assert all(list_studies(home)[0].content_hash == f.content_hash for f in made)


def test_what_is_off_the_slides_stays_on_the_page_and_a_chart_says_its_number(planted, home):
    shown = figure(planted, "disagreement.histogram")
    hidden = replace(figure(planted, "outliers.bars"), slide=False, text="Said.")
    made = Report("r", "two", (shown, hidden))
    page = report_files.content(made, findings.drawn(made, home), "html").decode()
    assert page.count("<section") == 3
    assert page.count('off"><h2>') == 1
    assert re.search(r'role="img" aria-label="[^"]*scenarios are high', page)


@needs_chromium
def test_slides_hold_what_was_chosen_and_the_speaker_s_notes(planted, home):
    first = replace(figure(planted, "outliers.cases"), notes="Breathe.", text="- " + "word " * 900)
    made = Report("r", "two", (first, Finding(TEXT, "off", slide=False)))
    deck = Presentation(io.BytesIO(report_files.content(made, findings.drawn(made, home), "pptx")))
    assert len(deck.slides) == 2
    assert deck.slides[1].notes_slide.notes_text_frame.text.startswith("Breathe.")
