"""Section `clauses`: every cited clause, the one that needs work most first."""

from typing import Any

import pandas as pd

from analysis.measure.clauses import by_clause
from analysis.measure.estimates import Measured
from analysis.parse.clause import Spec
from analysis.report.context import Context
from analysis.settings import Settings
from analysis.store.queries import clauses as queries
from analysis.store.specs import read_spec
from analysis.store.study import OpenStudy


def measured(study: OpenStudy, spec: Spec) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(clauses as `measure.clauses.by_clause`, all citations) of a study under a spec."""
    judged = queries.judgements(study)
    cited = queries.citations(study, spec)
    known = cited[cited["known"]]
    return by_clause(judged, known, judged.drop_duplicates("response")), cited


def section(context: Context) -> list[dict[str, Any]] | dict[str, Any]:
    """One entry a clause of the spec in use that a judge cited."""
    return entries(context.study, context.settings)


def entries(study: OpenStudy, settings: Settings) -> list[dict[str, Any]] | dict[str, Any]:
    if not study.info.judgements:
        return {"undefined": "because no answer of this study was judged"}
    spec = read_spec(settings)
    table, _ = measured(study, spec)
    if table.empty:
        return {
            "undefined": f"because no judge's reasoning names a clause of the spec in use "
            f"({spec.name} {spec.version})"
        }
    clauses = {c.anchor: c for c in spec.clauses}
    return [
        {
            "clause": str(row["clause"]),
            "title": clauses[str(row["clause"])].title,
            "authority": clauses[str(row["clause"])].authority,
            "cited": int(row["cited"]),
            "non_compliant": _cell(row["violated"]),
            "kappa": _cell(row["kappa"]),
            "interpretive": int(row["interpretive"]),
            "activation": int(row["activation"]),
            "rival": None if pd.isna(row["rival"]) else str(row["rival"]),
            "needs_work": round(float(row["needs_work"]), 4),
        }
        for row in table.to_dict("records")
    ]


def _cell(found: Measured | float) -> dict[str, Any]:
    if isinstance(found, float):
        return {"undefined": "because no decision cites it", "n": 0}
    return found.to_json()
