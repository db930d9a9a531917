"""Section `made`: how the study was made."""

from typing import Any

from analysis.figures.frames.making import made
from analysis.report.context import Context


def section(context: Context) -> dict[str, Any]:
    """Run, plan, what was loaded, who had which role, who answered instead, and the selection."""
    return made(context.study)
