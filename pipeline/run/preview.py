"""A dry run: the first prompts of a plan, exactly as they will be sent. Nothing leaves the process.

What later stages ask about does not exist yet, so the simulator stands in for every model while
one family is taken through the stages; models, prompts, limits and schemas are the plan's own.
"""

import asyncio
import tempfile
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from analysis.parse.criteria import in_file
from pipeline.journal.journal import Intent, Journal
from pipeline.plan.inputs import Inputs
from pipeline.plan.plan import Plan
from pipeline.providers.types import ChatRequest
from pipeline.run.flow import Flow
from pipeline.select.kept import SelectionResult
from pipeline.simulator.provider import answer
from pipeline.stages import BY_NAME, CALLING, criteria, grade, needed_by, pairs


@dataclass(frozen=True)
class Preview:
    """One call that a plan would make first. `stand_in`: it tells of simulated texts."""

    stage: str
    model: str
    subject: str
    request: ChatRequest
    stand_in: bool


def preview(plan: Plan) -> list[Preview]:
    """The first call of every stage to every model, in the order of the stages.

    Raises FaultlineError for a plan whose pairs can't be drawn or whose inputs can't be read.
    """
    if plan.snapshot is None:
        part = plan.settings(pairs.SPEC)
        one = part.model_copy(update={"families": 1, "pairs": part.pairs[:1]})
        small = _one_criterion(plan.with_settings(pairs.SPEC, one), Inputs(plan))
    else:
        small = plan
    with tempfile.TemporaryDirectory() as folder:
        Journal.create(Path(folder))
        journal = Journal(Path(folder))
        try:
            return asyncio.run(_through(small, Inputs(plan), journal))
        finally:
            journal.close()


def _one_criterion(plan: Plan, inputs: Inputs) -> Plan:
    """The plan with the first clause to draft for and the first query of a criterion alone."""
    if criteria.SPEC.name in plan.stages:
        part = plan.settings(criteria.SPEC)
        first = criteria.chosen(part, inputs.spec.clauses)[:1]
        only = part.model_copy(update={"clauses": tuple(c.anchor for c in first)})
        plan = plan.with_settings(criteria.SPEC, only)
    asked = plan.settings(grade.SPEC)
    if (made := asked.read()) is not None:
        one = replace(made.criteria[0], tests=made.criteria[0].tests[:1])
        few = in_file(replace(made, criteria=(one,)))
        plan = plan.with_settings(grade.SPEC, asked.model_copy(update={"criteria": few}))
    return plan


async def _through(plan: Plan, inputs: Inputs, journal: Journal) -> list[Preview]:
    found: list[Preview] = []
    for stage in plan.stages:
        flow = Flow(plan, inputs, journal.reading)
        if stage not in CALLING:
            _keep_all(stage, flow, journal)
            continue
        for model in dict.fromkeys(plan.models_of(stage)):
            found += await _first(stage, model, flow, journal)
    return found


async def _first(stage: str, model: str, flow: Flow, journal: Journal) -> list[Preview]:
    """The first call of one lane; the others of a family are answered for the stages after."""
    shown: list[Preview] = []
    # What models write in this plan is simulated here; texts of a snapshot are real.
    stand_in = bool(needed_by(stage) & {*CALLING} & {*flow.plan.stages})
    further = any(stage in BY_NAME[other].needs for other in flow.plan.stages)
    for work in flow.work(stage, model):
        call, key = work.call, flow.key(work.call)
        if not shown:
            shown.append(Preview(stage, model, call.subject, call.request, stand_in))
        if flow.plan.snapshot is not None and not further:
            break
        if key not in journal.settled([key]):
            await journal.intend(Intent(key, call.subject, model, call.request, 0.0))
            await journal.settle(key, answer(call.request), 0.0, 0.0)
        if flow.plan.snapshot is not None:
            break
    return shown


def _keep_all(stage: str, flow: Flow, journal: Journal) -> None:
    if BY_NAME[stage].selection is not None:
        names = tuple(scenario.scenario for scenario in flow.candidates)
        kept = SelectionResult(names, tuple(None for _ in names), 0.0, len(names))
        journal.keep_document(stage, asdict(kept))
