"""Section `study`: what is loaded."""

from typing import Any

from analysis.queries import refusals
from analysis.report.context import Context
from analysis.store import draws
from analysis.store.build.long_tables import UNMATCHED
from analysis.store.study import OpenStudy


def section(context: Context) -> dict[str, Any]:
    """Ids, counts, models, judges, what was rejected by reason, what came back (first answers), and
    the judgements that no answer here belongs to."""
    info = context.study.info
    counts = refusals.outcomes(context.study).drop(columns="model").sum()
    return {
        "id": info.id,
        "title": info.title,
        "simulated": info.simulated,
        "content_hash": info.content_hash,
        "scenarios": info.scenarios,
        "families": info.families,
        "responses": info.responses,
        "models": info.models,
        "judges": info.judges,
        "rejected": info.rejected,
        "outcomes": {str(outcome): int(count) for outcome, count in counts.items()},
        "unmatched_judgements": sum(info.rejected.get(reason, 0) for reason in UNMATCHED),
        **_draws(context.study),
    }


def _draws(study: OpenStudy) -> dict[str, Any]:
    """Scenarios by how a search drew them, and of which the report is; nothing without a search."""
    found = study.read(draws.counts)
    if not found:
        return {}
    counted = {draw: one.scenarios for draw, one in found.items()}
    return {"draws": counted, "drawn": study.reading.draw or "all"}
