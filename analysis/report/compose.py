"""Put the sections of a report together, in the order they are documented."""

from collections.abc import Callable
from typing import Any

from analysis.report import (
    agreement,
    archetypes,
    clauses,
    compliance,
    criteria,
    disagreement,
    from_figure,
    made,
    noise,
    outliers,
    refusals,
    robustness,
    spec,
    study,
    values,
)
from analysis.report.context import Context
from analysis.report.words import words
from analysis.settings import Settings
from analysis.store import study_specs
from analysis.store.library.library import current_taxonomy
from analysis.store.study import OpenStudy

SECTIONS: dict[str, Callable[[Context], Any]] = {
    "study": study.section,
    "made": made.section,
    "spec": spec.section,
    "noise": noise.section,
    "disagreement": disagreement.section,
    "values": values.section,
    "refusals": refusals.section,
    "outliers": outliers.section,
    "robustness": robustness.section,
    "archetypes": archetypes.section,
    "length": from_figure.by("models.length", "model"),
    "agreement": agreement.section,
    "compliance": compliance.section,
    "clauses": clauses.section,
    "criteria": criteria.section,
}


def report(opened: OpenStudy, settings: Settings) -> dict[str, Any]:
    """All sections of one study's report, JSON-ready, and what may be said of them in words."""
    context = Context(study_specs.under(opened), settings, current_taxonomy(settings))
    found = {name: section(context) for name, section in SECTIONS.items()}
    return {**found, "words": words(opened.info, found)}
