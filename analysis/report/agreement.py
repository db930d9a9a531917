"""Section `agreement`: how far the judges agree, in both codings, by pair, and whom each flags."""

from typing import Any

import numpy as np

from analysis.measure.agreement import SEED, agreement_section
from analysis.measure.agreement_ratings import ratings, wide
from analysis.report.context import Context
from analysis.store.queries import judges


def section(context: Context) -> dict[str, Any]:
    """All coefficients with family-bootstrap intervals; undefined where fewer than two judged."""
    who = list(judges.judges(context.study)["judge"])
    if not who:
        return {"undefined": "because no answer of this study was judged"}
    rated = ratings(wide(judges.decisions(context.study), ["scenario", "model"]), who)
    found = agreement_section(rated, np.random.default_rng(SEED))
    if "undefined" in found:
        return {"undefined": f"because of {found['undefined']}"}
    return found
