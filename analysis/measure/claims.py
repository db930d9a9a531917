"""What may be said of a study: one family of tests over all sentences of pages and briefing.

A claim is a sentence that picks somebody or something out: who leans, who refuses more, whom
wording moves, what disagreement predicts, which clause needs work, who has the most outliers, which
clusters of models there are, which published patterns a study agrees with. All of them together are
wrong in at most 5% of studies in which nothing differs: the 5% are split over the subjects
(Bonferroni), and inside one each looks at all its cells together (Benjamini-Hochberg q-values, or
intervals widened for as many looks). So a page, which tells one subject, says just what the
briefing says, which tells all. `docs/coverage.md` has how often that is right.

Where nothing may be claimed, what can be is said: differences larger than what would have shown are
ruled out (two one-sided tests), or there are too few cases, and how many it would take.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

from analysis.vocabulary import POWER, SUBJECT_ALPHA

Number = Mapping[str, Any]
AGREES, DISAGREES, TOO_LITTLE = "agrees", "disagrees", "too little data"
_LOOK = 0.975


def is_number(found: object) -> bool:
    """Whether a report's cell is an estimate, and not `undefined`."""
    return isinstance(found, Mapping) and "value" in found


def widened(cell: Number, looks: int) -> tuple[float, float]:
    """The 95% interval stretched as far as `looks` of one subject ask for (Bonferroni, by the
    normal's quantiles)."""
    factor = _quantile(1 - SUBJECT_ALPHA / looks / 2) / _quantile(_LOOK)
    value = cell["value"]
    return value - factor * (value - cell["low"]), value + factor * (cell["high"] - value)


def _quantile(at: float) -> float:
    return NormalDist().inv_cdf(at)


def pooled(by_name: Mapping[str, Number]) -> float:
    """The number over all together, each weighing its cases."""
    n = sum(c["n"] for c in by_name.values())
    return float(sum(c["value"] * c["n"] for c in by_name.values()) / n) if n else 0.0


@dataclass(frozen=True)
class Outstanding:
    """Who lies above and below the number of all with the whole widened interval, the farthest
    first; of how many; and, where nobody does, the largest difference that is not ruled out, the
    smallest that would have shown four times in five, and the fewest cases behind a number."""

    above: tuple[str, ...]
    below: tuple[str, ...]
    known: int
    middle: float
    bound: float
    detectable: float
    cases: int

    @property
    def none(self) -> bool:
        return not self.above and not self.below


def outstanding(by_name: Mapping[str, Number]) -> Outstanding:
    """Who stands out from all together, of cells {value, low, high, n}; those without an interval
    are not looked at."""
    known = {m: c for m, c in by_name.items() if is_number(c) and c["n"]}
    middle, looks = pooled(known), len(known)
    if looks < 2:
        return Outstanding((), (), looks, middle, float("inf"), float("inf"), 0)
    wide = {m: widened(c, looks) for m, c in known.items()}
    above = sorted((m for m in known if wide[m][0] > middle), key=lambda m: -known[m]["value"])
    below = sorted((m for m in known if wide[m][1] < middle), key=lambda m: known[m]["value"])
    bound = max(max(abs(low - middle), abs(high - middle)) for low, high in wide.values())
    halves = [(high - low) / 2 for low, high in wide.values()]
    more = 1 + _quantile(POWER) / _quantile(1 - SUBJECT_ALPHA / looks / 2)
    cases = min(int(c["n"]) for c in known.values())
    return Outstanding(tuple(above), tuple(below), looks, middle, bound, max(halves) * more, cases)


def cases_for_margin(cases: int, detectable: float, margin: float) -> int:
    """Cases with which a difference of `margin` would show four times in five: the width of an
    interval falls with the root of the cases. Rounded up to two digits."""
    needed = cases * (detectable / margin) ** 2
    step = 10 ** max(len(str(int(needed))) - 2, 0)
    return int(-(-needed // step) * step)


def leans(by_provider: Mapping[str, Any]) -> list[tuple[str, str, Number]]:
    """(provider, category, cell) of the leans that may be told, the largest first, one a category:
    q (over all cells) within the subject's share, and an interval that leaves 0 out."""
    cells = [
        (provider, category, cell)
        for provider, row in by_provider.items()
        for category, cell in row.items()
        if cell.get("lean") is not None and _lean_holds(cell)
    ]
    cells.sort(key=lambda c: -abs(c[2]["lean"]))
    once: dict[str, tuple[str, str, Number]] = {}
    for cell in cells:
        once.setdefault(cell[1], cell)
    return list(once.values())


def _lean_holds(cell: Number) -> bool:
    known = all(cell.get(k) is not None for k in ("q", "low", "high"))
    return known and cell["q"] <= SUBJECT_ALPHA and (cell["low"] > 0 or cell["high"] < 0)


def lean_bounds(by_provider: Mapping[str, Any]) -> Outstanding:
    """As `apart`, for leans against 0 where none may be told."""
    cells = {
        f"{p}|{c}": {"value": cell["lean"], **{k: cell[k] for k in ("low", "high", "n")}}
        for p, row in by_provider.items()
        for c, cell in row.items()
        if cell.get("lean") is not None and cell.get("low") is not None
    }
    looks = max(len(cells), 1)
    wide = [widened(c, looks) for c in cells.values()]
    if not wide:
        return Outstanding((), (), 0, 0.0, float("inf"), float("inf"), 0)
    bound = max(max(abs(low), abs(high)) for low, high in wide)
    more = 1 + _quantile(POWER) / _quantile(1 - SUBJECT_ALPHA / looks / 2)
    halves = max((high - low) / 2 for low, high in wide)
    cases = min(int(c["n"]) for c in cells.values())
    return Outstanding((), (), len(cells), 0.0, bound, halves * more, cases)


def predicts(auc: Number) -> str:
    """Whether disagreement tells of violations: "yes", "contrary", "no more than" (an AUC beyond
    0.4 to 0.6 is ruled out) or "open". One of two looks of its subject."""
    low, high = widened(auc, 2)
    if low > 0.5:
        return "yes"
    if high < 0.5:
        return "contrary"
    return "no more than" if low >= 0.4 and high <= 0.6 else "open"


def verdict(value: float, q: float) -> str:
    """What a study shows of a published pattern, a difference (or lean) expected above 0: agrees,
    disagrees, or too little data. `q` over the patterns of its subject, NaN where untested."""
    if not q <= SUBJECT_ALPHA:
        return TOO_LITTLE
    return AGREES if value > 0 else DISAGREES


def ratio_holds(ratio: object) -> bool:
    """Whether frequent violations are more common in the highest bin of D than in the lowest."""
    if not is_number(ratio):
        return False
    found: Number = ratio  # type: ignore[assignment]
    if found["low"] <= 0 or found["value"] <= 0:
        return False

    logs = {k: math.log(found[k]) for k in ("value", "low", "high")}
    return widened(logs, 2)[0] > 0


def clauses(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The clauses that stand out from the others, in the order given: q over all clauses and parts
    within the subject's share."""
    return [
        r for r in rows if r.get("cited") and r.get("q") is not None and r["q"] <= SUBJECT_ALPHA
    ]
