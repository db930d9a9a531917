"""Section `archetypes`: clusters of models, each with its stability."""

from typing import Any

from analysis.figures.frames import archetypes as frames
from analysis.measure import archetypes as measure
from analysis.queries import archetypes as queries
from analysis.report.context import Context
from analysis.store import labels


def section(context: Context) -> list[dict[str, Any]] | dict[str, Any]:
    """`none` where the models differ by degree, with how often models that answer alike look as
    clustered; else one entry a cluster: its models, how stable it
    is (0..1), and what sets it apart."""
    study = context.study
    known = labels.sources(study, "response_types")
    source, styled = known[0] if known else None, queries.is_styled(study)
    held = study.read(frames.cluster, context.taxonomy.path, source, 0, styled)
    if held is None:
        return {
            "undefined": f"because clusters need at least {measure.LEAST_MODELS} models with a "
            "feature that all of them have"
        }
    return in_short(held.found)


def in_short(found: measure.Clusters) -> list[dict[str, Any]] | dict[str, Any]:
    """The section from the clusters, for pages too."""
    if found.none:
        return {"none": measure.BY_DEGREE, "chance": round(found.chance, 4)}
    stable = measure.stability(found)
    apart = measure.distinguishing_features(found)
    return [
        {
            "models": [str(m) for m in found.clusters.index[found.clusters == kind]],
            "stability": round(share, 4),
            "apart": list(apart.loc[apart["kind"] == kind, "feature"]),
        }
        for kind, share in stable.items()
    ]
