"""The two selections of a run: made once, written down, and never made again.

They choose among queries as they were written; a variant stays or goes with its parent. Written
down with them: the distance that was used, how it was measured, and pairs on both sides of it.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from pipeline.journal.journal import Journal
from pipeline.records import Scenario
from pipeline.run.embed_calls import EmbedFlow
from pipeline.select.calibrate import Calibration
from pipeline.select.embed import DEFAULT_STOPS, embed, measured, pairs_around
from pipeline.select.embedders import LOCAL_EMBEDDERS
from pipeline.select.kcenter import Grid
from pipeline.select.kept import SelectionResult, keep
from pipeline.stage_spec import Selection, SelectPart
from pipeline.stages import BY_NAME

log = logging.getLogger("faultline.run")


async def run_selection(stage: str, flow: EmbedFlow, journal: Journal) -> None:
    """Decide which queries are kept, unless that was decided before a restart.

    Raises FaultlineError when the embedder is not there, or some of its vectors are missing.
    """
    if journal.document(stage) is not None:
        return
    selection = BY_NAME[stage].selection
    if selection is None:
        raise ValueError(f"{stage} selects nothing")
    body, kept = await _made(stage, selection, flow)
    journal.keep_document(stage, {**asdict(kept), **body})
    stop = body["stop"]
    log.info("%s: %d of %d queries kept at %.3f", stage, len(kept.scenarios), kept.of, stop)


async def _made(
    stage: str, selection: Selection, flow: EmbedFlow
) -> tuple[dict[str, Any], SelectionResult]:
    """What is kept, and what is written down beside it."""
    part, scenarios = flow.plan.selection(stage), flow.selected_from(stage)
    given = await _measure(flow, stage, part)
    weights = None if selection.weights is None else selection.weights(flow)
    stop = _stop(part, given, weighted=weights is not None)
    points = _known(flow, stage, part, scenarios)

    def work() -> tuple[dict[str, Any], SelectionResult]:
        grid = _points(points, scenarios, part)
        kept = keep(scenarios, grid, weights, stop=stop, most=part.keep)
        body = _described(part, stop, given)
        if weights is None:
            body["pairs"] = _pairs(grid, scenarios, kept, stop)
        return body, kept

    return await asyncio.to_thread(work)


def _known(
    flow: EmbedFlow, stage: str, part: SelectPart, scenarios: Sequence[Scenario]
) -> Grid | None:
    """Vectors that were asked for; None for an embedder on this machine."""
    if part.embedder in LOCAL_EMBEDDERS:
        return None
    return flow.vectors(stage, [scenario.query for scenario in scenarios])


def _points(known: Grid | None, scenarios: Sequence[Scenario], part: SelectPart) -> Grid:
    if known is not None:
        return known
    return embed([scenario.query for scenario in scenarios], part.embedder)


async def _measure(flow: EmbedFlow, stage: str, part: SelectPart) -> Calibration | None:
    """The embedder's distance on these queries, where nobody named one and none is known."""
    if part.stop is not None or part.embedder in DEFAULT_STOPS:
        return None
    probes = flow.probes(stage)
    if part.embedder in LOCAL_EMBEDDERS:
        points = await asyncio.to_thread(embed, probes.texts, part.embedder)
    else:
        points = flow.vectors(stage, probes.texts)
    found = measured(points, probes)
    log.info(
        "%s: below a distance of %.3f lie %.0f%% of %d planted near duplicates and %.0f%% of %d "
        "pairs that should stay",
        stage,
        found.distance,
        100 * found.near,
        found.n_near,
        100 * found.apart,
        found.n_apart,
    )
    return found


def _stop(part: SelectPart, given: Calibration | None, *, weighted: bool) -> float:
    if part.stop is not None:
        return part.stop
    stops = DEFAULT_STOPS[part.embedder] if given is None else given.stops
    return stops.weighted if weighted else stops.plain


def _described(part: SelectPart, stop: float, given: Calibration | None) -> dict[str, Any]:
    measure = None if given is None else asdict(given)
    return {"embedder": part.embedder, "stop": stop, "calibration": measure}


def _pairs(
    points: Grid, scenarios: Sequence[Scenario], kept: SelectionResult, stop: float
) -> list[dict[str, Any]]:
    rows = {scenario.scenario: row for row, scenario in enumerate(scenarios)}
    found = pairs_around(points, [rows[name] for name in kept.scenarios], stop)
    return [
        {
            "query": scenarios[pair.row].query,
            "other": scenarios[pair.other].query,
            "distance": pair.distance,
            "kept": pair.kept,
        }
        for pair in found
    ]
