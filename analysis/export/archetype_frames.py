"""Kinds of models as pages and recipes read them: the sorting, its features, classes by size."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.errors import FaultlineError
from analysis.measure import archetypes as measure
from analysis.measure import robustness
from analysis.registry import registry
from analysis.store.queries import archetypes as queries
from analysis.store.queries import robustness as robustness_queries
from analysis.store.study import OpenStudy

CLASSES = {"size": ("small", "medium", "large"), "cost": ("low", "middle", "high")}
_SIZES = ["by", "class", "models", "mean", "lowest", "highest", "who"]


@dataclass(frozen=True)
class Sorted:
    """The kinds, how stable each is, the features left out with the reason, models' labels."""

    kinds: measure.Kinds
    stable: Mapping[int, float]
    out: Mapping[str, str]
    labels: Mapping[str, str]


def labels(study: OpenStudy) -> dict[str, str]:
    """Model -> label, in the order of screens."""
    known = queries.sizes(study)
    return dict(zip(known["model"].astype(str), known["label"].astype(str), strict=True))


def sort(
    study: OpenStudy,
    taxonomy: Path,
    source: str | None = None,
    number: int = 0,
    style: bool = True,
    draws: int = measure.DRAWS,
) -> Sorted | None:
    """The models sorted into `number` kinds (0: as many as the data say); None with too few
    models, or where no feature is known of all. Without `draws` nothing is said of stability.

    Raises FaultlineError for a number of kinds that can't be.
    """
    named = labels(study)
    most = min(measure.MOST_KINDS, len(named) - 1)
    if number and not 2 <= number <= most:
        raise FaultlineError(
            f"{number} kinds of {len(named)} models can't be: use 2 to {most}, or 0 for as many as "
            "the data say."
        )
    sums = queries.sums(study, taxonomy, source, style=style)
    rng = np.random.default_rng(measure.SEED)
    found = measure.kinds(sums, rng, number=number or None, draws=draws)
    if found is None:
        return None
    stable = measure.stability(found) if draws else {}
    return Sorted(found, stable, measure.table(sums)[1], named)


def tree(found: Sorted) -> pd.DataFrame:
    """One row a model: model, label, kind, stability (0..1, of its kind), joined (the distance at
    which it first joins another)."""
    kinds = found.kinds.kinds
    count = len(kinds)
    joined = {int(i): float(d) for row in found.kinds.linkage for i, d in
              ((row[0], row[2]), (row[1], row[2])) if i < count}  # fmt: skip
    return pd.DataFrame(
        {
            "model": kinds.index,
            "label": [found.labels[str(m)] for m in kinds.index],
            "kind": kinds.to_numpy(),
            "stability": [found.stable.get(int(k), np.nan) for k in kinds],
            "joined": [joined[i] for i in range(count)],
        }
    )


def plane(found: Sorted) -> pd.DataFrame:
    """One row a model: model, label, kind, x, y (the two main axes of the features)."""
    points, _ = measure.projection(found.kinds)
    known = tree(found)[["model", "label", "kind"]]
    return known.merge(points.rename_axis("model").reset_index(), on="model")


def telling(found: Sorted) -> pd.DataFrame:
    """One row a kind and feature that sets it apart: kind, models, stability, feature, difference
    (in standard deviations over models), inside, outside (means of the feature)."""
    kinds = found.kinds.kinds
    who = {k: ", ".join(found.labels[str(m)] for m in kinds.index[kinds == k]) for k in set(kinds)}
    rows = measure.telling(found.kinds)
    rows.insert(1, "models", [who[k] for k in rows["kind"]])
    rows.insert(2, "stability", [found.stable.get(int(k), np.nan) for k in rows["kind"]])
    return rows


def features(found: Sorted) -> pd.DataFrame:
    """One row a model: model, label, and a column a feature (shares, means, leans)."""
    values = found.kinds.features.rename_axis(columns=None).reset_index()
    values.insert(1, "label", [found.labels[str(m)] for m in values["model"]])
    return values


def sizes(study: OpenStudy) -> pd.DataFrame:
    """Flip rates by class of size and of cost: by, class, models (count), mean, lowest, highest
    (0..1), who; only where models of two classes are known."""
    patterns = robustness_queries.patterns(study)
    rates = robustness.flip_rates(patterns) if len(patterns) else pd.DataFrame({"model": []})
    parts = [_classes(rates, by, order) for by, order in CLASSES.items()]
    enough = [p for p in parts if len(p) > 1]
    return pd.concat(enough, ignore_index=True) if enough else pd.DataFrame(columns=_SIZES)


def _classes(rates: pd.DataFrame, by: str, order: tuple[str, ...]) -> pd.DataFrame:
    entries = {str(m): registry().model(str(m)) for m in rates["model"]}
    rows = []
    for name in order:
        mine = [m for m, e in entries.items() if getattr(e, by) == name]
        held = rates[rates["model"].isin(mine)]
        if len(held):
            who = ", ".join(entries[m].label for m in mine)
            values = held["value"]
            rows.append((by, name, len(held), values.mean(), values.min(), values.max(), who))
    return pd.DataFrame(rows, columns=_SIZES)
