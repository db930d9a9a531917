"""Section `disagreement`: D over every precomputed model set."""

from typing import Any

from analysis.queries import disagreement, studies
from analysis.registry import registry
from analysis.report.context import Context
from analysis.vocabulary import d_rounded


def section(context: Context) -> dict[str, Any]:
    """Per set: models, scenarios (with a D), high (D >= 1.5), mean D, scenarios per bin."""
    found = studies.sets(context.study)
    sets = {
        str(model_set): _one(context, str(model_set), len(models))
        for model_set, models in zip(found["model_set"], found["models"], strict=True)
    }
    whose = {registry().model(m).provider for m in context.study.info.models}
    if "all" in sets and len(whose) == 1 and len(context.study.info.models) > 1:
        sets.setdefault(whose.pop(), sets["all"])  # files built before each provider had a set
    if not any("undefined" not in s for s in sets.values()):
        return {"undefined": "because no scenario has positions of two or more models"}
    return {"sets": sets}


def _one(context: Context, model_set: str, models: int) -> dict[str, Any]:
    facts = disagreement.summary(context.study, model_set)
    mean = facts["mean"]
    if not facts["scenarios"]:
        return {"undefined": "because no scenario has positions of two of its models"}
    return {
        "models": models,
        "scenarios": facts["scenarios"],
        "high": facts["high"],
        "mean": None if mean is None else d_rounded(float(mean), 4),
        "bins": [int(n) for n in disagreement.bins(context.study, model_set)["scenarios"]],
    }
