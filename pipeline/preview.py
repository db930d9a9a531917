"""A dry run: the first prompts of a plan, exactly as they will be sent. Nothing leaves the process.

What later stages ask about does not exist yet, so the simulator stands in for every model while
one family is taken through the stages; models, prompts, limits and schemas are the plan's own.
"""

import asyncio
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from pipeline.flow import Flow
from pipeline.inputs import Inputs
from pipeline.journal import Intent, Journal
from pipeline.plan import Plan
from pipeline.plan_rules import CALLING
from pipeline.providers.sim_provider import answer
from pipeline.providers.types import ChatRequest
from pipeline.stages.select import Kept


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
        one = plan.pairs.model_copy(update={"families": 1, "pairs": plan.pairs.pairs[:1]})
        small = plan.model_copy(update={"pairs": one})
    else:
        small = plan
    with tempfile.TemporaryDirectory() as folder:
        Journal.create(Path(folder))
        journal = Journal(Path(folder))
        try:
            return asyncio.run(_through(small, Inputs(plan), journal))
        finally:
            journal.close()


async def _through(plan: Plan, inputs: Inputs, journal: Journal) -> list[Preview]:
    found: list[Preview] = []
    made = plan.snapshot is not None  # texts of a snapshot are real
    for stage in plan.stages:
        flow = Flow(plan, inputs, journal.reading)
        if stage not in CALLING:
            _keep_all(stage, flow, journal)
            continue
        for model in dict.fromkeys(plan.models_of(stage)):
            found += await _first(stage, model, flow, journal, stand_in=not made)
        made = made and stage not in ("generate", "respond")
    return found


async def _first(
    stage: str, model: str, flow: Flow, journal: Journal, *, stand_in: bool
) -> list[Preview]:
    """The first call of one lane; the others of a family are answered for the stages after."""
    shown: list[Preview] = []
    for work in flow.work(stage, model):
        ask, key = work.ask, flow.key(work.ask)
        if not shown:
            told = stand_in and stage != "generate"
            shown.append(Preview(stage, model, ask.subject, ask.request, told))
        if flow.plan.snapshot is not None and stage not in ("respond", "rubric"):
            break
        if key not in journal.settled([key]):
            await journal.intend(Intent(key, ask.subject, model, ask.request, 0.0))
            await journal.settle(key, answer(ask.request), 0.0, 0.0)
        if flow.plan.snapshot is not None:
            break
    return shown


def _keep_all(stage: str, flow: Flow, journal: Journal) -> None:
    if stage != "pairs":
        names = tuple(scenario.scenario for scenario in flow.candidates)
        kept = Kept(names, tuple(None for _ in names), 0.0, len(names))
        journal.keep_document(stage, asdict(kept))
