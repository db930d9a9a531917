"""What the sections of the Clauses page share: citations, clauses with their numbers, the spec."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from analysis.figures.frames import clauses as frames
from analysis.parse.specs.clause import Clause, Spec
from analysis.store import labels
from analysis.store.study import OpenStudy
from pages.parts.clauses import clause_text
from pages.ui import links, problems, reads, ui_text
from pages.ui.frame import View
from pages.ui.judges import choose_models


@dataclass(frozen=True)
class ClauseData:
    """Clauses with their numbers, every citation and judgement, and the spec they are read by."""

    table: pd.DataFrame
    evidence: frames.Evidence
    spec: Spec
    models: str  # the set whose D tells of judged answers

    @property
    def clauses(self) -> Mapping[str, Clause]:
        return {c.anchor: c for c in self.spec.clauses}

    @property
    def titles(self) -> Mapping[str, str]:
        return {c.anchor: c.title for c in self.spec.clauses}

    def title(self, anchor: object) -> str:
        return self.titles.get(str(anchor), str(anchor))


def labels_of(study: OpenStudy) -> str | None:
    """The labeller whose response types tell quality gaps; None where nobody labelled."""
    return next(iter(labels.sources(study, "response_types")), None)


def find(view: View) -> ClauseData | None:
    """Everything the page shows; None (with a way out) where nothing was judged or cited."""
    if not view.info.judgements:
        problems.empty(
            ui_text.UNJUDGED,
            "What judges say shows which clauses need work. Have this study's answers judged on "
            "the Stress test page, or load a source with judges' decisions.",
        )
        links.page(
            view.info,
            "stress_test",
            "Have them judged",
            icon=":material/gavel:",
            template="re-judge",
        )
        return None
    spec = view.spec
    source = reads.read(view.study, labels_of)
    key = view.study.reading.spec
    with st.spinner(ui_text.FINDING_CITATIONS):
        table = reads.read(view.study, frames.measured, key, source)
        evidence = reads.read(view.study, frames.read_by, key)
    if table.empty:
        problems.empty(
            "No reasoning names a clause of this spec",
            f"The judgements are read under {spec.name} {spec.version}. If the judges were given "
            "another one, load that one on the Data page and choose it here.",
        )
        clause_text.not_in_spec(evidence.citations)
        return None
    return ClauseData(table, evidence, spec, choose_models(view, always=False))
