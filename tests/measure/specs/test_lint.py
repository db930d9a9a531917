"""The lint of specs: each rule found where it is broken, and only there, on the right line."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import FaultlineError
from analysis.measure.specs import lint_rules
from analysis.measure.specs.lint import Finding, lint, lint_changes
from analysis.measure.specs.lint_rules import Rule, Severity
from analysis.parse.specs.lines import places
from analysis.parse.specs.spec import parse_spec
from analysis.settings import EMBEDDED

ROOT = Path(__file__).resolve().parents[3]
VENDORS = ROOT.parent / "shared" / "data" / "model_spec"
GOOD = """# House {#house}

These rules hold in the house.

## Tell the truth {#truth authority=platform}

Say what is so. For example, a bad plan is called a bad plan.

## Guard private lives {#privacy authority=user}

Never share private facts, unless [their owner asks](#truth).

```
User: Where does she live?
Good: "I can't say."
```
"""


def found(text: str, rule: Rule | None = None, file: str = "spec.md") -> list[Finding]:
    return [f for f in lint(parse_spec(text, file), text) if rule in (None, f.rule)]


def places_of(text: str, rule: Rule) -> list[tuple[int, str, str]]:
    return [(f.line, f.clause, f.severity.value) for f in found(text, rule)]


def test_a_sound_spec_has_no_findings():
    assert found(GOOD) == []


@pytest.mark.parametrize(
    ("rule", "old", "new", "expected"),
    [
        (Rule.BROKEN_REFERENCE, "#truth)", "#trust)", (11, "privacy", "error")),
        (Rule.CIRCULAR_REFERENCES, "#truth)", "#privacy)", (11, "privacy", "warning")),
        (Rule.DUPLICATE_ANCHOR, "#privacy a", "#truth a", (9, "truth", "error")),
        (Rule.DUPLICATE_TITLE, "Guard private lives", "TELL the truth", (9, "privacy", "warning")),
        (
            Rule.AUTHORITY_ABOVE_PARENT,
            "{#house}",
            "{#house authority=user}",
            (5, "truth", "error"),
        ),
        (Rule.UNKNOWN_AUTHORITY, "=user", "=king", (9, "privacy", "warning")),
        (Rule.NO_EXAMPLE, " For example, a", " A", (5, "truth", "warning")),
        (Rule.VAGUE_WORD, "plan is", "plan is Usually", (7, "truth", "warning")),
        (Rule.LONG_CLAUSE, "Say what", "Say " * 400 + "what", (5, "truth", "warning")),
        (
            Rule.OPPOSITE_RULES,
            "Say what is so.",
            "The assistant should share private facts.\nNever share a private fact.",
            (8, "truth", "error"),
        ),
    ],
)
def test_each_rule_is_found_where_it_is_broken_and_alone(rule, old, new, expected):
    assert old in GOOD
    text = GOOD.replace(old, new, 1)
    assert places_of(text, rule) == [expected]
    assert {f.rule for f in found(text)} == {rule}


def opposites(
    *words: str, marks: tuple[str, str] = ("authority=user", "authority=user")
) -> list[str]:
    one, other = words
    text = f"# One {{#one {marks[0]}}}\n\n{one}\n\n# Two {{#two {marks[1]}}}\n\n{other}\n"
    return [f.severity.value for f in found(text, Rule.OPPOSITE_RULES)]


RULE, OPPOSITE = "Always name the source of a quote.", "Do not name the sources of quotes."


def test_a_rule_and_its_opposite_clash_where_nothing_says_which_wins():
    assert opposites(RULE, OPPOSITE) == ["error"]
    assert opposites(RULE, "The assistant shouldn’t name the source of any old quote.") == [
        "warning"
    ]
    assert opposites(RULE, RULE) == []
    assert opposites(RULE, "Never name the price of a house.") == []
    assert opposites("It must not stay.", "It must stay.") == []  # one word is too little
    long = "Always name the author, source, year and page of a quote."
    denied = long.replace("Always", "Never").replace(".", ", {} asked.")
    assert opposites(long, denied.format("often")) == ["warning"]
    assert opposites(long, denied.format("unless")) == []
    assert opposites(RULE, f"{OPPOSITE} This takes precedence over [the other](#one).") == []
    assert opposites(RULE, f"{OPPOSITE} See also [the other](#one).") == ["error"]
    assert opposites(RULE, OPPOSITE, marks=("authority=user", "authority=platform")) == []


def test_circles_of_three_are_told_once_and_a_said_precedence_is_none():
    text = "\n".join(f"# {a} {{#{a}}}\n\nSee [it](#{b}).\n" for a, b in ("xy", "yz", "zx", "wx"))
    (circle,) = found(text, Rule.CIRCULAR_REFERENCES)
    assert "#x → #y → #z → #x" in circle.finding
    pair = "# x {#x}\n\nSee [y](#y).\n\n# y {#y}\n\n[x](#x) comes first.\n"
    assert found(pair, Rule.CIRCULAR_REFERENCES) == []
    assert len(found(pair.replace("comes first", "is above"), Rule.CIRCULAR_REFERENCES)) == 1


def test_a_title_has_vague_words_too_and_code_has_none():
    words = "Be reasonable.\nBe proper.\nBe proper."
    text = f"# Take reasonable care {{#care}}\n\n```\nusually\n```\n\n{words}\n"
    assert [(f.line, f.finding) for f in found(text, Rule.VAGUE_WORD)] == [
        (1, "“reasonable” can be read in two ways (2 times)."),
        (8, "“proper” can be read in two ways (2 times)."),
    ]


def test_the_embedded_spec_is_loose_on_purpose():
    text = (EMBEDDED / "spec.md").read_text(encoding="utf-8")
    lines = text.split("\n")
    vague = found(text, Rule.VAGUE_WORD)
    assert [f.clause for f in vague] == ["reasonable_care", "wider_view", "appropriate_tone"]
    assert all("easonable" in lines[f.line - 1] for f in vague[:1])
    assert not any(f.severity is Severity.ERROR for f in found(text))
    clauses = parse_spec(text, "spec.md").clauses
    assert all(
        f"{{#{c.anchor}" in lines[p.head - 1]
        for c, p in zip(clauses, places(clauses, text), strict=True)
    )


@pytest.mark.skipif(not VENDORS.exists(), reason="../shared/data/model_spec is not here")
@pytest.mark.parametrize(
    "file",
    [
        "model_spec.2025-04-11.md",
        "model_spec.2025-12-18.rev2.md",
        "claude_constitution.2026-01-20.md",
    ],
)
def test_vendors_specs_are_read_with_true_lines(file):
    text = (VENDORS / file).read_text(encoding="utf-8")
    lines = text.split("\n")
    spec = parse_spec(text, file)
    for clause, place in zip(spec.clauses, places(spec.clauses, text), strict=True):
        assert clause.title.split()[0] in lines[place.head - 1]
        assert not clause.text or lines[place.body - 1] == clause.text.split("\n")[0]
    told = lint(spec, text)
    assert 50 < len(told) < 400
    assert [f.finding for f in told if f.severity is Severity.ERROR] == []
    for one in told:
        if one.rule is Rule.VAGUE_WORD:
            word = one.finding.split("”")[0].strip("“")
            assert word in lines[one.line - 1].casefold()


SCRAPS = st.sampled_from(
    [
        "# A {#a}", "## B {#b authority=user}", "## A {#a authority=root}", "### C", "Title", "===",
        "- item", "1. Rule.", "1.1 Rule.", "```", "~~~", "<!--", "-->", "---", "a: b", "> quote",
        "[x](#a) [y](#b) [z](#%)", "Never tell a lie.", "Always tell a lie.", "usually", "", " ",
        "**Bold.** Words.", "**More.** Words.", '{"id": "a", "text": "Never lie."}', "[^n]: note",
        "#", "{#}", "\u2028", "\x00", "İ ß ﬁ",
    ]
)  # fmt: skip
TEXTS = st.lists(SCRAPS | st.text(max_size=30), max_size=25).map("\n".join)


@given(TEXTS, st.sampled_from(["a.md", "a.txt", "a.jsonl", "a.yaml"]), st.booleans())
def test_whatever_parses_is_looked_through_and_told_within_the_file(text, file, split):
    try:
        spec = parse_spec(text, file, split=split)
    except FaultlineError:
        return
    told = lint(spec, text)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").count("\n") + 1
    assert all(1 <= f.line <= lines and f.clause and f.remedy for f in told)
    assert told == sorted(told, key=lambda f: f.line)


def test_a_large_spec_of_alike_clauses_is_no_trap():
    """Every clause like every other, and all without anchors: the worst case of each rule."""
    words = ("Always name the source.", "Never name the source.", "See [it](#clause).")
    text = "\n\n".join(f"# Clause\n\n{words[i % 3]}" for i in range(3_000))
    assert len(found(text, Rule.OPPOSITE_RULES)) <= 1_000
    assert len(found(text, Rule.DUPLICATE_TITLE)) == 2_999


def test_the_page_tells_every_rule_word_and_limit():
    page = (ROOT / "docs" / "specs.md").read_text(encoding="utf-8")
    names = [*Rule, *lint_rules.VAGUE, *lint_rules.AUTHORITIES]
    assert [n for n in names if f"`{n}`" not in page] == []
    assert [m for m in lint_rules.VAGUE.values() if f"| {m} |" not in page] == []
    assert f"more than {lint_rules.LONGEST_WORDS} words" in page
    assert f"share {lint_rules.LIKENESS:.0%}" in page
    assert f"at least {lint_rules.LEAST_WORDS};" in page


def test_what_an_edit_brought_and_took_is_told_apart():
    before = lint(parse_spec(GOOD, "a.md"), GOOD)
    text = GOOD.replace("These rules hold", "These reasonable rules hold")
    after = lint(parse_spec(text, "a.md"), text)
    added, gone = lint_changes(before, after)
    assert [f.rule for f in added] == [Rule.VAGUE_WORD]
    assert gone == 0
    assert lint_changes(after, before) == ([], 1)
    moved = lint(parse_spec("\n\n" + text, "a.md"), "\n\n" + text)
    assert lint_changes(after, moved) == ([], 0)
