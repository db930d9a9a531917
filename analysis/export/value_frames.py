"""Estimates of values as pages and recipes read them, never more rows than they show."""

from pathlib import Path

import pandas as pd

from analysis.measure import values as measure
from analysis.store.queries import values as queries
from analysis.store.queries.filters import ScenarioFilter
from analysis.store.study import OpenStudy


def by_category(
    study: OpenStudy, taxonomy: Path, what: str, flt: ScenarioFilter, by: str = "category"
) -> pd.DataFrame:
    """Estimates by category and unit. Raw means and rates carry the `differs` of the lean: the
    lean is what is tested."""
    lean = measure.estimates(queries.sums(study, taxonomy, by=by, flt=flt))
    if what == "lean":
        return lean
    found = measure.estimates(queries.sums(study, taxonomy, measure=what, by=by, flt=flt), what)
    tested = lean[["key", "kind", "name", "differs", "q"]]
    done = found.drop(columns=["differs", "q"]).merge(
        tested, how="left", on=["key", "kind", "name"]
    )
    return done.assign(differs=done["differs"].eq(True))


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
