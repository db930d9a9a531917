"""Clusters of models as figures and pages read them: the clustering, its features, classes by
size."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.errors import FaultlineError
from analysis.measure import archetypes as measure
from analysis.measure import robustness
from analysis.queries import archetypes as queries
from analysis.queries import robustness as robustness_queries
from analysis.registry import registry
from analysis.store.study import OpenStudy
from analysis.vocabulary import MOST_CLUSTERS, STABILITY_DRAWS

CLASSES = {"size": ("small", "medium", "large"), "cost": ("low", "middle", "high")}
_SIZES = ["by", "class", "models", "mean", "lowest", "highest", "who"]


@dataclass(frozen=True)
class Clustered:
    """The clusters, how stable each is, the features left out with the reason, models' labels."""

    found: measure.Clusters
    stable: Mapping[int, float]
    out: Mapping[str, str]
    labels: Mapping[str, str]

    @property
    def stable_count(self) -> int:
        """How many clusters are stable (`measure.STABLE`)."""
        return sum(share >= measure.STABLE for share in self.stable.values())


def labels(study: OpenStudy) -> dict[str, str]:
    """Model -> label, in the order of screens."""
    known = queries.sizes(study)
    return dict(zip(known["model"].astype(str), known["label"].astype(str), strict=True))


def cluster(
    study: OpenStudy,
    taxonomy: Path,
    source: str | None = None,
    number: int = 0,
    style: bool = True,
    draws: int = STABILITY_DRAWS,
) -> Clustered | None:
    """The models in `number` clusters (0: as many as the data say); None with too few models, or
    where no feature is known of all. Without `draws` nothing is said of stability.

    Raises FaultlineError for a number of clusters that can't be.
    """
    named = labels(study)
    most = min(MOST_CLUSTERS, len(named) - 1)
    if number and not 2 <= number <= most:
        raise FaultlineError(
            f"{len(named)} models can't form {number} clusters: use 2 to {most}, or 0 for as many "
            "as the data say."
        )
    sums = queries.sums(study, taxonomy, source, style=style)
    rng = np.random.default_rng(measure.SEED)
    found = measure.cluster(sums, rng, number=number or None, draws=draws)
    if found is None:
        return None
    stable = measure.stability(found) if draws else {}
    return Clustered(found, stable, measure.table(sums)[1], named)


def tree(held: Clustered) -> pd.DataFrame:
    """One row a model: model, label, kind (its cluster's number), stability (0..1, of the cluster),
    joined (the distance at which it first joins another), chance_low and chance_high (between which
    the first and the last of models that answer alike would join)."""
    kinds = held.found.clusters
    count = len(kinds)
    joined = {
        int(i): float(d)
        for row in held.found.linkage
        for i, d in ((row[0], row[2]), (row[1], row[2]))
        if i < count
    }
    return pd.DataFrame(
        {
            "model": kinds.index,
            "label": [held.labels[str(m)] for m in kinds.index],
            "kind": kinds.to_numpy(),
            "stability": [held.stable.get(int(k), np.nan) for k in kinds],
            "joined": [joined[i] for i in range(count)],
            "chance_low": held.found.alike[0],
            "chance_high": held.found.alike[1],
        }
    )


def plane(held: Clustered) -> pd.DataFrame:
    """One row a model: model, label, kind, x, y (the two main axes of the features)."""
    points, _ = measure.projection(held.found)
    known = tree(held)[["model", "label", "kind"]]
    return known.merge(points.rename_axis("model").reset_index(), on="model")


def distinguishing_features(held: Clustered) -> pd.DataFrame:
    """One row a cluster and feature that sets it apart: kind (its number), models, stability,
    feature, difference (in standard deviations over models), inside, outside (means of it)."""
    kinds = held.found.clusters
    who = {k: ", ".join(held.labels[str(m)] for m in kinds.index[kinds == k]) for k in set(kinds)}
    rows = measure.distinguishing_features(held.found)
    rows.insert(1, "models", [who[k] for k in rows["kind"]])
    rows.insert(2, "stability", [held.stable.get(int(k), np.nan) for k in rows["kind"]])
    return rows


def features(held: Clustered) -> pd.DataFrame:
    """One row a model: model, label, and a column a feature (shares, means, leans)."""
    values = held.found.features.rename_axis(columns=None).reset_index()
    values.insert(1, "label", [held.labels[str(m)] for m in values["model"]])
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
