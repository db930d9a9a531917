"""What a trial says, as scripts read it."""

import math
from typing import Any

from analysis.figures.trial_words import sentence
from analysis.measure.compare.metric_differences import Metric
from analysis.measure.compare.trial import Outcome
from analysis.measure.estimates.estimates import Estimate, Undefined
from analysis.parse.trials import Group, Trial


def to_json(trial: Trial, run: str, found: Outcome) -> dict[str, Any]:
    """The verdict as scripts read it."""
    groups = {
        group.value: {name: cell(m) for name, m in found.groups.get(group, {}).items()}
        for group in (Group.TARGET, Group.CONTROL, Group.HELD_OUT)
    }
    return {
        "study": trial.study,
        "run": run,
        "clause": trial.clause,
        **groups,
        "neighbours": [
            {
                "clause": clause,
                **{name: cell(m) for name, m in told.items()},
                "most_harm": found.harm[clause],
            }
            for clause, told in found.neighbours.items()
        ],
        "noise": {
            **{name: cell(m) for name, m in found.noise.items()},
            "changed_decisions": _known(found.changed_minds),
        },
        "attempts": found.attempts,
        "sentence": sentence(found),
    }


def cell(metric: Metric) -> dict[str, Any]:
    """One metric: old, new, the difference with its interval, q and n."""
    told = metric.difference
    found = {
        "old": metric.a.value,
        "new": metric.b.value,
        "difference": told.value,
        "low": told.low if isinstance(told, Estimate) else None,
        "high": told.high if isinstance(told, Estimate) else None,
        "q": _known(metric.q),
        "n": metric.n,
    }
    return found | ({"undefined": told.reason} if isinstance(told, Undefined) else {})


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value
