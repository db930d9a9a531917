"""What the sections of the Clauses page share: citations, clauses with their numbers, the spec."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from analysis.export import clause_frames as frames
from analysis.measure.estimates import Measured, estimate_cells
from analysis.parse.clause import Clause, Spec
from analysis.settings import Settings
from analysis.store import labels
from analysis.store.specs import read_spec
from analysis.store.study import OpenStudy
from pages.ui import clause_text, problems, reads
from pages.ui.frame import View
from pages.ui.judged import in_words

KINDS = {
    "unclear wording": "Two judges cite it and decide oppositely: it needs words or examples.",
    "missing precedence": "Judges decide oppositely over different clauses: it needs a rank.",
    "often broken": "Those who cite it mostly find a violation: answers do not follow it.",
}


@dataclass(frozen=True)
class Cited:
    """Clauses with their numbers, every citation and judgement, and the spec they are read by."""

    table: pd.DataFrame
    held: frames.Read
    spec: Spec
    source: str | None  # who gave response types, for quality gaps

    @property
    def clauses(self) -> Mapping[str, Clause]:
        return {c.anchor: c for c in self.spec.clauses}

    @property
    def titles(self) -> Mapping[str, str]:
        return {c.anchor: c.title for c in self.spec.clauses}

    def title(self, anchor: object) -> str:
        return self.titles.get(str(anchor), str(anchor))


def find(view: View) -> Cited | None:
    """Everything the page shows; None (with a way out) where nothing was judged or cited."""
    if not view.info.judgements:
        problems.empty(
            "No answer of this study was judged",
            "Clauses come from what judges say. Judge this study's answers on the Stress test "
            "page, or load a source with decisions.",
        )
        st.page_link(
            "pages/stress_test.py", label="Judge them", icon=":material/gavel:",
            query_params=[("study", view.info.id), ("template", "re-judge")],
        )  # fmt: skip
        return None
    spec = read_spec(view.settings)
    sources = reads.read(view.study, labels.sources, "response_types")
    source = sources[0] if sources else None
    with st.spinner("Finding the clauses that judges invoke…"):
        table, held = reads.read(view.study, _measured, spec.content_hash, view.settings, source)
    if table.empty:
        problems.empty(
            "No reasoning names a clause of the spec in use",
            f"The spec in use is {spec.name} {spec.version}. If the judges read another one, load "
            "that on the Data page.",
        )
        clause_text.not_in_spec(held.citations)
        return None
    return Cited(table, held, spec, source)


def _measured(
    study: OpenStudy, spec_hash: str, settings: Settings, source: str | None
) -> tuple[pd.DataFrame, frames.Read]:
    """`spec_hash` keeps the results of different specs apart in the cache."""
    held = frames.read(study, read_spec(settings))
    return frames.table(study, held, source), held


def value(found: object) -> float:
    """The bare number of an estimate, NaN where there is none."""
    return float(estimate_cells(found)["value"]) if not isinstance(found, float) else found  # type: ignore[arg-type]


def said(found: Measured | float, form: str = "{:.2f}") -> str:
    """An estimate in words; where no decision cites a clause there is none."""
    return "undefined (no decision cites it)" if isinstance(found, float) else in_words(found, form)


def reason(cited: Cited, row: Mapping[object, object]) -> str:
    """Why a clause is of its kind, in numbers."""
    n = int(str(row["cited"]))
    if row["kind"] == "unclear wording":
        return (
            f"In {row['interpretive']} of {n:,} answers that cite it, two judges cite it and "
            "decide oppositely."
        )
    if row["kind"] == "missing precedence":
        rival = f", most often against “{cited.title(row['rival'])}”" if row["rival"] else ""
        return f"In {row['activation']} of {n:,} answers it is set against another clause{rival}."
    return f"Of the decisions that cite it {said(row['violated'], '{:.0%}')} find a violation."  # type: ignore[arg-type]
