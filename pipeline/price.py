"""What a plan will take before anything is spent: calls, tokens, dollars and hours, as a range.

The range is honest about what is not known yet: how long answers get, whether a cache holds the
spec, how many queries survive a selection. The hard stop is the budget, not this.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from analysis.errors import FaultlineError
from analysis.registry import Price
from pipeline.plan.inputs import Inputs
from pipeline.plan.plan import Plan
from pipeline.prompting import BYTES_PER_TOKEN
from pipeline.select.calibrate import PROBES
from pipeline.select.embedders import TOGETHER
from pipeline.stage_spec import ANSWER, QUERY, Counts, Range
from pipeline.stages import (
    BY_NAME,
    CALLING,
    NOISE,
    SELECTING,
    criteria,
    dedupe,
    generate,
    grade,
    hard,
    noise_scoring,
    pairs,
    perturb,
    respond,
    score,
)

AT_ONCE = 20  # calls in flight per model at the start
TOKENS_PER_SECOND = 60.0  # how fast a model writes
SIM_CALLS_PER_SECOND = 2_000.0
FEWEST_KEPT = 0.1  # share of the queries that a selection is taken to leave at least
BATCH_HOURS = 24.0  # the window that providers promise; most batches take less than one


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


def counts(plan: Plan, inputs: Inputs) -> Counts:
    """The most families, queries and answers that a plan can have."""
    if inputs.snapshot is not None:
        originals = len(inputs.snapshot.scenarios)
        families = len({s.family for s in inputs.snapshot.scenarios})
    elif (asked := plan.settings(grade.SPEC).read()) is not None:
        originals = families = asked.queries
    else:
        families = _families(plan)
        originals = families * len(plan.settings(generate.SPEC).nudges)
    kinds = plan.settings(perturb.SPEC).kinds if perturb.SPEC.name in plan.stages else ()
    variants = originals * len(kinds)
    answering = plan.settings(respond.SPEC)
    models = len(plan.models_of(respond.SPEC.name))
    each = models * answering.replicates
    kept = _kept(plan, dedupe.SPEC.name, originals + variants)
    chosen = _kept(plan, hard.SPEC.name, kept)
    answers, hard_answers = kept * each, chosen * each
    if respond.SPEC.name not in plan.stages:
        stored = inputs.snapshot.answers_stored if inputs.snapshot is not None else []
        models = len(inputs.snapshot.models) if inputs.snapshot is not None else 0
        answers, hard_answers = sum(stored[:kept]), sum(stored[:chosen])
    repeats = frozenset(r for r, stage in NOISE.items() if stage.name in plan.stages)
    return Counts(
        families=families,
        scenarios=originals,
        variants=variants,
        kept=kept,
        answers=answers,
        hard=chosen,
        hard_answers=hard_answers,
        answer=(ANSWER[0], min(ANSWER[1], answering.max_tokens)),
        kept_share=FEWEST_KEPT if {*SELECTING} & {*plan.stages} else 1.0,
        repeated=min(plan.settings(noise_scoring.SPEC).families, families, kept),
        repeats=repeats,
        answering=models,
        together=plan.settings(score.SPEC).together,
        drafts=_drafts(plan, inputs),
    )


def _drafts(plan: Plan, inputs: Inputs) -> int:
    """Clauses to draft criteria for."""
    if criteria.SPEC.name not in plan.stages:
        return 0
    return len(criteria.chosen(plan.settings(criteria.SPEC), inputs.spec.clauses))


def _families(plan: Plan) -> int:
    part = plan.settings(pairs.SPEC)
    base = len(part.pairs) if part.mode == "list" else part.families
    each = plan.settings(generate.SPEC).every_generator
    return base * (len(plan.models_of(generate.SPEC.name)) if each else 1)


def _kept(plan: Plan, stage: str, queries: int) -> int:
    """How many queries a selection leaves at most."""
    most = plan.selection(stage).keep if stage in plan.stages else None
    return queries if most is None else min(queries, most)


def cost(plan: Plan, stage: str, model: str, inputs: Inputs, n: Counts) -> Cost:
    """One stage and model. Raises FaultlineError when the model's price is not known."""
    known, price = BY_NAME[stage], _known(plan, model)
    if known.estimate is None:
        return Cost()
    told = known.estimate(plan.settings(known), n, len(plan.models_of(stage)))
    low, high = math.ceil(told.calls * told.share), told.calls
    prompt = max(len(plan.prompts[name].text) for name in known.prompts) / BYTES_PER_TOKEN
    given = (prompt + told.given[0], prompt + told.given[1])
    prefix = len(inputs.standard.prefix) / BYTES_PER_TOKEN if known.sends_spec else 0
    return _cost(plan, stage, model, price, (low, high), given, told.written, math.ceil(prefix))


def _cost(
    plan: Plan,
    stage: str,
    model: str,
    price: Price,
    calls: tuple[int, int],
    given: Range,
    written: Range,
    prefix: int,
) -> Cost:
    """Fewest and most calls, with the tokens of one: what is sent, what comes back, and the
    prefix that a cache may hold."""
    low, high = calls
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
        hours=_hours(high, written[1], simulated=plan.models[model].simulated, batch=batch),
        batch=batch,
    )


def vectors(plan: Plan, stage: str, model: str, n: Counts) -> Cost:
    """The vectors of one selection. Raises FaultlineError when the price is not known."""
    selection = BY_NAME[stage].selection
    before = [name for name in SELECTING[: SELECTING.index(stage)] if name in plan.stages]
    if selection is None or model in {plan.selection(name).embedder for name in before}:
        return Cost()  # the vectors that an earlier selection asked for are used again
    price = _known(plan, model)
    texts = selection.texts(n) + 2 * PROBES
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
    if inputs.snapshot is not None:
        inputs.snapshot.check(plan.stages)
    if pairs.SPEC.name in plan.stages:
        pairs.drawn(plan.settings(pairs.SPEC), plan.seed, inputs)
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
