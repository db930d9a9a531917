"""What of a spec a study tests, as the command `spec coverage` gives it."""

from typing import Any

import pandas as pd

from analysis.figures.frames import spec_coverage as frames
from analysis.measure.estimates.estimates import Estimate, Undefined
from analysis.measure.spec_coverage import COUNTS
from analysis.store import study_specs
from analysis.store.study import OpenStudy


def entries(study: OpenStudy) -> list[dict[str, Any]]:
    """One entry a clause of the spec that the study's judgements are read under, in reading
    order."""
    read = study_specs.under(study)
    found = frames.covered(read, study_specs.chosen(read).key)
    return [_entry(row) for row in found.to_dict("records")]


def _entry(row: dict[Any, Any]) -> dict[str, Any]:
    words = {name: row[name] for name in ("clause", "title")}
    words |= {n: row[n] if isinstance(row[n], str) else None for n in ("authority", "parent")}
    words |= {"section": row["section"], "level": int(row["level"]), "rule": bool(row["rule"])}
    counts = {name: int(row[name]) for name in COUNTS}
    return {**words, **counts, "near_d": _mean(row), "state": row["state"]}


def _mean(row: dict[Any, Any]) -> dict[str, Any]:
    """The mean D of the queries near the clause, as every estimate is written."""
    n = int(row["mean_d_n"])
    if reason := row["mean_d_undefined"]:
        known = None if pd.isna(row["mean_d"]) else float(row["mean_d"])
        return Undefined(reason, n, known).to_json()
    value, low, high = (float(row[f"mean_d{end}"]) for end in ("", "_low", "_high"))
    return Estimate(value, low, high, n).to_json()
