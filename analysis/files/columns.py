"""What a column of a figure's numbers is called and how it is written: data, read by the table on
a page, a slide, a picture, the facts inside a file and the data dictionary (docs/figures.md)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import pandas as pd


class Format(StrEnum):
    """How a cell is written for people; files hold the value itself."""

    AUTO = "auto"  # whole numbers with thousands, others short, lists with commas
    RAW = "raw"  # as it is, with all its digits
    COUNT = "count"  # a whole number with thousands
    NUMBER = "number"  # `digits` decimals
    D = "disagreement"  # `digits` decimals, more where a threshold of D is near
    SIGNED = "signed"  # `digits` decimals, with a + where it is above 0
    SHARE = "share"  # 0 to 1, written as percent
    MODEL = "model"  # an id of a model, written as its name
    PROVIDER = "provider"  # an id of a provider, written as its name
    JUDGE = "judge"  # an id of a judge, written as its name


@dataclass(frozen=True)
class Column:
    """One column of a frame.

    `unit` says what the number is in ("logits", "0 to 6"). `help` is for what the glossary does not
    define under this heading. `interval` names the two columns with the ends of its 95% interval:
    where the row is written as text they stand behind the number. `shown` False: in files only.
    `made` computes a column that only people see (a pair of values as one cell); such a column is
    in no file. `width` (pixels), `bar` (lowest and highest of a bar in the cell) and `pinned`
    concern the table on a page.
    """

    name: str
    heading: str
    unit: str = ""
    format: Format = Format.AUTO
    help: str = ""
    digits: int = 2
    interval: tuple[str, str] | None = None
    shown: bool = True
    width: int | None = None
    bar: tuple[float, float] | None = None
    pinned: bool = False
    made: Callable[[pd.DataFrame], Sequence[Any] | pd.Series] | None = None

    def described(self) -> dict[str, str]:
        """Its words, as the facts inside a file hold them; the empty ones are left out."""
        words = {"heading": self.heading, "unit": self.unit, "help": self.help}
        return {k: v for k, v in words.items() if v}


Columns = Sequence[Column] | Callable[[pd.DataFrame], Sequence[Column]]


def of(columns: Columns, frame: pd.DataFrame) -> list[Column]:
    """The columns of that frame: a list as it is, a function asked."""
    return [*(columns(frame) if callable(columns) else columns)]


def in_files(columns: Sequence[Column]) -> list[Column]:
    """Those that a file holds."""
    return [c for c in columns if c.made is None]
