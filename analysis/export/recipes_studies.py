"""Recipes of the study itself: coverage, sources, rejected rows."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from analysis.export.recipe import recipe
from analysis.store.queries import overview
from analysis.store.study import OpenStudy, StudyInfo


def _scenarios(study: OpenStudy, frame: pd.DataFrame, parameters: Mapping[str, Any]) -> str:
    return f"n = {study.info.scenarios:,} scenarios, {len(frame)} models."


@recipe(
    "studies.coverage",
    title="Coverage per model",
    definition="Per model: responses that are there, answered, missing, ended otherwise (refused "
    "by the API, truncated, failed), and with a position on both values.",
    keys=("model",),
    note=_scenarios,
)
def coverage(study: OpenStudy) -> pd.DataFrame:
    """Coverage: model, label, provider, responses, answered, missing, other, with_position."""
    return overview.coverage(study)


@recipe(
    "studies.sources",
    title="What is loaded",
    definition="One row a source: rows read, kept, met before in another source, and rejected.",
    keys=("source", "kind"),
)
def sources(study: OpenStudy) -> pd.DataFrame:
    """Sources: source, kind, revision, rows, kept, repeated, rejected (counts), missing."""
    return source_rows(study.info)


def source_rows(info: StudyInfo) -> pd.DataFrame:
    """The sources of a study as its pointer tells them."""
    return pd.DataFrame([_source(s) for s in info.sources])


def _source(record: dict[str, Any]) -> dict[str, object]:
    place = [record.get("repo"), record.get("config"), record.get("split")]
    return {
        "source": " / ".join(str(p) for p in place if p) or str(record.get("name")),
        "kind": record.get("kind"),
        "revision": str(record.get("revision") or "–")[:10],
        "rows": record.get("rows"),
        "kept": record.get("kept"),
        "repeated": record.get("repeated"),
        "rejected": sum((record.get("rejected") or {}).values()),
        "missing": ", ".join(record.get("missing") or []) or "–",
    }


@recipe(
    "studies.rejected",
    title="Rejected rows",
    definition="Rows that were rejected alone while a source was loaded, by reason.",
    keys=("reason",),
)
def rejected(study: OpenStudy) -> pd.DataFrame:
    """Rejected rows: reason, rows."""
    return rejected_rows(study.info)


def rejected_rows(info: StudyInfo) -> pd.DataFrame:
    """Rejected rows of a study by reason, as its pointer tells them."""
    return pd.DataFrame(info.rejected.items(), columns=["reason", "rows"])
