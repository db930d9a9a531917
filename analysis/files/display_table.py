"""A table as people read it: the columns that matter, under their headings, numbers kept short.

The files of a figure hold every column to the last digit; a slide and a page are read from afar.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from analysis.files.columns import Column, Format
from analysis.registry import registry
from analysis.vocabulary import d_text, with_minus

_ENDS = ("_low", "_high")
_GAP = "–"


@dataclass(frozen=True)
class DisplayTable:
    """Headings, the rows as texts, which columns stand to the right, and how many columns of the
    numbers are not among them."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: tuple[bool, ...]
    left_out: int

    @property
    def frame(self) -> pd.DataFrame:
        """The same as a frame of texts, for a page."""
        return pd.DataFrame([*self.rows], columns=[*self.headings], dtype=object)


def display_table(frame: pd.DataFrame, columns: Sequence[Column] = ()) -> DisplayTable:
    """The numbers as people read them. Without `columns` all that are not empty are shown, named
    after themselves; an interval stands behind its number, ids of models give way to their names.
    """
    known = columns or guessed(frame)
    merged = {end for c in known if c.interval for end in c.interval if c.name in frame}
    shown = [
        c
        for c in known
        if c.shown and c.name not in merged and (c.made is not None or c.name in frame.columns)
    ]
    cells = [_cells(frame, c) for c in shown]
    there = {*(c.name for c in shown if c.made is None), *merged}
    return DisplayTable(
        tuple(c.heading for c in shown),
        tuple(zip(*cells, strict=True)) if cells else (),
        tuple(pd.api.types.is_numeric_dtype(values(frame, c)) for c in shown),
        len([c for c in frame.columns if c not in there]),
    )


def values(frame: pd.DataFrame, column: Column) -> pd.Series:
    """A column's values: of the frame, or as it makes them."""
    if column.made is None:
        return frame[column.name]
    return pd.Series([*column.made(frame)], index=frame.index)


def labels(found: pd.Series, format: Format) -> list[Any]:
    """Ids as names where the format says so; gaps and all else as they are."""
    known = registry()
    names: dict[Format, Callable[[str], str]] = {
        Format.MODEL: lambda i: known.model(i).label,
        Format.PROVIDER: lambda i: known.provider(i).label,
        Format.JUDGE: lambda i: known.judge(i).label,
    }
    name = names.get(format)
    return [name(v) if name and isinstance(v, str) and v else v for v in found.tolist()]


def guessed(frame: pd.DataFrame) -> list[Column]:
    """Columns for numbers that nobody described: named after themselves, empty ones left out."""
    return [
        Column(
            str(c),
            sentence(str(c)),
            format={"model": Format.MODEL, "judge": Format.JUDGE}.get(str(c), Format.AUTO),
            interval=_ends(frame, str(c)),
            shown=not _is_empty(frame[c]),
        )
        for c in frame.columns
    ]


def sentence(name: str) -> str:
    """A column's name as a heading: `others_median` is Others median."""
    words = name.replace("_", " ").replace(":", ": ")
    return words[:1].upper() + words[1:]


def _is_empty(cells: pd.Series) -> bool:
    return bool((cells.isna() | (cells.astype(str) == "")).all()) and len(cells) > 0


def _ends(frame: pd.DataFrame, column: str) -> tuple[str, str] | None:
    """The columns that hold a number's interval."""
    named = (f"{column}{_ENDS[0]}", f"{column}{_ENDS[1]}")
    plain = ("low", "high")
    for pair in (named, plain) if column == "value" else (named,):
        if {*pair} <= {*frame.columns} and pd.api.types.is_numeric_dtype(frame[column]):
            return pair
    return None


def _cells(frame: pd.DataFrame, column: Column) -> list[str]:
    texts = labels(values(frame, column), column.format)
    if column.interval is None or not {*column.interval} <= {*frame.columns}:
        return [text(v, column) for v in texts]
    # A number beside its interval has as many digits as its ends.
    alike = Format.NUMBER if column.format is Format.AUTO else column.format
    lows, highs = (frame[end].tolist() for end in column.interval)
    return [
        f"{_written(v, alike, column.digits)} ({_written(a, alike, column.digits)} to "
        f"{_written(b, alike, column.digits)})"
        if pd.notna(v) and pd.notna(a) and pd.notna(b)
        else _written(v, alike, column.digits)
        for v, a, b in zip(texts, lows, highs, strict=True)
    ]


def text(value: object, column: Column) -> str:
    """One cell in words."""
    return _written(value, column.format, column.digits)


def _written(value: object, format: Format, digits: int) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    if isinstance(value, int | float) and not pd.isna(value):
        return with_minus(_number(value, format, digits))
    return value if isinstance(value, str) and value else _GAP


def _number(value: float, format: Format, digits: int) -> str:
    if format is Format.SHARE:
        return f"{value:.0%}"
    if format is Format.SIGNED:
        return f"{value:+,.{digits}f}"
    if format is Format.D:
        return d_text(value, digits)
    if format is Format.NUMBER:
        return f"{value:,.{digits}f}"
    if isinstance(value, int) or float(value).is_integer():
        return f"{value:,.0f}"
    return f"{value:,.2f}" if abs(value) >= 0.01 else f"{value:.2g}"
