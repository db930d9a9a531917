"""What D is worth: how much of the spread between models is noise, and what D noise alone makes.

A *noise sample* repeats one thing at a time on one query a family: the answer, its scoring, the
scorer, the rubric, the wording (`vocabulary.Repeat`). What counts is how the models move against
each other, since a shift that all of them share never reaches D. So each component is a variance
between models within a query (positions squared, mean of the two values), under the additive model
of generalisability theory (Brennan, Generalizability Theory, 2001, ch. 3):

    position = query + model + wording + answer + scorer + rubric + scoring

Half the variance between models of (first position - repeated position) is what was repeated,
together with all that is necessarily drawn anew with it: every repeat is scored again, and a new
wording is answered anew.

All functions take `repeats`: a row per scenario x kind of repeat x model, with family, kind, the
first positions `first1`, `first2` and the repeated ones `again1`, `again2` (0..6, null where there
is none).
"""

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.measure.disagreement import by_query
from analysis.measure.estimates.estimates import (
    Estimate,
    Measured,
    Undefined,
    quantile,
    rate_by_family,
    spread_of,
)
from analysis.measure.estimates.evidence import NO_CASES, NO_SPREAD, FloatArray
from analysis.number_text import counted
from analysis.vocabulary import (
    D_RANGE,
    NOISE_FLAGGED,
    NOISE_LEAST,
    NOISE_LEAST_FLOOR,
    REPEATS,
    Repeat,
)

MODEL: Final = "model"
COMPONENTS: Final = (MODEL, *REPEATS)
EACH: Final = 0.97
RESAMPLES: Final = 999

_TOTAL = "total"
_PARTS: Mapping[str, Mapping[str, float]] = {
    Repeat.SCORING: {Repeat.SCORING: 1},
    Repeat.ANSWER: {Repeat.ANSWER: 1, Repeat.SCORING: -1},
    Repeat.SCORER: {Repeat.SCORER: 1, Repeat.SCORING: -1},
    Repeat.RUBRIC: {Repeat.RUBRIC: 1, Repeat.SCORING: -1},
    Repeat.WORDING: {Repeat.WORDING: 1, Repeat.ANSWER: -1},
    MODEL: {
        _TOTAL: 1,
        Repeat.WORDING: -1,
        Repeat.SCORER: -1,
        Repeat.RUBRIC: -1,
        Repeat.SCORING: 2,
    },
}
"""How a component follows from half the variances of differences, and the total variance."""


@dataclass(frozen=True)
class Floor:
    """D (0..3) that identical models would pass in 5% of scenarios, from so many families, and
    between which numbers (95%) such a floor lies, had all families been repeated.

    `identical`: the sample can't tell its models apart, so their answers are its own yardstick.
    """

    value: float
    low: float
    high: float
    families: int
    identical: bool


def components(repeats: pd.DataFrame, seed: int = 0) -> dict[str, Measured]:
    """Component -> variance between models within a query (positions squared, 0 or more).

    `n` counts families. Undefined, with the reason, where what it rests on was not repeated or too
    few families were. An interval is the wider of Student's t and the bootstrap-t over families
    (Efron & Tibshirani 1993, ch. 12), each at 97%: variances are skewed, and alone either covers
    too seldom. A variance is never below 0, so neither is its interval.
    """
    halves = _by_family(repeats)
    rng = np.random.default_rng(seed)
    return {name: _component(halves, _PARTS[name], rng) for name in COMPONENTS}


def floor(repeats: pd.DataFrame) -> Floor | Undefined:
    """The noise floor of D for the models of `repeats`.

    Two answers of one model to one query differ by as much noise as two identical models do: their
    difference over the root of two is the noise of one. So D of these differences, in each family,
    is a D among identical models; the floor is the number that one more of them passes in 5% of
    cases (a predictive quantile, Vovk et al., Algorithmic Learning, 2005, 2.2). D of few models
    takes few values, and none of them need be passed by just 5%: which side of a tie the floor
    lies on is drawn, by the sample itself, so that it is right over studies. Where the sample
    can't tell its models apart (the lower bound of what stays between two answers is not above 0)
    D among the second answers is that very thing.
    """
    answers = repeats[repeats["kind"] == Repeat.ANSWER]
    if answers.empty:
        return Undefined(_not_known({Repeat.ANSWER}))
    alike = _alike(_by_family(answers))
    positions = _again(answers) if alike else _moved(answers) / math.sqrt(2)
    found = by_query(positions, _QUERY).dropna().to_numpy(dtype=float)
    if len(found) < NOISE_LEAST_FLOOR:
        return Undefined(
            f"not known: {counted(len(found), 'family was', 'families were')} answered again, and "
            f"a floor needs at least {NOISE_LEAST_FLOOR}",
            len(found),
        )
    value = _passed_seldom(found)
    low, high = _floor_bounds(found)
    return Floor(value, min(low, value), max(high, value), len(found), alike)


def share_above(high: pd.DataFrame) -> Measured:
    """Share of the high-D scenarios whose D lies above the floor, by family.

    `high`: one row a family: high (n of scenarios with D >= 1.5), and of them those above the
    floor (above), above the highest that it may be (above_high), and the lowest (above_low). The
    interval is as low as the share above the highest floor may be, and as high as that above the
    lowest: it is as unsure as the families and the floor together.
    """
    if not len(high) or not high["high"].sum():
        return Undefined(NO_CASES)
    found, least, most = (
        rate_by_family(high[above], high["high"]) for above in ("above", "above_high", "above_low")
    )
    if isinstance(found, Undefined) or isinstance(least, Undefined) or isinstance(most, Undefined):
        return found
    return replace(found, low=min(found.low, least.low), high=max(found.high, most.high))


def _by_family(repeats: pd.DataFrame) -> pd.DataFrame:
    """Family x (total, and each kind of repeat): half the variance between models of what a repeat
    changed, and for the total the variance of the first positions; mean of values and scenarios."""
    moved = _variance(_moved(repeats)).mul(0.5).rename("variance").reset_index()
    firsts = repeats.drop_duplicates(["scenario", "model"]).assign(kind=_TOTAL)
    whole = _variance(_held(firsts, "first")).rename("variance").reset_index()
    held = pd.concat([moved, whole], ignore_index=True)
    return held.pivot_table(index="family", columns="kind", values="variance", aggfunc="mean")


_QUERY = ["family", "scenario", "kind"]


def _held(repeats: pd.DataFrame, which: str) -> pd.DataFrame:
    """The positions of both values, one row a model, indexed by query and kind of repeat."""
    rows = repeats.set_index(_QUERY)[[f"{which}1", f"{which}2"]].astype("float64")
    return rows.set_axis([1, 2], axis=1)


def _again(repeats: pd.DataFrame) -> pd.DataFrame:
    return _held(repeats, "again")


def _moved(repeats: pd.DataFrame) -> pd.DataFrame:
    return _held(repeats, "again") - _held(repeats, "first")


def _variance(positions: pd.DataFrame) -> pd.Series:
    """Query and kind -> variance between models (ddof 1), mean of the values that have two."""
    return positions.groupby(level=_QUERY).var(ddof=1).mean(axis=1)


def _component(
    halves: pd.DataFrame, parts: Mapping[str, float], rng: np.random.Generator
) -> Measured:
    if missing := {part for part in parts if part not in halves}:
        return Undefined(_not_known(missing))
    whole = halves[list(parts)].dropna()
    each = np.asarray(whole.to_numpy() @ np.array(list(parts.values())), dtype=float)
    if len(each) < NOISE_LEAST:
        return Undefined(
            f"not known: {counted(len(each), 'family was', 'families were')} repeated, and it "
            f"takes at least {NOISE_LEAST}",
            len(each),
        )
    if spread_of(each - each.mean(), float(each.mean())) == 0:
        return Undefined(NO_SPREAD, len(each), max(float(each.mean()), 0.0))
    low, high = _bounds(each, rng)
    value = max(float(each.mean()), 0.0)
    return Estimate(value, max(min(low, value), 0.0), max(high, value), len(each))


def _bounds(each: FloatArray, rng: np.random.Generator) -> tuple[float, float]:
    """The wider of two intervals for a mean over families, on either side."""
    n, mean = len(each), float(each.mean())
    error = float(each.std(ddof=1)) / math.sqrt(n)
    half = quantile(n, EACH) * error
    drawn = each[rng.integers(0, n, (RESAMPLES, n))]
    errors = drawn.std(axis=1, ddof=1) / math.sqrt(n)
    known = errors > 1e-12  # a resample of one family over and over says nothing
    t = (drawn.mean(axis=1)[known] - mean) / errors[known]
    below, above = np.quantile(t, [(1 - EACH) / 2, (1 + EACH) / 2])
    return min(mean - half, mean - above * error), max(mean + half, mean - below * error)


def _alike(halves: pd.DataFrame) -> bool:
    """Whether what stays between two answers of a model can't be told from 0."""
    if not {_TOTAL, Repeat.ANSWER} <= {*halves}:  # no query has two models with positions
        return False
    stays = (halves[_TOTAL] - halves[Repeat.ANSWER]).dropna().to_numpy(dtype=float)
    if len(stays) < 2:
        return False
    error = float(stays.std(ddof=1)) / math.sqrt(len(stays))
    return float(stays.mean()) <= quantile(len(stays)) * error


def _passed_seldom(spreads: npt.NDArray[np.float64]) -> float:
    """The number that one more like these passes in 5% of cases, over studies.

    One more is above all but `above` of n, and ties with `ties` of them; where ties are broken by
    chance it is among the highest 5% with probability (5% (n + 1) - above) / (ties + 1). One draw
    a study decides for all of its scenarios at once, so that the floor is one number.
    """
    # To six digits, so that equal numbers tie whatever sums they come from.
    rounded = spreads.round(6)
    wanted, drawn = NOISE_FLAGGED * (len(spreads) + 1), _drawn(rounded)
    value = 0.0
    for tie in np.unique(rounded)[::-1]:
        mine = rounded == tie
        value, ties, above = float(spreads[mine].max()), int(mine.sum()), int((rounded > tie).sum())
        if drawn >= (wanted - above) / (ties + 1):
            return value
        if drawn >= wanted - above - ties:
            break
    return max(value - _JUST_BELOW, 0.0)


_JUST_BELOW: Final = 1e-6


def _drawn(spreads: npt.NDArray[np.float64]) -> float:
    """A number from 0 to 1 that is the same for the same sample, and else as good as drawn."""
    digest = hashlib.sha256(np.sort(spreads).tobytes()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def _floor_bounds(spreads: npt.NDArray[np.float64]) -> tuple[float, float]:
    """Between which numbers the D lies that identical models pass in 5% of all scenarios.

    The highest third of the sample is taken as an exponential tail (Pickands 1975), whose mean has
    a chi-square interval; the lower end goes down to the next D that was seen, since D of few
    models takes few values.
    """
    from scipy.special import chdtri

    ordered, n = np.sort(spreads), len(spreads)
    tail = math.ceil(n / 3)
    base = float(ordered[n - tail - 1])
    total = float((ordered[n - tail :] - base).sum())
    reach = math.log(tail / n / NOISE_FLAGGED)
    most, least = (float(chdtri(2 * tail, p)) for p in ((1 - EACH) / 2, (1 + EACH) / 2))
    low, high = (base + 2 * total / quantile * reach for quantile in (most, least))
    seen = ordered[ordered <= low + 1e-9]
    return float(seen[-1]) if len(seen) else low, min(high, D_RANGE[1])


_DONE: Mapping[str, str] = {
    Repeat.ANSWER: "no query was answered a second time",
    Repeat.SCORING: "no answer was scored a second time",
    Repeat.SCORER: "no second scorer was asked",
    Repeat.RUBRIC: "no second rubric was written",
    Repeat.WORDING: "no query was reworded",
}


def _not_known(missing: set[str]) -> str:
    """Why a component is not known, by what was not repeated."""
    said = [_DONE[kind] for kind in REPEATS if kind in missing]
    return f"not known: {', and '.join(said)}"
