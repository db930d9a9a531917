"""Clauses as Markdown for an issue: what a colleague needs, none of it markup by accident."""

import pytest
from make_rows import judged, load, many, parquet

from analysis.errors import FaultlineError
from analysis.report import clause_issues
from analysis.store.study import open_study

HOSTILE = "![x](http://evil.example/x.png) <b>bold</b> # no heading"
ADDRESS = "http://desk.example:8501"


@pytest.fixture
def study(settings, tmp_path):
    """Two judges fall out over `kind_words`; what models and judges wrote is hostile."""
    rows = [r | {"response_o3": HOSTILE, "query": f"{HOSTILE} {i}"} for i, r in enumerate(many(12))]
    said = [
        judged(
            r,
            "o3",
            {"one": "compliant", "two": "non-compliant"},
            **{f"{j}_reasoning": f"By #kind_words. {HOSTILE} So be it." for j in ("one", "two")},
        )
        for r in rows
    ]
    files = (parquet(tmp_path / "rows.parquet", rows), parquet(tmp_path / "said.parquet", said))
    load(settings, *files, copy_texts=True)
    opened = open_study(settings, "planted")
    yield opened
    opened.close()


def test_an_issue_has_the_finding_three_cases_and_links(study):
    text = clause_issues.one(study, "kind_words", ADDRESS)
    assert text.startswith("## Choose kind words (`#kind_words`)")
    assert "**Unclear wording.** In 12 of 12 answers that cite it" in text
    assert "**Suggested repair.**" in text
    assert text.count("### Case ") == 3
    assert text.count(", **compliant**, by “") == text.count(", **non-compliant**, by “") == 3
    assert text.count(f"]({ADDRESS}/scenarios?study=planted&scenario=") == 3
    assert text.count("**kind\\_words**") == 6
    assert "![x](" not in text
    assert "<b>" not in text
    families = {
        line.split(" on ")[1].rsplit("\\_", 1)[0] for line in text.splitlines() if "# Case" in line
    }
    assert len(families) == 3


def test_one_file_for_the_first_clauses(study):
    text = clause_issues.top(study, 5, ADDRESS)
    assert text.startswith("# Clauses that need work: ")
    assert text.count("\n## ") == 1  # judges cite one clause alone
    assert text.rstrip().endswith("numbers by Faultline.")


def test_long_clauses_and_answers_are_shortened_and_say_so():
    assert clause_issues.shortened("short", 20) == "short"
    cut = clause_issues.shortened("one two three\n\nfour five six seven eight", 20)
    assert cut == "one two three […] (40 characters in whole)"


def test_a_clause_without_a_case_is_a_sentence(study, settings, tmp_path):
    with pytest.raises(FaultlineError, match="No judge cites #wider_view"):
        clause_issues.one(study, "wider_view", ADDRESS)
    load(settings, parquet(tmp_path / "bare.parquet", many(3)), study="bare")
    bare = open_study(settings, "bare")
    with pytest.raises(FaultlineError, match="no clause to write about"):
        clause_issues.top(bare, 3, ADDRESS)
    bare.close()
