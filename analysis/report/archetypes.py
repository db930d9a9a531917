"""Section `archetypes`: kinds of models, each with its stability."""

from typing import Any

import numpy as np

from analysis.measure import archetypes as measure
from analysis.report.context import Context
from analysis.store.queries import archetypes


def section(context: Context) -> list[dict[str, Any]] | dict[str, Any]:
    """One entry a kind: its models, how stable it is (0..1), and what sets it apart."""
    found = measure.kinds(
        archetypes.sums(context.study, context.taxonomy.path), np.random.default_rng(measure.SEED)
    )
    if found is None:
        return {
            "undefined": f"because kinds need at least {measure.LEAST_MODELS} models with a "
            "feature that all of them have"
        }
    stable = measure.stability(found)
    apart = measure.telling(found)
    return [
        {
            "models": [str(m) for m in found.kinds.index[found.kinds == kind]],
            "stability": round(share, 4),
            "apart": list(apart.loc[apart["kind"] == kind, "feature"]),
        }
        for kind, share in stable.items()
    ]
