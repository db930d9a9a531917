"""Small pieces of SQL text: names and strings that come from data, quoted once, here."""

import re
from collections.abc import Iterable

TAXONOMY = "read_parquet($taxonomy, hive_partitioning=false)"
"""The taxonomy in use as a relation; its path is bound."""


def name(identifier: str) -> str:
    """A column or table name that may hold anything, quoted for DuckDB."""
    return '"' + identifier.replace('"', '""') + '"'


def text(value: str) -> str:
    """A string literal, for the few places that can't be bound (lists of file names, DDL)."""
    return "'" + value.replace("'", "''") + "'"


def file(path: object) -> str:
    """A file's name as a string literal, with nothing in it read as a pattern of names."""
    return text(re.sub(r"[\[*?]", r"[\g<0>]", str(path)))


def files(paths: Iterable[object]) -> str:
    """A list literal of files, each meant literally."""
    return "[" + ", ".join(file(p) for p in paths) + "]"


def parquet(paths: Iterable[object], numbered: bool = False) -> str:
    """Parquet files as one relation; `numbered` adds `file_index` and `file_row_number`.

    Folders named `key=value` add no columns: a source is what its files hold.
    """
    rows = ", file_row_number=true" if numbered else ""
    return f"read_parquet({files(paths)}{rows}, hive_partitioning=false)"


def texts(values: Iterable[str]) -> str:
    """A list literal of strings."""
    return "[" + ", ".join(text(v) for v in values) + "]"


def rows(sql_list: Iterable[str]) -> str:
    """Comma-joined select items, one a line (readable when a query has to be looked at)."""
    return ",\n  ".join(sql_list)
