"""Estimates of values as pages and recipes read them, never more rows than they show."""

from pathlib import Path
from weakref import WeakKeyDictionary

import pandas as pd

from analysis.measure import values as measure
from analysis.store.queries import values as queries
from analysis.store.queries.filters import ScenarioFilter
from analysis.store.study import OpenStudy

_MOST_KEPT = 40  # frames of some hundred rows
_LEANS: WeakKeyDictionary[OpenStudy, dict[tuple[Path, ScenarioFilter, str], pd.DataFrame]] = (
    WeakKeyDictionary()
)


def by_category(
    study: OpenStudy, taxonomy: Path, what: str, flt: ScenarioFilter, by: str = "category"
) -> pd.DataFrame:
    """Estimates by category and unit. Raw means and rates carry the `differs` of the lean: the
    lean is what is tested."""
    lean = _leans(study, taxonomy, flt, by)
    if what == "lean":
        return lean
    found = measure.estimates(queries.sums(study, taxonomy, measure=what, by=by, flt=flt), what)
    tested = lean[["key", "kind", "name", "differs", "q"]]
    done = found.drop(columns=["differs", "q"]).merge(
        tested, how="left", on=["key", "kind", "name"]
    )
    return done.assign(differs=done["differs"].eq(True))


def _leans(study: OpenStudy, taxonomy: Path, flt: ScenarioFilter, by: str) -> pd.DataFrame:
    """The leans by category, kept while the study is open: every other measure is read beside
    them. A taxonomy's file never changes; filters that ask labels are read afresh."""
    if flt != ScenarioFilter(model_set=flt.model_set, nudges=flt.nudges):
        return measure.estimates(queries.sums(study, taxonomy, by=by, flt=flt))
    key, kept = (taxonomy, flt, by), _LEANS.setdefault(study, {})
    if key not in kept:
        if len(kept) >= _MOST_KEPT:
            kept.clear()
        kept[key] = measure.estimates(queries.sums(study, taxonomy, by=by, flt=flt))
    return kept[key].copy(deep=False)


def inside(
    study: OpenStudy,
    taxonomy: Path,
    what: str,
    flt: ScenarioFilter,
    category: str,
    kind: str,
    name: str,
) -> pd.DataFrame:
    """Estimates of one unit on the single values of a category; q over these values."""
    sums = queries.sums(
        study, taxonomy, measure=what, by="value", flt=flt, category=category, unit=(kind, name)
    )
    return measure.estimates(sums[sums["n"] > 0].reset_index(drop=True), what)


def of_unit(
    study: OpenStudy, taxonomy: Path, flt: ScenarioFilter, kind: str, name: str
) -> pd.DataFrame:
    """Leans of one unit on every single value of the study; q over these values."""
    sums = queries.sums(study, taxonomy, by="value", flt=flt, unit=(kind, name))
    return measure.estimates(sums[sums["n"] > 0].reset_index(drop=True))


def ends(found: pd.DataFrame, each: int) -> pd.DataFrame:
    """The estimates that differ from 0 at both ends, highest first; the three highest and lowest
    where none does."""
    top, bottom = measure.extremes(found, each)
    shown = pd.concat([top, bottom[::-1]])
    if len(shown):
        return shown
    order = found.sort_values("value", ascending=False)
    return order.iloc[[*range(min(3, len(order))), *range(max(len(order) - 3, 3), len(order))]]
