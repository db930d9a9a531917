"""The two selections of a run: made once, written down, and never made again.

They choose among queries as they were written; a variant stays or goes with its parent.
"""

import asyncio
import logging
from dataclasses import asdict

from pipeline.embed import DEFAULT_STOPS, embed
from pipeline.flow import Flow
from pipeline.journal import Journal
from pipeline.stages.select import Kept, dedupe, disagreement, hard_cases

log = logging.getLogger("faultline.run")


async def run_selection(stage: str, flow: Flow, journal: Journal) -> None:
    """Decide which queries are kept, unless that was decided before a restart."""
    if journal.document(stage) is not None:
        return
    kept = await (_dedupe(flow) if stage == "dedupe" else _hard(flow))
    journal.keep_document(stage, asdict(kept))
    log.info("%s: %d of %d queries kept", stage, len(kept.scenarios), kept.of)


async def _dedupe(flow: Flow) -> Kept:
    part, scenarios = flow.plan.dedupe, flow.originals
    stop = DEFAULT_STOPS[part.embedder].plain if part.stop is None else part.stop
    texts = [scenario.query for scenario in scenarios]

    def work() -> Kept:
        return dedupe(scenarios, embed(texts, part.embedder), stop=stop, keep=part.keep)

    return await asyncio.to_thread(work)


async def _hard(flow: Flow) -> Kept:
    part = flow.plan.hard
    scenarios = [scenario for scenario in flow.scenarios if not scenario.variant]
    stop = DEFAULT_STOPS[part.embedder].weighted if part.stop is None else part.stop
    texts = [scenario.query for scenario in scenarios]
    found = {name: disagreement(placed) for name, placed in flow.placements.items()}
    weights = {name: d for name, d in found.items() if d is not None}

    def work() -> Kept:
        points = embed(texts, part.embedder)
        return hard_cases(scenarios, points, weights, stop=stop, keep=part.keep)

    return await asyncio.to_thread(work)
