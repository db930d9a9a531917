"""What became of each judged scenario: used, or left out for a reason. Nothing vanishes.

Frames hold one row a judged answer, as in `compliance`: scenario, model, n_decisions, bin (0..4 of
D over the model set, null where D is not known there).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

NOT_JUDGED = "none of these models was judged on it"
NOT_ALL = "not all of these models were judged on it"
NO_DECISION = "no judge decided on one of its answers"
NO_D = "its disagreement D over these models is not known"
OTHER_MODEL = "the answer of another model"
NO_VERDICT = "no judge decided on the answer"
NO_D_OF_ANSWER = "the disagreement D of its query over these models is not known"


@dataclass(frozen=True)
class Counted:
    """How many were judged and how many of them are used; used + left out = judged."""

    judged: int
    left_out: dict[str, int]

    @property
    def used(self) -> int:
        return self.judged - sum(self.left_out.values())

    def to_json(self) -> dict[str, Any]:
        return {"judged": self.judged, "used": self.used, "left_out": self.left_out}


def scenarios(judged: pd.DataFrame, models: Sequence[str]) -> Counted:
    """Judged scenarios that a figure over whole scenarios uses: all `models` were judged on them,
    with a decision each, and D is known. Each other one has the first reason that holds."""
    mine = judged[judged["model"].isin(models)]
    groups = mine.groupby("scenario", observed=True)
    facts = pd.DataFrame(
        {
            "models": groups["model"].nunique(),
            "decided": (mine["n_decisions"] > 0).groupby(mine["scenario"]).all(),
            "known": _known(mine).groupby(mine["scenario"]).any(),
        }
    )
    everyone = judged["scenario"].nunique()
    complete = facts[facts["models"] == len(models)]
    decided = complete[complete["decided"].astype(bool)]
    return _counted(
        everyone,
        {
            NOT_JUDGED: everyone - len(facts),
            NOT_ALL: len(facts) - len(complete),
            NO_DECISION: len(complete) - len(decided),
            NO_D: int((~decided["known"].astype(bool)).sum()),
        },
    )


def answers(judged: pd.DataFrame, models: Sequence[str]) -> Counted:
    """Judged answers that a figure of answers by D uses, in the same manner."""
    mine = judged[judged["model"].isin(models)]
    decided = mine[mine["n_decisions"] > 0]
    reasons = {
        OTHER_MODEL: len(judged) - len(mine),
        NO_VERDICT: len(mine) - len(decided),
        NO_D_OF_ANSWER: int((~_known(decided)).sum()),
    }
    return _counted(len(judged), reasons)


def used_answers(judged: pd.DataFrame, models: Sequence[str]) -> pd.DataFrame:
    """The rows that `answers` counts as used."""
    kept = judged["model"].isin(models) & (judged["n_decisions"] > 0) & _known(judged)
    return judged[kept]


def _known(judged: pd.DataFrame) -> pd.Series:
    return judged["bin"].notna() if "bin" in judged else pd.Series(False, index=judged.index)


def _counted(judged: int, reasons: dict[str, int]) -> Counted:
    return Counted(judged, {reason: n for reason, n in reasons.items() if n})
