"""A spec as JSON and back: the same clauses, or a plain refusal; never something else."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import FaultlineError
from analysis.parse.specs.exchange import joined, parts, to_json, to_markdown
from analysis.parse.specs.rules import as_markdown
from analysis.parse.specs.spec import parse_spec
from analysis.settings import EMBEDDED

ROOT = Path(__file__).resolve().parents[3]
VENDORS = ROOT.parent / "shared" / "data" / "model_spec"
HOUSE = """# House {#house}

## Tell the truth {#truth authority=user}

Say what is so.

Takes precedence over [?](#kind), [?](#house).

```xml
<user>Am I late?</user>
```

```test
verdict: partly
reason: It says less than it knows.

User: Am I late?

Answer: A little.
```

## Be kind {#kind authority=guideline}

Choose words with care.
"""


def there_and_back(text: str, file: str = "house.md", **options: bool) -> None:
    spec = parse_spec(text, file, **options)
    data = json.dumps(to_json(spec))
    written = to_markdown(data, "house.json")
    again = parse_spec(written, "house.md")
    assert again.clauses == spec.clauses
    assert json.dumps(to_json(again)["clauses"]) == json.dumps(json.loads(data)["clauses"])
    assert to_markdown(json.dumps(to_json(again)), "house.json") == written


def test_every_part_has_its_kind_and_comes_back():
    assert to_markdown(json.dumps(to_json(parse_spec(HOUSE, "house.md"))), "x") == HOUSE
    clause = to_json(parse_spec(HOUSE, "house.md"))["clauses"][1]
    assert (clause["parent"], clause["authority"]) == ("house", "user")
    assert clause["references"] == ["kind", "house"]
    by_kind = {p["kind"]: p for p in clause["parts"]}
    assert by_kind["precedence"]["over"] == ["kind", "house"]
    assert (by_kind["example"]["language"], by_kind["example"]["mark"]) == ("xml", "```")
    assert by_kind["test"] == {
        "kind": "test",
        "case": "User: Am I late?\n\nAnswer: A little.",
        "verdict": "partly",
        "reason": "It says less than it knows.",
    }


def test_the_embedded_spec_comes_back_word_for_word():
    text = (EMBEDDED / "spec.md").read_text(encoding="utf-8")
    assert to_markdown(json.dumps(to_json(parse_spec(text, "spec.md"))), "x") == text


@pytest.mark.skipif(not VENDORS.exists(), reason="../shared/data/model_spec is not here")
@pytest.mark.parametrize("split", [False, True])
@pytest.mark.parametrize(
    "file",
    [
        "model_spec.2025-04-11.md",
        "model_spec.2025-12-18.rev2.md",
        "claude_constitution.2026-01-20.md",
    ],
)
def test_vendors_specs_come_back_as_the_same_clauses(file, split):
    text = (VENDORS / file).read_text(encoding="utf-8")
    there_and_back(text, file, split=split)


LINES = st.sampled_from(
    [
        "Be kind.", "", "```", "```xml", "~~~", "~~~~", "```test", "verdict: fully", "reason: So.",
        "Takes precedence over [?](#a).", "Takes precedence over [?](#a), [?](#b).", "- item",
        "Takes precedence over all.", "  indented", "| a | b |", "> quote", "[x](#a)", "trailing ",
    ]
)  # fmt: skip
CLOSED = st.sampled_from(
    [
        "Be kind.", "```xml\n# no heading\n```", "```test\nverdict: not\nreason: x\n\ncase\n```",
        "Takes precedence over [?](#c0).", "- one\n- two", "~~~\n```\n~~~", "See [it](#c1).",
    ]
)  # fmt: skip


@given(st.lists(LINES | st.text(max_size=20), max_size=20).map("\n".join))
def test_the_parts_of_any_text_are_that_text(text):
    assert joined(parts(text)) == text
    assert joined(json.loads(json.dumps(parts(text)))) == text


@given(
    st.lists(
        st.tuples(st.integers(1, 6), st.sampled_from(["", " authority=user"]), st.lists(CLOSED)),
        min_size=1,
        max_size=8,
    )
)
def test_sound_specs_come_back_whole(drawn):
    texts = [
        "\n\n".join([f"{'#' * level} Clause {i} {{#c{i}{mark}}}", *words])
        for i, (level, mark, words) in enumerate(drawn)
    ]
    there_and_back("\n\n".join(texts) + "\n")


HEADS = st.sampled_from(
    ["# A {#a}", "## B {#b}", "### C", "# d", "# A {x}", "## E {#e authority=k}"]
)


@given(
    st.lists(HEADS | LINES | st.text(max_size=12), max_size=15).map("\n".join),
    st.sampled_from(["house.md", "house.txt"]),
)
def test_any_spec_comes_back_or_is_refused(text, file):
    try:
        data = to_json(parse_spec(text, file))
    except FaultlineError:
        return
    written = to_markdown(json.dumps(data), "house.json")
    again = to_json(parse_spec(written, "house.md"))
    assert again["clauses"] == data["clauses"]


def test_headings_without_words_keep_what_stands_under_them_apart():
    text = "## First\n\nWords.\n\n## Holder\n\n### Second\n\nWords.\n\n### Third\n\nWords.\n"
    spec = parse_spec(text, "house.md")
    assert [c.parent for c in spec.clauses] == [None, None, None]
    assert "## Part\n\n### Second" in as_markdown(spec.clauses)
    there_and_back(text)


def test_the_documents_example_is_one():
    page = (ROOT / "docs" / "specs.md").read_text(encoding="utf-8")
    example = page.split("```json\n", 1)[1].split("\n```\n", 1)[0]
    read = to_json(parse_spec(to_markdown(example, "docs"), "house.2026-01-01.md"))
    assert read == json.loads(example)


def damaged(**changes: object) -> str:
    data = to_json(parse_spec(HOUSE, "house.md"))
    return json.dumps(data | {"clauses": [data["clauses"][0] | changes, *data["clauses"][1:]]})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "is not valid JSON"),
        ("[]", "no list “clauses”"),
        ('{"format": 2, "clauses": [{}]}', "has the format 2"),
        ('{"format": 1, "clauses": [3]}', "clause 1 is no object"),
        (damaged(anchor=" "), "lacks its “anchor”"),
        (damaged(level=7), "no level from 1 to 6"),
        (damaged(level=True), "no level from 1 to 6"),
        (damaged(authority=3), "authority that is no text"),
        (damaged(parts=None), "lacks its “parts”"),
        (damaged(references=[1]), "lacks its “references”"),
        (damaged(references=["kind"]), "another references"),
        (damaged(parent="kind"), "another parent"),
        (damaged(anchor="kind"), "has 2 clauses “kind”"),
        (damaged(title="Two\nlines"), "would come back with another"),
        (damaged(parts=[{"kind": "poem"}]), "part 1 is none of text"),
        (damaged(parts=[{"kind": "text"}]), "lacks its “text”"),
        (damaged(parts=[{"kind": "precedence", "over": []}]), "lacks “over”"),
        (
            damaged(parts=[{"kind": "test", "case": "x", "verdict": "well", "reason": ""}]),
            "the verdict is none of",
        ),
        (
            damaged(parts=[{"kind": "test", "case": "```", "verdict": "not", "reason": "x"}]),
            "can't be written as Markdown",
        ),
        (damaged(parts=[{"kind": "text", "text": "## More {#more}"}]), "another text"),
    ],
)
def test_what_does_not_fit_is_named(text, words):
    with pytest.raises(FaultlineError, match=words):
        to_markdown(text, "house.json")
