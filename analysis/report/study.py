"""Section `study`: what is loaded."""

from typing import Any

from analysis.report.context import Context


def section(context: Context) -> dict[str, Any]:
    """Ids, counts, models, judges and what was rejected, by reason."""
    info = context.study.info
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
    }
