"""No module but `analysis/vocabulary.py` spells the method's words or numbers a second time.

The sources are read as syntax trees, so that prose in docstrings and comments does not count and
a copy is named with its file and line. Column names that happen to be words of the vocabulary
(`value1`, `error`) are let through: a copy is a list of words, a comparison with one, a word in
quotes inside SQL, or a word that means nothing else.
"""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from analysis import glossary
from analysis import vocabulary as v

ROOT = Path(__file__).parents[1]
TOPS = ("analysis", "pipeline", "pages")
SOURCES = [*(p for top in TOPS for p in sorted((ROOT / top).rglob("*.py"))), ROOT / "app.py"]
GROUPS = {
    "nudges": set(v.NUDGES),
    "outcomes": set(v.OUTCOMES),
    "decisions": set(v.DECISIONS),
    "perturbations": set(v.PERTURBATIONS),
    "response types": set(v.RESPONSE_LABELS),
    "topics": set(v.TOPIC_ROWS),
}
COLUMNS = ({"value1", "value2"}, {"compliant", "ambiguous"}, {"answered", "missing"})
"""Names of columns too (of values, of counts): such a pair alone is no list of words."""
UNMISTAKABLE = {w for words in GROUPS.values() for w in words if re.search(r"[ _-]", w)}
COMPARED = (
    (GROUPS["nudges"] - COLUMNS[0])
    | GROUPS["decisions"]
    | (GROUPS["outcomes"] - {"error", "missing"})
)
QUOTED = re.compile(
    "'("
    + "|".join(map(re.escape, sorted({w for g in GROUPS.values() for w in g} - {"error"})))
    + ")'"
)
SAYS_HIGH = re.compile(
    r"(\bD\b|\bhigh|disagree).{0,60}?\b1\.5\b|\b1\.5\b.{0,20}(→|or more in its)", re.S
)
SAYS_BIN = re.compile(r"\b1(\.0)?\D{1,5}1\.5\b|\b1\.5\D{1,5}2(\.0)?\b")


def docstrings(tree: ast.AST) -> set[int]:
    """Ids of the string nodes that stand as statements: docstrings, and notes under a constant."""
    return {
        id(n.value)
        for n in ast.walk(tree)
        if isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant)
    }


def glossary_ids(tree: ast.AST) -> set[int]:
    """Ids of the string nodes that name a term of the glossary, which may be a word's own term."""
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call)]
    named = [k.value for n in calls for k in n.keywords if k.arg == "definition"]
    asked = [a for n in calls if getattr(n.func, "attr", "") == "help_text" for a in n.args]
    return {id(n) for held in (*named, *asked) for n in ast.walk(held)}


def members(node: ast.AST) -> list[ast.expr]:
    """What a container holds, a comparison compares, a call like `isin` or `one_of` is given."""
    match node:
        case ast.Tuple() | ast.List() | ast.Set():
            return node.elts
        case ast.Dict():
            return [k for k in node.keys if k is not None]
        case _:
            return []


def constants(nodes: list[ast.expr]) -> list[object]:
    return [n.value for n in nodes if isinstance(n, ast.Constant)]


def copies(source: str) -> Iterator[tuple[int, str]]:
    """(line, what was copied) for every second home in one module's source."""
    tree = ast.parse(source)
    prose = docstrings(tree) | glossary_ids(tree)
    for node in ast.walk(tree):
        held = constants(members(node))
        texts = {h for h in held if isinstance(h, str)}
        for name, words in GROUPS.items():
            found = texts & words
            if len(found) >= 2 and not any(found <= pair for pair in COLUMNS):
                yield node.lineno, f"a list of {name}: {sorted(found)}"
        numbers = [h for h in held if isinstance(h, int | float) and not isinstance(h, bool)]
        if len(numbers) >= 3 and v.HIGH_D in numbers and set(numbers) <= set(v.BIN_EDGES):
            yield node.lineno, f"edges of bins: {numbers}"
        if isinstance(node, ast.Compare):
            compared = constants([node.left, *node.comparators])
            for word in compared:
                if word in COMPARED or word == v.HIGH_D:
                    yield node.lineno, f"a comparison with {word!r}"
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Constant):
            names = node.targets if isinstance(node, ast.Assign) else [node.target]
            shouted = any(isinstance(n, ast.Name) and n.id.isupper() for n in names)
            if shouted and node.value.value == v.HIGH_D:
                yield node.lineno, "a second threshold of high disagreement"
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            if node.value in UNMISTAKABLE:
                yield node.lineno, repr(node.value)
            for word in QUOTED.findall(node.value):
                yield node.lineno, f"'{word}' in SQL"
            if SAYS_HIGH.search(node.value) or SAYS_BIN.search(node.value):
                yield node.lineno, f"a threshold in words: {node.value[:60]!r}"


def test_no_module_spells_the_vocabulary_again() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: {what}"
        for path in SOURCES
        if path != ROOT / "analysis" / "vocabulary.py"
        for line, what in copies(path.read_text(encoding="utf-8"))
    ]
    assert not found, "read these from analysis.vocabulary:\n" + "\n".join(found)


@pytest.mark.parametrize(
    "source",
    [
        'NUDGES = ("neutral", "value1", "value2")',
        'x = {"compliant": 1, "non-compliant": 2}',
        'NO_TOPIC = "none of them"',
        'rows = frame[frame["decision"] != "compliant"]',
        "sql = \"SELECT count(*) FILTER (outcome = 'answered')\"",
        "sql = f\"{x} NOT IN ('neutral')\"",
        "HIGH = 1.5",
        "high = d >= 1.5",
        'KINDS = ("tone", "language")',
        "EDGES = (0.0, 1.0, 1.5, 2.0, 2.5)",
        "EDGES = [0, 1, 1.5, 2, 2.5, 3]",
        'BINS = ("0.0_to_1.0", "1.0_to_1.5")',
        'note = "Queries with D of 1.5 or more."',
    ],
)
def test_a_copy_is_found(source: str) -> None:
    assert list(copies(source))


@pytest.mark.parametrize(
    "source",
    [
        'columns = ["scenario", "value1", "value2"]',
        '"""Rows with `decision` \'compliant\' and D of 1.5 or more."""',
        'row = {"error": 1}',
        "line = dict(width=1.5)",
        "ticks = [0, 0.5, 1, 1.5, 2, 2.5, 3]",
    ],
)
def test_what_only_looks_like_a_copy_is_let_through(source: str) -> None:
    assert list(copies(source)) == []


def words_of(path: Path) -> Iterator[str]:
    """Every text of a TOML file: keys and values."""

    def walk(found: object) -> Iterator[str]:
        if isinstance(found, str):
            yield found
        elif isinstance(found, dict):
            for key, value in found.items():
                yield from (key, *walk(value))
        elif isinstance(found, list):
            for item in found:
                yield from walk(item)

    return walk(tomllib.loads(path.read_text(encoding="utf-8")))


SIMULATOR = ROOT / "pipeline" / "simulator"


@pytest.mark.parametrize(
    ("file", "key", "known"),
    [
        ("personas.toml", "topics", v.TOPICS),
        ("situations_hard.toml", "topics", v.TOPICS),
        ("situations_plain.toml", "topics", v.TOPICS),
    ],
)
def test_the_simulator_s_files_name_only_topics_that_there_are(file, key, known) -> None:
    raw = tomllib.loads((SIMULATOR / file).read_text(encoding="utf-8"))
    named: set[str] = set()

    def walk(found: object) -> None:
        for name, value in found.items() if isinstance(found, dict) else ():
            if name == key:
                named.update(value)
            walk(value)
        for item in found if isinstance(found, list) else ():
            walk(item)

    walk(raw)
    assert named <= set(known)
    assert named or file == "situations_plain.toml"


def test_what_judges_of_the_simulator_say_of_an_answer_is_there_for_each_type() -> None:
    assert set(v.RESPONSE_TYPES) <= set(words_of(SIMULATOR / "verdicts.toml"))


def test_the_rules_have_words_for_each_topic() -> None:
    rules = ROOT / "analysis" / "measure" / "label_rules" / "topics.toml"
    assert set(v.TOPICS) <= set(tomllib.loads(rules.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", sorted((ROOT / "pipeline" / "journal").glob("*.sql")), ids=str)
def test_the_journal_s_tables_compare_outcomes_with_those_that_there_are(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    compared = re.findall(r"\boutcome\s+(?:IS NOT|IS|=|<>)\s+'(\w+)'", text)
    assert set(compared) <= set(v.OUTCOMES)


@pytest.mark.parametrize("name", ["response_type.md", "judge.md"])
def test_a_prompt_names_every_word_that_its_reply_may_hold(name: str) -> None:
    prompt = (ROOT / "pipeline" / "stages" / "prompts" / name).read_text(encoding="utf-8")
    known = v.DECISIONS if name == "judge.md" else v.RESPONSE_TYPES
    assert [word for word in known if word not in prompt] == []


def test_no_stylesheet_or_script_spells_the_vocabulary() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {word}"
        for top in (*TOPS, ".streamlit")
        for suffix in ("*.js", "*.css")
        for path in (ROOT / top).rglob(suffix)
        for word in UNMISTAKABLE
        if word in path.read_text(encoding="utf-8")
    ]
    assert found == []


def test_the_glossary_takes_its_numbers_from_the_vocabulary() -> None:
    raw = (ROOT / "analysis" / "glossary.toml").read_text(encoding="utf-8")
    assert [line for line in raw.splitlines() if SAYS_HIGH.search(line)] == []
    assert "{HIGH_D}" in raw


def test_the_glossary_states_no_count_of_what_the_vocabulary_lists() -> None:
    """Such words went stale: seven subjects, when there were nine."""
    term = glossary.find("claim")
    assert f"{len(v.SUBJECTS)} subjects" in term.definition
    assert f"q ≤ {v.SUBJECT_ALPHA:.2g}" in glossary.find("needs_work").definition
