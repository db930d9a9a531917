"""Entries that a page writes into the home's `providers.toml`, between what people wrote by hand.

An entry replaces the one of the same table and name, whoever wrote it; all other lines stay as they
are, comments too. What would not be read again is not written.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from analysis.errors import FaultlineError
from analysis.registry.reading import PROVIDERS_FILE, read
from analysis.regular_files import text_of
from analysis.whole_files import write_text

Entries = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""Table -> name -> fields."""
_HEADER = re.compile(r"^\s*\[")
_BARE = re.compile(r"[A-Za-z0-9_-]+")


def add_entries(home: Path, entries: Entries) -> None:
    """Write entries into the home's file. Raises FaultlineError for what does not fit, with the
    file as it was."""
    path = home / PROVIDERS_FILE
    text = text_of(path) if path.exists() else ""
    for table, named in entries.items():
        for name, fields in named.items():
            text = _without(text, f"{table}.{name}")
            text = f"{text.rstrip()}\n\n{_written(table, name, fields)}".lstrip()
    _check(text)
    try:
        write_text(path, text)
    except OSError as error:
        raise FaultlineError(
            f"{PROVIDERS_FILE} can't be written to {home}: {error.strerror or error}."
        ) from error


def _check(text: str) -> None:
    with TemporaryDirectory() as folder:
        trial = Path(folder) / PROVIDERS_FILE
        write_text(trial, text)
        read(trial)


def _without(text: str, header: str) -> str:
    """The text without one table and its tables within."""
    mine = re.compile(rf"^\s*\[{re.escape(header)}(\.[^\]]*)?\]\s*(#.*)?$")
    kept, skipping = [], False
    for line in text.splitlines():
        if _HEADER.match(line):
            skipping = bool(mine.match(line))
        if not skipping:
            kept.append(line)
    return "\n".join(kept)


def _written(table: str, name: str, fields: Mapping[str, Any]) -> str:
    if not _BARE.fullmatch(name):
        raise FaultlineError(
            f"“{name}” can't be an id in {PROVIDERS_FILE}: write it in small letters, digits and _."
        )
    lines = [f"{key} = {_value(value)}" for key, value in fields.items()]
    return "\n".join([f"[{table}.{name}]", *lines]) + "\n"


def _value(value: Any) -> str:
    """A value as TOML writes it."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{json.dumps(k)} = {_value(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_value, value)) + "]"
    return json.dumps(value).replace("\x7f", "\\u007f")
