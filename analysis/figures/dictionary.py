"""The data dictionary: every figure with its parameters and the columns of its files.

`python -m analysis.figures > docs/figures.md` writes the document.
"""

import inspect
import json

from analysis import glossary
from analysis.figures import catalog
from analysis.figures.declaration import Figure
from analysis.files import columns

_HEAD = """# Figures and their columns

Every figure and table that can leave the program: its name, its parameters with their defaults,
and the columns of its CSV and parquet files. Written from the declarations in `analysis/figures`
by `python -m analysis.figures > docs/figures.md`; tables on pages and slides have the same
headings. `python -m analysis figure STUDY NAME --out FILE` writes one."""


def markdown() -> str:
    """docs/figures.md."""
    parts = [_HEAD, *(_figure(catalog.find(name)) for name in catalog.names())]
    return "\n\n".join(parts) + "\n"


def _figure(found: Figure) -> str:
    what = (inspect.getdoc(found.compute) or "").split("\n\n")[0].replace("\n", " ")
    given = ", ".join(
        f"`{name}={json.dumps(default, ensure_ascii=False, default=list)}`"
        for name, default in found.defaults.items()
    )
    lines = [f"## {found.name}", "", what, "", f"- parameters: {given or 'none'}"]
    if found.terms:
        terms = ", ".join(glossary.find(t).term for t in found.terms)
        lines.append(f"- glossary: {terms}")
    if found.keys:
        lines.append(f"- a row is named by: {', '.join(f'`{k}`' for k in found.keys)}")
    return "\n".join([*lines, *_columns(found)])


def _columns(found: Figure) -> list[str]:
    """The table of columns; one line where they depend on the data."""
    if callable(found.columns):
        return ["- columns: as many as the data have, each described in the file itself"]
    rows = [
        f"| `{c.name}` | {c.heading} | {c.unit} | {_explained(c)} |"
        for c in columns.in_files(found.columns)
    ]
    return ["", "| column | heading | unit | meaning |", "| --- | --- | --- | --- |", *rows]


def _explained(column: columns.Column) -> str:
    term = next((t.term for t in glossary.terms() if column.heading in t.columns), "")
    return column.help or (f"see the glossary, {term}" if term else "")
