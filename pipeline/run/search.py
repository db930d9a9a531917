"""The rounds of a search: each draws its pairs by what the scores of those before show.

The first round is the plan's uniform share. What a later one drew is written down in the run's
journal before any of it is asked, so that a resumed run goes on with the same families.
"""

import logging
import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from analysis.vocabulary import HIGH_D, Draw
from pipeline.journal.journal import Journal
from pipeline.plan.plan import Plan
from pipeline.records import Pair
from pipeline.run.flow import Flow
from pipeline.run.searched import DOCUMENT, rounds, rounds_drawn
from pipeline.select.disagreement import at_least, disagreement
from pipeline.select.search import Shown
from pipeline.stages import generate, pairs, score

log = logging.getLogger("faultline.run")
MOST_TOLD = 3  # arms that the log names


def looping(plan: Plan) -> tuple[str, ...]:
    """The stages that every round goes through: up to the scores."""
    return plan.stages[: plan.stages.index(score.SPEC.name) + 1]


def rounds_left(plan: Plan, connection: sqlite3.Connection) -> int:
    """Rounds that are still to be drawn; none for a plan without a search."""
    if pairs.SPEC.name not in plan.stages or plan.settings(pairs.SPEC).search is None:
        return 0
    return len(pairs.round_sizes(plan.settings(pairs.SPEC))) - rounds_drawn(connection)


def draw_round(flow: Flow, journal: Journal) -> None:
    """Draw the next round by what is scored, and write it down."""
    part = flow.plan.settings(pairs.SPEC)
    before, drawn = flow.pairs, rounds(journal.reading)
    shown = list(families_shown(flow, before))
    count = pairs.round_sizes(part)[len(drawn) + 1]
    found = pairs.searched(part, flow.seed, flow.inputs, before, shown, count)
    written = [[asdict(pair) for pair in one] for one in (*drawn, found)]
    journal.keep_document(DOCUMENT, {"rounds": written})
    of = len(pairs.round_sizes(part))
    log.info("search: round %d of %d: %s", len(written) + 1, of, _most_drawn(found))


def families_shown(flow: Flow, drawn: Sequence[Pair]) -> Iterator[Shown]:
    """What each family showed whose queries are scored: the share of them with high D."""
    scored: dict[str, list[bool]] = {}
    for query in flow.originals:
        placed = [one for one in flow.placements.get(query.scenario, ()) if flow.counts(one)]
        if disagreement(placed) is not None:
            scored.setdefault(query.family, []).append(at_least(placed, HIGH_D))
    for pair, _ in generate.families(flow):
        if high := scored.get(pair.family):
            yield Shown(pair.arm, sum(high) / len(high), pair.draw == Draw.UNIFORM)


def _most_drawn(found: Sequence[Pair]) -> str:
    counted = Counter(" × ".join(pair.arm) for pair in found)
    told = [f"{arm} ({n})" for arm, n in counted.most_common(MOST_TOLD)]
    return ", ".join(told) + (" and others" if len(counted) > MOST_TOLD else "")
