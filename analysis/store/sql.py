"""Small pieces of SQL text: names and strings that come from data, quoted once, here."""

import re
from collections.abc import Iterable, Mapping

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


_BLANKS, _HYPHENS = "\t\u00a0\u1680\u2000\u2001\u2002\u2003\u2007\u2009\u202f\u3000", "\u2010\u2011"
_UNSEEN = "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad"
_ODD = r"[^\x20-\x7e\n]|^[ \n]|[ \n]$| \n"


def joined(cell: str) -> str:
    """A text as it is compared with others, never as it is stored.

    NFC; one kind of line end, blank and hyphen; no blanks at the ends of lines and of the text;
    nothing invisible. Texts that have none of these are not touched, which is nearly all.
    """
    plain = (
        f"translate(nfc_normalize({cell}), {text(_BLANKS + _HYPHENS + _UNSEEN)}, "
        f"{text(' ' * len(_BLANKS) + '-' * len(_HYPHENS))})"
    )
    lines = f"regexp_replace({plain}, '\\r\\n?|\\x{{2028}}|\\x{{2029}}|\\x{{85}}', chr(10), 'g')"
    whole = f"trim(regexp_replace({lines}, '[ \\t]+\\n', chr(10), 'g'), ' ' || chr(9) || chr(10))"
    return f"CASE WHEN regexp_matches({cell}, {text(_ODD)}) THEN {whole} ELSE {cell} END"


def key_values(notes: Mapping[str, str]) -> str:
    """A struct literal of the key-values that a parquet file is written with."""
    return "{" + ", ".join(f"{text(key)}: {text(value)}" for key, value in notes.items()) + "}"
