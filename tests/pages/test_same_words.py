"""Small studies get the same words on page, in the report and in the briefing, and none that their
few families do not allow."""

import re

import pytest
import visits
from make_rows import load, many, opinions, parquet

from analysis.brief.draft import draft
from analysis.load.labels import label_study
from analysis.report import report, to_markdown
from analysis.settings import Settings
from analysis.store.study import open_study

MODELS = (
    "claude_opus_4",
    "claude_sonnet_4",
    "gpt_4_1",
    "gpt_4_1_mini",
    "o3",
    "o4_mini",
    "grok_4",
    "gemini_2_5_pro",
)
SIZES = (2, 5, 12)
PAGES = {
    "values": "values",
    "refusals": "refusals",
    "outliers": "outliers",
    "robustness": "robustness",
    "archetypes": "archetypes",
    "compliance": "compliance",
}
"""Page -> the section whose sentences it begins with."""
SPAN = re.compile(r"\(95% ([^ ,)]+) to ([^ ,)]+)")


@pytest.fixture(scope="module", params=SIZES)
def small(request, tmp_path_factory):
    """(settings, report, briefing) of a study of so many families, judged and labelled."""
    folder = tmp_path_factory.mktemp("small")
    settings = Settings(home=folder / "home")
    rows = many(3 * request.param, models=MODELS)
    files = [
        parquet(folder / "rows.parquet", rows),
        parquet(folder / "judged.parquet", opinions(rows, MODELS[:3])),
    ]
    load(settings, *files, study="s", copy_texts=True)
    study = open_study(settings, "s")
    label_study(study)
    found, briefing = report(study, settings), draft(study, settings)
    study.close()
    return settings, found, briefing


def said(found):
    return [line for lines in found["words"].values() for line in lines]


def test_the_briefing_says_what_the_report_says(small):
    _, found, briefing = small
    told = "\n".join(f.text for f in briefing)
    assert len(found["words"]) >= 7
    for line in said(found):
        assert line in told
    for finding in briefing:
        if finding.kind == "figure":
            lines = [line.removeprefix("- ") for line in finding.text.split("\n")]
            assert set(lines) <= set(said(found))
    assert all(line in to_markdown(found) or "*" in line for line in said(found))


def test_no_sentence_has_an_interval_without_width_or_a_number_that_is_none(small):
    _, found, _ = small
    for line in said(found):
        for low, high in SPAN.findall(line):
            assert low != high, line
        assert not re.search(r"\b(nan|inf)\b|\bNone\b(?! of)", line), line
        assert "undefined" not in line, line


def test_two_families_allow_no_claim(small):
    _, found, _ = small
    if found["study"]["families"] > 2:
        pytest.skip("only of the smallest study")
    told = " ".join(said(found))
    for claim in (
        " leans towards ",
        " leans away from ",
        "Clearly ",
        "than chance gives:",
        "predicts flagged",
        "clusters of models:",
    ):
        assert claim not in told


@pytest.mark.slow
def test_pages_begin_with_the_words_of_the_report(small, monkeypatch):
    settings, found, _ = small
    monkeypatch.setenv("FAULTLINE_HOME", str(settings.home))
    for page, section in PAGES.items():
        app = visits.opened(page, {})
        assert not app.exception
        here = visits.told(app).replace("\\", "")
        for line in found["words"].get(section, []):
            assert line.replace("\\", "") in here, (page, line)
