"""One model among the others as pages and figures read it: its choices, and its distances."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.measure.bradley_terry import strengths as bt
from analysis.measure.estimates.estimates import Undefined
from analysis.measure.models import nearest
from analysis.queries import models, value_choices
from analysis.store.study import OpenStudy
from analysis.vocabulary import LEAST_FAMILIES


@dataclass(frozen=True)
class Choosing:
    """One model's Bradley-Terry fit: how well it predicts, and the strongest and weakest values.

    `strongest`, `weakest`: value, strength, low, high, n, families. `ties` and `unknown` (nudge)
    are scenarios left out; `nudged` is False where no scenario's nudge is known.
    """

    n: int
    ties: int
    unknown: int
    nudged: bool
    nudge: float
    intercept: float
    held_out: bt.HeldOut | Undefined
    strongest: pd.DataFrame
    weakest: pd.DataFrame
    values: int


def choosing(study: OpenStudy, model: str, count: int = 8) -> Choosing:
    """Fit one model's choices; values seen in fewer than 5 families are fitted, not listed."""
    found = value_choices.choices(study, [model])
    c = bt.comparisons(
        found.values,
        found.first,
        found.second,
        found.nudge,
        found.favored[model],
        found.family,
        found.unknown,
    )
    fitted = bt.fit(c)
    _, families = bt.appearances(c)
    listed = np.flatnonzero(families >= LEAST_FAMILIES)
    order = listed[np.argsort(fitted.strengths[listed], kind="stable")]
    count = min(count, len(order) // 2)
    both = bt.strengths(c, fitted, np.concatenate([order[::-1][:count], order[:count]]))
    return Choosing(
        n=c.n,
        ties=c.ties,
        unknown=c.unknown,
        nudged=found.nudged,
        nudge=fitted.nudge,
        intercept=fitted.intercept,
        held_out=bt.held_out(c, whole=fitted),
        strongest=both[:count],
        weakest=both[count:].reset_index(drop=True),
        values=int((families > 0).sum()),
    )


def neighbours(study: OpenStudy, model: str) -> pd.DataFrame:
    """Other models by mean distance of positions, nearest first."""
    return nearest(models.distances(study, model))
