"""What came from which source, and what was rejected: the tables that two pages share."""

from typing import Any

import pandas as pd
import streamlit as st

from analysis.store.study import StudyInfo

Shown = tuple[pd.DataFrame, dict[str, Any]]


def sources(info: StudyInfo) -> Shown:
    """One row a source, with its column settings."""
    columns: dict[str, Any] = {
        "source": st.column_config.TextColumn("Source", width="medium"),
        "kind": "Kind",
        "revision": "Revision",
        "missing": st.column_config.TextColumn("Not in it", width="medium"),
    }
    for name in ("rows", "kept", "repeated", "rejected"):
        columns[name] = st.column_config.NumberColumn(name.capitalize(), format="localized")
    return pd.DataFrame([_source(s) for s in info.sources]), columns


def rejected(info: StudyInfo) -> Shown:
    """One row a reason."""
    columns: dict[str, Any] = {
        "reason": st.column_config.TextColumn("Reason", width="large"),
        "rows": st.column_config.NumberColumn("Rows", format="localized"),
    }
    return pd.DataFrame(info.rejected.items(), columns=["reason", "rows"]), columns


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
