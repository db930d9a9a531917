"""A plan in a few words, for lists of runs."""

from collections.abc import Sequence

from analysis.number_text import counted
from pipeline.plan.plan import Plan
from pipeline.stages import judge, pairs, respond


def what_it_is(plan: Plan) -> str:
    """A plan in a few words: how much is asked, who answers, who judges."""
    parts = []
    if plan.snapshot is not None:
        parts.append(f"answers of {plan.snapshot.study or 'a study'}")
    elif pairs.SPEC.name in plan.stages:
        parts.append(counted(plan.settings(pairs.SPEC).families, "family"))
    if answering := plan.models_of(respond.SPEC.name):
        parts.append(_names(answering, "models"))
    if judging := plan.models_of(judge.SPEC.name):
        parts.append(f"judged by {_names(judging, 'judges')}")
    return ", ".join(parts)


def _names(models: Sequence[str], many: str) -> str:
    return ", ".join(models) if len(models) <= 2 else f"{len(models)} {many}"
