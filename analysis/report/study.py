"""Section `study`: what is loaded."""

from typing import Any

from analysis.queries import refusals
from analysis.report.context import Context
from analysis.store.build.long_tables import UNMATCHED


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
    }
