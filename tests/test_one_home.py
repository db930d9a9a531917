"""No constant and no sentence is typed in two modules: the second one goes stale.

Read from the syntax trees: values of module-level names (lists, tables, patterns), and pieces of
text from `LONG` characters on, docstrings left out. SQL counts as text.
"""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PATHS = [p for top in ("analysis", "pipeline", "pages") for p in sorted((ROOT / top).rglob("*.py"))]
LONG = 38
VALUE = 26
COINCIDENCE = {
    "TypeVar('ReplyModel', bound=BaseModel)",
    "logging.getLogger('faultline')",
    "logging.getLogger('faultline.run')",
    "('length', 'latency', 'diversity')",
    "{'http': 80, 'https': 443}",
    ". It may be damaged or cut off: fetch it again.",
}
"""What means different things in each module, has to stand in each, or can't be read elsewhere."""


def named_values(tree: ast.Module) -> Iterator[str]:
    """The values of module-level names that are lists, tables or calls, as source."""
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(
            node.value, ast.Tuple | ast.List | ast.Set | ast.Dict | ast.Call
        ):
            text = ast.unparse(node.value)
            if len(text) >= VALUE:
                yield text


def texts(tree: ast.Module) -> Iterator[str]:
    """Pieces of text that are no docstring and no note under a constant."""
    notes = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Expr)}
    for node in ast.walk(tree):
        held = isinstance(node, ast.Constant) and isinstance(node.value, str)
        if held and id(node) not in notes and len(node.value) >= LONG:
            yield node.value


def test_each_has_one_home():
    homes: dict[str, set[str]] = defaultdict(set)
    for path in PATHS:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for held in {*named_values(tree), *texts(tree)} - COINCIDENCE:
            homes[held].add(str(path.relative_to(ROOT)))
    found = {held: sorted(where) for held, where in homes.items() if len(where) > 1}
    assert found == {}, "give each one home, and read it there:\n" + "\n".join(
        f"{held!r}: {', '.join(where)}" for held, where in found.items()
    )


def test_a_second_home_is_seen():
    tree = ast.parse(
        '"""A docstring that is long enough to count, were it none."""\n'
        'X = re.compile("[a-z]{1,20}b")\n'
        'print("The same sentence, word for word, twice.")'
    )
    assert list(named_values(tree)) == ["re.compile('[a-z]{1,20}b')"]
    assert list(texts(tree)) == ["The same sentence, word for word, twice."]
