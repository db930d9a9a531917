"""Data as files: CSV, CSV with its facts in a ZIP, parquet, a Markdown table.

Each holds exactly the numbers behind the figure. In CSV and Markdown a text that a spreadsheet or
a viewer would run is made inert; numbers are left alone.
"""

import io
import json
import zipfile
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from analysis.files.compare import Table, number, table
from analysis.files.facts import KEYWORD, Facts, plain, text_of
from analysis.text_safety import inert

MARKS = ("study", "content_hash", "simulated")
DATA, SIDE, README = "data.csv", "facts.json", "README.txt"
_ESCAPED = str.maketrans({c: f"\\{c}" for c in "\\`*_{}[]<>#|!~$"})
_EPOCH = (1980, 1, 1, 0, 0, 0)


def csv(frame: pd.DataFrame, facts: Facts) -> bytes:
    """The data as CSV (UTF-8 with a mark for spreadsheets), each row with its study and hash.

    A text that a spreadsheet would run as a formula gets an apostrophe in front.
    """
    rows = plain(frame)
    text = [c for c in rows.columns if not pd.api.types.is_numeric_dtype(rows[c])]
    safe = rows.assign(**{c: rows[c].map(inert) for c in text})
    marks: dict[str, Any] = {
        "study": facts.study_id,
        "content_hash": facts.content_hash,
        "simulated": facts.simulated,
    }
    free = {k: v for k, v in marks.items() if k not in safe.columns}
    marked = safe.assign(**free).rename(columns=lambda c: str(inert(str(c))))
    return marked.to_csv(index=False, lineterminator="\r\n").encode("utf-8-sig")


def zipped(frame: pd.DataFrame, facts: Facts) -> bytes:
    """A ZIP with the CSV, its facts and a page that says what is in it. Same data, same bytes."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (
            (DATA, csv(frame, facts)),
            (SIDE, side(facts)),
            (README, _readme(facts).encode()),
        ):
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), content, zipfile.ZIP_DEFLATED)
    return data.getvalue()


def side(facts: Facts) -> bytes:
    """The facts as a file of their own, to lie beside a CSV."""
    record = json.loads(facts.sealed())
    return json.dumps(record, ensure_ascii=False, indent=1).encode()


def _readme(facts: Facts) -> str:
    return (
        f"{facts.title}\n{facts.note}\n{facts.source}\n\n{facts.definition}\n"
        f"Parameters: {facts.filters}\nHow the study was made: {facts.made}\n{facts.permalink}\n\n"
        f"{_dictionary(facts)}"
        f"{DATA} holds the numbers, {SIDE} what they are. To compute them again:\n"
        "    python -m analysis verify THIS.zip\n"
    )


def _dictionary(facts: Facts) -> str:
    """Every column of the data in words."""
    lines = [
        f"    {name}: {words.get('heading', '')}"
        + (f" [{words['unit']}]" if words.get("unit") else "")
        + (f". {words['help']}" if words.get("help") else "")
        for name, words in facts.columns.items()
    ]
    return "\n".join(["Columns:", *lines, "", ""]) if lines else ""


def parquet(frame: pd.DataFrame, facts: Facts) -> bytes:
    """The data as parquet with its types; the facts are in the file's metadata."""
    table = pa.Table.from_pandas(plain(frame), preserve_index=False)
    metadata = {k.encode(): v.encode() for k, v in facts.embedded().items()}
    data = io.BytesIO()
    pq.write_table(
        table.replace_schema_metadata({**(table.schema.metadata or {}), **metadata}), data
    )
    return data.getvalue()


def markdown(frame: pd.DataFrame, facts: Facts) -> bytes:
    """The data as a Markdown table under its title, with its facts in a comment at the end.

    Numbers are cut to six digits; the whole ones are in the comment.
    """
    lines = [
        f"**{_safe(facts.title)}**",
        "",
        *markdown_rows(table(text_of(frame))),
        "",
        _safe(facts.note),
        "",
        _safe(facts.source),
        "",
        f"<!-- {KEYWORD} {_comment(facts.sealed())} -->",
    ]
    return ("\n".join(lines) + "\n").encode()


def markdown_rows(rows: Table) -> list[str]:
    """A table of texts as the lines of a Markdown table; columns of numbers stand to the right."""
    if not rows:
        return []
    numeric, body = readable(rows)
    marks = ["---:" if n else "---" for n in numeric]
    safe = [[_safe(c) for c in row] for row in body]
    return [_line(r) for r in [[_safe(c) for c in rows[0]], marks, *safe]]


def readable(rows: Table) -> tuple[list[bool], Table]:
    """(whether each column is of numbers, the rows without the heading as a person reads them):
    numbers cut to six digits, gaps as dashes."""
    numeric = [
        any(column) and all(number(c) is not None for c in column if c)
        for column in zip(*rows[1:], strict=True)
    ] or [False] * len(rows[0])
    return numeric, [[_shown(c, n) for c, n in zip(r, numeric, strict=True)] for r in rows[1:]]


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _shown(cell: str, numeric: bool) -> str:
    value = number(cell) if numeric else None
    if value is None:
        return cell or "–"
    return cell if value.is_integer() and "." not in cell else f"{value:.6g}"


def _safe(value: object) -> str:
    return " ".join(str(value).split()).translate(_ESCAPED)


def _comment(text: str) -> str:
    """JSON that can't end the comment it stands in."""
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("--", "-\\u002d")
