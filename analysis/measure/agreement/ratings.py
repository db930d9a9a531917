"""Judges' decisions as counts of rating patterns per family: all that agreement needs to know.

A pattern is one tuple of codes, one a judge. Items (answers that were judged) of one family
with one pattern are interchangeable, so 24,600 answers by three judges shrink to a few counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.errors import FaultlineError
from analysis.measure.estimates.evidence import FloatArray
from analysis.vocabulary import DECISIONS

Codes: TypeAlias = npt.NDArray[np.int8]

THREE_WAY = DECISIONS  # codes 0, 1, 2
BINARY = ("compliant", "problematic")  # codes 0, 1
CODINGS = {"binary": BINARY, "three_way": THREE_WAY}

MISSING, ABSTAINED, UNPARSED = -1, -2, -3  # every negative code is "no decision"
NO_DECISION, SPLIT = -1, -2  # what `majority` gives where no label has it

_BASE = len(THREE_WAY) - UNPARSED


@dataclass(frozen=True)
class Ratings:
    """Counts of rating patterns: row i says that `items[i]` items of family `family[i]` show
    pattern `pattern[i]`, each standing for `weight[i]` items of a population.

    `patterns` is (P, J) codes: 0 compliant, 1 non-compliant, 2 ambiguous, negative none.
    `family` counts 0..families-1 in the sorted order of the names, so shuffled rows give the
    same resamples. Weights average 1 over items.
    """

    judges: tuple[str, ...]
    patterns: Codes
    family: npt.NDArray[np.int64]
    pattern: npt.NDArray[np.int64]
    items: FloatArray
    weight: FloatArray
    families: int

    @property
    def weighted(self) -> bool:
        return bool(np.ptp(self.weight) > 1e-12) if len(self.weight) else False


def ratings(
    frame: pd.DataFrame,
    judges: Sequence[str],
    family: str = "family",
    items: str | None = None,
    weight: str | None = None,
) -> Ratings:
    """Ratings from one row an item, or one row a family and pattern with its count of `items`.

    `frame` has a column a judge (the decision's word, or its code; null = not judged), the
    `family`, and optionally `weight` (population items that one item stands for, > 0).
    Raises FaultlineError where a judge's column or a family is missing.
    """
    absent = [c for c in (*judges, family) if c not in frame.columns]
    if absent:
        raise FaultlineError(
            f"The judgements have no column {absent[0]!r}; choose among {list(frame.columns)}."
        )
    codes = decision_matrix(frame, judges)
    keys = (codes.astype(np.int64) - UNPARSED) @ (_BASE ** np.arange(len(judges), dtype=np.int64))
    _, first, pattern = np.unique(keys, return_index=True, return_inverse=True)
    number, names = pd.factorize(frame[family], sort=True)
    if (number < 0).any():
        raise FaultlineError(
            "Some judged answers belong to no family; give each its value pair, or leave them out."
        )
    counts = np.ones(len(frame)) if items is None else frame[items].to_numpy(dtype=float)
    return Ratings(
        judges=tuple(judges),
        patterns=codes[first],
        family=number.astype(np.int64),
        pattern=pattern.astype(np.int64),
        items=counts,
        weight=_weights(frame, weight, counts),
        families=len(names),
    )


def _weights(frame: pd.DataFrame, weight: str | None, counts: FloatArray) -> FloatArray:
    if weight is None or not len(frame):
        return np.ones(len(frame))
    given = frame[weight].to_numpy(dtype=float)
    if not (np.isfinite(given).all() and (given > 0).all()):
        raise FaultlineError("Weights of judged answers must be numbers above 0; check the bins.")
    return np.asarray(given * counts.sum() / (given * counts).sum(), dtype=float)


def decision_codes(column: pd.Series) -> Codes:
    """Codes of one judge's decisions: words by name, null is MISSING, other words UNPARSED.

    A column of numbers is taken as codes already.
    """
    if pd.api.types.is_numeric_dtype(column.dtype):
        return np.asarray(column.to_numpy(dtype=float, na_value=MISSING), dtype=np.int8)
    known = {word: code for code, word in enumerate(THREE_WAY)}
    codes = column.map(known).to_numpy(dtype=float, na_value=UNPARSED)
    return np.where(column.isna(), MISSING, codes).astype(np.int8)


def decision_matrix(frame: pd.DataFrame, judges: Sequence[str]) -> Codes:
    """(rows, J) codes of the judges' columns."""
    if not judges:
        return np.empty((len(frame), 0), dtype=np.int8)
    return np.column_stack([decision_codes(frame[judge]) for judge in judges])


def wide(judgements: pd.DataFrame, item: Sequence[str], family: str = "family") -> pd.DataFrame:
    """One row an item with a column a judge, from one row a judgement.

    `judgements`: the key columns `item`, `family`, `judge`, `decision` (word or null). A judge
    that never saw an item is null there; a judge that answered without deciding is ABSTAINED,
    so codes come out, not words. Of two decisions by one judge on one item the last one holds.
    """
    codes = decision_codes(judgements["decision"])
    coded = judgements.assign(decision=np.where(codes == MISSING, ABSTAINED, codes))
    last = coded.drop_duplicates([*item, "judge"], keep="last")
    table = last.pivot(index=[*item, family], columns="judge", values="decision")
    return table.fillna(MISSING).astype("int8").rename_axis(columns=None).reset_index()


def recoded(codes: Codes, coding: str) -> Codes:
    """Codes under `coding`: "binary" folds ambiguous into problematic, "three_way" keeps them."""
    if coding not in CODINGS:
        raise FaultlineError(f"There is no coding {coding!r}; choose one of {list(CODINGS)}.")
    return np.minimum(codes, 1).astype(np.int8) if coding == "binary" else codes


def without(rated: Ratings, judge: str) -> Ratings:
    """The same items with one judge left out."""
    if judge not in rated.judges:
        raise FaultlineError(f"There is no judge {judge!r}; choose among {list(rated.judges)}.")
    keep = [i for i, name in enumerate(rated.judges) if name != judge]
    return replace(
        rated, judges=tuple(rated.judges[i] for i in keep), patterns=rated.patterns[:, keep]
    )


def majority(codes: Codes) -> Codes:
    """The label more than half of the deciding judges gave, per row of (rows, J) codes.

    SPLIT where no label has it (a tie, or three ways), NO_DECISION where nobody decided.
    """
    decided = (codes >= 0).sum(axis=1)
    verdict = np.where(decided == 0, NO_DECISION, SPLIT)
    for label in range(len(THREE_WAY)):
        votes = (codes == label).sum(axis=1)
        verdict = np.where(2 * votes > decided, label, verdict)
    return verdict.astype(np.int8)


def coverage(rated: Ratings) -> pd.DataFrame:
    """One row a judge: items, decided, abstained, unparsed, missing (counts), coverage (share).

    `coverage` is decided / items, NaN without items; counts are of items, never weighted.
    """
    per_pattern = np.bincount(rated.pattern, rated.items, minlength=len(rated.patterns))
    total = per_pattern.sum()
    states = {"decided": rated.patterns >= 0} | {
        name: rated.patterns == code
        for name, code in (("abstained", ABSTAINED), ("unparsed", UNPARSED), ("missing", MISSING))
    }
    table = pd.DataFrame({name: per_pattern @ found for name, found in states.items()})
    table.insert(0, "judge", rated.judges)
    table.insert(1, "items", total)
    table["coverage"] = table["decided"] / total if total else np.nan
    counts = ["items", *states]
    return table.astype(dict.fromkeys(counts, "int64"))
