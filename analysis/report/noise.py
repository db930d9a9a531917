"""Section `noise`: what D is worth, from the things that the study's noise sample repeated."""

from typing import Any

from analysis.figures.frames import noise as frames
from analysis.measure.estimates.estimates import Undefined
from analysis.report.context import Context


def section(context: Context) -> dict[str, Any]:
    """The noise floor of D over all models with its interval, the share of high D above it (as
    unsure as that floor), and the components of the variance between models (positions squared)."""
    found = frames.noise(context.study)
    if found is None:
        return {"undefined": f"because {frames.NOTHING}"}
    level = found.level
    return {
        "floor": level.to_json() if isinstance(level, Undefined) else level.value,
        "floor_interval": None if isinstance(level, Undefined) else [level.low, level.high],
        "share_above": found.share_above.to_json(),
        "components": {name: part.to_json() for name, part in found.components.items()},
    }
