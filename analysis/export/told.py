"""A table as it is told to people: the columns that carry the point, in words, numbers kept short.

The files of a figure hold every column to the last digit; a slide and a page are read from afar.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from analysis.registry import registry

_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "clauses.listed": (
        "title", "needs_work", "kind", "cited", "violated", "kappa", "interpretive", "activation",
    ),
    "clauses.rivals": ("title", "other_title", "answers"),
    "compliance.gaps": ("scenario", "value1", "value2", "answers", "why", "d"),
    "judges.disputed": (
        "scenario", "model", "compliant", "non_compliant", "ambiguous", "value1", "value2", "d",
    ),
    "judges.who": ("label", "items", "decided", "abstained", "unparsed", "value"),
    "outliers.cases": (
        "model", "value", "position", "others_median", "differs_from", "of", "why", "scenario",
    ),
    "refusals.odd_ones": (
        "scenario", "model", "response_type", "agree", "of", "value1", "value2", "disagreement",
    ),
    "scenarios.listed": ("scenario", "value1", "value2", "models", "disagreement", "query"),
}  # fmt: skip
_HEADINGS: Mapping[str, Mapping[str, str]] = {
    "clauses.listed": {
        "title": "Clause", "kappa": "Kappa of judges", "interpretive": "Interpretive conflicts",
        "activation": "Activation conflicts",
    },
    "clauses.rivals": {"title": "Clause", "other_title": "Other clause"},
    "judges.who": {"label": "Judge", "value": "Flags"},
    "outliers.cases": {"of": "Of models", "others_median": "Others' median"},
    "refusals.odd_ones": {"agree": "Others that comply", "of": "Of others"},
}  # fmt: skip
_WORDS = {"value1": "Value 1", "value2": "Value 2", "d": "D", "disagreement": "D", "n": "n"}
_SHARES = {("clauses.listed", "violated"), ("judges.who", "value")}
_ENDS = ("_low", "_high")


@dataclass(frozen=True)
class Told:
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


def told(recipe: str, frame: pd.DataFrame) -> Told:
    """The numbers of a table as people read them. `recipe` chooses the columns where it is known;
    an interval stands behind its number, ids of models give way to their names."""
    merged = _intervals(frame)
    chosen = [c for c in _COLUMNS.get(recipe, ()) if c in frame.columns] or [
        str(c) for c in frame.columns if c not in merged and not _is_empty(frame[c])
    ]
    cells = {c: _cells(frame, c, share=(recipe, c) in _SHARES) for c in chosen}
    words = _HEADINGS.get(recipe, {})
    return Told(
        tuple(words.get(c) or _WORDS.get(c) or _sentence(c) for c in chosen),
        tuple(zip(*cells.values(), strict=True)) if cells else (),
        tuple(pd.api.types.is_numeric_dtype(frame[c]) for c in chosen),
        len([c for c in frame.columns if c not in chosen and c not in merged]),
    )


def _sentence(column: str) -> str:
    words = column.replace("_", " ").replace(":", ": ")
    return words[:1].upper() + words[1:]


def _is_empty(held: pd.Series) -> bool:
    return bool((held.isna() | (held.astype(str) == "")).all()) and len(held) > 0


def _ends(frame: pd.DataFrame, column: str) -> tuple[str, str] | None:
    """The columns that hold a number's interval."""
    named = (f"{column}{_ENDS[0]}", f"{column}{_ENDS[1]}")
    plain = ("low", "high")
    for pair in (named, plain) if column == "value" else (named,):
        if {*pair} <= {*frame.columns} and pd.api.types.is_numeric_dtype(frame[column]):
            return pair
    return None


def _intervals(frame: pd.DataFrame) -> set[str]:
    """Columns that are told behind another one."""
    found = (_ends(frame, str(c)) for c in frame.columns)
    return {end for pair in found if pair for end in pair}


def _cells(frame: pd.DataFrame, column: str, *, share: bool) -> list[str]:
    ends = _ends(frame, column)
    held = frame[column].tolist()
    if column in ("model", "judge"):
        return [registry().model(str(v)).label for v in held]
    if ends is None:
        return [_shown(v, share=share) for v in held]
    lows, highs = frame[ends[0]].tolist(), frame[ends[1]].tolist()
    if not share:
        held, lows, highs = ([_two(v) for v in part] for part in (held, lows, highs))
    return [
        f"{_shown(v, share=share)} ({_shown(a, share=share)} to {_shown(b, share=share)})"
        if pd.notna(v) and pd.notna(a) and pd.notna(b)
        else _shown(v, share=share)
        for v, a, b in zip(held, lows, highs, strict=True)
    ]


def _shown(value: object, *, share: bool = False) -> str:
    if isinstance(value, float) and not pd.isna(value):
        text = f"{value:.0%}" if share else _short(value)
        return text.replace("-", "\N{MINUS SIGN}")
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}".replace("-", "\N{MINUS SIGN}")
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return "–" if value == "" or not isinstance(value, str) else value


def _two(value: object) -> object:
    """A number beside its interval has two digits, all three alike."""
    known = isinstance(value, float) and not pd.isna(value)
    return f"{value:.2f}".replace("-", "\N{MINUS SIGN}") if known else value


def _short(value: float) -> str:
    if value.is_integer():
        return f"{value:,.0f}"
    return f"{value:,.2f}" if abs(value) >= 0.01 else f"{value:.2g}"
