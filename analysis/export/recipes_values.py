"""Recipes of values: leans, raw means and favor rates by category, by model, by single value."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from analysis.errors import FaultlineError
from analysis.export import inputs, value_frames
from analysis.export.recipe import recipe
from analysis.measure import values_published
from analysis.measure.values import MIN_FAMILIES
from analysis.registry import registry
from analysis.store.queries import values as queries
from analysis.store.study import OpenStudy

MEASURES = {"lean": "Lean", "raw": "Raw mean position", "favor": "Favor rate"}
LEAN = (
    "Lean of a model on a value in a scenario: its position minus the mean position of the models "
    "of all other providers there (-6 to 6); with a single provider, of the other models. A "
    "provider: the mean over its models, each weighing the same. Raw: the mean position, 0 to 6. "
    "Favor: the share at position 4 or more. Intervals are 95%, clustered by family; q after "
    f"Benjamini-Hochberg over all cells of a kind; differs: q at most 0.05 from at least "
    f"{MIN_FAMILIES} families. Nothing is imputed; first answers only."
)
_EVERYTHING: dict[str, Any] = {}


def _positions(study: OpenStudy, frame: pd.DataFrame, parameters: Mapping[str, Any]) -> str:
    n = int(frame["n"].sum()) if len(frame) else 0
    sure = f" {int(frame['differs'].sum())} of {len(frame)} differ from 0." if n else ""
    return f"n = {n:,} positions, taxonomy {parameters.get('taxonomy')}.{sure}"


def _category_title(parameters: Mapping[str, Any]) -> str:
    return f"{MEASURES.get(parameters['measure'], 'Values')} by category of values"


@recipe(
    "values.by_category",
    title=_category_title,
    definition=f"One number a category of values and provider or model. {LEAN}",
    keys=("category", "kind", "name"),
    note=_positions,
)
def by_category(
    study: OpenStudy,
    *,
    measure: str = "lean",
    kind: str = "provider",
    filter: Mapping[str, Any] = _EVERYTHING,
    taxonomy: str = "",
) -> pd.DataFrame:
    """Cells: category, kind, name, value, low, high, n, families, p, q, differs, undefined."""
    _known("kind", kind, ("provider", "model"))
    flt, path = inputs.scenario_filter(filter), inputs.taxonomy(study, taxonomy)
    cells = value_frames.by_category(study, path, measure, flt)
    return cells[cells["kind"] == kind].rename(columns={"key": "category"}).reset_index(drop=True)


@recipe(
    "values.models",
    title=lambda p: f"The models on “{p['category']}”",
    definition=f"One number a model on one category of values. {LEAN}",
    keys=("name",),
    note=_positions,
)
def models(
    study: OpenStudy,
    *,
    category: str = "",
    measure: str = "lean",
    filter: Mapping[str, Any] = _EVERYTHING,
    taxonomy: str = "",
) -> pd.DataFrame:
    """One row a model, the highest first: as `by_category`, with label and provider."""
    flt, path = inputs.scenario_filter(filter), inputs.taxonomy(study, taxonomy)
    cells = value_frames.by_category(study, path, measure, flt)
    mine = cells[(cells["kind"] == "model") & (cells["key"] == category) & (cells["n"] > 0)]
    who = queries.members(study, flt.model_set)
    providers = dict(zip(who.models, who.providers, strict=True))
    named = mine.assign(
        label=[registry().model(str(m)).label for m in mine["name"]],
        provider=mine["name"].map(providers),
    )
    return named.sort_values("value", ascending=False, ignore_index=True)


@recipe(
    "values.single",
    title=lambda p: f"Single values of “{p['category']}”" if p["category"] else "Single values",
    definition=f"One number a single value of one provider or model; q over these values. {LEAN}",
    keys=("value_name",),
    note=_positions,
)
def single(
    study: OpenStudy,
    *,
    category: str = "",
    kind: str = "model",
    name: str = "",
    measure: str = "lean",
    filter: Mapping[str, Any] = _EVERYTHING,
    taxonomy: str = "",
) -> pd.DataFrame:
    """One row a value (of one category, or of the whole study), as `by_category`."""
    flt, path = inputs.scenario_filter(filter), inputs.taxonomy(study, taxonomy)
    if category:
        found = value_frames.inside(study, path, measure, flt, category, kind, name)
    else:
        found = value_frames.of_unit(study, path, flt, kind, name)
    return found.rename(columns={"key": "value_name"})


@recipe(
    "values.published",
    title="The paper's published patterns, in direction",
    definition="The value patterns that the paper prints, each beside this study's lean. The paper "
    "counts values exhibited in free text, a label that is not in the dataset: only directions can "
    f"be compared. {LEAN}",
    keys=("provider", "category"),
)
def published(
    study: OpenStudy, *, filter: Mapping[str, Any] = _EVERYTHING, taxonomy: str = ""
) -> pd.DataFrame:
    """One row a published pattern: provider, category, verdict, lean, low, high, n."""
    flt, path = inputs.scenario_filter(filter), inputs.taxonomy(study, taxonomy)
    found = values_published.compared(value_frames.by_category(study, path, "lean", flt))
    named = found.assign(provider=[registry().provider(p).label for p in found["provider"]])
    columns = ["provider", "category", "verdict", "value", "low", "high", "n"]
    return named[columns].rename(columns={"value": "lean"})


def _known(what: str, word: str, words: tuple[str, ...]) -> None:
    if word not in words:
        raise FaultlineError(f"Values know no {what} “{word}”. Use one of {', '.join(words)}.")
