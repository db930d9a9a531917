"""A clause edited in its Markdown: what is changed reads back, all else stays byte for byte."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from analysis.errors import FaultlineError
from analysis.parse.specs.editing import (
    breaks,
    editable,
    split,
    wins_over,
    with_example,
    with_precedence,
    with_text,
)
from analysis.parse.specs.rules import as_markdown
from analysis.parse.specs.spec import parse_spec
from analysis.settings import EMBEDDED

ROOT = Path(__file__).resolve().parents[3]
VENDORS = ROOT.parent / "shared" / "data" / "model_spec"
HOUSE = """---
title: House rules
---

Words before the first heading.

# House {#house}

<a id="truth"></a>
## Tell the truth
Say what is so.

~~~
# no heading
~~~

### How sure {#sure}

Say how sure you are.@@

## Kind {#kind authority=user}


Part
====

### Empty {#empty}
#### Below {#below}
Last words.""".replace("@@\n", "  \n")
TEXTS = {
    "house": HOUSE,
    "windows": HOUSE.replace("\n", "\r\n"),
    "mixed": HOUSE.replace("\n\n", "\r\n\n") + "\n\n\n",
    "embedded": (EMBEDDED / "spec.md").read_text(encoding="utf-8"),
}
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=200)
LINES = st.lists(
    st.sampled_from(
        ["", "Be brief.", "# a", "```", "~~~", "- one", "===", "---", "  x  ", "<!--", "[?](#kind)"]
    )
    | WORDS,
    max_size=6,
).map("\n".join)


def anchors(text):
    return [c.anchor for c in parse_spec(text, "house.md").clauses]


def test_an_edit_changes_the_clause_and_no_other_byte():
    new = with_text(HOUSE, "truth", "Say no more\nthan is so.")
    assert new == HOUSE.replace(
        "Say what is so.\n\n~~~\n# no heading\n~~~", "Say no more\nthan is so."
    )
    assert with_text(HOUSE, "sure", "Say how sure you are.") == HOUSE
    assert with_text(HOUSE, "kind", "Be kind.") == HOUSE.replace(
        "authority=user}\n", "authority=user}\n\nBe kind.\n"
    )
    assert with_text(HOUSE, "below", "Other words.").endswith("{#below}\nOther words.")


@given(st.sampled_from(sorted(TEXTS)), st.data(), LINES)
def test_all_outside_of_the_clause_stays_byte_for_byte(name, data, text):
    source = TEXTS[name]
    anchor = data.draw(st.sampled_from(anchors(source)))
    try:
        new = with_text(source, anchor, text)
    except FaultlineError:
        assume(False)
    before = {c.anchor: c for c in parse_spec(source, "x.md").clauses}
    after = {c.anchor: c for c in parse_spec(new, "x.md").clauses}
    assert list(before) == list(after)
    assert {a for a in before if before[a].text != after[a].text} <= {anchor}
    start, end = lines_of(source, before[anchor])
    assert new.startswith(source[:start])
    assert new.endswith(source[end:])


def lines_of(source, clause):
    """Where a clause's text stands in a file, from its first character to the next line's; without
    a text the place behind its heading. Found by its words, not as the program finds it."""
    ends = r"(?:\r\n|\n|\r)"
    words = ends.join(map(re.escape, clause.text.split("\n")))
    found = re.search(
        (words if words else rf"[^\n]*{{#{clause.anchor}[ }}][^\n]*") + rf"[ ]*(?:{ends}|\Z)",
        source,
    )
    return (found.start() if words else found.end()), found.end()


@given(st.sampled_from(sorted(TEXTS)), st.data(), LINES)
def test_an_edit_taken_back_gives_the_same_bytes(name, data, text):
    source = TEXTS[name]
    worded = [c for c in parse_spec(source, "x.md").clauses if c.text]
    clause = data.draw(st.sampled_from(worded))
    try:
        new = with_text(source, clause.anchor, text)
    except FaultlineError:
        assume(False)
    assume(parse_spec(new, "x.md").clauses[clause.order - 1].text)
    back = with_text(new, clause.anchor, clause.text)
    assert [x.rstrip() for x in back.splitlines()] == [x.rstrip() for x in source.splitlines()]
    if name == "embedded":
        assert back == source


@pytest.mark.parametrize(
    "text", ["# Another {#another}", "Open:\n\n<!--\nnever closed -->\n# x {#x}", "## Kind"]
)
def test_a_text_with_a_heading_is_refused(text):
    with pytest.raises(FaultlineError, match="would not read back as one clause"):
        with_text(HOUSE, "truth", text)


def test_a_block_that_swallows_what_follows_is_refused():
    with pytest.raises(FaultlineError, match="another clause would change"):
        with_text(TEXTS["embedded"], "whose_word", "Words.\n\n```\nnever closed")


def test_a_clause_that_is_not_there_is_named():
    with pytest.raises(FaultlineError, match="no clause “nowhere”"):
        with_text(HOUSE, "nowhere", "x")


def test_a_clause_is_split_behind_what_stands_below_it():
    source = with_text(HOUSE, "truth", "Say what is so.\n\nSay it plainly.")
    (place,) = breaks("Say what is so.\n\nSay it plainly.")
    new = split(source, "truth", place.line, "Speak plainly")
    read = {c.anchor: c for c in parse_spec(new, "x.md").clauses}
    assert list(read) == ["house", "truth", "sure", "speak_plainly", "kind", "empty", "below"]
    assert (read["truth"].text, read["speak_plainly"].text) == (
        "Say what is so.",
        "Say it plainly.",
    )
    assert read["sure"].parent == "truth"
    assert (read["speak_plainly"].parent, read["speak_plainly"].level) == ("house", 2)
    added = "\n## Speak plainly {#speak_plainly}\n\nSay it plainly.\n"
    assert new.replace(added, "") == with_text(HOUSE, "truth", "Say what is so.")


def test_both_halves_keep_the_authority_and_the_second_an_anchor_of_its_own():
    source = with_text(HOUSE, "kind", "Be kind.\n\nBe brief.")
    read = {c.anchor: c for c in parse_spec(split(source, "kind", 2, "Kind"), "x.md").clauses}
    assert read["kind_2"].authority == read["kind"].authority == "user"


@given(st.sampled_from(["house", "embedded"]), st.data())
def test_every_split_keeps_all_other_clauses(name, data):
    source = TEXTS[name]
    places = [(c, b) for c in parse_spec(source, "x.md").clauses for b in breaks(c.text)]
    clause, place = data.draw(st.sampled_from(places))
    new = split(source, clause.anchor, place.line, "A title of its own")
    before = parse_spec(source, "x.md").clauses
    after = [c for c in parse_spec(new, "x.md").clauses if c.anchor != "a_title_of_its_own"]
    assert [replace(c, order=0, text="", references=()) for c in after] == [
        replace(c, order=0, text="", references=()) for c in before
    ]
    assert [c.text for c in after if c.anchor != clause.anchor] == [
        c.text for c in before if c.anchor != clause.anchor
    ]


@pytest.mark.parametrize(
    ("line", "title", "why"),
    [(0, "x", "no words"), (9, "x", "no words"), (2, " ", "needs a title")],
)
def test_a_split_that_leaves_nothing_is_refused(line, title, why):
    source = with_text(HOUSE, "kind", "Be kind.\n\nBe brief.")
    with pytest.raises(FaultlineError, match=why):
        split(source, "kind", line, title)


def test_no_block_is_cut_in_two():
    text = "First.\n\n```\nA\n\nB\n```\n\nLast."
    assert [b.words for b in breaks(text)] == ["``` A", "Last."]


def test_an_example_is_a_block_that_no_words_inside_can_close():
    text = with_example("Be kind.", "User: ```x```\nGood: yes")
    assert text == "Be kind.\n\n````\nUser: ```x```\nGood: yes\n````"
    assert with_text(HOUSE, "kind", text).count("````") == 2
    with pytest.raises(FaultlineError, match="has no words"):
        with_example("Be kind.", " \n")


def test_precedence_is_one_sentence_that_grows():
    one = with_precedence("Be kind.", "kind", "truth")
    assert one == "Be kind.\n\nTakes precedence over [?](#truth)."
    two = with_precedence(one, "kind", "sure")
    assert two == "Be kind.\n\nTakes precedence over [?](#truth), [?](#sure)."
    assert wins_over(two) == ("truth", "sure")
    with pytest.raises(FaultlineError, match="already"):
        with_precedence(two, "kind", "sure")
    with pytest.raises(FaultlineError, match="over itself"):
        with_precedence(two, "kind", "kind")
    read = {c.anchor: c for c in parse_spec(with_text(HOUSE, "kind", two), "x.md").clauses}
    assert read["kind"].references == ("truth", "sure")


@pytest.mark.parametrize(
    ("text", "file"),
    [
        ("1. Be brief.\n\n2. Be kind.\n", "house.txt"),
        ('[{"id": "a", "text": "Be brief."}]', "house.json"),
        ("**Be brief.** Always.\n\n**Be kind.** Always.\n", "house.md"),
    ],
)
def test_a_spec_without_headings_is_edited_as_markdown(text, file):
    spec = parse_spec(text, file)
    source = editable(text, spec)
    assert source == as_markdown(spec.clauses) != text
    new = with_text(source, spec.clauses[0].anchor, "Other words.")
    assert parse_spec(new, "x.md").clauses[0].text == "Other words."


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_a_spec_with_headings_is_edited_as_it_is(name):
    assert editable(TEXTS[name], parse_spec(TEXTS[name], "x.md")) == TEXTS[name]


@pytest.mark.skipif(not VENDORS.exists(), reason="../shared/data/model_spec is not here")
def test_each_clause_of_a_real_spec_can_be_edited_and_put_back():
    source = (VENDORS / "model_spec.2025-04-11.md").read_text(encoding="utf-8")
    spec = parse_spec(source, "model_spec.2025-04-11.md")
    assert editable(source, spec) == source
    for clause in spec.clauses[::7]:
        new = with_text(source, clause.anchor, f"{clause.text}\n\nOne sentence more.".strip())
        assert new != source
        if clause.text:
            assert new.replace("\n\nOne sentence more.", "", 1) == source


def test_a_text_of_any_length_is_refused_in_a_sentence():
    with pytest.raises(FaultlineError, match=r"has 50,001 characters, and an edit may have at"):
        with_text(HOUSE, "kind", "x" * 50_001)
    assert with_text(HOUSE, "kind", "x" * 50_000) != HOUSE
