"""Section `clauses`: the clauses that judges cite, and, kept apart, how many queries are near."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from analysis.figures.frames import clauses as frames
from analysis.measure.clauses import UNTESTED
from analysis.measure.estimates.estimates import Measured
from analysis.parse.specs.clause import Clause, Spec
from analysis.queries import clauses as queries
from analysis.queries import near
from analysis.report.context import Context
from analysis.store import study_specs
from analysis.store.study import OpenStudy


def measured(study: OpenStudy, spec: Spec) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(clauses as `measure.clauses.by_clause`, all citations) of a study under a spec."""
    read = frames.read(study, spec)
    return frames.by_clause(read), read.citations


def section(context: Context) -> list[dict[str, Any]] | dict[str, Any]:
    """One entry a clause of the study's spec that a judge cited or that is near to a query."""
    return entries(context.study)


def entries(study: OpenStudy) -> list[dict[str, Any]] | dict[str, Any]:
    """Cited clauses, the one that needs work most first; then those that are only near to queries
    (by likeness of text: nobody judged by them), the one near to most first."""
    study = study_specs.under(study)
    spec = study_specs.spec_of(study)
    linked = near.counts(study, spec)
    rows = measured(study, spec)[0].to_dict("records") if study.info.judgements else []
    if not rows and not linked:
        return {"undefined": f"because {_nothing(study, spec)}"}
    clauses = {c.anchor: c for c in spec.clauses}
    cited = [_entry(clauses[str(row["clause"])], row, linked) for row in rows]
    there = {e["clause"] for e in cited}
    rest = sorted((a for a in linked if a not in there), key=lambda a: (-linked[a], a))
    return [*cited, *(_only_near(clauses[a], linked[a], study) for a in rest)]


def unknown(study: OpenStudy, spec: Spec) -> list[tuple[str, int]]:
    """Names that judges use as a clause's and that the spec does not have, with how many
    judgements do, most often first."""
    if not study.info.judgements:
        return []
    cited = queries.citations(study, spec)
    counts = cited.loc[~cited["known"], "clause"].value_counts()
    return [(str(name), int(n)) for name, n in counts.items()]


def _nothing(study: OpenStudy, spec: Spec) -> str:
    used = f"of the spec {spec.name} {spec.version}"
    if not study.info.judgements:
        return f"no answer of this study was judged and no clause {used} is near to a query"
    return f"no judge's reasoning names a clause {used} and none is near to a query"


def _entry(clause: Clause, row: Mapping[Any, Any], linked: Mapping[str, int]) -> dict[str, Any]:
    return {
        "clause": clause.anchor,
        "title": clause.title,
        "authority": clause.authority,
        "cited": int(row["cited"]),
        "queries": int(row["queries"]),
        "families": int(row["families"]),
        "near": linked.get(clause.anchor, 0),
        "state": str(row["state"]),
        "non_compliant": _cell(row["violated"]),
        "kappa": _cell(row["kappa"]),
        "interpretive": int(row["interpretive"]),
        "activation": int(row["activation"]),
        "rival": None if pd.isna(row["rival"]) else str(row["rival"]),
        "needs_work": round(float(row["needs_work"]), 4),
        "q": None if pd.isna(row["q"]) else round(float(row["q"]), 6),
    }


def _only_near(clause: Clause, queries: int, study: OpenStudy) -> dict[str, Any]:
    why = "no judge cites it" if study.info.judgements else "no answer of this study was judged"
    unknown = {"undefined": f"because {why}", "n": 0}
    return {
        "clause": clause.anchor,
        "title": clause.title,
        "authority": clause.authority,
        "cited": 0,
        "queries": 0,
        "families": 0,
        "near": queries,
        "state": UNTESTED,
        "non_compliant": unknown,
        "kappa": unknown,
        "interpretive": 0,
        "activation": 0,
        "rival": None,
        "needs_work": None,
        "q": None,
    }


def _cell(found: Measured | float) -> dict[str, Any]:
    if isinstance(found, float):
        return {"undefined": "because no decision cites it", "n": 0}
    return found.to_json()
