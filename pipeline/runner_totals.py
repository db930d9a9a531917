"""How many calls a stage will make, told before it is through; exact once it is."""

import math
from collections.abc import Mapping

from pipeline.flow import Flow


def expected(stage: str, flow: Flow, responded: Mapping[str, float]) -> int:
    """Calls of one stage, from the records before it. `responded`: the tally of respond."""
    plan = flow.plan
    if stage == "generate":
        return len(flow.pairs)
    if stage == "perturb":
        return len(flow.originals) * len(plan.perturb.kinds)
    if stage == "respond":
        return len(flow.scenarios) * len(plan.roles.targets) * plan.respond.replicates
    if stage == "rubric":
        return len(flow.families)
    if stage == "score":
        return len(flow.scenarios) if plan.score.together else _answers(flow, responded, 1.0)
    if stage == "label":
        share = len(flow.hard) / max(1, len(flow.scenarios))
        topics = len(flow.hard) * ("topics" in plan.label.what)
        types = "response_type" in plan.label.what
        return topics + (_answers(flow, responded, share) if types else 0)
    share = len(flow.judged) / max(1, len(flow.scenarios))
    return _answers(flow, responded, share) * len(plan.roles.judges)


def _answers(flow: Flow, responded: Mapping[str, float], share: float) -> int:
    """About how many answers can be read in this share of the queries."""
    if "respond" not in flow.plan.stages:
        models = len(flow.inputs.snapshot.models) if flow.inputs.snapshot is not None else 0
        return math.ceil(models * len(flow.scenarios) * share)
    read = responded["done"] - responded["api_refusal"] - responded["truncated"]
    return math.ceil(read * share)
