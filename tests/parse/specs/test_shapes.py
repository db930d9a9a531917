"""Specs of other shapes: each clause found once, under the right heading."""

from pathlib import Path

import pytest

from analysis.errors import FaultlineError
from analysis.parse.specs.rules import as_markdown
from analysis.parse.specs.spec import parse_spec, read_spec

SHARED = Path(__file__).resolve().parents[4] / "shared"
CASES = SHARED / "cases" / "28-specs-of-other-shapes"
VENDORS = SHARED / "data" / "model_spec"


def anchors(text: str, file: str = "house.md", **options: bool) -> list[str]:
    return [c.anchor for c in parse_spec(text, file, **options).clauses]


@pytest.mark.skipif(not CASES.exists(), reason="../shared/cases is not here")
@pytest.mark.parametrize(
    ("file", "found"),
    [
        ("bold.md", ["be-honest", "protect-privacy", "be-brief"]),
        ("html.md", ["honesty", "privacy"]),
        ("list.yaml", ["honesty", "privacy"]),
        ("statements.jsonl", ["honesty", "privacy"]),
        (
            "numbered.md",
            ["1-purpose", "1-1-honesty", "1-2-examples", "2-1-privacy", "2-2-examples"],
        ),
    ],
)
def test_each_clause_is_found_once(file, found):
    spec = read_spec(CASES / file, None, 10**6)
    assert [c.anchor for c in spec.clauses] == found


@pytest.mark.skipif(not VENDORS.exists(), reason="../shared/data/model_spec is not here")
@pytest.mark.parametrize(
    ("file", "count"),
    [
        ("model_spec.2025-02-12.md", 71),
        ("model_spec.2025-04-11.md", 71),
        ("model_spec.2025-10-27.md", 78),
        ("model_spec.2025-12-18.rev2.md", 80),
        ("claude_constitution.2026-01-20.md", 39),
    ],
)
def test_what_vendors_publish(file, count):
    whole = read_spec(VENDORS / file, None, 10**7)
    assert len(whole.clauses) == count
    split = read_spec(VENDORS / file, None, 10**7, split=True)
    assert len(split.clauses) > count
    again = parse_spec(as_markdown(split.clauses), file)
    assert [c.anchor for c in again.clauses] == [c.anchor for c in split.clauses]


def test_other_headings_of_a_spec_with_anchors_are_kept():
    text = (
        "# House\n\nWhy.\n\n## Be honest {#honesty}\n\nNever lie.\n\n## Privacy\n\nTell nobody.\n"
    )
    assert anchors(text) == ["house", "honesty", "privacy"]


def test_what_follows_an_empty_heading_does_not_stand_under_the_one_before():
    spec = parse_spec("# A\n\nWords.\n\n# B\n\n## B1\n\nMore.\n", "x.md")
    assert [(c.anchor, c.parent) for c in spec.clauses] == [("a", None), ("b1", None)]


def test_contents_and_front_matter_are_no_clauses():
    text = (
        "---\ntitle: x\n---\n## Contents\n\n- [A](#a)\n- [B](#b)\n\n## A\n\nOne.\n\n## B\n\nTwo.\n"
    )
    assert anchors(text) == ["a", "b"]


@pytest.mark.parametrize(
    "rules",
    [
        "1. Never lie.\n2. Keep secrets.",
        "- Never lie.\n- Keep secrets.",
        "**Never lie.** At all.\n\n**Keep secrets:** all of them.",
    ],
)
def test_rules_become_clauses_under_their_heading_where_somebody_says_so(rules):
    text = f"# House\n\nIntro.\n\n{rules}\n\n# Other\n\nWords.\n"
    assert anchors(text) == ["house", "other"]
    spec = parse_spec(text, "house.md", split=True)
    told = [(c.anchor, c.parent) for c in spec.clauses]
    assert told == [
        ("house", None),
        ("never-lie", "house"),
        ("keep-secrets", "house"),
        ("other", None),
    ]
    assert spec.clauses[0].text == "Intro."


@pytest.mark.parametrize(
    ("text", "file", "found"),
    [
        ("honesty: Never lie.\nprivacy: Hide.\n", "a.yaml", ["honesty", "privacy"]),
        (
            '{"honesty": "Never lie.", "privacy": {"text": "Hide."}}',
            "a.json",
            ["honesty", "privacy"],
        ),
        (
            "rules:\n  - id: honesty\n    text: |\n      Never lie.\n      Ever.\n  - id: privacy\n"
            "    text: Hide.\n",
            "a.yml",
            ["honesty", "privacy"],
        ),
        ('{"id": "one", "text": "Never lie."}', "a.json", ["one"]),
    ],
)
def test_statements_under_their_ids_or_in_a_named_list(text, file, found):
    assert anchors(text, file) == found


@pytest.mark.parametrize(
    "contents",
    [
        "**Contents**\n\n- Honesty\n- Privacy\n",
        "## Contents\n\nHonesty ........ 1\nPrivacy ........ 12\n",
        "## Table of contents\n\n1. Honesty\n2. Privacy\n",
        "1.1 Honesty … 3\n1.2 Privacy … 4\n",
    ],
)
def test_a_list_of_titles_is_no_clause_whatever_its_form(contents):
    text = f"# Rules\n\n{contents}\n## Honesty\nNever lie.\n\n## Privacy\nHide.\n"
    assert anchors(text) == ["honesty", "privacy"]


def test_a_list_of_other_words_stays_a_clause():
    text = "# Rules\n\n## Honesty\n- Never lie.\n- Privacy\n\n## Privacy\nHide.\n"
    assert anchors(text) == ["honesty", "privacy"]


def test_an_anchor_above_a_heading_is_the_headings():
    text = '# Rules\n\n<a name="hon"></a>\n\n## Honesty ##\nNever lie.\n\n## Privacy\nHide.\n'
    clauses = parse_spec(text, "house.md").clauses
    assert [(c.anchor, c.title) for c in clauses] == [("hon", "Honesty"), ("privacy", "Privacy")]


def test_the_next_section_begins_behind_a_bare_number():
    text = (
        "1 Aims\nWhy.\n1.1 Honesty\nNever lie.\n1.2 Tact\nBe kind.\n2 Limits\n2.1 Privacy\nHide.\n"
    )
    assert anchors(text, "house.txt") == ["preamble", "1.1", "1.2", "2.1"]


def test_what_is_no_text_says_what_it_is(tmp_path):
    (tmp_path / "spec.pdf").write_bytes(b"%PDF-1.4")
    with pytest.raises(FaultlineError, match=r"spec\.pdf is a PDF document: save its text as"):
        read_spec(tmp_path / "spec.pdf", None, 10**6)


def test_a_list_without_statements_is_a_sentence():
    with pytest.raises(FaultlineError, match="no list of statements"):
        parse_spec('{"a": 1}', "spec.json")
    with pytest.raises(FaultlineError, match=r"Line 2 of spec\.jsonl is not JSON"):
        parse_spec('{"id": "a", "text": "b"}\nnope', "spec.jsonl")


RULED = (
    "Rules\n=====\n\nHonesty\n-------\nNever lie.\n\nExamples\n~~~~~~~~\nOne.\n\n"
    "Privacy\n-------\nNo names."
)
OVER = "=====\nRules\n=====\n\nBe kind.\n\n-------\nHonesty\n-------\n\nNever lie."


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (RULED, ["honesty", "examples", "privacy"]),
        (OVER, ["rules", "honesty"]),
        ('+++\ntitle = "Rules"\nversion = "2.1"\n+++\n\n# Honesty\n\nNever lie.', ["honesty"]),
        ("+++\n[params]\na = 1\n+++\n# Honesty\n\nNever lie.", ["honesty"]),
        ("**Honesty.** Never lie.\n\n**Privacy:** No names.\n\n__Safety__\nNo harm.", None),
    ],
)
def test_titles_and_settings_as_other_tools_write_them(text, found):
    assert anchors(text) == (found or ["honesty", "privacy", "safety"])


def test_a_fence_of_tildes_stays_one():
    assert anchors("# A\n\nText\n~~~\n# no\n~~~\n\n# B\n\nMore.") == ["a", "b"]
    assert anchors("# A\n\nSee\n\n~~~~~~~~\n# no\n~~~~~~~~\n\n# B\n\nMore.") == ["a", "b"]
