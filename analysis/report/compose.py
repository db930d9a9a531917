"""Put the sections of a report together, in the order they are documented."""

from collections.abc import Callable
from typing import Any

from analysis.report import (
    agreement,
    archetypes,
    clauses,
    compliance,
    disagreement,
    outliers,
    refusals,
    robustness,
    study,
    values,
)
from analysis.report.context import Context
from analysis.settings import Settings
from analysis.store.library import current_taxonomy
from analysis.store.study import OpenStudy

SECTIONS: dict[str, Callable[[Context], Any]] = {
    "study": study.section,
    "disagreement": disagreement.section,
    "values": values.section,
    "refusals": refusals.section,
    "outliers": outliers.section,
    "robustness": robustness.section,
    "archetypes": archetypes.section,
    "agreement": agreement.section,
    "compliance": compliance.section,
    "clauses": clauses.section,
}


def report(opened: OpenStudy, settings: Settings) -> dict[str, Any]:
    """All sections of one study's report, JSON-ready."""
    context = Context(opened, settings, current_taxonomy(settings))
    return {name: section(context) for name, section in SECTIONS.items()}
