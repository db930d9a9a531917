"""What a plan will take before anything is spent: calls, tokens, dollars and hours, as a range.

Below is what is likely where a cache holds the spec, answers are short and a selection keeps few.
Above is a bound, as the budget takes it for each call: every reply as long as the plan lets it be,
every text in its readers' tokens, nothing cached. Only what has to be asked twice comes on top: a
call whose reply was lost on the way, and one of a batch that ran out. The budget stops those too.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from analysis.errors import FaultlineError
from analysis.registry import Price
from pipeline.plan.inputs import Inputs
from pipeline.plan.plan import Plan
from pipeline.plan.snapshot import SnapshotReader
from pipeline.prompting import BYTES_PER_TOKEN, OVERHEAD_TOKENS, most_tokens, read_again
from pipeline.providers.types import BATCH_HOURS
from pipeline.select.calibrate import PROBES
from pipeline.select.embedders import TOGETHER
from pipeline.stage_spec import ANSWER, FEWEST_KEPT, QUERY, Counts, Longest, StageSpec
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
    noise_wording,
    pairs,
    perturb,
    repair,
    respond,
    rubric,
    score,
    trial_answer,
    trial_query,
)

AT_ONCE = 20  # calls in flight per model at the start
TOKENS_PER_SECOND = 60.0  # how fast a model writes
SIM_CALLS_PER_SECOND = 2_000.0


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
    written, variants, families = _queries(plan, inputs)
    answering = plan.settings(respond.SPEC)
    models = len(plan.models_of(respond.SPEC.name))
    each = models * answering.replicates
    kept = _kept(plan, written, dedupe.SPEC.name)
    chosen = _kept(plan, written, dedupe.SPEC.name, hard.SPEC.name)
    answers, hard_answers, most_answers = kept * each, chosen * each, each
    if respond.SPEC.name not in plan.stages:
        stored = inputs.snapshot.answers_stored if inputs.snapshot is not None else []
        models = len(inputs.snapshot.models) if inputs.snapshot is not None else 0
        if trial_answer.SPEC.name in plan.stages:
            models = len(plan.models_of(trial_answer.SPEC.name))
        answers, hard_answers = sum(stored[:kept]), sum(stored[:chosen])
        most_answers = max(stored, default=0)
    repeats = frozenset(r for r, stage in NOISE.items() if stage.name in plan.stages)
    return Counts(
        families=families,
        scenarios=sum(written) - variants,
        variants=variants,
        kept=kept,
        answers=answers,
        hard=chosen,
        hard_answers=hard_answers,
        most_answers=most_answers,
        longest=_longest(plan, inputs),
        answer=(ANSWER[0], min(ANSWER[1], answering.max_tokens)),
        kept_share=FEWEST_KEPT if {*SELECTING} & {*plan.stages} else 1.0,
        repeated=min(plan.settings(noise_scoring.SPEC).families, families, kept),
        repeats=repeats,
        answering=models,
        together=plan.settings(score.SPEC).together,
        drafts=_drafts(plan, inputs),
        held_out=_held_out(plan),
    )


def _held_out(plan: Plan) -> int:
    """Queries that are written for a trial."""
    if trial_answer.SPEC.name not in plan.stages:
        return 0
    return len(plan.settings(trial_query.SPEC).situations)


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


def _queries(plan: Plan, inputs: Inputs) -> tuple[list[int], int, int]:
    """Queries that stay or go together, a query as written with its variants, the most first;
    how many of all are variants that the plan has written; and how many families there are."""
    kinds = len(plan.settings(perturb.SPEC).kinds) if perturb.SPEC.name in plan.stages else 0
    if inputs.snapshot is None:
        asked = plan.settings(grade.SPEC).read()
        families = _families(plan) if asked is None else asked.queries
        each = len(plan.settings(generate.SPEC).nudges) if asked is None else 1
        return [1 + kinds] * families * each, families * each * kinds, families
    stored = inputs.snapshot.scenarios
    together = Counter(s.parent or s.scenario for s in stored)
    sizes = sorted((size * (1 + kinds) for size in together.values()), reverse=True)
    return sizes, len(stored) * kinds, len({s.family for s in stored})


def _kept(plan: Plan, together: Sequence[int], *selections: str) -> int:
    """How many queries the selections leave at most: each counts queries as they were written, and
    a variant stays with its parent."""
    keeps = [plan.selection(stage).keep for stage in selections if stage in plan.stages]
    most = min((keep for keep in keeps if keep is not None), default=len(together))
    return sum(together[:most])


def _longest(plan: Plan, inputs: Inputs) -> Longest:
    """What each text can come to: those that are there by their bytes, those to be written by the
    room that the plan gives them."""
    stored = inputs.snapshot

    def most(stage: StageSpec[Any], known: Callable[[SnapshotReader], int]) -> float:
        if stage.name in plan.stages:
            return read_again(plan.settings(stage).max_tokens)
        return 0.0 if stored is None else most_tokens(known(stored))

    rewording = (perturb.SPEC, noise_wording.SPEC, trial_query.SPEC)
    rewordings = [most(stage, lambda _: 0) for stage in rewording]
    answers = [most(respond.SPEC, lambda s: s.longest_answer)]
    if trial_answer.SPEC.name in plan.stages:
        answers.append(read_again(plan.settings(respond.SPEC).max_tokens))
    return Longest(
        pair=_longest_pair(plan, inputs),
        query=max(most(generate.SPEC, lambda s: s.longest_query), *rewordings, *_tests(plan)),
        rubric=most(rubric.SPEC, lambda s: s.longest_rubric),
        answer=max(answers),
        criterion=_longest_criterion(plan, inputs),
        answer_room=plan.settings(respond.SPEC).max_tokens,
        rubric_room=plan.settings(rubric.SPEC).max_tokens,
        placing_room=plan.settings(score.SPEC).max_tokens,
    )


def _tests(plan: Plan) -> Iterator[float]:
    """What each query of the criteria comes to, for who answers it."""
    asked = plan.settings(grade.SPEC).read()
    for one in () if asked is None else asked.criteria:
        yield from (most_tokens(_size(test.query)) for test in one.tests)


def _longest_criterion(plan: Plan, inputs: Inputs) -> float:
    """Of one clause that criteria are drafted for or that is repaired, and of one criterion with
    its right answer."""
    texts = [0]
    if criteria.SPEC.name in plan.stages:
        chosen = criteria.chosen(plan.settings(criteria.SPEC), inputs.spec.clauses)
        texts += [_size(f"{clause.title}\n\n{clause.text}") for clause in chosen]
    if repair.SPEC.name in plan.stages:
        mended = repair.chosen(plan.settings(repair.SPEC), inputs.spec.clauses)
        texts.append(_size(f"{mended.title}\n\n{mended.text}"))
    asked = plan.settings(grade.SPEC).read()
    for one in () if asked is None else asked.criteria:
        rubric = sum(_size(f"{grade}: {does}\n") for grade, does in one.rubric.items())
        answer = max(_size(test.right_answer) for test in one.tests)
        texts.append(_size(one.title) + rubric + answer)
    return most_tokens(max(texts))


def _longest_pair(plan: Plan, inputs: Inputs) -> float:
    if pairs.SPEC.name in plan.stages:
        longest = pairs.longest(plan.settings(pairs.SPEC), plan.seed, inputs)
    else:
        stored = [] if inputs.snapshot is None else inputs.snapshot.scenarios
        sizes = (_size(s.value1 or "") + _size(s.value2 or "") for s in stored)
        longest = max(sizes, default=0)
    return most_tokens(longest + len(generate.BACKGROUND))


def cost(plan: Plan, stage: str, model: str, inputs: Inputs, n: Counts) -> Cost:
    """One stage and model. Raises FaultlineError when the model's price is not known."""
    known, price = BY_NAME[stage], _known(plan, model)
    if known.estimate is None:
        return Cost()
    told = known.estimate(plan.settings(known), n, len(plan.models_of(stage)))
    low, high = math.ceil(told.calls * told.share), told.calls
    batch = plan.batched(stage, model)
    prefix = _size(inputs.standard.prefix) if known.sends_spec else 0
    prompt = max(_size(plan.prompts[name].text) for name in known.prompts)
    schema = max((_size(schema.text) for schema in known.schemas), default=0)
    fixed = most_tokens(prompt + schema + prefix) + OVERHEAD_TOKENS
    given, written = told.given[0] + prompt / BYTES_PER_TOKEN, told.written[0]
    cached = math.ceil(prefix / BYTES_PER_TOKEN)
    most = math.ceil(fixed + told.most)
    likely = price.usd(math.ceil(given), math.ceil(written), cached, batch=batch) or 0.0
    bound = price.most_usd(most, told.room, batch=batch) or 0.0
    return Cost(
        calls=high,
        calls_low=low,
        input_tokens=(round(low * (given + cached)), high * most),
        output_tokens=(round(low * written), high * told.room),
        usd_low=low * min(likely, bound),
        usd_high=high * bound,
        hours=_hours(high, told.written[1], simulated=plan.models[model].simulated, batch=batch),
        batch=batch,
    )


def _size(text: str) -> int:
    return len(text.encode("utf-8", "replace"))


def vectors(plan: Plan, stage: str, model: str, n: Counts) -> Cost:
    """The vectors of one selection. Raises FaultlineError when the price is not known."""
    selection = BY_NAME[stage].selection
    before = [name for name in SELECTING[: SELECTING.index(stage)] if name in plan.stages]
    if selection is None or model in {plan.selection(name).embedder for name in before}:
        return Cost()  # the vectors that an earlier selection asked for are used again
    price = _known(plan, model)
    texts = selection.texts(n) + 2 * PROBES
    tokens = (texts * QUERY[0], math.ceil(texts * n.longest.query))
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
        "hours": sum(part.hours * _times(plan, name, part) for name, part in stages.items()),
        "stages": {name: asdict(part) for name, part in stages.items()},
    }


def _times(plan: Plan, stage: str, part: StageCost) -> int:
    """How often a stage is waited for: batches of a search once a round."""
    place = plan.stages.index(score.SPEC.name) if score.SPEC.name in plan.stages else -1
    if not part.batch or plan.stages.index(stage) > place or pairs.SPEC.name not in plan.stages:
        return 1
    return len(pairs.round_sizes(plan.settings(pairs.SPEC)))


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
