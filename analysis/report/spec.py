"""Section `spec`: the spec that the judgements of this report were made under."""

from typing import Any

from analysis.report.context import Context
from analysis.store import study_specs


def section(context: Context) -> dict[str, Any]:
    """Name, version and digest (64 hex; null where only the name is known), and whether it is
    assumed because no source names it and nobody said so."""
    one = study_specs.chosen(context.study)
    return {
        "name": one.name,
        "version": one.version,
        "digest": one.digest or None,
        "assumed": one.assumed,
    }
