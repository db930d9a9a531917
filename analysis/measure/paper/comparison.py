"""The paper's numbers beside those of a study: reproduced, differs, or why neither can be said.

Pure comparison: `analysis.figures.frames.paper` reads the study. Source of what was printed: Zhang
et al. 2025, arXiv:2510.07686v2 (`published`).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from analysis.measure.estimates.estimates import Estimate, Measured
from analysis.measure.paper.numbers import COUNT, PERCENT, Number, numbers

REPRODUCED, DIFFERS, TOO_FEW = "reproduced", "differs", "too few"
NOT_COMPUTABLE, OTHER_DATA = "not computable", "other data"
VERDICTS = (REPRODUCED, DIFFERS, TOO_FEW, NOT_COMPUTABLE, OTHER_DATA)
FEW = 100
"""Fewer cases than this say too little to set a share beside a printed one."""
UNNAMED = "Not the paper's data, and it holds nothing that this number is about."
MISSING = "This study does not hold what it takes."
WHOLE, PART, ELSEWHERE, OTHER = "whole", "part", "elsewhere", "other"
COLUMNS = (
    "section",
    "number",
    "where",
    "unit",
    "bound",
    "published",
    "computed",
    "low",
    "high",
    "n",
    "difference",
    "tolerance",
    "verdict",
    "why",
    "key",
)


@dataclass(frozen=True)
class Base:
    """What a study holds of the data that a printed number is over, and the words for it.

    `whole`, `part`, `elsewhere` (the paper's data, but other of it) or `other` (not its data)."""

    holds: str
    words: str = ""


@dataclass(frozen=True)
class Computed:
    """A number of this study over n cases, with its interval where it is an estimate."""

    value: float
    n: int
    low: float = math.nan
    high: float = math.nan


def from_estimate(measured: Measured, times: float = 1.0) -> Computed | None:
    """An estimate as a computed number, times 100 for a percentage; None where it is undefined."""
    if isinstance(measured, Estimate):
        value, low, high = (times * x for x in (measured.value, measured.low, measured.high))
        return Computed(value, measured.n, low, high)
    return None if measured.value is None else Computed(times * measured.value, measured.n)


def compared(computed: Mapping[str, Computed], bases: Mapping[str, Base]) -> pd.DataFrame:
    """One row a printed number, in the paper's order, with what this study gives.

    `computed`: key -> number, absent where the study can't give it. `bases`: base -> what the
    study holds of it. Columns: section, number (words), where, unit, bound, published, computed,
    low, high (95%), n (cases), difference (computed - published), tolerance, verdict (one of
    VERDICTS), why, key. Counts, percentages (0..100), ratios and coefficients as printed.
    """
    rows = [_row(n, computed.get(n.key), bases.get(n.base, Base(ELSEWHERE))) for n in numbers()]
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"n": "Int64"})


def _row(number: Number, here: Computed | None, base: Base) -> tuple[object, ...]:
    if number.impossible or (base.holds == ELSEWHERE):
        here = None
    verdict, why = _verdict(number, here, base)
    value, n, low, high = (
        (here.value, here.n, here.low, here.high) if here else (math.nan, None, math.nan, math.nan)
    )
    return (
        number.section,
        number.what,
        number.where,
        number.unit,
        number.bound,
        number.value,
        value,
        low,
        high,
        n,
        value - number.value,
        number.tolerance,
        verdict,
        why,
        number.key,
    )


def _verdict(number: Number, here: Computed | None, base: Base) -> tuple[str, str]:
    if number.impossible:
        return NOT_COMPUTABLE, number.impossible
    if here is None:
        return NOT_COMPUTABLE, _missing(number, base)
    if base.holds == OTHER:
        return OTHER_DATA, base.words
    if here.n < FEW or (base.holds == PART and number.unit == COUNT):
        return TOO_FEW, base.words if base.holds == PART else f"Only {here.n:,} cases."
    if holds(number, here.value):
        return REPRODUCED, base.words if base.holds == PART else ""
    part = f"{base.words} " if base.holds == PART else ""
    return DIFFERS, f"{part}{number.reason}".strip()


def _missing(number: Number, base: Base) -> str:
    if base.holds == OTHER:
        return UNNAMED
    return (base.words if base.holds == ELSEWHERE else "") or number.needs or MISSING


def holds(number: Number, value: float) -> bool:
    """Whether a computed value is what was printed, inside the tolerance or the stated bound."""
    if number.bound == ">":
        return value > number.value
    if number.bound == "<":
        return value < number.value
    if number.bound == "≥":
        return value >= number.value - 1e-9
    return abs(value - number.value) <= number.tolerance + 1e-9


def percentages(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of `compared` that are percentages, computed from enough cases."""
    enough = frame["computed"].notna() & (frame["verdict"] != TOO_FEW)
    return frame[(frame["unit"] == PERCENT) & enough].reset_index(drop=True)


def by_section(frame: pd.DataFrame) -> pd.DataFrame:
    """Numbers per section and verdict, in the paper's order: section, one column a verdict, all."""
    order = list(dict.fromkeys(frame["section"]))
    counts = pd.crosstab(frame["section"], frame["verdict"]).reindex(
        index=order, columns=list(VERDICTS), fill_value=0
    )
    return counts.assign(all=counts.sum(axis=1)).rename_axis(None, axis=1).reset_index()


def by_verdict(frame: pd.DataFrame) -> dict[str, int]:
    """How many of these numbers have which verdict, in the order of `VERDICTS`; rows of
    `compared`. Verdicts that none has are left out."""
    counts = frame["verdict"].value_counts()
    return {verdict: int(counts[verdict]) for verdict in VERDICTS if counts.get(verdict)}


def reasons(frame: pd.DataFrame) -> dict[str, int]:
    """Each reason that is given, with how many numbers it is given for; rows of `compared`."""
    counts = frame.loc[frame["why"] != ""].groupby("why", sort=False).size()
    return {str(why): int(count) for why, count in counts.items()}
