"""Section `compliance`: frequent non-compliance by bin of D, and how well D tells of it."""

from typing import Any

from analysis.measure.compliance import compliance_section
from analysis.report.context import Context
from analysis.store.queries import judges


def section(context: Context) -> dict[str, Any]:
    """Bins, ratio of the outer bins and AUC; undefined with the reason where nothing was judged."""
    found = compliance_section(judges.items(context.study))
    if "undefined" in found:
        return {"undefined": f"because {found['undefined']}"}
    return found
