"""What counts as a clause, in each kind of text that a spec may be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.parse.specs.spec import name_and_version, parse_spec


def clauses(text, file="house_rules.md"):
    return parse_spec(text, file).clauses


def anchors(text, file="house_rules.md"):
    return [c.anchor for c in clauses(text, file)]


ANCHORED = """# Top {#top}
Intro, see [?](#leaf) and [the leaf](#leaf) and [?](#nowhere).
## Leaf {#leaf authority=platform tags=x}
Own text.

# just an example, no anchor

~~~xml
# inside {#inside authority=user}
```python
## deeper {#deeper}
```
~~~
    ```bash
    # also inside {#indented}
    ```
### Twig {#twig authority="root"}
# Other {#other}
"""


def test_anchored_headings_are_the_clauses_and_nothing_else_is():
    assert anchors(ANCHORED) == ["top", "leaf", "twig", "other"]


def test_fields_of_an_anchored_clause():
    spec = parse_spec(ANCHORED, "a.md")
    top, leaf, twig, other = spec.clauses
    assert (leaf.title, leaf.authority, leaf.parent, leaf.level) == ("Leaf", "platform", "top", 2)
    assert (twig.authority, twig.parent, twig.section, twig.text) == ("root", "leaf", "top", "")
    assert (top.authority, top.parent, other.section) == (None, None, "other")
    assert [c.order for c in spec.clauses] == [1, 2, 3, 4]
    assert leaf.text.startswith("Own text.")
    assert "# just an example" in leaf.text
    assert leaf.text.endswith("```")


def test_references_are_resolved_once_each_and_unknown_ones_reported():
    spec = parse_spec(ANCHORED, "a.md")
    assert spec.clauses[0].references == ("leaf",)
    assert spec.missing_references == (("top", "nowhere"),)
    assert any("nowhere" in note for note in spec.notes)
    assert any("without {#anchor}" in note for note in spec.notes)


def test_references_in_another_renderers_spelling_are_found():
    text = "# Be kind & open\nx\n# Next\nsee [above](#be-kind--open) and [x](#Be%20kind%20open)"
    spec = parse_spec(text, "a.md")
    assert spec.clauses[1].references == ("be-kind-open",)
    assert spec.missing_references == ()


def test_text_before_the_first_anchor_is_reported():
    spec = parse_spec("Loose words.\n\n# A {#a}\nx", "a.md")
    assert len(spec.clauses) == 1
    assert any("before the first" in note for note in spec.notes)


def test_repeated_anchors_get_a_number_and_a_note():
    spec = parse_spec("# A {#a}\n# B {#a}\n# C {#a-2}\n", "a.md")
    assert [c.anchor for c in spec.clauses] == ["a", "a-2", "a-2-2"]
    assert any("met before" in note for note in spec.notes)


def test_an_anchor_with_mark_up_in_it_is_replaced():
    spec = parse_spec('# A {#a"><script>alert(1)</script>}\nx', "a.md")
    assert spec.clauses[0].anchor == "a-script-alert-1-script"
    assert any("unusual characters" in note for note in spec.notes)


PLAIN = """Words before the first heading.

Fairness
========

Treat all alike.

Sub heading
-----------
- item
---

# Don't **shout** [ever](http://x.example) ##
#hashtag is no heading
    # code is none either
<!--
# commented out
-->
<script>
# not this
</script>
# Fairness
Second of that name.
"""


def test_plain_markdown_makes_slugs_of_atx_and_setext_titles():
    found = clauses(PLAIN)
    assert [c.anchor for c in found] == [
        "preamble",
        "fairness",
        "sub-heading",
        "dont-shout-ever",
        "fairness-2",
    ]
    assert found[2].parent == "fairness"
    assert found[3].title == "Don't shout ever"
    assert "<script>" in found[3].text
    assert "# commented out" in found[3].text


def test_equal_titles_are_noted():
    assert any("fairness-2" in note for note in parse_spec(PLAIN, "a.md").notes)


def test_a_rule_after_prose_lines_or_a_list_is_no_heading():
    assert anchors("# One\nfirst line\nsecond line\n---\n- item\n---\n") == ["one"]


def test_front_matter_is_left_out():
    assert anchors("---\ntitle: x\nlayout: y\n---\n# One\ntext\n# Two\n") == ["one", "two"]


def test_a_lone_document_title_is_not_everybodys_section():
    found = clauses("# The Spec\n## A\n### A1\n## B\n")
    assert [c.section for c in found] == ["the-spec", "a", "a", "b"]


def test_a_fence_that_is_never_closed_swallows_nothing():
    spec = parse_spec("# A\n~~~\n# B\n```\n# inside\n```\n# C\n", "a.md")
    assert [c.anchor for c in spec.clauses] == ["a", "b", "c"]
    assert any("line 2" in note for note in spec.notes)


def test_a_longer_fence_holds_a_shorter_one():
    assert anchors("# A\n~~~~\n~~~\n# no\n~~~\n# no\n~~~~\n# B\n") == ["a", "b"]


def test_titles_in_other_scripts_keep_their_letters():
    assert anchors("# Être honnête\n# 誠実さ\n# !!!\n# सत्य\n") == [
        "être-honnête",
        "誠実さ",
        "clause",
        "सत्य",
    ]


def test_windows_line_ends_read_the_same():
    assert clauses(ANCHORED.replace("\n", "\r\n")) == clauses(ANCHORED)


def test_a_line_separator_inside_a_sentence_starts_no_line():
    assert len(clauses("# A\none\u2028# not a heading\x0b# nor this\n# B\n")) == 2


def test_a_huge_title_loses_no_word():
    clause = clauses("# " + "word " * 500 + "end\nrest")[0]
    assert len(clause.title) == 300
    assert clause.text.endswith("end\n\nrest")


NUMBERED = """HOUSE RULES

1. Be honest
   in all that you
   12. years is a long time, and
   say.

2. Be kind. Always.
(a) to users;
(b) to others:
   (i) near
   (ii) far
(c) to yourself.

2.1 A finer point

With its text below.

2.2 Another. It cost
3.5 million.

§ 7 Last things
(1) One.
(2) Two.
"""


def test_numbered_text_one_clause_a_number():
    found = clauses(NUMBERED, "rules.txt")
    assert [c.anchor for c in found] == [
        "preamble",
        "1",
        "2",
        "2.a",
        "2.b",
        "2.b.i",
        "2.b.ii",
        "2.c",
        "2.1",
        "2.2",
        "7",
        "7.1",
        "7.2",
    ]
    by = {c.anchor: c for c in found}
    assert "12. years" in by["1"].text
    assert "3.5 million" in by["2.2"].text
    assert (by["2.1"].title, by["2.1"].text) == ("A finer point", "With its text below.")
    assert by["2"].title == "Be kind"
    assert by["2.b.i"].parent == "2.b"
    assert by["2.1"].parent == "2"
    assert by["7.2"].section == "7"
    assert by["2.b.ii"].level == 3


def test_letters_run_past_i():
    text = "1. Rules\n" + "\n".join(f"({c}) rule" for c in "abcdefghijk") + "\n2. End\n"
    assert anchors(text, "r.txt") == ["1", *(f"1.{c}" for c in "abcdefghijk"), "2"]


def test_articles_with_numbered_paragraphs():
    text = "Article 1: Scope\n\n1. One.\n2. Two.\n\nArticle 2: Rest\n\n1. One.\n"
    assert anchors(text, "r.txt") == ["1", "1.1", "1.2", "2", "2.1"]
    assert anchors("Section 3 applies here.\n\nSection 4 does not.", "r.txt") == [
        "section-3-applies-here",
        "section-4-does-not",
    ]


def test_unnumbered_text_one_clause_a_paragraph():
    found = clauses("Be honest with people.\nAlways.\n\n\nBe kind.\n", "r.txt")
    assert [(c.anchor, c.title) for c in found] == [
        ("be-honest-with-people", "Be honest with people"),
        ("be-kind", "Be kind"),
    ]
    assert found[0].text == "Be honest with people.\nAlways."


def test_markdown_without_headings_says_so():
    spec = parse_spec("1. One\n2. Two\n", "r.md")
    assert [c.anchor for c in spec.clauses] == ["1", "2"]
    assert any("No headings" in note for note in spec.notes)


def test_a_text_file_with_headings_and_few_numbers_goes_by_its_headings():
    assert anchors("# A\n1. x\n2. y\n# B\n# C\n", "r.txt") == ["a", "b", "c"]


def test_one_clause_only_is_noted():
    assert any("Only one clause" in note for note in parse_spec("hello", "r.txt").notes)


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("model_spec.2025-04-11.md", ("model_spec", "2025-04-11")),
        ("model_spec.2025-12-18.rev2.md", ("model_spec", "2025-12-18.rev2")),
        ("house-rules_v2.txt", ("house-rules", "v2")),
        ("charter 1.10.md", ("charter", "1.10")),
        ("rules2.md", ("rules2", None)),
        ("Our (final) spec!.md", ("Our-final-spec", None)),
        ("../../x..y.md", ("x.y", None)),
        ("!!!.md", ("spec", None)),
    ],
)
def test_name_and_version_from_the_file_name(file, expected):
    assert name_and_version(file) == expected


def test_without_a_version_the_content_gives_one():
    one, other = parse_spec("# A\nx", "s.md"), parse_spec("# A\ny", "s.md")
    assert one.version == parse_spec("# A\nx", "t.md").version
    assert one.version != other.version


BODY = st.lists(
    st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\n\r#~`<{}"), max_size=30)
    .map(str.rstrip)
    .filter(lambda line: not set(line) <= set("=- ")),
    min_size=1,
    max_size=4,
)


@given(
    st.lists(
        st.tuples(st.integers(1, 6), st.sampled_from(["root", "user", None]), BODY),
        min_size=1,
        max_size=8,
    )
)
def test_a_written_spec_reads_back(parts):
    text = ""
    for i, (level, authority, body) in enumerate(parts):
        mark = f" authority={authority}" if authority else ""
        text += f"{'#' * level} Title {i} {{#a{i}{mark}}}\n\n" + "\n".join(body) + "\n\n"
    found = clauses(text)
    assert [(c.level, c.authority, c.anchor) for c in found] == [
        (level, authority, f"a{i}") for i, (level, authority, _) in enumerate(parts)
    ]
    assert [c.text.split() for c in found] == [" ".join(body).split() for _, _, body in parts]


@given(st.text(max_size=400), st.sampled_from(["a.md", "a.txt"]))
def test_any_text_gives_a_sound_tree(text, file):
    if not text.strip():
        return
    spec = parse_spec(text, file)
    seen = set()
    for order, clause in enumerate(spec.clauses, start=1):
        assert clause.order == order
        assert clause.anchor not in seen
        assert clause.parent is None or clause.parent in seen
        seen.add(clause.anchor)
        assert clause.section in seen
        assert clause.anchor
        assert clause.title


LINES = ["1. a", "2. b", "(a) c", "~~~", "# H {#h}", "# I", "", "word", "1.1 d", "===", "<!--"]


@given(st.lists(st.sampled_from(LINES)), st.sampled_from(["a.md", "a.txt"]))
def test_mixed_lines_lose_no_word(lines, file):
    """Every word is in a title or a text, unless a note says where it was left."""
    numbered = [f"{line}{i}" if line[-1:].isalpha() else line for i, line in enumerate(lines)]
    spec = parse_spec("\n".join(["start", *numbered]), file)
    assert len({c.anchor for c in spec.clauses}) == len(spec.clauses) > 0
    kept = " ".join(f"{c.title} {c.text}" for c in spec.clauses).split()
    words = {w for line in numbered for w in line.split() if w[-1].isdigit() and w[0].isalpha()}
    left_out = any("before the first" in note for note in spec.notes)
    assert left_out or words <= set(kept)
