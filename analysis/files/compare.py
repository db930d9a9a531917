"""Set two tables side by side, as texts: which rows came or went, which numbers differ, how far.

Numbers are the same where they agree to nine digits: sums over many cores differ in the last ones.
"""

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass

Table = list[list[str]]
_SAME = 1e-9


@dataclass(frozen=True)
class Difference:
    """What differs between two tables; empty where nothing does."""

    columns: tuple[str, ...] = ()  # in one table only
    added: int = 0  # rows
    removed: int = 0
    cells: int = 0
    largest: str = ""  # the largest difference of a number, in words

    def __bool__(self) -> bool:
        return bool(self.columns or self.added or self.removed or self.cells)

    @property
    def sentence(self) -> str:
        """The difference in words."""
        parts = [f"columns in one of them only: {', '.join(self.columns)}"] if self.columns else []
        parts += [f"{_rows(self.added)} new"] if self.added else []
        parts += [f"{_rows(self.removed)} gone"] if self.removed else []
        if self.cells:
            parts.append("1 cell differs" if self.cells == 1 else f"{self.cells:,} cells differ")
        parts += [self.largest] if self.largest else []
        return "; ".join(parts)


def _rows(n: int) -> str:
    return f"{n:,} row{'s' * (n != 1)}"


def table(text: str) -> Table:
    """CSV text as rows of texts, the heading first."""
    return list(csv.reader(io.StringIO(text, newline="")))


def difference(then: Table, now: Table, keys: Sequence[str] = ()) -> Difference:
    """From one table to another; rows are matched by the key columns, else by their place."""
    old, new = (t[0] if t else [] for t in (then, now))
    odd = tuple(c for c in [*old, *new] if c not in old or c not in new)
    names = [c for c in old if c in new]
    before, after = _by_key(then, names, keys), _by_key(now, names, keys)
    both = [k for k in before if k in after]
    if not {*keys} & {*names} and _unordered(before) == _unordered(after):
        return Difference(odd)  # the same rows: without keys their order is nobody's promise
    cells, largest = 0, (0.0, "")
    for key in both:
        for name, a, b in zip(names, before[key], after[key], strict=True):
            if not _same(a, b):
                cells += 1
                largest = max(largest, _number_difference(a, b, name, key), key=lambda x: x[0])
    return Difference(odd, len(after) - len(both), len(before) - len(both), cells, largest[1])


def _unordered(rows: dict[tuple[str, ...], list[str]]) -> list[list[str]]:
    """Rows in an order of their own, numbers to nine digits."""
    return sorted([_plain(cell) for cell in row] for row in rows.values())


def _plain(cell: str) -> str:
    found = number(cell)
    return cell if found is None else f"{found:.9g}"


def _by_key(
    rows: Table, names: Sequence[str], keys: Sequence[str]
) -> dict[tuple[str, ...], list[str]]:
    """Rows by what names them, cut to some columns; a repeated name gets its count."""
    if not rows:
        return {}
    at = {c: i for i, c in enumerate(rows[0])}
    found: dict[tuple[str, ...], list[str]] = {}
    seen: dict[tuple[str, ...], int] = {}
    usable = [k for k in keys if k in names]
    for number, row in enumerate(rows[1:]):
        key = tuple(_cell(row, at[k]) for k in usable) or (str(number + 1),)
        seen[key] = seen.get(key, 0) + 1
        whole = key if seen[key] == 1 else (*key, f"#{seen[key]}")
        found[whole] = [_cell(row, at[c]) for c in names]
    return found


def _cell(row: list[str], place: int) -> str:
    return row[place] if place < len(row) else ""


def number(text: str) -> float | None:
    """A text as a number, if it is one."""
    try:
        return float(text)
    except ValueError:
        return None


def _same(a: str, b: str) -> bool:
    if a == b:
        return True
    x, y = number(a), number(b)
    return x is not None and y is not None and math.isclose(x, y, rel_tol=_SAME, abs_tol=1e-12)


def _number_difference(a: str, b: str, name: str, key: tuple[str, ...]) -> tuple[float, str]:
    x, y = number(a), number(b)
    size = 0.0 if x is None or y is None else abs(x - y) / max(abs(x), abs(y))
    where = " · ".join(key)
    return size, f"the largest: {name} of {where} from {_short(a)} to {_short(b)}"


def _short(text: str) -> str:
    found = number(text)
    if found is not None:
        return f"{found:.6g}"
    return f"“{text[:60]}”" if text else "nothing"
