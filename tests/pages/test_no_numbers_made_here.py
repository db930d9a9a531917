"""A number that a page shows is made by a measure, a query or a figure: there it has a test, a
definition, and the same value in a report. Pages only choose numbers and write them out."""

import ast
from pathlib import Path

PAGES = Path(__file__).parents[2] / "pages"
REDUCTIONS = {
    "agg",
    "aggregate",
    "corr",
    "crosstab",
    "cumsum",
    "groupby",
    "mean",
    "median",
    "nunique",
    "pivot_table",
    "quantile",
    "std",
    "sum",
    "value_counts",
    "var",
}
EXCEPTIONS = {
    "parts/clauses/clause_text.py:level": "how dark a mark is drawn",
    "parts/data/download.py:_hindered": "bytes of a study, which a browser may not take",
    "parts/data/hub.py:_choose": "bytes of a split's files, in the widget that offers it",
    "parts/findings/arrange.py:arrange": "how many slides are chosen",
    "parts/findings/present.py:_grow": "the size of letters",
    "parts/findings/present.py:chart": "pixels",
    "parts/findings/present.py:enlarged": "pixels",
    "parts/findings/present.py:larger": "how much larger than a desk's screen",
    "parts/map/sections.py:plane": "whether a colour would tell any points apart",
    "parts/refusals/cases.py:isolated": "a slider in percent over a parameter from 0 to 1",
    "parts/scenarios/reader/answers.py:_grid": "collects an answer's replicates",
    "parts/scenarios/reader/reader.py:_topics": "one line a labeller",
    "parts/scenarios/scenario_table.py:show": "how many screens a table has",
    "parts/stress_test/live.py:_stage": "how far a bar has come",
    "parts/stress_test/pairs_chosen.py:search": "a field in percent over a share from 0 to 1",
    "ui/diff.py:diff_html": "characters of a text",
    "ui/door.py:uploaded_bytes": "bytes of uploads",
    "ui/filters.py:_more": "how many filters are in use",
    "ui/jobs.py:share": "how far a bar has come",
    "ui/long_text.py:_end": "characters of a text",
}
"""Functions that sum or divide something else than numbers of a study or a run."""


def functions(tree: ast.Module):
    """Every function of a file, those inside others with the outer one."""
    for node in ast.walk(tree):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef) and isinstance(node, ast.Module | ast.ClassDef):
                yield child


def makes_numbers(function: ast.FunctionDef) -> bool:
    """Whether it reduces a frame or a list to a number, divides, or rounds."""
    return any(_makes(node) for node in ast.walk(function))


def _is_path(node: ast.BinOp) -> bool:
    if isinstance(node.right, ast.Constant) and isinstance(node.right.value, str):
        return True
    first = ast.unparse(node).split(" / ")[0].rpartition(".")[2]
    return first.lower() in {"folder", "home", "uploads"}


def _makes(node: ast.AST) -> bool:
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.Div | ast.FloorDiv) and not _is_path(node)
    if not isinstance(node, ast.Call):
        return False
    if isinstance(node.func, ast.Attribute):
        return node.func.attr in REDUCTIONS
    return isinstance(node.func, ast.Name) and node.func.id in {"sum", "round"}


FOUND = {
    f"{path.relative_to(PAGES)}:{function.name}"
    for path in sorted(PAGES.rglob("*.py"))
    for function in functions(ast.parse(path.read_text("utf-8")))
    if makes_numbers(function)
}


def test_pages_make_no_numbers():
    assert sorted(FOUND - EXCEPTIONS.keys()) == []


def test_every_exception_is_still_needed():
    assert sorted(EXCEPTIONS.keys() - FOUND) == []


def test_a_page_that_divides_or_counts_is_found():
    for line in ("high / n", "frame['n'].sum()", "sum(part['done'] for part in x)", "round(x, 2)"):
        (function,) = functions(ast.parse(f"def shown(frame):\n    return {line}\n"))
        assert makes_numbers(function), line
    (harmless,) = functions(ast.parse("def shown(home):\n    return home / 'example'\n"))
    assert not makes_numbers(harmless)
