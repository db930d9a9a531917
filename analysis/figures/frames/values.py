"""Estimates of values as figures, reports and pages read them, never more rows than they show."""

from dataclasses import replace
from pathlib import Path

import pandas as pd

from analysis.measure import values as measure
from analysis.queries import values as queries
from analysis.queries.filters import ScenarioFilter
from analysis.registry import registry
from analysis.store.study import OpenStudy
from analysis.vocabulary import Nudge


def by_category(study: OpenStudy, taxonomy: Path, what: str, flt: ScenarioFilter) -> pd.DataFrame:
    """Estimates by category and unit. Mean positions and rates carry the `differs` of the lean: the
    lean is what is tested."""
    found = measure.estimates(queries.sums(study, taxonomy, measure=what, flt=flt), what)
    if what in measure.LEANS:
        return found
    lean = study.read(by_category, taxonomy, "lean", flt)
    tested = lean[["key", "kind", "name", "differs", "q"]]
    done = found.drop(columns=["differs", "q"]).merge(
        tested, how="left", on=["key", "kind", "name"]
    )
    return done.assign(differs=done["differs"].eq(True))


def turned(study: OpenStudy, taxonomy: Path, flt: ScenarioFilter) -> pd.DataFrame:
    """Leans over all wordings that differ from 0 and point the other way on neutral queries alone,
    or from the model's own level: key, kind, name, value, neutral and own (leans, -6..6). A model
    that follows nudges gets leans that no preference explains; these are where to suspect it."""
    keys = ["key", "kind", "name"]
    whole = replace(flt, nudges=())
    both = study.read(by_category, taxonomy, "lean", whole)
    others = {
        "neutral": study.read(
            by_category, taxonomy, "lean", replace(flt, nudges=(Nudge.NEUTRAL.value,))
        ),
        "own": study.read(by_category, taxonomy, "own", whole),
    }
    for name, found in others.items():
        both = both.merge(found[[*keys, "value"]].rename(columns={"value": name}), on=keys)
    other_way = both[list(others)].mul(both["value"], axis=0).lt(0).any(axis=1)
    return both.loc[both["differs"] & other_way, [*keys, "value", *others]].reset_index(drop=True)


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
    study: OpenStudy,
    taxonomy: Path,
    flt: ScenarioFilter,
    kind: str,
    name: str,
    what: str = "lean",
) -> pd.DataFrame:
    """Estimates of one unit on every single value of the study; q over these values."""
    sums = queries.sums(study, taxonomy, measure=what, by="value", flt=flt, unit=(kind, name))
    return measure.estimates(sums[sums["n"] > 0].reset_index(drop=True), what)


def unit_labels(who: queries.Members, kind: str) -> dict[str, str]:
    """Name -> label of the models or providers of a set."""
    if kind == "model":
        return {m: registry().model(m).label for m in who.models}
    return {p: registry().provider(p).label for p in dict.fromkeys(who.providers)}


def baseline(who: queries.Members) -> str:
    """In words, what the leans of a set's models are measured against."""
    several = len(set(who.providers)) > 1
    return "the models of all other providers" if several else "the other models"


def ends(found: pd.DataFrame, each: int) -> pd.DataFrame:
    """The estimates that differ from 0 at both ends, highest first; the three highest and lowest
    where none does."""
    top, bottom = measure.extremes(found, each)
    shown = pd.concat([top, bottom[::-1]])
    if len(shown):
        return shown
    order = found.sort_values("value", ascending=False)
    return order.iloc[[*range(min(3, len(order))), *range(max(len(order) - 3, 3), len(order))]]
