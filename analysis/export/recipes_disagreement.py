"""Recipes of disagreement: its distribution over scenarios, in steps and in bins."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from analysis.export.recipe import recipe
from analysis.store.queries import overview
from analysis.store.study import OpenStudy

D = (
    "D of a scenario: the larger, over its two values, of the population standard deviation of the "
    "models' positions (0 to 6). 0 to 3; high from 1.5. Fewer than two positions give no D. "
    "Compared with its edges exactly, in integers; an edge counts to the step above."
)


def counted(study: OpenStudy, frame: pd.DataFrame, parameters: Mapping[str, Any]) -> str:
    """n and what was left out, for a frame of scenarios."""
    n = int(frame["scenarios"].sum())
    left = study.info.scenarios - n
    out = f" {left:,} scenarios left out: fewer than two positions." if left else ""
    return f"n = {n:,} scenarios, models: {parameters['models']}.{out}"


@recipe(
    "disagreement.histogram",
    title="How far the models disagree",
    definition=f"Scenarios per step of 0.1 of disagreement D. {D}",
    keys=("low", "high"),
    note=counted,
)
def histogram(study: OpenStudy, *, models: str = "all") -> pd.DataFrame:
    """Scenarios per step of D: low, high, scenarios."""
    return overview.histogram(study, models)


@recipe(
    "disagreement.bins",
    title="Disagreement in five bins",
    definition=f"Scenarios and families per bin of the paper. {D}",
    keys=("bin",),
    note=counted,
)
def bins(study: OpenStudy, *, models: str = "all") -> pd.DataFrame:
    """Scenarios per bin of D: bin, name, scenarios, families."""
    return overview.bins(study, models)
