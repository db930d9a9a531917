"""A person's own value pairs, from a CSV file or as lines of text: two values a line."""

import csv
import io
from pathlib import Path

from analysis.errors import FaultlineError
from analysis.parse.files import check_regular

HEADINGS = {("value1", "value2"), ("value 1", "value 2"), ("value_1", "value_2")}
MOST_BYTES = 20_000_000
"""Of a file of pairs; a million pairs of two words take about as much."""


def read_pairs(path: Path) -> tuple[tuple[str, str], ...]:
    """Pairs of a CSV file, in its order; a first line "value1,value2" is a heading.

    Raises FaultlineError naming the line that is no pair, or for a file that can't be read.
    """
    check_regular(path)
    try:
        if path.stat().st_size > MOST_BYTES:
            raise FaultlineError(
                f"{path} has more than {MOST_BYTES / 1e6:,.0f} MB: too much for pairs of values. "
                "Check that it is the right file."
            )
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise FaultlineError(f"There is no file {path}: check the path of --pairs.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise FaultlineError(
            f"{path} can't be read as text ({type(error).__name__}): save it as a UTF-8 CSV file."
        ) from None
    return pairs_of(text, str(path))


def pairs_of(text: str, where: str) -> tuple[tuple[str, str], ...]:
    """Pairs of lines "value, value" (or with a semicolon, tab or | between them; quotes as in CSV).

    Raises FaultlineError naming the line that is no pair, or where there is none.
    """
    found: list[tuple[str, str]] = []
    for number, line in enumerate(text.splitlines(), 1):
        cells = _cells(line)
        if not any(cells) or (not found and tuple(c.lower() for c in cells) in HEADINGS):
            continue
        if len(cells) != 2 or not all(cells):
            raise FaultlineError(
                f"Line {number} of {where} is no pair of values: write two, with a comma between "
                "them, and quotes around a value that holds a comma."
            )
        if cells[0].casefold() == cells[1].casefold():
            raise FaultlineError(
                f"Line {number} of {where} sets “{cells[0]}” against itself: name two values."
            )
        found.append((cells[0], cells[1]))
    if not found:
        raise FaultlineError(f"{where} holds no pair of values: write two values a line.")
    return tuple(found)


def _cells(line: str) -> list[str]:
    mark = next((m for m in ("\t", "|", ";") if m in line), ",")
    row = next(csv.reader(io.StringIO(line), delimiter=mark, skipinitialspace=True), [])
    return [cell.strip() for cell in row]
