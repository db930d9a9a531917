"""What came from which source, and what was rejected: the tables that two pages share."""

from typing import Any

import pandas as pd
import streamlit as st

from analysis.export import recipes_studies
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
    return recipes_studies.source_rows(info), columns


def rejected(info: StudyInfo) -> Shown:
    """One row a reason."""
    columns: dict[str, Any] = {
        "reason": st.column_config.TextColumn("Reason", width="large"),
        "rows": st.column_config.NumberColumn("Rows", format="localized"),
    }
    return recipes_studies.rejected_rows(info), columns
