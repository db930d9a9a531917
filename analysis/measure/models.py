"""How near two models are: the mean distance of their positions on the same queries.

Distance = |position - position| on one value in one scenario (0..6), so that the family's rubric
cancels; 0 means that they always choose the same strategy.
"""

import pandas as pd

from analysis.measure.estimates.grouped import MOMENTS, means_from_moments
from analysis.vocabulary import HIGHEST_POSITION


def nearest(distances: pd.DataFrame) -> pd.DataFrame:
    """Other models by mean distance, nearest first, each with a family-clustered interval.

    `distances`: one row a model: model, provider and the family moments of its distances. Columns
    out: model, provider, value (0..6), low, high, n (positions compared), families, undefined.
    Models without a position in common have no value and stand last.
    """
    columns = ["value", "low", "high", "n", "families", "undefined"]
    found = means_from_moments(distances[list(MOMENTS)].astype(float))[columns]
    found[["low", "high"]] = found[["low", "high"]].clip(0, HIGHEST_POSITION)
    done = pd.concat([distances[["model", "provider"]], found], axis=1)
    return done.sort_values("value", na_position="last", kind="stable", ignore_index=True)
