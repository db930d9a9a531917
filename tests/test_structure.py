"""The import graph has no circle; imports inside functions and for type checkers count too."""

import ast
import graphlib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("analysis", "pipeline", "pages")


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def modules() -> dict[str, Path]:
    """Dotted name -> file, for every module of the product."""
    return {name_of(p): p for package in PACKAGES for p in sorted((ROOT / package).rglob("*.py"))}


def imported(tree: ast.AST, known: dict[str, Path]) -> Iterator[str]:
    """Every module of the product that a file imports, wherever in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports name their module in full"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                if whole in known:
                    yield whole
                elif node.module in known:
                    yield node.module


def graph(known: dict[str, Path]) -> dict[str, set[str]]:
    """Module -> the modules that it imports."""
    trees = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in known.items()}
    return {name: set(imported(tree, known)) - {name} for name, tree in trees.items()}


def circle(edges: dict[str, set[str]]) -> list[str]:
    """One circle of imports, [] when there is none."""
    try:
        graphlib.TopologicalSorter(edges).prepare()
    except graphlib.CycleError as error:
        return list(reversed(error.args[1]))
    return []


@pytest.fixture(scope="module")
def edges() -> dict[str, set[str]]:
    return graph(modules())


def test_no_module_imports_itself_by_way_of_others(edges):
    assert len(edges) > 300
    assert circle(edges) == []


def test_a_circle_is_found_also_inside_a_function(tmp_path):
    one, two = tmp_path / "one.py", tmp_path / "two.py"
    one.write_text("def late():\n    from analysis.two import x\n")
    two.write_text("import analysis.one\n")
    found = circle(graph({"analysis.one": one, "analysis.two": two}))
    assert found[0] == found[-1]
    assert set(found) == {"analysis.one", "analysis.two"}
