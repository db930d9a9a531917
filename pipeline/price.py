"""What a plan will take before anything is spent: calls, tokens, dollars and hours, as a range.

The range is honest about what is not known yet: how long answers get, whether a cache holds the
spec, how many queries survive a selection. The hard stop is the budget, not this.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from analysis.errors import FaultlineError
from pipeline.calibrate import PROBES
from pipeline.embed_calls import TOGETHER
from pipeline.flow import check_pairs
from pipeline.inputs import Inputs
from pipeline.plan import Plan
from pipeline.plan_rules import CALLING
from pipeline.providers.types import Price

BYTES_PER_TOKEN = 4.0
AT_ONCE = 20  # calls in flight per model at the start
TOKENS_PER_SECOND = 60.0  # how fast a model writes
SIM_CALLS_PER_SECOND = 2_000.0
BATCH_HOURS = 24.0  # the window that providers promise; most batches take less than one
# Tokens of one piece of text, low and high; an answer's high end is the plan's limit.
QUERY = (60, 250)
ANSWER = (200, 1_200)
SHORT = (60, 400)


@dataclass
class Cost:
    """One stage and model (or a sum): a range where it can't be known."""

    calls: int = 0
    calls_low: int = 0
    input_tokens: tuple[int, int] = (0, 0)
    output_tokens: tuple[int, int] = (0, 0)
    usd_low: float = 0.0
    usd_high: float = 0.0
    hours: float = 0.0
    batch: bool = False


@dataclass
class StageCost(Cost):
    """A stage, with its models beside it."""

    models: dict[str, Cost] = field(default_factory=dict)


@dataclass(frozen=True)
class Counts:
    """How many of each grain a plan makes: the most there can be."""

    families: int
    scenarios: int
    variants: int
    kept: int
    answers: int
    hard: int

    @property
    def answers_per_query(self) -> float:
        return self.answers / self.kept if self.kept else 0.0


def counts(plan: Plan, inputs: Inputs) -> Counts:
    """The most families, queries and answers that a plan can have."""
    if inputs.snapshot is not None:
        originals = len(inputs.snapshot.scenarios)
        families = len({s.family for s in inputs.snapshot.scenarios})
    else:
        families = _families(plan)
        originals = families * len(plan.generate.nudges)
    variants = originals * len(plan.perturb.kinds) if "perturb" in plan.stages else 0
    kept = originals + variants
    if "dedupe" in plan.stages and plan.dedupe.keep is not None:
        kept = min(kept, plan.dedupe.keep)
    each = len(plan.roles.targets) * plan.respond.replicates
    if "respond" not in plan.stages:
        each = len(inputs.snapshot.models) if inputs.snapshot is not None else 0
    hard = kept
    if "hard" in plan.stages and plan.hard.keep is not None:
        hard = min(kept, plan.hard.keep)
    return Counts(families, originals, variants, kept, kept * each, hard)


def _families(plan: Plan) -> int:
    base = len(plan.pairs.pairs) if plan.pairs.mode == "list" else plan.pairs.families
    return base * (len(plan.roles.generators) if plan.generate.every_generator else 1)


def calls_of(plan: Plan, stage: str, model: str, n: Counts) -> tuple[int, int]:
    """Fewest and most calls of one stage to one model."""
    per_query = n.answers_per_query
    hard_answers = math.ceil(n.hard * per_query)
    fewer = 0.1 if {"dedupe", "hard"} & set(plan.stages) else 1.0
    if stage == "generate":
        share = 1 if plan.generate.every_generator else len(plan.roles.generators)
        most = (
            math.ceil(n.families / share)
            if not plan.generate.every_generator
            else (n.families // len(plan.roles.generators))
        )
        return most, most
    if stage == "perturb":
        return n.variants, n.variants
    if stage == "respond":
        most = n.kept * plan.respond.replicates
    elif stage == "rubric":
        most = min(n.families, n.kept)
    elif stage == "score":
        most = n.kept if plan.score.together else n.answers
    elif stage == "label":
        what = plan.label.what
        most = n.hard * ("topics" in what) + hard_answers * ("response_type" in what)
    else:
        most = hard_answers
        fewer = 0.1 if plan.judge.min_disagreement is not None else fewer
    return math.ceil(most * fewer), most


def tokens_of(
    plan: Plan, stage: str, inputs: Inputs, n: Counts
) -> tuple[tuple[float, float], tuple[float, float], int]:
    """(input low, high), (output low, high) and cached prefix, in tokens of one call."""
    names = ("topics", "response_type") if stage == "label" else (stage,)
    prompt = max(len(plan.prompts[name].text) for name in names) / BYTES_PER_TOKEN
    answer = (ANSWER[0], min(ANSWER[1], plan.respond.max_tokens))
    each = math.ceil(n.answers_per_query) if plan.score.together else 1
    foreign = {
        "generate": (10, 60),
        "perturb": QUERY,
        "respond": QUERY,
        "rubric": (3 * QUERY[0], 3 * QUERY[1]),
        "score": (QUERY[0] + 300 + each * answer[0], QUERY[1] + 900 + each * answer[1]),
        "label": (QUERY[0], QUERY[1] + answer[1]),
        "judge": (QUERY[0] + answer[0], QUERY[1] + answer[1]),
    }[stage]
    written = {
        "generate": (3 * QUERY[0], 3 * QUERY[1]),
        "perturb": QUERY,
        "respond": answer,
        "rubric": (300, 900),
        "score": (each * 40, each * 90),
        "label": (15, 60),
        "judge": SHORT,
    }[stage]
    prefix = len(inputs.standard.prefix) / BYTES_PER_TOKEN if stage == "judge" else 0
    return (prompt + foreign[0], prompt + foreign[1]), written, math.ceil(prefix)


def cost(plan: Plan, stage: str, model: str, inputs: Inputs, n: Counts) -> Cost:
    """One stage and model. Raises FaultlineError when the model's price is not known."""
    entry = plan.models[model]
    price = _known(plan, model)
    low, high = calls_of(plan, stage, model, n)
    given, written, prefix = tokens_of(plan, stage, inputs, n)
    batch = plan.batched(stage, model)
    cheap = price.usd(math.ceil(given[0]), math.ceil(written[0]), prefix, batch=batch) or 0.0
    dear = price.usd(math.ceil(given[1]) + prefix, math.ceil(written[1]), batch=batch) or 0.0
    return Cost(
        calls=high,
        calls_low=low,
        input_tokens=(round(low * (given[0] + prefix)), round(high * (given[1] + prefix))),
        output_tokens=(round(low * written[0]), round(high * written[1])),
        usd_low=low * min(cheap, dear),
        usd_high=high * max(cheap, dear),
        hours=_hours(high, written[1], simulated=entry.provider == "sim", batch=batch),
        batch=batch,
    )


def vectors(plan: Plan, stage: str, model: str, n: Counts) -> Cost:
    """The vectors of one selection. Raises FaultlineError when the price is not known."""
    shared = plan.dedupe.embedder == plan.hard.embedder and "dedupe" in plan.stages
    if stage == "hard" and shared:
        return Cost()  # what dedupe asked for is used again
    price = _known(plan, model)
    texts = (n.scenarios if stage == "dedupe" else n.kept) + 2 * PROBES
    tokens = (texts * QUERY[0], texts * QUERY[1])
    low, high = (price.usd(count, 0) or 0.0 for count in tokens)
    calls = math.ceil(texts / TOGETHER)
    hours = calls / AT_ONCE / 3_600
    return Cost(calls, calls, tokens, (0, 0), low, high, hours)


def _known(plan: Plan, model: str) -> Price:
    price = plan.models[model].price.price()
    if not price.known:
        raise FaultlineError(
            f"No price is known for {model}: enter its dollars per million tokens under "
            f"models.{model}.price in the plan. An unknown price is never taken for 0."
        )
    return price


def _hours(calls: int, written: float, *, simulated: bool, batch: bool) -> float:
    if batch:
        return BATCH_HOURS if calls else 0.0
    if simulated:
        return calls / SIM_CALLS_PER_SECOND / 3_600
    return calls * (1.0 + written / TOKENS_PER_SECOND) / AT_ONCE / 3_600


def price_plan(plan: Plan, inputs: Inputs) -> dict[str, Any]:
    """The price of a whole plan: the shape that `price --format json` prints.

    `calls` is the most there can be; dollars are a range; `hours` lets the models of a stage run
    side by side and its stages one after the other. Raises FaultlineError for a model without a
    price, and for pairs that can't be drawn.
    """
    check_pairs(plan, inputs)
    n = counts(plan, inputs)
    stages: dict[str, StageCost] = {}
    for stage in plan.stages:
        if stage in CALLING:
            models = {model: cost(plan, stage, model, inputs, n) for model in plan.models_of(stage)}
            stages[stage] = _summed(models)
        elif plan.models_of(stage):
            stages[stage] = _summed({m: vectors(plan, stage, m, n) for m in plan.models_of(stage)})
    whole = _summed(stages)
    return {
        "calls": whole.calls,
        "usd_low": whole.usd_low,
        "usd_high": whole.usd_high,
        "hours": sum(part.hours for part in stages.values()),
        "stages": {name: asdict(part) for name, part in stages.items()},
    }


def _summed(parts: Mapping[str, Cost]) -> StageCost:
    return StageCost(
        calls=sum(p.calls for p in parts.values()),
        calls_low=sum(p.calls_low for p in parts.values()),
        input_tokens=(
            sum(p.input_tokens[0] for p in parts.values()),
            sum(p.input_tokens[1] for p in parts.values()),
        ),
        output_tokens=(
            sum(p.output_tokens[0] for p in parts.values()),
            sum(p.output_tokens[1] for p in parts.values()),
        ),
        usd_low=sum(p.usd_low for p in parts.values()),
        usd_high=sum(p.usd_high for p in parts.values()),
        hours=max((p.hours for p in parts.values()), default=0.0),
        batch=any(p.batch for p in parts.values()),
        models=dict(parts),
    )
