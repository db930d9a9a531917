"""Recipes of archetypes: the tree, the plane, what sets kinds apart, features, consistency."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from analysis.errors import FaultlineError
from analysis.export import archetype_frames as frames
from analysis.export import inputs
from analysis.export.archetype_frames import Sorted
from analysis.export.recipe import recipe
from analysis.measure import archetypes as measure
from analysis.store.study import OpenStudy

KINDS = (
    "Models are sorted by leans, response types, how they write, seconds and flags by judges, each "
    "standardised over the models and joined by Ward's method; the number of kinds is the one from "
    f"2 to {measure.MOST_KINDS} with the largest mean silhouette, unless it is chosen. Stability: "
    f"the share of {measure.DRAWS} resamples of whole families in which the models of a kind stay "
    "together. A feature that a model lacks is left out for all; nothing is filled in."
)
_OWN = "Faultline's own measure, after Ward 1963 and Rousseeuw 1987"


def sort(study: OpenStudy, asked: Mapping[str, Any], draws: int = measure.DRAWS) -> Sorted:
    """The kinds that a recipe's parameters ask for. Raises FaultlineError where there are none."""
    found = frames.sort(
        study,
        inputs.taxonomy(study, asked["taxonomy"]),
        inputs.label_source(asked["labels"]),
        asked["kinds"],
        inputs.styled(study, asked["style"]),
        draws,
    )
    if found is None:
        raise FaultlineError(
            f"The models of “{study.info.id}” can't be sorted into kinds: it takes at least "
            f"{measure.LEAST_MODELS} models and a feature that all of them have."
        )
    return found


def _models(study: OpenStudy, frame: pd.DataFrame, asked: Mapping[str, Any]) -> str:
    written = "with" if asked["style"] != "none" else "without"
    return (
        f"n = {len(study.info.models)} models, {study.info.families:,} families; response types by "
        f"{asked['labels']}, taxonomy {asked['taxonomy']}, {written} how they write."
    )


@recipe(
    "archetypes.tree",
    title="Who is like whom",
    definition=f"Each model with its kind and the distance at which it joins another. {KINDS}",
    keys=("model",),
    note=_models,
    source=_OWN,
)
def tree(
    study: OpenStudy, *, kinds: int = 0, taxonomy: str = "", labels: str = "", style: str = ""
) -> pd.DataFrame:
    """One row a model; columns as `archetype_frames.tree`."""
    return frames.tree(sort(study, _asked(kinds, taxonomy, labels, style)))


@recipe(
    "archetypes.plane",
    title="Models on the two main axes",
    definition=f"The first two principal components of the standardised features. {KINDS}",
    keys=("model",),
    note=_models,
    source=_OWN,
)
def plane(
    study: OpenStudy, *, kinds: int = 0, taxonomy: str = "", labels: str = "", style: str = ""
) -> pd.DataFrame:
    """One row a model: model, label, kind, x, y."""
    return frames.plane(sort(study, _asked(kinds, taxonomy, labels, style), draws=0))


@recipe(
    "archetypes.kinds",
    title="What sets each kind apart",
    definition="Per kind the three features whose means differ most between it and all other "
    f"models, in standard deviations over models. {KINDS}",
    keys=("kind", "feature"),
    note=_models,
    source=_OWN,
)
def telling(
    study: OpenStudy, *, kinds: int = 0, taxonomy: str = "", labels: str = "", style: str = ""
) -> pd.DataFrame:
    """One row a kind and feature; columns as `archetype_frames.telling`."""
    return frames.telling(sort(study, _asked(kinds, taxonomy, labels, style)))


@recipe(
    "archetypes.features",
    title="The features behind the kinds",
    definition=f"Every feature of every model, as it is measured, not standardised. {KINDS}",
    keys=("model",),
    note=_models,
    source=_OWN,
)
def features(
    study: OpenStudy, *, taxonomy: str = "", labels: str = "", style: str = ""
) -> pd.DataFrame:
    """One row a model: model, label, and a column a feature."""
    return frames.features(sort(study, _asked(0, taxonomy, labels, style), draws=0))


@recipe(
    "archetypes.sizes",
    title="Are larger models more consistent?",
    definition="Flip rate of models by class of size (inside the provider's line-up) and of cost "
    "(list price of output): mean, lowest and highest. Flip: favoring a value in one wording of a "
    "family and opposing it in another.",
    keys=("by", "class"),
    note=lambda study, frame, p: f"n = {len(study.info.models)} models.",
    source=_OWN,
)
def sizes(study: OpenStudy) -> pd.DataFrame:
    """One row a class; columns as `archetype_frames.sizes`."""
    return frames.sizes(study)


def _asked(kinds: int, taxonomy: str, labels: str, style: str) -> dict[str, Any]:
    return {"kinds": kinds, "taxonomy": taxonomy, "labels": labels, "style": style}
