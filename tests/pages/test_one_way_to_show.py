"""Every figure and table of numbers on a page goes through `figure.show`: only so do screen, file,
pin and slide carry the same words."""

import ast
from pathlib import Path

PAGES = Path(__file__).parents[2] / "pages"
DOOR = "ui/figure.py"
CHARTS = {
    "altair_chart",
    "area_chart",
    "bar_chart",
    "bokeh_chart",
    "graphviz_chart",
    "line_chart",
    "map",
    "plotly_chart",
    "pydeck_chart",
    "pyplot",
    "scatter_chart",
    "vega_lite_chart",
}
TABLES = {"data_editor", "dataframe", "table"}
LEAVES = {"export_menu"}
OTHERS = {
    "parts/criteria/editing.py": "a table that is written in: the queries of a criterion",
    "parts/data/column_roles.py": "the first rows of a file that is not loaded yet",
    "parts/data/specs.py": "texts of a spec's clauses; a spec belongs to no study",
    "parts/data/studies.py": "a study that is listed is not opened, and a figure needs it open",
    "parts/findings/arrange.py": "a table that is written in: the order of findings",
    "parts/findings/reading.py": "draws a finding as the deck does, from its declaration",
    "parts/sql/console.py": "columns of the study's tables: documentation",
    "parts/stress_test/batch.py": "batches of a run; a run is no study yet",
    "parts/stress_test/live.py": "a run in progress; a run is no study yet",
    "parts/stress_test/models.py": "models that a run can ask: the registry, no study",
    "parts/stress_test/new_run.py": "a plan that is being written",
    "parts/stress_test/runs.py": "two runs and their plans; a run is no study yet",
}
"""Files that show a table or a chart themselves, with the reason; it can't be exported."""


def shown_in(path: Path) -> set[str]:
    """The calls in a file that put a chart or a table on the screen, or let one leave."""
    calls = (n for n in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(n, ast.Call))
    drawn = {
        c.func.attr
        for c in calls
        if isinstance(c.func, ast.Attribute)
        and c.func.attr in CHARTS | TABLES
        and ast.unparse(c.func.value) == "st"
    }
    named = {n.id for n in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(n, ast.Name)}
    return drawn | (LEAVES & named)


FOUND = {
    str(path.relative_to(PAGES)): shown
    for path in sorted(PAGES.rglob("*.py"))
    if (shown := shown_in(path))
}


def test_figures_and_tables_go_through_one_door():
    assert FOUND[DOOR] >= {"plotly_chart", "dataframe", "export_menu"}
    assert {*FOUND} - {DOOR} == {*OTHERS}


def test_what_goes_another_way_can_not_be_exported():
    assert not any(LEAVES & FOUND[name] for name in OTHERS)
